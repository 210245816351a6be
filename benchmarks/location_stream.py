"""Measures fixes a second from a client into a real server's index: `make bench-stream`.

Both sides send the same tuples over one stream to the same server, in turns: ours through `LocationStreamer`, the peer
as a first program against the generated stubs would, with `Fix` messages and one batch under way. The clock runs until
the last acknowledgement, so everything counted is searchable. CPU is the client's own.
"""

from __future__ import annotations

import datetime
import itertools
import json
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import grpc
from pydispatch_client import ClientOptions, DispatchClient, FixTuple, StreamerOptions, names
from pydispatch_client import messages as m
from pydispatch_protos.dispatch.v1.location_service_pb2_grpc import LocationServiceStub

from tests.client.served import Served

TECHNICIANS = 5_000
BATCH_FIXES = 1_000
ROUNDS = 30
TRIALS = 3
REGION = names.region("default")
FIX_COUNT = TECHNICIANS * ROUNDS


def fixes_of(first_ms: int) -> Iterator[list[FixTuple]]:
    """Yields batches of fixes, each technician's newer than the last."""
    for round_number in range(ROUNDS):
        for first in range(0, TECHNICIANS, BATCH_FIXES):
            yield [
                (f"t-{n:05d}", 37.7 + round_number * 1e-6, -122.4 + n * 1e-6, first_ms + round_number, 5.0, 1.0, 0.0)
                for n in range(first, first + BATCH_FIXES)
            ]


def by_streamer(address: str, first_ms: int) -> int:
    """Sends through `LocationStreamer`; returns the fixes applied."""
    with DispatchClient(address) as client:
        options = StreamerOptions(max_batch_fixes=BATCH_FIXES)
        with client.locations.stream(REGION, options=options) as streamer:
            for fixes in fixes_of(first_ms):
                streamer.report_many(fixes)
            return streamer.close(60).applied


def by_stub(address: str, first_ms: int) -> int:
    """Sends messages over the generated stub and waits for each acknowledgement; returns the fixes applied."""
    outgoing: SimpleQueue[m.StreamLocationsRequest | None] = SimpleQueue()
    stream_id = uuid.uuid4().hex
    applied = 0
    with grpc.insecure_channel(address) as channel:
        answers = LocationServiceStub(channel).StreamLocations(iter(outgoing.get, None))
        for sequence, fixes in zip(itertools.count(1), fixes_of(first_ms), strict=False):
            request = m.StreamLocationsRequest(parent=REGION, stream_id=stream_id, sequence=sequence)
            for technician_id, lat, lon, time_ms, accuracy, speed, heading in fixes:
                request.fixes.add(
                    technician_id=technician_id,
                    lat_deg=lat,
                    lon_deg=lon,
                    event_time_ms=time_ms,
                    accuracy_m=accuracy,
                    speed_mps=speed,
                    heading_deg=heading,
                )
            outgoing.put(request)
            applied += next(answers).counts.applied
        outgoing.put(None)
    return applied


def set_up(address: str) -> None:
    """Creates the technicians."""
    now = datetime.datetime.now(datetime.UTC)
    window = m.TimeWindow(start_time=now, end_time=now + datetime.timedelta(hours=8))
    technician = m.Technician(home_location=m.LatLng(lat_deg=37.7, lon_deg=-122.4), shifts=[m.Shift(window=window)])
    with DispatchClient(address, ClientOptions()) as client:
        for first in range(0, TECHNICIANS, 1000):
            chunk = {f"t-{n:05d}": technician for n in range(first, first + 1000)}
            client.technicians.batch_create(REGION, chunk, timeout_s=120)


def measure(action: Callable[[str, int], int], address: str) -> tuple[float, float]:
    """Returns fixes a second and the client's CPU in microseconds a fix."""
    first_ms = time.time_ns() // 1_000_000
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    applied = action(address, first_ms)
    seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    assert applied == FIX_COUNT, f"{applied} of {FIX_COUNT} fixes became searchable"
    return FIX_COUNT / seconds, cpu_s / FIX_COUNT * 1e6


def main() -> None:
    """Prints a JSON line for the rate and one for the CPU."""
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder))
        address = served.start()
        try:
            set_up(address)
            trials = [(measure(by_streamer, address), measure(by_stub, address)) for _ in range(TRIALS)]
        finally:
            served.stop()
    rate = max(ours[0] for ours, _ in trials)
    peer_rate = max(peer[0] for _, peer in trials)
    cpu_us = min(ours[1] for ours, _ in trials)
    peer_cpu_us = min(peer[1] for _, peer in trials)
    shared = {"n": FIX_COUNT, "peer": "stub-messages-one-under-way"}
    lines = [
        ("client.stream_rate", rate, "1/s", peer_rate, rate / peer_rate),
        ("client.stream_cpu", cpu_us, "us/fix", peer_cpu_us, peer_cpu_us / cpu_us),
    ]
    for bench, value, unit, peer_value, ratio in lines:
        line = {"bench": bench, "value": round(value, 3), "unit": unit, "peer_value": round(peer_value, 3)}
        print(json.dumps({**line, **shared, "ratio": round(ratio, 2)}))


if __name__ == "__main__":
    main()
