"""Location streams of a real server: acknowledged, in order, within their credit, and independent of each other."""

from __future__ import annotations

import asyncio
import itertools
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from queue import SimpleQueue
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from pydispatch_protos.dispatch.v1 import location_service_pb2 as locations
from pydispatch_protos.dispatch.v1 import location_service_pb2_grpc as location_rpc
from pydispatch_protos.dispatch.v1 import region_service_pb2 as regions
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians

from tests.server import harness
from tests.server.harness import CALL_S, REGION, START_S, ServerProcess, Stubs, is_serving, read_refusal, wait_until

# As the contract and docs/errors.md have it.
CREDIT = 32
# A receiver at which hardly anything may wait, so that unread acknowledgements soon hold up their sender.
NARROW = [("grpc.http2.lookahead_bytes", 1024), ("grpc.http2.bdp_probe", 0), ("grpc.use_local_subchannel_pool", 1)]


@pytest.fixture(scope="module")
def stubs(shared: ServerProcess) -> Stubs:
    stubs = shared.connect()
    harness.add_technicians(stubs, 8)
    return stubs


def batch(stream_id: str, sequence: int, parent: str = REGION, who: int = 0) -> locations.StreamLocationsRequest:
    """One fix, newer than those of the batches before."""
    fix = locations.Fix(
        technician_id=f"t{who:03d}", lat_deg=37.771, lon_deg=-122.421, event_time_ms=START_S * 1000 - 100_000 + sequence
    )
    return locations.StreamLocationsRequest(parent=parent, stream_id=stream_id, sequence=sequence, fixes=[fix])


def send(stubs: Stubs, batches: Iterator[locations.StreamLocationsRequest]) -> Any:
    return stubs.locations.StreamLocations(batches, timeout=CALL_S)


def test_every_batch_is_acknowledged_and_counted_once(stubs: Stubs) -> None:
    """Acknowledgements may tell of several batches; together they tell of each once."""
    answers = list(send(stubs, (batch("all", number) for number in range(1, 1001))))
    sequences = [answer.acknowledged_sequence for answer in answers]
    assert sequences == sorted(set(sequences))
    assert sequences[-1] == 1000
    assert sum(answer.counts.applied for answer in answers) == 1000
    assert all(0 < answer.credit <= CREDIT for answer in answers)


def test_a_lone_batch_is_acknowledged_at_once(stubs: Stubs) -> None:
    """Nothing waits for a second batch to be acknowledged with."""
    outgoing: SimpleQueue[locations.StreamLocationsRequest | None] = SimpleQueue()
    answers = send(stubs, iter(outgoing.get, None))
    for number in range(1, 4):
        outgoing.put(batch("lone", number, who=3))
        assert next(answers).acknowledged_sequence == number
    outgoing.put(None)
    assert list(answers) == []


def test_what_came_before_a_refused_batch_is_acknowledged(stubs: Stubs) -> None:
    answers = send(stubs, (batch("gap", number, who=4) for number in (1, 2, 5)))
    acknowledged: list[int] = []
    with pytest.raises(grpc.RpcError) as refused:
        acknowledged.extend(answer.acknowledged_sequence for answer in answers)
    assert acknowledged[-1] == 2
    found = read_refusal(refused.value)
    assert (found.reason, found.metadata["expectedSequence"]) == ("SEQUENCE_GAP", "3")


def test_a_stream_goes_on_over_another_connection_without_counting_twice(shared: ServerProcess, stubs: Stubs) -> None:
    outgoing: SimpleQueue[locations.StreamLocationsRequest | None] = SimpleQueue()
    call = send(stubs, iter(outgoing.get, None))
    for number in range(1, 41):
        outgoing.put(batch("resumed", number, who=5))
    assert next(call).acknowledged_sequence >= 1
    call.cancel()
    outgoing.put(None)
    with grpc.insecure_channel(f"127.0.0.1:{shared.port}", options=NARROW) as channel:
        again = location_rpc.LocationServiceStub(channel)
        batches = (batch("resumed", number, who=5) for number in range(1, 101))
        answers = list(again.StreamLocations(batches, timeout=CALL_S))
    assert answers[-1].acknowledged_sequence == 100
    assert sum(answer.counts.duplicate for answer in answers) == 0, "a batch taken before is not applied again"
    assert sum(answer.counts.applied for answer in answers) >= 60


def test_one_call_may_carry_streams_of_several_regions(stubs: Stubs) -> None:
    other = "regions/elsewhere"
    stubs.regions.CreateRegion(
        regions.CreateRegionRequest(region_id="elsewhere", region=regions.Region(center=harness.CENTER))
    )
    stubs.technicians.CreateTechnician(
        technicians.CreateTechnicianRequest(parent=other, technician_id="t000", technician=harness.technician())
    )
    pairs = (
        (batch("here", number, who=6), batch("there", number, other), batch("here too", number, who=7))
        for number in range(1, 101)
    )
    answers = list(send(stubs, itertools.chain.from_iterable(pairs)))
    assert sum(answer.counts.applied for answer in answers) == 300
    assert [answer.acknowledged_sequence for answer in answers] == sorted(
        answer.acknowledged_sequence for answer in answers
    )


