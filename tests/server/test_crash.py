"""Acknowledged means kept: the process is killed in the middle of its work and started again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import grpc
import pytest
from google.protobuf import message
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import (
    booking_service_pb2_grpc,
    technician_service_pb2_grpc,
    visit_service_pb2_grpc,
)
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits
from pydispatch_server.store.opening import open_store

from tests.server import databases, harness
from tests.server.harness import REGION, ServerProcess, Stubs

IN_FLIGHT = 32
LOST_CALL = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


class Load:
    """Callers who book, cancel and report until the server dies, and remember what was acknowledged."""

    def __init__(self, port: int, seed: int, kill_after: int) -> None:
        self.bookings: dict[str, bookings.Booking] = {}
        self.cancelled: set[str] = set()
        self.accepted: set[str] = set()
        self._port = port
        self._random = random.Random(seed)
        self._kill_after = kill_after
        self._enough = asyncio.Event()

    async def run(self, process: ServerProcess) -> None:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self._port}") as channel:
            callers = [asyncio.create_task(self._call(channel)) for _ in range(IN_FLIGHT)]
            await self._enough.wait()
            process.kill()
            await asyncio.gather(*callers)

    async def _call(self, channel: grpc.aio.Channel) -> None:
        booking_stub = booking_service_pb2_grpc.BookingServiceStub(channel)
        visit_stub = visit_service_pb2_grpc.VisitServiceStub(channel)
        technician_stub = technician_service_pb2_grpc.TechnicianServiceStub(channel)
        try:
            while True:
                request = bookings.CreateBookingRequest(parent=REGION, booking=harness.booking())
                booked = await booking_stub.CreateBooking(request)
                self.bookings[booked.booking.name] = booked.booking
                if len(self.bookings) == self._kill_after:
                    self._enough.set()
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


@pytest.mark.parametrize(("seed", "store"), [(1, "sqlite"), (2, "sqlite"), (3, "sqlite"), (4, "postgresql")])
async def test_killed_in_the_middle_of_bookings(launch: Callable[..., ServerProcess], seed: int, store: str) -> None:
    process = launch(url=databases.new_postgresql() if store == "postgresql" else "")
    stubs = process.start()
    harness.add_technicians(stubs, 20)
    harness.add_service(stubs)
    load = Load(process.port, seed, kill_after=150 + 50 * seed)
    await load.run(process)
    stubs = process.start()
    kept = {item.name: item for item in all_bookings(stubs)}
    assert set(load.bookings) <= set(kept), "every acknowledged booking is there"
    for name in load.cancelled:
        assert kept[name].state == bookings.BOOKING_STATE_CANCELLED
    for name in load.accepted:
        visit = stubs.visits.GetVisit(visits.GetVisitRequest(name=name)).visit
        assert visit.times.HasField("accept_time") or visit.times.reassignment_count or not visit.HasField("placement")
    checked = harness.assert_clean(stubs)
    assert checked.checked_stops > 0
    assert_no_gaps(process.url)


def all_bookings(stubs: Stubs) -> list[bookings.Booking]:
    def fetch(token: str) -> bookings.ListBookingsResponse:
        return stubs.bookings.ListBookings(bookings.ListBookingsRequest(parent=REGION, page_size=500, page_token=token))

    return list(harness.all_pages(fetch, "bookings"))


def assert_no_gaps(url: str) -> None:
    store = open_store(url, busy_ms=5000)
    events = store.events_after("town", 0, 100_000)
    store.close()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.epoch for event in events] == sorted(event.epoch for event in events)


def everything(stubs: Stubs) -> dict[str, message.Message]:
    """Reads all that a restart must bring back."""
    parent = {"parent": REGION, "page_size": 1000}
    listed = [
        *stubs.technicians.ListTechnicians(technicians.ListTechniciansRequest(**parent)).technicians,
        *stubs.bookings.ListBookings(bookings.ListBookingsRequest(**parent)).bookings,
        *stubs.visits.ListVisits(visits.ListVisitsRequest(**parent)).visits,
        stubs.batches.GetBatch(batches.GetBatchRequest(name=f"{REGION}/batches/b")).batch,
    ]
    found: dict[str, message.Message] = {item.name: item for item in listed}
    plan = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=harness.PLAN)).plan
    for route in plan.routes:
        found[f"route of {route.technician}"] = dispatch.Route(
            stops=[
                dispatch.Stop(visit=stop.visit, state=stop.state, start_time=stop.start_time) for stop in route.stops
            ]
        )
    found["unassigned"] = dispatch.Plan(unassigned_visits=plan.unassigned_visits, sequence=plan.sequence)
    return found


def test_restart_restores_everything(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 5)
    harness.add_service(stubs)
    booked = [harness.create_booking(stubs) for _ in range(30)]
    stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=booked[0].booking.name))
    import_rows(stubs, 20)
    stubs.batches.PlanBatch(batches.PlanBatchRequest(name=f"{REGION}/batches/b"))
    placed = next(item.visit for item in booked[1:] if item.visit.HasField("placement"))
    for event in (visits.VISIT_EVENT_ACCEPT, visits.VISIT_EVENT_DEPART):
        now = stubs.visits.GetVisit(visits.GetVisitRequest(name=placed.name)).visit
        stubs.visits.ReportVisitProgress(
            visits.ReportVisitProgressRequest(name=now.name, technician=now.placement.technician, event=event)
        )
    before = everything(stubs)
    assert process.terminate() == 0
    stubs = process.start()
    assert everything(stubs) == before
    harness.assert_clean(stubs)
    again = harness.create_booking(stubs)
    assert again.booking.name not in before


def import_rows(stubs: Stubs, count: int) -> None:
    rows = [
        batches.BatchRow(
            external_id=f"x{index}",
            service_id="fix",
            site=types.Site(location=harness.near(10.0 * index)),
            start_window=harness.window(harness.START_S, harness.START_S + 8 * 3600),
        )
        for index in range(count)
    ]
    header = batches.ImportBatchHeader(parent=REGION, batch_id="b")
    answer = stubs.batches.ImportBatch(iter([batches.ImportBatchRequest(header=header, rows=rows)]))
    assert answer.imported_count == count, answer.errors
