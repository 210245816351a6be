"""Callers under whom a server is killed, frozen or broken, and what must be true afterwards."""

from __future__ import annotations

import asyncio
import collections
import itertools
import random
from collections.abc import Awaitable, Iterable

import grpc
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import (
    booking_service_pb2_grpc,
    technician_service_pb2_grpc,
    visit_service_pb2_grpc,
)
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits
from pydispatch_server.store.interface import Event
from pydispatch_server.store.opening import open_store

from tests.server import harness
from tests.server.harness import REGION, ServerProcess, Stubs

IN_FLIGHT = 32
LOST_CALL = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


class Load:
    """Callers who book, cancel and report until the server dies, and remember what was acknowledged.

    They begin with what earlier callers were not answered. Every booking carries its request_id as its note, so that
    afterwards each can be counted.
    """

    def __init__(self, port: int, seed: int, again: Iterable[bookings.CreateBookingRequest] = ()) -> None:
        self.bookings: dict[str, bookings.Booking] = {}
        self.cancelled: set[str] = set()
        self.accepted: set[str] = set()
        self.unanswered: list[bookings.CreateBookingRequest] = []
        self._port = port
        self._requests = itertools.chain(again, (self._new(f"{seed}-{number}") for number in itertools.count()))
        self._random = random.Random(seed)
        self._booked = asyncio.Condition()
        self._is_stopped = False

    async def run(self, process: ServerProcess, moment: Awaitable[None]) -> None:
        """Calls until the server is killed, at the moment given."""
        callers = asyncio.create_task(self.call_until_refused())
        await moment
        process.kill()
        await callers

    async def call_until_refused(self) -> None:
        """Calls until the server takes no more."""
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self._port}") as channel:
            await asyncio.gather(*(self._call(channel) for _ in range(IN_FLIGHT)))

    def stop(self) -> None:
        """Lets every caller finish the call it is in."""
        self._is_stopped = True

    async def booked(self, count: int) -> None:
        """Waits until so many bookings are acknowledged."""
        async with self._booked:
            await self._booked.wait_for(lambda: len(self.bookings) >= count)

    async def _call(self, channel: grpc.aio.Channel) -> None:
        booking_stub = booking_service_pb2_grpc.BookingServiceStub(channel)
        visit_stub = visit_service_pb2_grpc.VisitServiceStub(channel)
        technician_stub = technician_service_pb2_grpc.TechnicianServiceStub(channel)
        try:
            while not self._is_stopped:
                booked = await self._book(booking_stub)
                chance = self._random.random()
                if chance < 0.2:
                    await booking_stub.CancelBooking(bookings.CancelBookingRequest(name=booked.booking.name))
                    self.cancelled.add(booked.booking.name)
                elif chance < 0.4 and booked.visit.state == types.VISIT_STATE_PLANNED:
                    await self._accept(visit_stub, booked.visit)
                elif chance < 0.45:
                    who = f"{REGION}/technicians/t{self._random.randrange(20):03d}"
                    state = self._random.choice([types.AVAILABILITY_STATE_AVAILABLE, types.AVAILABILITY_STATE_OFFLINE])
                    request = technicians.SetAvailabilityRequest(name=who, availability=state)
                    await technician_stub.SetAvailability(request)
        except grpc.aio.AioRpcError as error:
            if error.code() not in LOST_CALL:
                raise

    async def _book(self, stub: booking_service_pb2_grpc.BookingServiceStub) -> bookings.CreateBookingResponse:
        request = next(self._requests)
        try:
            booked: bookings.CreateBookingResponse = await stub.CreateBooking(request)
        except grpc.aio.AioRpcError:
            self.unanswered.append(request)
            raise
        self.bookings[booked.booking.name] = booked.booking
        async with self._booked:
            self._booked.notify_all()
        return booked

    @staticmethod
    def _new(key: str) -> bookings.CreateBookingRequest:
        return bookings.CreateBookingRequest(parent=REGION, booking=harness.booking(note=key), request_id=key)

    async def _accept(self, stub: visit_service_pb2_grpc.VisitServiceStub, visit: visits.Visit) -> None:
        request = visits.ReportVisitProgressRequest(
            name=visit.name, technician=visit.placement.technician, event=visits.VISIT_EVENT_ACCEPT
        )
        try:
            await stub.ReportVisitProgress(request)
        except grpc.aio.AioRpcError as error:
            # Another caller may have sent the technician home.
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise
        else:
            self.accepted.add(visit.name)


def all_bookings(stubs: Stubs) -> list[bookings.Booking]:
    def fetch(token: str) -> bookings.ListBookingsResponse:
        return stubs.bookings.ListBookings(bookings.ListBookingsRequest(parent=REGION, page_size=500, page_token=token))

    return list(harness.all_pages(fetch, "bookings"))


def lost(load: Load, kept: dict[str, bookings.Booking]) -> list[str]:
    """Lists what was acknowledged and is not there."""
    gone = [name for name in load.bookings if name not in kept]
    revived = [name for name in load.cancelled if name in kept and kept[name].state != bookings.BOOKING_STATE_CANCELLED]
    return gone + revived


def duplicated(found: Iterable[bookings.Booking]) -> int:
    """Counts bookings that are there although their request_id has another one."""
    return sum(count - 1 for count in collections.Counter(item.note for item in found).values())


def outbox_gaps(url: str) -> int:
    """Counts events that are missing in the outbox, or were written under an epoch that was over."""
    store = open_store(url, busy_ms=5000)
    events = store.events_after("town", 0, 10_000_000)
    end = store.ownership("town").sequence
    store.close()
    return end - len({event.sequence for event in events}) + late_events(events)


def late_events(events: Iterable[Event]) -> int:
    """Counts events that were written under an epoch that was over."""
    return sum(later.epoch < earlier.epoch for earlier, later in itertools.pairwise(events))


def double_assignments(stubs: Stubs) -> int:
    """Counts open visits of one technician that overlap in time."""
    intervals: dict[str, list[tuple[int, int]]] = {}
    for visit in all_visits(stubs):
        if visit.HasField("placement") and visit.state < types.VISIT_STATE_COMPLETED:
            placement = visit.placement
            interval = (placement.start_time.seconds, placement.end_time.seconds)
            intervals.setdefault(placement.technician, []).append(interval)
    return sum(
        later[0] < earlier[1] for found in intervals.values() for earlier, later in itertools.pairwise(sorted(found))
    )


def all_visits(stubs: Stubs) -> list[visits.Visit]:
    def fetch(token: str) -> visits.ListVisitsResponse:
        return stubs.visits.ListVisits(visits.ListVisitsRequest(parent=REGION, page_size=500, page_token=token))

    return list(harness.all_pages(fetch, "visits"))