def test_a_stuck_partner_is_refused_and_slows_nobody(shared: ServerProcess, stubs: Stubs) -> None:
    """Who takes no acknowledgements uses up the credit; others stream on meanwhile, and the stream may come back."""
    with grpc.insecure_channel(f"127.0.0.1:{shared.port}", options=NARROW) as channel:
        taken, has_to_end = _Counter(), threading.Event()

        def flood() -> Iterator[locations.StreamLocationsRequest]:
            for number in itertools.count(1):
                if has_to_end.is_set():
                    return
                taken.value = number
                yield batch("stuck", number, who=1)

        stuck = location_rpc.LocationServiceStub(channel).StreamLocations(flood(), timeout=CALL_S)
        healthy = list(send(stubs, (batch("healthy", number, who=2) for number in range(1, 1001))))
        assert healthy[-1].acknowledged_sequence == 1000
        try:
            wait_until(lambda: _is_halted(taken), CALL_S, "the server reads no more of it")
            # Only now an acknowledgement is read.
            with pytest.raises(grpc.RpcError) as refused:
                list(stuck)
        finally:
            has_to_end.set()
    found = read_refusal(refused.value)
    assert (found.code, found.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVER_CREDIT")
    assert found.detail(error_details_pb2.RetryInfo).retry_delay.seconds >= 1
    gap = send(stubs, iter([batch("stuck", 10**9)]))
    with pytest.raises(grpc.RpcError) as asked:
        list(gap)
    expected = int(read_refusal(asked.value).metadata["expectedSequence"])
    (again,) = send(stubs, iter([batch("stuck", expected, who=1)]))
    assert (again.acknowledged_sequence, again.counts.applied) == (expected, 1)


async def test_hundreds_of_streams_are_open_at_once(shared: ServerProcess, stubs: Stubs) -> None:
    """500 streams over ten connections: none is refused, each is acknowledged while all are open, twice."""
    channels = [
        grpc.aio.insecure_channel(f"127.0.0.1:{shared.port}", options=[("grpc.use_local_subchannel_pool", 1)])
        for _ in range(10)
    ]
    makers = [location_rpc.LocationServiceStub(channel) for channel in channels]
    calls = [makers[number % 10].StreamLocations(timeout=CALL_S) for number in range(500)]
    for sequence in (1, 2):
        await asyncio.gather(*(call.write(batch(f"many-{n}", sequence, who=n % 8)) for n, call in enumerate(calls)))
        answers = await asyncio.gather(*(call.read() for call in calls))
        assert [answer.acknowledged_sequence for answer in answers] == [sequence] * 500
    await asyncio.gather(*(call.done_writing() for call in calls))
    assert await asyncio.gather(*(call.code() for call in calls)) == [grpc.StatusCode.OK] * 500
    for channel in channels:
        await channel.close()


def test_a_stream_ends_with_its_server(launch: Callable[..., ServerProcess]) -> None:
    """A server that stops takes one more batch of each stream and sends its partner away before its grace ends."""
    process = launch("--drain-s", "60")
    stubs = process.start()
    harness.add_technicians(stubs, 1)
    outgoing: SimpleQueue[locations.StreamLocationsRequest | None] = SimpleQueue()
    answers = send(stubs, iter(outgoing.get, None))
    outgoing.put(batch("ending", 1))
    assert next(answers).acknowledged_sequence == 1
    process.signal(signal.SIGTERM)
    wait_until(lambda: not is_serving(stubs), CALL_S, "the server stops")
    outgoing.put(batch("ending", 2))
    assert next(answers).acknowledged_sequence == 2
    with pytest.raises(grpc.RpcError) as refused:
        next(answers)
    outgoing.put(None)
    found = read_refusal(refused.value)
    assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert process.wait() == 0


async def test_callers_that_vanish_leave_no_trace(launch: Callable[..., ServerProcess]) -> None:
    process = launch()
    harness.add_technicians(process.start(), 1)
    for number in range(20):
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{process.port}")
        stub = location_rpc.LocationServiceStub(channel)
        call = stub.StreamLocations(_endless(f"vanishing-{number}"), timeout=CALL_S)
        assert (await call.read()).acknowledged_sequence >= 1
        await channel.close(None)
    assert process.terminate() == 0
    assert "defect" not in process.log()
    assert "Traceback" not in process.log()


async def _endless(stream_id: str) -> AsyncIterator[locations.StreamLocationsRequest]:
    for number in itertools.count(1):
        yield batch(stream_id, number)


class _Counter:
    def __init__(self) -> None:
        self.value = 0
        self.seen: list[int] = []


def _is_halted(counter: _Counter) -> bool:
    """Whether the sender has not been asked for another batch during the last hundred looks."""
    counter.seen.append(counter.value)
    return len(counter.seen) > 100 and counter.seen[-100] == counter.value
