"""Decides about bookings: a service and a booking become a visit, which the engine places at once."""

from __future__ import annotations

from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import AddVisits, Command
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.booking_service_pb2 import (
    Booking,
    CancelBookingRequest,
    CancelBookingResponse,
    CreateBookingRequest,
    CreateBookingResponse,
)
from pydispatch_protos.dispatch.v1.catalog_service_pb2 import Service
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch.errors import IllegalTransition, Violation
from pydispatch_server import batch_counts, errors, follow, names, reasons
from pydispatch_server.commands.common import check_etag, missing_references, outside_region, refuse_existing
from pydispatch_server.messages import copy_of, set_ms
from pydispatch_server.rules.others import DEFAULT_RESPONSE_LIMIT_S, DEFAULT_RESPONSE_TARGET_S
from pydispatch_server.working import Transaction

_FINAL: Final = frozenset(
    (bookings.BOOKING_STATE_COMPLETED, bookings.BOOKING_STATE_CANCELLED, bookings.BOOKING_STATE_FAILED)
)


def create_booking(tx: Transaction, request: CreateBookingRequest) -> CreateBookingResponse:
    """Books a service and lets the engine place the visit. A booking nobody can take is kept with reasons."""
    booking_id = request.booking_id or tx.new_id("b")
    refuse_existing(tx, names.BOOKINGS, booking_id)
    booking = new_booking(tx, request.booking, booking_id)
    if request.validate_only:
        return CreateBookingResponse(booking=booking)
    visit = visit_of(tx, booking, tx.find(names.SERVICES, names.id_of(booking.service)))
    tx.put(names.BOOKINGS, booking, "booking.created")
    tx.apply(Command(add_visits=AddVisits(visits=(visit,))), (visit,))
    booking = tx.find(names.BOOKINGS, booking_id)
    return CreateBookingResponse(booking=booking, visit=visit)


def new_booking(tx: Transaction, given: Booking, booking_id: str) -> Booking:
    """Completes a booking to be made.

    Raises:
        InvalidRequest: It refers to what does not exist, or its site is too far away.
    """
    if found := _missing(tx, given):
        raise errors.invalid(*found)
    booking = copy_of(given)
    booking.name = tx.name(names.BOOKINGS, booking_id)
    booking.batch = ""
    set_ms(booking.create_time, tx.now_ms)
    confirm(tx, booking)
    return booking


def cancel_booking(tx: Transaction, request: CancelBookingRequest) -> CancelBookingResponse:
    """Cancels a booking and its visit. Cancelling twice changes nothing the second time."""
    stored: Booking = tx.get(names.BOOKINGS, request.name)
    check_etag(stored, request.etag)
    if stored.state == bookings.BOOKING_STATE_CANCELLED:
        return CancelBookingResponse(booking=stored)
    if stored.state in _FINAL:
        raise IllegalTransition(
            f"{stored.name} is closed and cannot be cancelled",
            reason=reasons.ILLEGAL_TRANSITION,
            subject=stored.name,
            from_state=bookings.BookingState.Name(stored.state).removeprefix("BOOKING_STATE_"),
            to_state="CANCELLED",
        )
    if stored.state == bookings.BOOKING_STATE_DRAFT:
        _cancel_draft(tx, stored)
    else:
        tx.apply(Command(cancel_visit_id=names.id_of(stored.visit)))
    return CancelBookingResponse(booking=tx.find(names.BOOKINGS, names.id_of(stored.name)))


def confirm(tx: Transaction, booking: Booking) -> None:
    """Turns a booking of the caller's own into a promise with a visit of the same identifier."""
    booking.state = bookings.BOOKING_STATE_CONFIRMED
    booking.visit = tx.name(names.VISITS, names.id_of(booking.name))
    set_ms(booking.update_time, tx.now_ms)


def visit_of(tx: Transaction, booking: Booking, service: Service) -> Visit:
    """Merges what was booked with what the service asks for into a visit that has no place yet.

    "Now" becomes a window from now to the service's limit with the target as promised start; a window stays the only
    promise.
    """
    visit = Visit(
        name=booking.visit,
        booking=booking.name,
        service=booking.service,
        site=booking.site,
        priority=booking.priority or service.priority or types.PRIORITY_ROUTINE,
        duration_s=booking.duration_s or service.duration_s,
        required_skills=service.required_skills,
        required_certificates=service.required_certificates,
        required_technician=booking.required_technician,
        preferred_technician=booking.preferred_technician,
        excluded_technicians=booking.excluded_technicians,
        state=types.VISIT_STATE_UNASSIGNED,
        batch=booking.batch,
    )
    set_ms(visit.request_time, tx.now_ms)
    window = visit.start_windows.add()
    if booking.HasField("start_window"):
        # Whole seconds are kept, fractions are dropped.
        window.start_time.seconds = booking.start_window.start_time.seconds
        window.end_time.seconds = booking.start_window.end_time.seconds
    else:
        now_s = tx.now_ms // 1000
        window.start_time.seconds = now_s
        window.end_time.seconds = now_s + (service.response_limit_s or DEFAULT_RESPONSE_LIMIT_S)
        visit.due_time.seconds = now_s + (service.response_target_s or DEFAULT_RESPONSE_TARGET_S)
    return visit


def _cancel_draft(tx: Transaction, stored: Booking) -> None:
    """Cancels a booking that has no visit yet."""
    booking = follow.closed_booking(copy_of(stored), bookings.BOOKING_STATE_CANCELLED, tx.now_ms)
    tx.put(names.BOOKINGS, booking, "booking.closed")
    batch = copy_of(tx.get(names.BATCHES, stored.batch))
    batch_counts.move(batch, None, types.VISIT_STATE_CANCELLED, tx.now_ms)
    tx.put(names.BATCHES, batch, "batch.progressed")


def _missing(tx: Transaction, booking: Booking) -> list[Violation]:
    """Lists references to what does not exist, and a site too far away."""
    references = [
        ("booking.service", names.SERVICES, booking.service),
        ("booking.customer", names.CUSTOMERS, booking.customer),
        ("booking.required_technician", names.TECHNICIANS, booking.required_technician),
        ("booking.preferred_technician", names.TECHNICIANS, booking.preferred_technician),
    ]
    references += [
        (f"booking.excluded_technicians[{index}]", names.TECHNICIANS, name)
        for index, name in enumerate(booking.excluded_technicians)
    ]
    return missing_references(tx, references) + outside_region(tx, booking.site.location, "booking.site.location")
