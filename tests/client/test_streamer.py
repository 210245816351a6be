"""Both shells of the location stream against a server on a real port that breaks, forgets, refuses and falls silent."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pydispatch_client as pc
import pytest
from google.rpc import error_details_pb2 as details
from pydispatch_client import (
    AsyncDispatchClient,
    Backoff,
    ClientOptions,
    DispatchClient,
    LocationStreamer,
    StreamerCounters,
    StreamerOptions,
    methods,
)
from pydispatch_client import messages as m

from tests.client.scripted_server import Fail, ScriptedServer

REGION = "regions/sf"
NOW_MS = 1_700_000_000_000
OPTIONS = ClientOptions(backoff=Backoff(initial_s=0.01, max_s=0.05, give_up_after_s=2.0), seed=1)
SMALL = StreamerOptions(max_batch_fixes=10, max_delay_s=0.01, acknowledge_timeout_s=0.3, close_deadline_s=10)
GAP = Fail(grpc.StatusCode.INVALID_ARGUMENT, "a gap", [details.ErrorInfo(reason="SEQUENCE_GAP")])


class LocationServer:
    """Takes batches as the contract says; `trouble` may end a stream before (`raise`) or instead of an answer."""

    def __init__(self, trouble: Callable[[LocationServer, m.StreamLocationsRequest], object] | None = None) -> None:
        self.fixes: list[m.Fix] = []
        self.streams = 0
        self.messages = 0
        self.taken: dict[str, int] = {}
        self.lock = threading.Lock()
        self._trouble = trouble or (lambda server, request: None)

    def serve(
        self, requests: Iterator[m.StreamLocationsRequest], context: grpc.ServicerContext
    ) -> Iterator[m.StreamLocationsResponse]:
        self.streams += 1
        for request in requests:
            self.messages += 1
            outcome = self._trouble(self, request)
            if isinstance(outcome, Fail):
                context.abort_with_status(outcome.status())
            if outcome == "silent":
                continue
            known = self.taken.get(request.stream_id, 0)
            if request.sequence > known + 1:
                context.abort_with_status(GAP.status())
            count = 0
            if request.sequence == known + 1:
                self.taken[request.stream_id] = request.sequence
                with self.lock:
                    self.fixes.extend(request.fixes)
                count = len(request.fixes)
            if outcome == "break after":
                context.abort(grpc.StatusCode.UNAVAILABLE, "stopping")
            yield m.StreamLocationsResponse(
                acknowledged_sequence=self.taken[request.stream_id], credit=4, counts=m.FixCounts(applied=count)
            )


def fixes(first: int, count: int):
    return [(f"t{number}", 37.0, -122.0, NOW_MS, 0.0, 0.0, 0.0) for number in range(first, first + count)]


def run_threaded(address: str, total: int, options: StreamerOptions) -> StreamerCounters:
    with DispatchClient(address, OPTIONS) as client:
        with client.locations.stream(REGION, label="test", options=options) as streamer:
            for first in range(0, total, 5):
                streamer.report_many(fixes(first, 5))
        return streamer.counters()


def run_asyncio(address: str, total: int, options: StreamerOptions) -> StreamerCounters:
    async def run() -> StreamerCounters:
        async with AsyncDispatchClient(address, OPTIONS) as client:
            async with client.locations.stream(REGION, label="test", options=options) as streamer:
                for first in range(0, total, 5):
                    streamer.report_many(fixes(first, 5))
                    await asyncio.sleep(0)
            return streamer.counters()

    return asyncio.run(run())


SHELLS = pytest.mark.parametrize("run", [run_threaded, run_asyncio])
Run = Callable[[str, int, StreamerOptions], StreamerCounters]


@contextmanager
def serving(server: LocationServer) -> Iterator[str]:
    scripted = ScriptedServer()
    scripted.handle(methods.STREAM_LOCATIONS, server.serve)
    yield scripted.start()
    scripted.stop()


@SHELLS
def test_every_fix_arrives_once_and_in_order(run: Run) -> None:
    server = LocationServer()
    with serving(server) as address:
        counters = run(address, 500, SMALL)
    assert [fix.technician_id for fix in server.fixes] == [f"t{number}" for number in range(500)]
    assert (counters.reported, counters.acknowledged, counters.applied) == (500, 500, 500)
    assert (counters.unacknowledged, counters.buffered, counters.reconnects) == (0, 0, 0)
    assert server.streams == 1


def break_sometimes(server: LocationServer, request: m.StreamLocationsRequest) -> object:
    if server.messages % 7 == 3:
        return Fail(grpc.StatusCode.UNAVAILABLE, "stopping")
    return "break after" if server.messages % 7 == 5 else None


@SHELLS
def test_breaks_lose_and_repeat_nothing(run: Run) -> None:
    server = LocationServer(break_sometimes)
    with serving(server) as address:
        counters = run(address, 500, SMALL)
    assert [fix.technician_id for fix in server.fixes] == [f"t{number}" for number in range(500)]
    assert counters.acknowledged == 500
    assert counters.reconnects > 0
    assert counters.batches_resent > 0


def forget_once(server: LocationServer, request: m.StreamLocationsRequest) -> object:
    if server.messages == 5:
        server.taken.clear()
        return Fail(grpc.StatusCode.UNAVAILABLE, "restarted")
    return None


@SHELLS
def test_a_server_that_forgot_gets_a_new_stream(run: Run) -> None:
    server = LocationServer(forget_once)
    with serving(server) as address:
        counters = run(address, 300, SMALL)
    assert {fix.technician_id for fix in server.fixes} == {f"t{number}" for number in range(300)}
    assert counters.acknowledged == 300
    assert len(server.taken) == 1


def fall_silent_once(server: LocationServer, request: m.StreamLocationsRequest) -> object:
    return "silent" if server.streams == 1 and server.messages >= 3 else None


@SHELLS
def test_a_silent_stream_is_left_for_a_new_one(run: Run) -> None:
    server = LocationServer(fall_silent_once)
    with serving(server) as address:
        counters = run(address, 100, SMALL)
    assert counters.acknowledged == 100
    assert server.streams >= 2


@SHELLS
def test_a_refusal_reaches_the_caller(run: Run) -> None:
    gone = Fail(grpc.StatusCode.NOT_FOUND, "no such region", [details.ErrorInfo(reason="REGION_NOT_FOUND")])
    with serving(LocationServer(lambda server, request: gone)) as address, pytest.raises(pc.NotFound):
        run(address, 5, SMALL)


@SHELLS
def test_a_server_that_never_comes_is_given_up(run: Run) -> None:
    options = StreamerOptions(max_delay_s=0.001, close_deadline_s=60)
    with pytest.raises(pc.Unavailable):
        run("127.0.0.1:1", 5, options)


@SHELLS
def test_close_says_what_was_lost_at_its_deadline(run: Run) -> None:
    options = StreamerOptions(max_batch_fixes=10, max_delay_s=0.001, close_deadline_s=0.2)
    silent = LocationServer(lambda server, request: "silent")
    with serving(silent) as address, pytest.raises(pc.FlushIncomplete) as raised:
        run(address, 50, options)
    assert raised.value.unacknowledged_fixes == 50


def test_reporting_to_a_closed_streamer_is_an_error() -> None:
    with serving(LocationServer()) as address, DispatchClient(address, OPTIONS) as client:
        with client.locations.stream(REGION) as streamer:
            streamer.report("ann", 37.0, -122.0, NOW_MS)
        assert streamer.close().acknowledged == 1
        with pytest.raises(pc.DispatchClientError, match="not open"):
            streamer.report("ann", 37.0, -122.0, NOW_MS)


def report_and_fail(client: DispatchClient, options: StreamerOptions) -> None:
    with client.locations.stream(REGION, options=options) as streamer:
        streamer.report("ann", 37.0, -122.0, NOW_MS)
        raise KeyError("mine")


def test_the_callers_own_error_is_not_hidden_by_what_was_lost() -> None:
    silent = LocationServer(lambda server, request: "silent")
    with serving(silent) as address, DispatchClient(address, OPTIONS) as client, pytest.raises(KeyError):
        report_and_fail(client, StreamerOptions(close_deadline_s=0.1))


def test_a_small_batch_does_not_wait_for_more() -> None:
    with (
        serving(LocationServer()) as address,
        DispatchClient(address, OPTIONS) as client,
        client.locations.stream(REGION) as streamer,
    ):
        streamer.report("ann", 37.0, -122.0, NOW_MS)
        deadline_s = time.monotonic() + 10
        while not streamer.counters().acknowledged and time.monotonic() < deadline_s:
            time.sleep(0.005)
        assert streamer.counters().acknowledged == 1


def test_many_threads_may_report_to_one_streamer() -> None:
    server = LocationServer()
    with (
        serving(server) as address,
        DispatchClient(address, OPTIONS) as client,
        client.locations.stream(REGION, options=SMALL) as streamer,
    ):
        threads = [threading.Thread(target=report_one_by_one, args=(streamer, first)) for first in range(0, 400, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        streamer.close()
    assert {fix.technician_id for fix in server.fixes} == {f"t{number}" for number in range(400)}
    assert len(server.fixes) == 400


def report_one_by_one(streamer: LocationStreamer, first: int) -> None:
    for number in range(first, first + 50):
        streamer.report_many(fixes(number, 1))
