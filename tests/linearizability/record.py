"""Records histories of concurrent calls against a real server while it is killed, cut off and made to fail.

Every history has technicians of its own and visits that only one of them may take, at a start that cannot be moved: a
technician's timeline is a set of promises [start, end), and what a call must answer follows from the calls before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

import grpc
import psycopg
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import (
    booking_service_pb2_grpc,
    dispatch_service_pb2_grpc,
    technician_service_pb2_grpc,
    visit_service_pb2_grpc,
)
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as plan_change
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import REGION, START_S, ServerProcess

TECHNICIANS = 2
CLIENTS = 6
CALLS_OF_A_CLIENT = 10
DURATION_S = 1800
# Starts lie half a visit apart, so that each overlaps its neighbours.
STARTS_S = [START_S + 3600 + 900 * step for step in range(8)]
CALL_S = 10
CUT_S = 0.1
LOST = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
HELD = {types.VISIT_STATE_PLANNED, types.VISIT_STATE_ACCEPTED}
# What goes wrong inside of the server all the time: changes that fail before and after they are kept.
FAIL_POINTS = "after-fsync:11:raise,before-write:17:raise,before-fsync:23:raise,after-apply:29:raise"
FLAGS = ("--fail-point", FAIL_POINTS, "--store-busy-ms", "50")

_visit = f"{REGION}/visits/{{}}".format
_booking = f"{REGION}/bookings/{{}}".format


class Host:
    """The server, wherever it listens since it was last started."""

    def __init__(self, process: ServerProcess) -> None:
        self.process = process
        self.is_up = asyncio.Event()
        self.channel: Any = None

    async def start(self) -> None:
        await asyncio.to_thread(self.process.start)
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{self.process.port}", options=options)
        self.is_up.set()

    async def kill(self) -> None:
        """Ends the server as a power cut would and starts it again."""
        self.is_up.clear()
        self.process.kill()
        await self.channel.close()
        await self.start()

    async def cut(self) -> None:
        """Takes the database away from the server for a moment."""
        if self.process.url.startswith("postgresql"):
            await asyncio.to_thread(_end_sessions, self.process.url)
            return
        connection = sqlite3.connect(self.process.database, isolation_level=None, timeout=5)
        with contextlib.closing(connection):
            connection.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(CUT_S)
            connection.execute("ROLLBACK")


def _end_sessions(url: str) -> None:
    """Ends every session of a PostgreSQL database but the one that says so."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid) {others}")


