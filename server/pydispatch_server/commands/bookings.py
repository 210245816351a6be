"""Decides about bookings: a service and a booking become a visit, which the engine places at once."""

from __future__ import annotations

from collections.abc import Mapping

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
from pydispatch_server import batch_counts, errors, follow, names, reasons, ties
from pydispatch_server.commands.common import check_etag, missing_references, outside_region, refuse_existing
from pydispatch_server.messages import FINAL_BOOKING_STATES, copy_of, set_ms
from pydispatch_server.rules.others import DEFAULT_RESPONSE_LIMIT_S, DEFAULT_RESPONSE_TARGET_S
from pydispatch_server.state import is_open
from pydispatch_server.ties import WITHDRAWN
from pydispatch_server.working import Transaction


def create_booking(tx: Transaction, request: CreateBookingRequest) -> CreateBookingResponse:
    """Books a service and lets the engine place the visit. A booking nobody can take is kept with reasons."""
    booking_id = request.booking_id or tx.new_id("b")
    refuse_existing(tx, names.BOOKINGS, booking_id)
    booking = new_booking(tx, request.booking, booking_id)
    if request.validate_only:
        return CreateBookingResponse(booking=booking)
    visits = visits_of(tx, booking, tx.find(names.SERVICES, names.id_of(booking.service)))
    tx.put(names.BOOKINGS, booking, "booking.created")
    tx.apply(Command(add_visits=AddVisits(visits=visits)), visits)
    booking = tx.find(names.BOOKINGS, booking_id)
    return CreateBookingResponse(booking=booking, visit=visits[0], visits=visits if len(visits) > 1 else ())


def new_booking(tx: Transaction, given: Booking, booking_id: str) -> Booking:
    """Completes a booking to be made.

    Raises:
        InvalidRequest: It refers to what does not exist, or its site is too far away.
        AlreadyExists: There is a visit of the name that one of its own would have.
    """
    service = tx.find(names.SERVICES, names.id_of(given.service))
    roles, _ = ties.roles_of(given, service)
    found = _missing(tx, given) + _names_too_long(booking_id, len(roles))
    if found := found + ties.group_faults(given.group, roles, "booking.group"):
        raise errors.invalid(*found)
    booking = copy_of(given)
    booking.name = tx.name(names.BOOKINGS, booking_id)
    booking.batch = ""
    set_ms(booking.create_time, tx.now_ms)
    confirm(tx, booking, service)
    for name in ties.visit_names(booking):
        refuse_existing(tx, names.VISITS, names.id_of(name))
    return booking


def cancel_booking(tx: Transaction, request: CancelBookingRequest) -> CancelBookingResponse:
    """Cancels a booking and its visit. Cancelling twice changes nothing the second time."""
    stored: Booking = tx.get(names.BOOKINGS, request.name)
    check_etag(stored, request.etag)
    if stored.state == bookings.BOOKING_STATE_CANCELLED:
        return CancelBookingResponse(booking=stored)
    if stored.state in FINAL_BOOKING_STATES:
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
        for visit_id in map(names.id_of, ties.visit_names(stored)):
            # Cancelling one role cancels the crew: what is left are roles of a crew of which some are done.
            if is_open(tx.find(names.VISITS, visit_id)):
                tx.apply(Command(cancel_visit_id=visit_id))
    return CancelBookingResponse(booking=tx.find(names.BOOKINGS, names.id_of(stored.name)))


def confirm(tx: Transaction, booking: Booking, service: Service | None) -> None:
    """Turns a booking of the caller's own into a promise with a visit of the same identifier, or one for each role."""
    booking.state = bookings.BOOKING_STATE_CONFIRMED
    roles, _ = ties.roles_of(booking, service)
    visits = [tx.name(names.VISITS, visit_id) for visit_id in ties.visit_ids(names.id_of(booking.name), len(roles))]
    booking.visit = visits[0]
    del booking.visits[:]
    if roles:
        booking.visits.extend(visits)
    set_ms(booking.update_time, tx.now_ms)


def visits_of(
    tx: Transaction, booking: Booking, service: Service, fresh: Mapping[str, list[Visit]] | None = None
) -> list[Visit]:
    """Makes the visits of a booking: one, or one for each role of its crew, tied to what must come before.

    Args:
        tx: The command.
        booking: The booking, confirmed.
        service: What is booked.
        fresh: Visits of other bookings, by the booking's name, that are added with the same command.
    """
    roles, max_start_spread_s = ties.roles_of(booking, service)
    visits = []
    for number, name in enumerate(ties.visit_names(booking)):
        visit = visit_of(tx, booking, service)
        visit.name = name
        if roles:
            ties.with_role(visit, roles[number])
            visit.crew.crew = names.id_of(booking.name)
            visit.crew.role, visit.crew.size = number, len(roles)
            visit.crew.max_start_spread_s = max_start_spread_s
            visit.crew.display_name = roles[number].display_name
            if number > 0:
                visit.ClearField("parts")
        for dependency in booking.after:
            earlier = (fresh or {}).get(dependency.booking) or ties.earlier_visits(tx.find, dependency) or []
            visit.after.extend(ties.on_visit(dependency, other) for other in earlier if other.state not in WITHDRAWN)
        visits.append(visit)
    return visits


def visit_of(tx: Transaction, booking: Booking, service: Service) -> Visit:
    """Merges what was booked with what the service asks for into a visit that has no place yet.

    "Now" becomes a window from now to the service's limit with the target as promised start; windows stay the only
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
        group=booking.group,
        required_languages=booking.required_languages,
        partners=booking.partners or service.partners,
        parts=booking.parts or service.parts,
    )
    set_ms(visit.request_time, tx.now_ms)
    visit.blackouts.extend(map(_whole_seconds, booking.blackouts))
    if booking.start_windows or booking.HasField("start_window"):
        visit.start_windows.extend(map(_whole_seconds, booking.start_windows or [booking.start_window]))
    else:
        now_s = tx.now_ms // 1000
        window = visit.start_windows.add()
        window.start_time.seconds = now_s
        window.end_time.seconds = now_s + (service.response_limit_s or DEFAULT_RESPONSE_LIMIT_S)
        visit.due_time.seconds = now_s + (service.response_target_s or DEFAULT_RESPONSE_TARGET_S)
    return visit


def _whole_seconds(given: types.TimeWindow) -> types.TimeWindow:
    """Returns a window without fractions of seconds."""
    window = types.TimeWindow()
    window.start_time.seconds, window.end_time.seconds = given.start_time.seconds, given.end_time.seconds
    return window


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
    return (
        missing_references(tx, references)
        + outside_region(tx, booking.site.location, "booking.site.location")
        + ties.faults(tx.find, booking.after, "booking.after")
    )


def _names_too_long(booking_id: str, role_count: int) -> list[Violation]:
    """Lists the violation of an identifier that leaves no room for those of a crew's visits, if it is one."""
    longest = max(map(len, ties.visit_ids(booking_id, role_count)))
    if longest <= names.MAX_ID_CHARS:
        return []
    text = f"is too long for the visits of a crew by {longest - names.MAX_ID_CHARS} characters"
    return [Violation("booking_id", reasons.TOO_LONG, text)]
