"""What the calls are: bookings, recommendations, and batches of fixes on long streams."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import grpc
from pydispatch_client import AsyncDispatchClient, DispatchClientError, names
from pydispatch_client import messages as m
from pydispatch_client.errors import from_rpc_error
from pydispatch_client.fixes import STREAM_FIXES_TAG, FixEncoder, stream_header
from pydispatch_client.methods import STREAM_LOCATIONS
from pydispatch_client.streaming.core import INITIAL_CREDIT
from pydispatch_client.transport import AsyncTransport

from loadtests import city

REGION = names.region(city.REGION_ID)
# Calls of one flow under way at once; what is due beyond is shed and counted, never queued without end.
MAX_UNDER_WAY = 256
CALL_LIMIT_S = 10.0
RECOMMENDED = 3


@dataclass(frozen=True, slots=True)
class Done:
    """A call that has ended."""

    flow: str
    # On the clock of time.perf_counter.
    due_at_s: float
    latency_ms: float
    # Empty when it succeeded.
    error: str


Report = Callable[[Done], None]


class Calls:
    """A flow of unary calls."""

    def __init__(self, flow: str, client: AsyncDispatchClient, seed: int, report: Report) -> None:
        self._flow = flow
        self._client = client
        self._rng = random.Random(f"{seed}/{flow}/content")
        self._report = report
        self._under_way: set[asyncio.Task[None]] = set()

    def send(self, due_at_s: float) -> bool:
        """Sends a call and returns True, or False when too many are under way."""
        if len(self._under_way) >= MAX_UNDER_WAY:
            return False
        task = asyncio.create_task(self._call(due_at_s))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return True

    async def finish(self, limit_s: float) -> None:
        """Waits for the calls under way; those that do not end in time are reported by their deadline."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=limit_s)

    async def _call(self, due_at_s: float) -> None:
        error = ""
        try:
            await (self._book() if self._flow == "booking" else self._recommend())
        except DispatchClientError as failure:
            error = failure.reason or failure.code.name
        self._report(Done(self._flow, due_at_s, (time.perf_counter() - due_at_s) * 1000, error))

    async def _book(self) -> None:
        booking = m.Booking(
            service=names.service(city.REGION_ID, self._rng.choice(city.SKILLS)),
            site=m.Site(location=city.random_place(self._rng)),
        )
        await self._client.bookings.create(REGION, booking, timeout_s=CALL_LIMIT_S)

    async def _recommend(self) -> None:
        service = names.service(city.REGION_ID, self._rng.choice(city.SKILLS))
        await self._client.dispatch.recommend(
            REGION, city.random_place(self._rng), service=service, max_results=RECOMMENDED, timeout_s=CALL_LIMIT_S
        )


class FixStream:
    """A stream of fix batches. A batch that finds no credit waits for it, and its latency says so."""

    def __init__(
        self, number: int, transport: AsyncTransport, fleet: city.Fleet, batch_fixes: int, report: Report
    ) -> None:
        self._transport = transport
        self._fleet = fleet
        self._batch_fixes = batch_fixes
        self._report = report
        self._stream_id = f"load-{number}-{random.Random().getrandbits(48):012x}"
        self._encoder = FixEncoder(STREAM_FIXES_TAG)
        self._sequence = 0
        self._last_allowed = INITIAL_CREDIT
        self._waiting: deque[tuple[int, float, bytes]] = deque()
        self._unacknowledged: deque[tuple[int, float]] = deque()
        self._wake = asyncio.Event()
        self.applied = 0
        self.sent_fixes = 0
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Opens the stream."""
        self._call = self._transport.open_bidi(STREAM_LOCATIONS)
        self._tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._read())]

    def send(self, due_at_s: float) -> bool:
        """Takes a batch and returns True, or False when too many wait."""
        if len(self._waiting) + len(self._unacknowledged) >= MAX_UNDER_WAY:
            return False
        self._sequence += 1
        fixes = list(self._fleet.next_fixes(self._batch_fixes, time.time_ns() // 1_000_000))
        frame = stream_header(REGION, self._stream_id, self._sequence) + b"".join(self._encoder.encode_many(fixes))
        self._waiting.append((self._sequence, due_at_s, frame))
        self.sent_fixes += len(fixes)
        self._wake.set()
        return True

    async def finish(self, limit_s: float) -> None:
        """Waits for the acknowledgements, closes the stream and reports what was not acknowledged."""
        deadline_s = time.perf_counter() + limit_s
        while (self._waiting or self._unacknowledged) and time.perf_counter() < deadline_s:
            if self._tasks[1].done():
                break
            await asyncio.sleep(0.01)
        self._call.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _, due_at_s in [*self._unacknowledged, *((number, due) for number, due, _ in self._waiting)]:
            self._fail(due_at_s, "UNACKNOWLEDGED")

    def _fail(self, due_at_s: float, error: str) -> None:
        self._report(Done("fix_batch", due_at_s, (time.perf_counter() - due_at_s) * 1000, error))

    async def _write(self) -> None:
        while True:
            while self._waiting and self._waiting[0][0] <= self._last_allowed:
                sequence, due_at_s, frame = self._waiting.popleft()
                self._unacknowledged.append((sequence, due_at_s))
                try:
                    await self._call.write(frame)
                except (grpc.RpcError, asyncio.InvalidStateError):
                    # `_read` tells how the stream ended.
                    return
            self._wake.clear()
            if not (self._waiting and self._waiting[0][0] <= self._last_allowed):
                await self._wake.wait()

    async def _read(self) -> None:
        try:
            async for answer in self._call:
                now_s = time.perf_counter()
                self.applied += answer.counts.applied
                while self._unacknowledged and self._unacknowledged[0][0] <= answer.acknowledged_sequence:
                    _, due_at_s = self._unacknowledged.popleft()
                    self._report(Done("fix_batch", due_at_s, (now_s - due_at_s) * 1000, ""))
                self._last_allowed = answer.acknowledged_sequence + answer.credit
                self._wake.set()
        except grpc.RpcError as failure:
            error = from_rpc_error(failure)
            while self._unacknowledged:
                self._fail(self._unacknowledged.popleft()[1], error.reason or error.code.name)
