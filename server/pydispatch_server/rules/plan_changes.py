"""Rules of requests that change the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pydispatch_protos.dispatch.v1 import plan_change_pb2 as pb
from pydispatch_protos.dispatch.v1.booking_service_pb2 import CreateBookingRequest
from pydispatch_protos.dispatch.v1.dispatch_service_pb2 import PreviewPlanChangeRequest, ReportDisruptionRequest
from pydispatch_protos.dispatch.v1.plan_history_pb2 import StartPlanOperationRequest

from pydispatch_server import names, reasons
from pydispatch_server.rules import bookings, refer
from pydispatch_server.rules.report import Report


def check_assign(request: pb.AssignVisitRequest, report: Report) -> None:
    """Checks that visit and technician are of one region."""
    refer.check_text_key(request.request_id, "request_id", report)
    visit = names.parse(request.name, names.VISITS)
    if visit is not None:
        refer.check_reference(request.technician, names.TECHNICIANS, visit.region, "technician", report)


def check_pin(request: pb.PinVisitRequest, report: Report) -> None:
    """Checks that some part is to be pinned."""
    refer.check_text_key(request.request_id, "request_id", report)
    if not (request.pin_technician or request.pin_start_time or request.pin_position):
        description = "at least one of pin_technician, pin_start_time and pin_position must be true"
        report.add("pin_technician", reasons.REQUIRED, description)


def check_emergency(request: pb.InsertEmergencyRequest, report: Report) -> None:
    """Checks what is booked as for CreateBooking."""
    as_booking = CreateBookingRequest(parent=request.parent, booking=request.booking, request_id=request.request_id)
    bookings.check_create(as_booking, report)


def check_start(request: StartPlanOperationRequest, report: Report) -> None:
    """Checks that the plan searched is the region's."""
    if request.reoptimize_plan.name != f"{request.parent}/plan":
        report.add("reoptimize_plan.name", reasons.WRONG_REGION, f"must be {request.parent}/plan")


def check_disruption(request: ReportDisruptionRequest, report: Report) -> None:
    """Checks that the disruption is about something of the same region."""
    refer.check_text_key(request.request_id, "request_id", report)
    region = refer.parent_region(request.parent)
    kind = request.WhichOneof("disruption")
    if kind is None:
        return
    what = getattr(request, kind)
    field = "technician" if "technician" in what.DESCRIPTOR.fields_by_name else "visit"
    collection = names.TECHNICIANS if field == "technician" else names.VISITS
    refer.check_reference(getattr(what, field), collection, region, f"{kind}.{field}", report)


def check_preview(request: PreviewPlanChangeRequest, report: Report) -> None:
    """Checks the change as if it were asked for by itself, and that it is of the same region."""
    kind = request.WhichOneof("change")
    if kind is None:
        return
    change = getattr(request, kind)
    inner = Report(report.now_ms)
    rule = _CHANGES.get(kind)
    if rule is not None:
        rule(change, inner)
    for violation in inner.violations():
        report.add(f"{kind}.{violation.field}", violation.reason, violation.description)
    field = "parent" if "parent" in change.DESCRIPTOR.fields_by_name else "name"
    name, region = getattr(change, field), refer.parent_region(request.parent)
    if name.count("/") and names.region_of(name) != region:
        report.add(f"{kind}.{field}", reasons.WRONG_REGION, f"must be in regions/{region}")


_CHANGES: Final[dict[str, Callable[[Any, Report], None]]] = {
    "assign_visit": check_assign,
    "insert_emergency": check_emergency,
    "report_disruption": check_disruption,
}
