"""What follows from a change that the engine made: the stored visit, and the booking that it fulfils."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import VisitChange
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.booking_service_pb2 import Booking
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch_server.messages import set_ms

# State that a booking gets when its visit becomes final.
BOOKING_STATES: Final[dict[types.VisitState, bookings.BookingState]] = {
    types.VISIT_STATE_COMPLETED: bookings.BOOKING_STATE_COMPLETED,
    types.VISIT_STATE_CANCELLED: bookings.BOOKING_STATE_CANCELLED,
    types.VISIT_STATE_FAILED: bookings.BOOKING_STATE_FAILED,
    types.VISIT_STATE_EXPIRED: bookings.BOOKING_STATE_FAILED,
}


def write_change(change: VisitChange, visit: Visit) -> None:
    """Writes a change into a visit of the caller's own."""
    visit.state = change.state
    if change.HasField("placement"):
        visit.placement.CopyFrom(change.placement)
    else:
        visit.ClearField("placement")
    if change.HasField("times"):
        visit.times.CopyFrom(change.times)
    if visit.unassigned_reasons:
        visit.ClearField("unassigned_reasons")
    if change.unassigned_reasons:
        visit.unassigned_reasons.extend(change.unassigned_reasons)
    if visit.excluded_technicians:
        visit.ClearField("excluded_technicians")
    if change.excluded_technicians:
        visit.excluded_technicians.extend(change.excluded_technicians)
    if visit.after:
        visit.ClearField("after")
    if change.after:
        visit.after.extend(change.after)
    if change.HasField("pin"):
        visit.pin.CopyFrom(change.pin)
    else:
        visit.ClearField("pin")


def booking_state(visits: Iterable[Visit]) -> bookings.BookingState | None:
    """Returns the final state of a booking with these visits, None while one is open.

    A crew has completed when every role has, was cancelled when none has completed or failed, and has failed otherwise.
    """
    found = {BOOKING_STATES.get(visit.state) for visit in visits}
    if None in found:
        return None
    return found.pop() if len(found) == 1 else bookings.BOOKING_STATE_FAILED


def closed_booking(booking: Booking, state: bookings.BookingState, now_ms: int) -> Booking:
    """Writes a final state into a booking of the caller's own and returns it."""
    booking.state = state
    set_ms(booking.update_time, now_ms)
    return booking
