"""Bookings: the promise to a customer, attended by one visit each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.paging import walk
from pydispatch_client.transport import AsyncTransport


class AsyncBookings:
    """Takes, reads and cancels bookings."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        parent: str,
        booking: m.Booking,
        *,
        booking_id: str = "",
        validate_only: bool = False,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.CreateBookingResponse:
        """Books a service at a site, for now or for a window, and plans its visit at once.

        Args:
            parent: "regions/{region}".
            booking: The booking; `name` is ignored, `service` and `site` are required.
            booking_id: Identifier of the new booking; empty lets the server choose.
            validate_only: True only checks the request.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.

        Returns:
            The booking, and its visit as planned or UNASSIGNED with reasons.
        """
        request = m.CreateBookingRequest(
            parent=parent,
            booking_id=booking_id,
            booking=booking,
            request_id=self._transport.request_id(request_id),
            validate_only=validate_only,
        )
        return await self._transport.unary(methods.CREATE_BOOKING, request, timeout_s)

    async def get(self, name: str, *, timeout_s: float | None = None) -> m.GetBookingResponse:
        """Reads the booking "regions/{region}/bookings/{booking}" with its visit."""
        return await self._transport.unary(methods.GET_BOOKING, m.GetBookingRequest(name=name), timeout_s)

    async def list_page(
        self,
        parent: str,
        *,
        batch: str = "",
        states: Iterable[m.BookingState] = (),
        page_size: int = 0,
        page_token: str = "",
        timeout_s: float | None = None,
    ) -> m.ListBookingsResponse:
        """Reads one page of the bookings of "regions/{region}", ordered by name."""
        request = m.ListBookingsRequest(
            parent=parent, batch=batch, states=states, page_size=page_size, page_token=page_token
        )
        return await self._transport.unary(methods.LIST_BOOKINGS, request, timeout_s)

    async def list(
        self,
        parent: str,
        *,
        batch: str = "",
        states: Iterable[m.BookingState] = (),
        page_size: int = 0,
        timeout_s: float | None = None,
    ) -> AsyncIterator[m.Booking]:
        """Yields the bookings of "regions/{region}", ordered by name.

        Args:
            parent: "regions/{region}".
            batch: Only bookings of this batch, by resource name; empty means all.
            states: Only bookings in these states; none means all.
            page_size: Bookings read at once, 0 to 1000; 0 means 100.
            timeout_s: Deadline of each page; None takes the default of reads.
        """
        kept_states = tuple(states)
        async for page in walk(
            lambda token: self.list_page(
                parent, batch=batch, states=kept_states, page_size=page_size, page_token=token, timeout_s=timeout_s
            )
        ):
            for booking in page.bookings:
                yield booking

    async def cancel(
        self,
        name: str,
        *,
        reason: str = "",
        etag: str = "",
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Booking:
        """Cancels a booking and its visit; room that becomes free is offered to unassigned visits."""
        request = m.CancelBookingRequest(
            name=name, etag=etag, reason=reason, request_id=self._transport.request_id(request_id)
        )
        return (await self._transport.unary(methods.CANCEL_BOOKING, request, timeout_s)).booking
