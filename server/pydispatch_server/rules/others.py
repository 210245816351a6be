"""Rules of the remaining requests: regions, services, filters and the clock."""

from __future__ import annotations

import zoneinfo
from typing import Any, Final

from pydispatch_protos.dispatch.v1.booking_service_pb2 import ListBookingsRequest
from pydispatch_protos.dispatch.v1.catalog_service_pb2 import CreateServiceRequest, Service, UpdateServiceRequest
from pydispatch_protos.dispatch.v1.clock_service_pb2 import AdvanceClockRequest
from pydispatch_protos.dispatch.v1.dispatch_service_pb2 import GetPlanRequest, WatchPlanRequest
from pydispatch_protos.dispatch.v1.enterprise_batch_service_pb2 import ImportBatchHeader
from pydispatch_protos.dispatch.v1.geofence_service_pb2 import UpdateGeofenceRequest, WatchGeofenceEventsRequest
from pydispatch_protos.dispatch.v1.region_service_pb2 import CreateRegionRequest
from pydispatch_protos.dispatch.v1.visit_service_pb2 import ListVisitsRequest, ReportVisitProgressRequest

from pydispatch_server import names, reasons
from pydispatch_server.messages import to_ms
from pydispatch_server.rules import refer, technicians, ties, times
from pydispatch_server.rules.report import Report

MIN_RESPONSE_S: Final = 60
DEFAULT_RESPONSE_TARGET_S: Final = 14_400
DEFAULT_RESPONSE_LIMIT_S: Final = 86_400


def is_time_zone(name: str) -> bool:
    """Tells whether an IANA time zone of that name is known."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: names such as "America" are folders of the zone database.
        return False
    return True


def check_request_id(request: Any, report: Report) -> None:
    """Checks a request whose only further rule is that its request_id can be kept."""
    refer.check_text_key(request.request_id, "request_id", report)


def check_create_region(request: CreateRegionRequest, report: Report) -> None:
    """Checks CreateRegion: known time zone, detour factor 0 or at least 1."""
    zone = request.region.time_zone
    if zone and not is_time_zone(zone):
        report.add("region.time_zone", reasons.UNKNOWN_TIME_ZONE, "is no IANA time zone known here")
    detour = request.region.travel_model.detour_factor
    if detour != 0 and detour < 1:
        report.add("region.travel_model.detour_factor", reasons.OUT_OF_RANGE, "must be 0 or at least 1")


def check_create_service(request: CreateServiceRequest, report: Report) -> None:
    """Checks CreateService."""
    refer.check_text_key(request.request_id, "request_id", report)
    _check_service(request.service, report)


def check_update_service(request: UpdateServiceRequest, report: Report) -> None:
    """Checks UpdateService after the command has merged it with what is stored."""
    refer.check_text_key(request.request_id, "request_id", report)
    _check_service(request.service, report)


def _check_service(service: Service, report: Report) -> None:
    """Checks skills, certificates and promises of a service."""
    technicians.check_skills(service.required_skills, "service.required_skills", report)
    if len(set(service.required_certificates)) < len(service.required_certificates):
        report.add("service.required_certificates", reasons.DUPLICATE, "a certificate occurs twice")
    technicians.check_parts(service.parts, "service.parts", report)
    ties.check_roles(service.roles, "service.roles", report)
    target_s, limit_s = service.response_target_s, service.response_limit_s
    for name, value in (("response_target_s", target_s), ("response_limit_s", limit_s)):
        if 0 < value < MIN_RESPONSE_S:
            report.add(f"service.{name}", reasons.OUT_OF_RANGE, "must be 0 or at least 60")
    if (limit_s or DEFAULT_RESPONSE_LIMIT_S) < (target_s or DEFAULT_RESPONSE_TARGET_S):
        report.add("service.response_limit_s", reasons.CONTRADICTION, "must not be shorter than response_target_s")


def check_import_header(header: ImportBatchHeader, report: Report) -> None:
    """Checks the header of an import."""
    refer.check_reference(
        header.customer, names.CUSTOMERS, refer.parent_region(header.parent), "header.customer", report
    )


def check_list_bookings(request: ListBookingsRequest, report: Report) -> None:
    """Checks that the filter names something of the same region."""
    refer.check_reference(request.batch, names.BATCHES, refer.parent_region(request.parent), "batch", report)


def check_list_visits(request: ListVisitsRequest, report: Report) -> None:
    """Checks that the filter names something of the same region."""
    region = refer.parent_region(request.parent)
    refer.check_reference(request.technician, names.TECHNICIANS, region, "technician", report)


def check_get_plan(request: GetPlanRequest, report: Report) -> None:
    """Checks that the filter names technicians of the same region."""
    refer.check_references(request.technicians, names.TECHNICIANS, _plan_region(request.name), "technicians", report)


def check_watch_plan(request: WatchPlanRequest, report: Report) -> None:
    """Checks that the filters name things of the same region."""
    region = _plan_region(request.name)
    refer.check_references(request.technicians, names.TECHNICIANS, region, "technicians", report)
    refer.check_reference(request.batch, names.BATCHES, region, "batch", report)


def check_update_geofence(request: UpdateGeofenceRequest, report: Report) -> None:
    """Checks that the geofence says which one it is."""
    refer.check_text_key(request.request_id, "request_id", report)
    if names.parse(request.geofence.name, names.GEOFENCES) is None:
        report.add("geofence.name", reasons.BAD_FORMAT, "must be regions/{region}/geofences/{geofence}")


def check_watch_geofences(request: WatchGeofenceEventsRequest, report: Report) -> None:
    """Checks that the filters name things of the same region."""
    region = refer.parent_region(request.parent)
    refer.check_references(request.geofences, names.GEOFENCES, region, "geofences", report)
    refer.check_references(request.technicians, names.TECHNICIANS, region, "technicians", report)


def check_visit_progress(request: ReportVisitProgressRequest, report: Report) -> None:
    """Checks that visit and technician are of one region."""
    refer.check_text_key(request.request_id, "request_id", report)
    visit = names.parse(request.name, names.VISITS)
    if visit is not None:
        refer.check_reference(request.technician, names.TECHNICIANS, visit.region, "technician", report)


def check_advance_clock(request: AdvanceClockRequest, report: Report) -> None:
    """Checks that the new time is a time and, unless it is set, not before the present one."""
    is_time = request.HasField("time") and times.check_timestamp(request.time, "time", report)
    if is_time and not request.jump and to_ms(request.time) < report.now_ms:
        report.add("time", reasons.CLOCK_BACKWARDS, "must not be before the clock's present time")


def _plan_region(name: str) -> str:
    """Returns the region of "regions/{region}/plan", or an empty text."""
    parts = name.split("/")
    return parts[1] if len(parts) == 3 else ""
