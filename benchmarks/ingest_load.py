"""The generator of `make bench-ingest`: a process of its own that sends prepared bytes and times their acknowledgement.

Run with a job as JSON; prints what it measured as JSON. The jobs are `saturate`, `pace` and `hold`, a function each.
The server's processor time is read from outside, over the same window as everything else.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypedDict

import grpc
import psutil
import uvloop
from pydispatch_protos.dispatch.v1 import location_service_pb2 as pb
from pydispatch_protos.dispatch.v1.types_pb2 import LatLng

from benchmarks.ingest_fixes import CENTER_LAT_DEG, CENTER_LON_DEG, REGION, Messages

STREAM = "/dispatch.v1.LocationService/StreamLocations"
SEARCH = "/dispatch.v1.LocationService/SearchNearbyTechnicians"
# Batches of one stream under way, well within its credit.
UNDER_WAY = 16
WARM_UP_S = 0.7
ANSWER_WITHIN_S = 20.0


class Job(TypedDict):
    """What to do.

    Keys:
        mode: saturate, pace or hold.
        address: Of the server.
        pid: Of the server.
        is_ceiling: Each answer of this server acknowledges one batch, whatever it says.
        streams: How many.
        batch_fixes: Fixes of a message.
        technicians: Whom the streams report, in equal shares.
        seconds: Length of the measured window.
        rate: Messages a second (pace) or seconds between two messages of a stream (hold).
        searches: Searches a second (pace).
        connections: Connections that the streams share (hold).
    """

    mode: str
    address: str
    pid: int
    is_ceiling: bool
    streams: int
    batch_fixes: int
    technicians: int
    seconds: float
    rate: float
    searches: float
    connections: int


@dataclass
class Tally:
    """What was acknowledged so far."""

    is_ceiling: bool
    batches: int = 0
    answers: int = 0
    applied: int = 0
    latencies_s: list[float] = field(default_factory=list)


class Stream:
    """One location stream with its batches under way."""

    def __init__(self, channel: grpc.aio.Channel, messages: Messages, tally: Tally) -> None:
        self.call = channel.stream_stream(STREAM)()
        self.messages = messages
        self._tally = tally
        self._due_s: deque[float] = deque()
        self._acknowledged = 0
        self.has_room = asyncio.Event()

    @property
    def under_way(self) -> int:
        """Batches sent and not acknowledged."""
        return len(self._due_s)

    async def send(self, due_s: float) -> None:
        """Sends the next batch."""
        self._due_s.append(due_s)
        await self.call.write(self.messages.next()[0])

    async def receive(self) -> bool:
        """Waits for the next answer; False when there is none any more."""
        data = await self.call.read()
        if data is grpc.aio.EOF:
            return False
        answer = pb.StreamLocationsResponse.FromString(data)
        now_s, tally = time.perf_counter(), self._tally
        taken = 1 if tally.is_ceiling else answer.acknowledged_sequence - self._acknowledged
        self._acknowledged = answer.acknowledged_sequence
        tally.answers += 1
        tally.batches += taken
        tally.applied += answer.counts.applied
        for _ in range(taken):
            tally.latencies_s.append(now_s - self._due_s.popleft())
        self.has_room.set()
        return True

    async def receive_all(self) -> None:
        """Waits for every answer."""
        while await self.receive():
            pass


class Window:
    """Processor and wall time, and what was acknowledged, from its making to `close`."""

    def __init__(self, job: Job, tally: Tally) -> None:
        self._processes = psutil.Process(job["pid"]), psutil.Process()
        self._tally = tally
        tally.latencies_s.clear()
        self._begin = self._now()

    def _now(self) -> list[float]:
        used = [process.cpu_times() for process in self._processes]
        counted = self._tally.batches, self._tally.answers, self._tally.applied
        return [time.perf_counter(), *(cpu.user + cpu.system for cpu in used), *counted]

    def close(self) -> dict[str, float]:
        """Returns the differences since the beginning."""
        names = ("wall_s", "server_s", "generator_s", "batches", "answers", "applied")
        passed = (after - before for before, after in zip(self._begin, self._now(), strict=True))
        return dict(zip(names, passed, strict=True))


def streams_of(job: Job, channels: list[grpc.aio.Channel], tally: Tally) -> list[Stream]:
    """Opens the streams of a job."""
    share, now_ms = job["technicians"] // job["streams"], time.time_ns() // 1_000_000
    streams = []
    for number in range(job["streams"]):
        whom = range(number * share, (number + 1) * share)
        messages = Messages(uuid.uuid4().hex, whom, job["batch_fixes"], now_ms)
        streams.append(Stream(channels[number % len(channels)], messages, tally))
    return streams


async def saturate(job: Job) -> dict[str, float]:
    """Keeps batches under way in every stream, as many as the server takes."""
    tally, is_over = Tally(job["is_ceiling"]), False

    async def feed(stream: Stream) -> None:
        while not is_over:
            while stream.under_way < UNDER_WAY and not is_over:
                await stream.send(time.perf_counter())
            stream.has_room.clear()
            if stream.under_way >= UNDER_WAY:
                await stream.has_room.wait()
        await stream.call.done_writing()

    async with grpc.aio.insecure_channel(job["address"]) as channel:
        streams = streams_of(job, [channel], tally)
        tasks = [asyncio.create_task(work) for stream in streams for work in (feed(stream), stream.receive_all())]
        await asyncio.sleep(WARM_UP_S)
        window = Window(job, tally)
        await asyncio.sleep(job["seconds"])
        measured = window.close()
        is_over = True
        await asyncio.gather(*tasks)
        sent = sum(stream.messages.sequence for stream in streams)
    assert tally.batches == sent, f"{sent - tally.batches} batches were not acknowledged"
    assert tally.is_ceiling or tally.applied == sent * job["batch_fixes"], "not every fix was applied"
    return measured


def poisson(rate: float, seconds: float, seed: int) -> list[float]:
    """Returns when something is due that happens `rate` times a second, by chance."""
    chance, times_s, at_s = random.Random(seed), [], 0.0
    while (at_s := at_s + chance.expovariate(rate)) < seconds:
        times_s.append(at_s)
    return times_s


async def at_times(
    begin_s: float, times_s: list[float], act: Callable[[int, float], Coroutine[Any, Any, None]]
) -> None:
    """Acts at each time, whatever became of those before. The first error ends it."""
    async with asyncio.TaskGroup() as group:
        for number, at_s in enumerate(times_s):
            wait_s = begin_s + at_s - time.perf_counter()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            group.create_task(act(number, begin_s + at_s))


async def pace(job: Job) -> dict[str, float]:
    """Sends batches and searches by a schedule that no answer delays; latency counts from when each was due."""
    tally, searches_s, late_s = Tally(job["is_ceiling"]), [], []
    here = LatLng(lat_deg=CENTER_LAT_DEG + 0.04, lon_deg=CENTER_LON_DEG + 0.04)
    question = pb.SearchNearbyTechniciansRequest(parent=REGION, location=here).SerializeToString()
    async with grpc.aio.insecure_channel(job["address"]) as channel:
        streams = streams_of(job, [channel], tally)
        locks = [asyncio.Lock() for _ in streams]
        search = channel.unary_unary(SEARCH)

        async def report(number: int, due_s: float) -> None:
            late_s.append(time.perf_counter() - due_s)
            which = number % len(streams)
            # A stream takes one message at a time.
            async with locks[which]:
                await streams[which].send(due_s)

        async def ask(_: int, due_s: float) -> None:
            await search(question)
            searches_s.append(time.perf_counter() - due_s)

        receivers = [asyncio.create_task(stream.receive_all()) for stream in streams]
        for stream in streams:
            await stream.send(time.perf_counter())
        await asyncio.sleep(WARM_UP_S)
        window, begin_s = Window(job, tally), time.perf_counter()
        fixes_due = poisson(job["rate"], job["seconds"], 1)
        await asyncio.gather(
            at_times(begin_s, fixes_due, report),
            at_times(begin_s, poisson(job["searches"], job["seconds"], 2), ask),
        )
        for stream in streams:
            await stream.call.done_writing()
        await asyncio.gather(*receivers)
    measured = window.close()
    return measured | {
        "lost": float(len(fixes_due) - len(tally.latencies_s)),
        "fix_p50_ms": quantile_ms(tally.latencies_s, 50),
        "fix_p99_ms": quantile_ms(tally.latencies_s, 99),
        "search_p99_ms": quantile_ms(searches_s, 99),
        "late_p99_ms": quantile_ms(late_s, 99),
    }


def quantile_ms(times_s: list[float], percent: int) -> float:
    """Returns a percentile in milliseconds."""
    return statistics.quantiles(times_s, n=100, method="inclusive")[percent - 1] * 1e3


async def hold(job: Job) -> dict[str, float]:
    """Keeps many streams open at once, each with a batch every few seconds."""
    tally, failed, opened = Tally(job["is_ceiling"]), [], 0
    all_open, is_over = asyncio.Event(), asyncio.Event()

    async def live(stream: Stream, phase: float) -> None:
        nonlocal opened
        try:
            # All open at once; only their first batches are spread over a second.
            await asyncio.sleep(phase)
            await exchange(stream)
            opened += 1
            all_open.set() if opened + len(failed) == job["streams"] else None
            due_s = time.perf_counter() + phase * job["rate"]
            while not is_over.is_set():
                await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
                await exchange(stream)
                due_s += job["rate"]
        except (grpc.aio.AioRpcError, TimeoutError) as error:
            failed.append(str(error))

    async def exchange(stream: Stream) -> None:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await stream.send(time.perf_counter())
            await stream.receive()

    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.insecure_channel(job["address"], options=options) for _ in range(job["connections"])]
    streams = streams_of(job, channels, tally)
    tasks = [asyncio.create_task(live(stream, n / len(streams))) for n, stream in enumerate(streams)]
    await asyncio.wait_for(all_open.wait(), 2 * ANSWER_WITHIN_S)
    window = Window(job, tally)
    await asyncio.sleep(job["seconds"])
    measured = window.close() | {"failed": float(len(failed))}
    is_over.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for channel in channels:
        await channel.close()
    for text in sorted(set(failed))[:3]:
        print(text, file=sys.stderr)
    return measured | {"fix_p99_ms": quantile_ms(tally.latencies_s, 99)}


if __name__ == "__main__":
    asked: Job = json.loads(sys.argv[1])
    print(json.dumps(uvloop.run({"saturate": saturate, "pace": pace, "hold": hold}[asked["mode"]](asked))))
