"""BookingService."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1 import booking_service_pb2 as pb

from pydispatch_server import names
from pydispatch_server.commands import bookings
from pydispatch_server.paging import in_states, page
from pydispatch_server.rpc import Context
from pydispatch_server.services.base import Servicer


class BookingServicer(Servicer):
    """Takes, reads and cancels bookings."""

    async def create_booking(self, request: pb.CreateBookingRequest, context: Context) -> bytes:
        """Books a service and plans its visit."""
        return await self.change(request.parent, bookings.create_booking, request, context)

    async def get_booking(self, request: pb.GetBookingRequest, _: Context) -> pb.GetBookingResponse:
        """Reads a booking with its visits."""
        state = self.state(request.name)
        booking: pb.Booking = state.get(names.BOOKINGS, request.name)
        visit = state.find(names.VISITS, names.id_of(booking.visit))
        crew = [state.find(names.VISITS, names.id_of(name)) for name in booking.visits]
        return pb.GetBookingResponse(booking=booking, visit=visit, visits=crew)

    async def list_bookings(self, request: pb.ListBookingsRequest, _: Context) -> pb.ListBookingsResponse:
        """Lists bookings ordered by name."""
        state = self.state(request.parent)
        if request.batch:
            batch_id = names.id_of(request.batch)
            found, token = page(request, lambda last: state.walk_batch(batch_id, last), in_states(request.states))
        else:
            found, token = page(request, lambda last: state.walk(names.BOOKINGS, last), in_states(request.states))
        return pb.ListBookingsResponse(bookings=found, next_page_token=token)

    async def cancel_booking(self, request: pb.CancelBookingRequest, context: Context) -> bytes:
        """Cancels a booking and its visit."""
        return await self.change(request.name, bookings.cancel_booking, request, context)