@dataclass
class History:
    """One history while it is recorded.

    Attributes:
        number: Which one.
        host: The server.
        out: Receives one JSON object a call.
        chance: Decides who calls what, and when what goes wrong.
    """

    number: int
    host: Host
    out: TextIO
    chance: random.Random
    keys: dict[str, str] = field(default_factory=dict)
    running: int = CLIENTS
    counter: Any = field(default_factory=lambda: itertools.count(1))

    async def record(self) -> None:
        """Lets all clients call while faults strike."""
        await self._add_technicians()
        faults = asyncio.create_task(self._faults())
        await asyncio.gather(*(self._client(number) for number in range(CLIENTS)))
        await faults

    async def _add_technicians(self) -> None:
        new = [
            technicians.NewTechnician(technician_id=self._id(number), technician=harness.technician())
            for number in range(TECHNICIANS)
        ]
        request = technicians.BatchCreateTechniciansRequest(parent=REGION, technicians=new, request_id=self._key())
        await self._until_answered(
            lambda: technician_service_pb2_grpc.TechnicianServiceStub(self.host.channel).BatchCreateTechnicians, request
        )

    async def _faults(self) -> None:
        """Strikes a few times while clients call."""
        for strike in self.chance.sample([self.host.kill, self.host.cut, self.host.cut], 2):
            await asyncio.sleep(self.chance.uniform(0.02, 0.25))
            if self.running:
                await strike()

    async def _client(self, client: int) -> None:
        booking = {self._book: 10, self._cancel: 4, self._accept: 4, self._decline: 2}
        planning = {self._assign: 3, self._unassign: 2, self._offline: 1, self._available: 2, self._read: 5}
        kinds = booking | planning
        for _ in range(CALLS_OF_A_CLIENT):
            kind = self.chance.choices([*kinds], [*kinds.values()])[0]
            technician = self._id(self.chance.randrange(TECHNICIANS))
            await kind(client, technician)
        self.running -= 1

    async def _book(self, client: int, technician: str) -> None:
        key, start_s = f"h{self.number}-{next(self.counter)}", self.chance.choice(STARTS_S)
        made = harness.booking(
            required_technician=f"{REGION}/technicians/{technician}",
            start_window=harness.window(start_s, start_s + 1),
            duration_s=DURATION_S,
        )
        request = bookings.CreateBookingRequest(parent=REGION, booking=made, booking_id=key, request_id=self._key())
        stub = lambda: booking_service_pb2_grpc.BookingServiceStub(self.host.channel).CreateBooking  # noqa: E731
        call = self._begin("book", client, technician, key=key, start_s=start_s, duration_s=DURATION_S)
        answer = await self._try(stub, request, call)
        if answer is not None:
            call["answer"] = "placed" if answer.visit.HasField("placement") else "unassigned"
        self._end(call)
        self.keys[key] = technician

    async def _cancel(self, client: int, _: str) -> None:
        if (chosen := self._known()) is None:
            return
        key, technician = chosen
        request = bookings.CancelBookingRequest(name=_booking(key), request_id=self._key())
        stub = lambda: booking_service_pb2_grpc.BookingServiceStub(self.host.channel).CancelBooking  # noqa: E731
        await self._simple("cancel", client, technician, key, stub, request)

    async def _accept(self, client: int, _: str) -> None:
        await self._report("accept", client, visits.VISIT_EVENT_ACCEPT)

    async def _decline(self, client: int, _: str) -> None:
        await self._report("decline", client, visits.VISIT_EVENT_DECLINE)

    async def _report(self, kind: str, client: int, event: visits.VisitEvent) -> None:
        if (chosen := self._known()) is None:
            return
        key, technician = chosen
        request = visits.ReportVisitProgressRequest(
            name=_visit(key), technician=f"{REGION}/technicians/{technician}", event=event, request_id=self._key()
        )
        stub = lambda: visit_service_pb2_grpc.VisitServiceStub(self.host.channel).ReportVisitProgress  # noqa: E731
        await self._simple(kind, client, technician, key, stub, request)

    async def _assign(self, client: int, _: str) -> None:
        if (chosen := self._known()) is None:
            return
        key, technician = chosen
        who = f"{REGION}/technicians/{technician}"
        request = plan_change.AssignVisitRequest(name=_visit(key), technician=who, request_id=self._key())
        stub = lambda: dispatch_service_pb2_grpc.DispatchServiceStub(self.host.channel).AssignVisit  # noqa: E731
        await self._simple("assign", client, technician, key, stub, request)

    async def _unassign(self, client: int, _: str) -> None:
        if (chosen := self._known()) is None:
            return
        key, technician = chosen
        request = plan_change.UnassignVisitRequest(name=_visit(key), request_id=self._key())
        stub = lambda: dispatch_service_pb2_grpc.DispatchServiceStub(self.host.channel).UnassignVisit  # noqa: E731
        await self._simple("unassign", client, technician, key, stub, request)

    async def _offline(self, client: int, technician: str) -> None:
        call = self._begin("offline", client, technician)
        answer = await self._set(technician, types.AVAILABILITY_STATE_OFFLINE, call)
        if answer is not None:
            call["answer"] = "done"
            call["visits"] = [name.rpartition("/")[2] for name in (*answer.unassigned_visits, *answer.moved_visits)]
        self._end(call)

    async def _available(self, client: int, technician: str) -> None:
        call = self._begin("available", client, technician)
        if await self._set(technician, types.AVAILABILITY_STATE_AVAILABLE, call) is not None:
            call["answer"] = "done"
        self._end(call)

    async def _set(self, technician: str, state: types.AvailabilityState, call: dict[str, Any]) -> Any:
        name = f"{REGION}/technicians/{technician}"
        request = technicians.SetAvailabilityRequest(name=name, availability=state, request_id=self._key())
        stub = lambda: technician_service_pb2_grpc.TechnicianServiceStub(self.host.channel).SetAvailability  # noqa: E731
        return await self._try(stub, request, call)

    async def _read(self, client: int, technician: str) -> None:
        call = self._begin("read", client, technician)
        request = visits.ListVisitsRequest(
            parent=REGION, technician=f"{REGION}/technicians/{technician}", page_size=1000
        )
        stub = lambda: visit_service_pb2_grpc.VisitServiceStub(self.host.channel).ListVisits  # noqa: E731
        answer = await self._try(stub, request, call)
        if answer is not None:
            call["answer"] = "done"
            call["visits"] = [item.name.rpartition("/")[2] for item in answer.visits if item.state in HELD]
            self._end(call)

    async def _simple(
        self, kind: str, client: int, technician: str, key: str, stub: Callable[[], Any], request: Any
    ) -> None:
        """Makes a call whose answer is that it was done or refused."""
        call = self._begin(kind, client, technician, key=key)
        if await self._try(stub, request, call) is not None:
            call["answer"] = "done"
        self._end(call)

    async def _try(self, stub: Callable[[], Any], request: Any, call: dict[str, Any]) -> Any:
        """Makes a call; of those that are lost half are sent again until they are answered, half are given up.

        Returns:
            The answer, or None, with "refused" or "unknown" noted.
        """
        try:
            if self.chance.random() < 0.5:
                return await self._until_answered(stub, request)
            await self.host.is_up.wait()
            return await stub()(request, timeout=CALL_S)
        except grpc.aio.AioRpcError as error:
            call["answer"] = "unknown" if error.code() in LOST else "refused"
        except asyncio.CancelledError:
            # The channel was closed under the call by the restart.
            call["answer"] = "unknown"
        return None

    async def _until_answered(self, stub: Callable[[], Any], request: Any) -> Any:
        """Sends a request under its request_id until it is answered."""
        while True:
            await self.host.is_up.wait()
            try:
                return await stub()(request, timeout=CALL_S)
            except grpc.aio.AioRpcError as error:
                if error.code() not in LOST:
                    raise
            except asyncio.CancelledError:
                if self.host.is_up.is_set():
                    raise
            await asyncio.sleep(0.01)

    def _begin(self, kind: str, client: int, technician: str, **more: Any) -> dict[str, Any]:
        who = {"history": self.number, "client": client, "technician": technician}
        return {**who, "kind": kind, **more, "visits": [], "answer": "", "call_ns": time.monotonic_ns()}

    def _end(self, call: dict[str, Any]) -> None:
        call["return_ns"] = time.monotonic_ns()
        self.out.write(json.dumps(call) + "\n")

    def _known(self) -> tuple[str, str] | None:
        """Chooses one of the newest visits that somebody has asked for."""
        return self.chance.choice(list(self.keys.items())[-6:]) if self.keys else None

    def _key(self) -> str:
        return f"history-{self.number}-{next(self.counter)}"

    def _id(self, number: int) -> str:
        return f"h{self.number}-t{number}"


async def record(process: ServerProcess, count: int, seed: int, out: TextIO, told: Callable[[int], object]) -> None:
    """Records histories one after the other on one server.

    Args:
        process: The server, not started yet, with FLAGS.
        count: How many.
        seed: Decides who calls what.
        out: Receives one JSON object a call.
        told: Told the number of each history that is complete.
    """
    host = Host(process)
    await host.start()
    harness.add_service(process.connect())
    for number in range(1, count + 1):
        await History(number, host, out, random.Random(seed * 100_003 + number)).record()
        told(number)
    await host.channel.close()
