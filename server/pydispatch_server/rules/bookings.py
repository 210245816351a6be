"""Rules of bookings, alone or as rows of a batch."""

from __future__ import annotations

from typing import Final

from pydispatch_protos.dispatch.v1.booking_service_pb2 import Booking, CreateBookingRequest
from pydispatch_protos.dispatch.v1.enterprise_batch_service_pb2 import BatchRow

from pydispatch_server import names, reasons
from pydispatch_server.rules import refer, technicians, ties, times
from pydispatch_server.rules.report import Report

MIN_DURATION_S: Final = 60


def check_create(request: CreateBookingRequest, report: Report) -> None:
    """Checks CreateBooking: its windows, its duration and the form of every reference."""
    refer.check_text_key(request.request_id, "request_id", report)
    booking = request.booking
    if booking.HasField("start_window"):
        times.check_bookable(booking.start_window, "booking.start_window", report)
        if booking.start_windows:
            report.add("booking.start_windows", reasons.CONTRADICTION, "cannot be given beside start_window")
    for index, window in enumerate(booking.start_windows):
        times.check_bookable(window, f"booking.start_windows[{index}]", report)
    for index, window in enumerate(booking.blackouts):
        times.check_window(window, f"booking.blackouts[{index}]", report)
    times.check_order(booking.start_windows, "booking.start_windows", report)
    times.check_order(booking.blackouts, "booking.blackouts", report)
    _check_duration(booking.duration_s, "booking.duration_s", report)
    region = refer.parent_region(request.parent)
    technicians.check_parts(booking.parts, "booking.parts", report)
    ties.check_roles(booking.roles, "booking.roles", report)
    ties.check_dependencies(booking.after, "booking.after", report, region=region)
    refer.check_reference(booking.service, names.SERVICES, region, "booking.service", report)
    refer.check_reference(booking.customer, names.CUSTOMERS, region, "booking.customer", report)
    if booking.required_technician or booking.preferred_technician or booking.excluded_technicians:
        _check_technicians(booking, region, report)


def check_batch_row(row: BatchRow, report: Report) -> None:
    """Checks one row of an import; paths are those inside the row."""
    refer.check_text_key(row.external_id, "external_id", report)
    times.check_bookable(row.start_window, "start_window", report)
    for index, window in enumerate(row.blackouts):
        times.check_window(window, f"blackouts[{index}]", report)
    times.check_order(row.blackouts, "blackouts", report)
    _check_duration(row.duration_s, "duration_s", report)
    technicians.check_parts(row.parts, "parts", report)
    ties.check_roles(row.roles, "roles", report)
    ties.check_dependencies(row.after, "after", report, external_id=row.external_id)


def _check_duration(duration_s: int, field: str, report: Report) -> None:
    """Notes a duration shorter than a minute; 0 means the service's."""
    if 0 < duration_s < MIN_DURATION_S:
        report.add(field, reasons.OUT_OF_RANGE, "must be 0 or at least 60")


def _check_technicians(booking: Booking, region: str, report: Report) -> None:
    """Checks who must, should and may not come."""
    required, preferred = booking.required_technician, booking.preferred_technician
    refer.check_reference(required, names.TECHNICIANS, region, "booking.required_technician", report)
    refer.check_reference(preferred, names.TECHNICIANS, region, "booking.preferred_technician", report)
    excluded = list(booking.excluded_technicians)
    refer.check_references(excluded, names.TECHNICIANS, region, "booking.excluded_technicians", report)
    if required and required in excluded:
        report.add("booking.required_technician", reasons.CONTRADICTION, "is also excluded")
