"""Measures the way from a change to its watchers: part of `make bench-store`. One JSON object a line on stdout.

store.watch_p99_ms: 1,000 WatchPlan streams of everything, bundles of 250 ms asked for, while bookings are due at 200 a
second by a schedule that no answer delays. For each booking and each watcher the time counts from the moment the
booking was due, its planning and its commit included, until the watcher has it. One more watcher reads nothing all the
while. Peer: the same without that one.

The watchers live in a process of their own. Times are of the system's monotonic clock, which processes share.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from bisect import bisect_left
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import grpc
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import booking_service_pb2_grpc as booking_rpc
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch

from benchmarks.bench_booking import REGION, Server, fill, requests, say

STREAMS_OF_CHANNEL = 100
SETTLE_S = 5.0
# The field `sequence` as it is written.
SEQUENCE_TAG = 0x10
# Where a watcher stood when: (monotonic seconds, sequence) each, both rising.
Seen = list[tuple[float, int]]


def kind_and_sequence(message: bytes) -> tuple[int, int]:
    """Reads the first two fields of a WatchPlanResponse.

    The rest is left: a thousand readers of everything on the server's own machine would take the time that is measured.
    """
    kind, at = varint(message, 1)
    return kind, varint(message, at + 1)[0] if message[at] == SEQUENCE_TAG else 0


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Reads a number of the wire format; returns it and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


class Watcher:
    """One stream."""

    def __init__(self, channel: grpc.aio.Channel, bundle_ms: int) -> None:
        request = dispatch.WatchPlanRequest(name=f"{REGION}/plan", bundle_ms=bundle_ms)
        path = "/dispatch.v1.DispatchService/WatchPlan"
        self._call = channel.unary_stream(path, dispatch.WatchPlanRequest.SerializeToString)(request)
        self.seen: Seen = []
        self.resyncs = 0

    async def sync(self) -> None:
        while kind_and_sequence(await self._call.read())[0] != dispatch.PLAN_EVENT_TYPE_SYNCED:
            pass

    async def follow(self) -> None:
        while True:
            message = await self._call.read()
            if message is grpc.aio.EOF:
                return
            kind, sequence = kind_and_sequence(message)
            self.resyncs += kind == dispatch.PLAN_EVENT_TYPE_RESYNC
            if kind in (dispatch.PLAN_EVENT_TYPE_BUNDLE, dispatch.PLAN_EVENT_TYPE_VISIT_CHANGED):
                self.seen.append((time.monotonic(), sequence))


def watch(address: str, count: int, bundle_ms: int, has_stuck: bool, pipe: Connection) -> None:
    """Runs the watchers until told to stop, then sends what they have seen."""
    pipe.send(asyncio.run(_watch(address, count, bundle_ms, has_stuck, pipe)))


async def _watch(address: str, count: int, bundle_ms: int, has_stuck: bool, pipe: Connection) -> tuple[list[Seen], int]:
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 64 << 20)]
    channels = [
        grpc.aio.insecure_channel(address, options) for _ in range((count + STREAMS_OF_CHANNEL) // STREAMS_OF_CHANNEL)
    ]
    watchers = [Watcher(channels[number % len(channels)], bundle_ms) for number in range(count)]
    await asyncio.gather(*(watcher.sync() for watcher in watchers))
    if has_stuck:
        alone = grpc.aio.insecure_channel(address, options)
        channels.append(alone)
        stuck = Watcher(alone, 0)
        await stuck.sync()
    pipe.send("ready")
    following = [asyncio.create_task(watcher.follow()) for watcher in watchers]
    await asyncio.to_thread(pipe.recv)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    for channel in channels:
        await channel.close()
    return [watcher.seen for watcher in watchers], sum(watcher.resyncs for watcher in watchers)


async def book(address: str, rate: float, seconds: float) -> dict[int, float]:
    """Makes bookings when they are due and returns for each change when its booking was due."""
    due_s: dict[int, float] = {}
    chance = random.Random(7)
    async with grpc.aio.insecure_channel(address) as channel:
        await fill(channel, chance)
        create = booking_rpc.BookingServiceStub(channel).CreateBooking

        async def one(request: bookings.CreateBookingRequest, moment_s: float) -> None:
            answer = await create(request)
            due_s[int(answer.visit.etag)] = moment_s

        calls = []
        start_s = time.monotonic() + 0.1
        for number, request in enumerate(requests(int(rate * seconds), "watch", chance)):
            moment_s = start_s + number / rate
            await asyncio.sleep(max(0.0, moment_s - time.monotonic()))
            calls.append(asyncio.create_task(one(request, moment_s)))
        await asyncio.gather(*calls)
    return due_s


def delays_ms(due_s: dict[int, float], seen: list[Seen]) -> list[float]:
    """Returns for every change and every watcher how long it took."""
    found = []
    for moments in seen:
        sequences = [sequence for _, sequence in moments]
        for sequence, moment_s in due_s.items():
            at = bisect_left(sequences, sequence)
            if at == len(sequences):
                raise SystemExit(f"bench_watch: a watcher has missed change {sequence}")
            found.append((moments[at][0] - moment_s) * 1000)
    return found


def measure(arguments: argparse.Namespace, *, has_stuck: bool) -> list[float]:
    """Runs a server, its watchers and the bookings once."""
    with tempfile.TemporaryDirectory(prefix="bench-watch-") as folder:
        server = Server(Path(folder))
        try:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            details: tuple[Any, ...] = (server.address, arguments.watchers, arguments.bundle_ms, has_stuck, theirs)
            watching = context.Process(target=watch, args=details)
            watching.start()
            ours.recv()
            due_s = asyncio.run(book(server.address, arguments.rate, arguments.seconds))
            time.sleep(SETTLE_S)
            ours.send("stop")
            seen, resyncs = ours.recv()
            watching.join()
        finally:
            server.stop()
    delays = delays_ms(due_s, seen)
    cuts = statistics.quantiles(delays, n=100)
    messages = sum(len(moments) for moments in seen)
    told = f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, most {max(delays):.0f} ms, {messages} messages"
    say(f"{'with' if has_stuck else 'without'} a stuck watcher: {told}, {resyncs} resyncs")
    return cuts


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--watchers", type=int, default=1000, help="streams")
    parser.add_argument("--rate", type=float, default=200.0, help="bookings a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long")
    parser.add_argument("--bundle-ms", type=int, default=250, help="period of the bundles, 0 for none")
    arguments = parser.parse_args()
    alone = measure(arguments, has_stuck=False)
    beside = measure(arguments, has_stuck=True)
    for percent in (50, 99):
        value, peer_value = beside[percent - 1], alone[percent - 1]
        line = {
            "bench": f"store.watch_p{percent}_ms",
            "n": arguments.watchers,
            "value": round(value, 1),
            "unit": "ms",
            "peer": "without-a-stuck-watcher",
            "peer_value": round(peer_value, 1),
            "ratio": round(peer_value / value, 2),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
