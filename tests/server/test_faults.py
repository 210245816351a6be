"""Real faults: a locked database, a full one, a second owner, passed deadlines, a full queue, a stop signal."""

from __future__ import annotations

import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch

from tests.server import databases, harness
from tests.server.harness import PLAN, REGION, ServerProcess, Stubs, refusal, wait_until

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
Launch = Callable[..., ServerProcess]


@contextmanager
def locked(process: ServerProcess) -> Iterator[None]:
    """Takes the write lock of a server's database away from it, as a backup tool gone wrong would."""
    connection = sqlite3.connect(process.database, isolation_level=None)
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def town(process: ServerProcess) -> Stubs:
    stubs = process.start()
    harness.add_technicians(stubs, 5)
    harness.add_service(stubs)
    return stubs


def names(stubs: Stubs) -> set[str]:
    def fetch(token: str) -> bookings.ListBookingsResponse:
        return stubs.bookings.ListBookings(bookings.ListBookingsRequest(parent=REGION, page_token=token))

    return {item.name for item in harness.all_pages(fetch, "bookings")}


def book_when_possible(stubs: Stubs) -> str:
    """Books as soon as the server takes bookings again."""
    made: list[str] = []

    def attempt() -> bool:
        try:
            made.append(harness.create_booking(stubs).booking.name)
        except grpc.RpcError as error:
            if error.code() != UNAVAILABLE:
                raise
            return False
        return True

    wait_until(attempt, 30, "the server takes bookings again")
    return made[0]


def test_locked_database_refuses_writes_serves_reads_and_recovers(launch: Launch) -> None:
    process = launch("--store-busy-ms", "100")
    stubs = town(process)
    kept = {harness.create_booking(stubs).booking.name}
    with locked(process):
        for request_id in ("a", "b"):
            found = refusal(lambda key=request_id: harness.create_booking(stubs, request_id=key))
            assert found.code == UNAVAILABLE
            assert found.reason in {"STORE_UNAVAILABLE", "REBUILDING"}
            assert found.detail(error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
        assert names(stubs) == kept, "reads go on"
    kept.add(book_when_possible(stubs))
    kept.add(harness.create_booking(stubs, request_id="a").booking.name)
    assert names(stubs) == kept, "what was refused left no trace"
    harness.assert_clean(stubs)
    wait_until(lambda: harness.is_serving(stubs), 10, "health follows")


def test_full_database_loses_nothing_that_was_acknowledged(launch: Launch) -> None:
    process = launch("--store-max-pages", "90")
    stubs = town(process)
    kept: set[str] = set()

    def fill() -> None:
        while True:
            kept.add(harness.create_booking(stubs, harness.booking(note="x" * 1500)).booking.name)

    found = refusal(fill)
    assert (found.code, found.reason) == (UNAVAILABLE, "STORE_UNAVAILABLE")
    assert kept
    wait_until(lambda: harness.is_serving(stubs), 30, "the region is rebuilt")
    assert names(stubs) == kept
    assert process.terminate() == 0
    roomier = ServerProcess(process.folder, "--manual-clock", "--clock-start", harness.START)
    try:
        stubs = roomier.start()
        assert names(stubs) == kept
        harness.create_booking(stubs)
        harness.assert_clean(stubs)
    finally:
        roomier.close()


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_second_owner_fences_the_first(launch: Launch, store: str) -> None:
    process = launch(url=databases.new_postgresql() if store == "postgresql" else "")
    stubs = town(process)
    kept = harness.create_booking(stubs).booking.name
    second = ServerProcess(process.folder, "--manual-clock", "--clock-start", harness.START, url=process.url)
    first_port_file = process.folder / "port"
    first_port_file.rename(process.folder / "port-of-the-first")
    try:
        heir = second.start()
        found = refusal(lambda: harness.create_booking(stubs))
        assert (found.code, found.reason) == (UNAVAILABLE, "FENCED")
        assert refusal(lambda: harness.create_booking(stubs)).reason == "FENCED"
        assert not harness.is_serving(stubs)
        newer = harness.create_booking(heir).booking.name
        assert names(heir) == {kept, newer}
        harness.assert_clean(heir)
    finally:
        second.close()


def is_commit_waiting(stubs: Stubs) -> bool:
    """Whether an answer that could know of a change not yet written is held back."""
    ask = dispatch.RecommendTechniciansRequest(parent=REGION, location=harness.CENTER, service=f"{REGION}/services/fix")
    try:
        stubs.dispatch.RecommendTechnicians(ask, timeout=0.5)
    except grpc.RpcError as error:
        return error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    return False


def test_command_whose_deadline_passed_in_the_queue_is_not_applied(process: ServerProcess) -> None:
    stubs = town(process)
    with ThreadPoolExecutor(2) as pool:
        with locked(process):
            first = pool.submit(harness.create_booking, stubs)
            wait_until(lambda: is_commit_waiting(stubs), 30, "the first booking waits for the lock")
            request = bookings.CreateBookingRequest(parent=REGION, booking=harness.booking())
            found = refusal(lambda: stubs.bookings.CreateBooking(request, timeout=0.5))
            assert found.code == grpc.StatusCode.DEADLINE_EXCEEDED
        kept = first.result(timeout=30).booking.name
    later = harness.create_booking(stubs).booking.name
    assert names(stubs) == {kept, later}


def test_full_queue_refuses_with_a_time_to_wait(launch: Launch) -> None:
    process = launch("--queue-max", "2", "--batch-max", "1")
    stubs = town(process)
    refused: list[harness.Refusal] = []
    with ThreadPoolExecutor(12) as pool:
        with locked(process):
            calls: list[Future[bookings.CreateBookingResponse]] = [
                pool.submit(harness.create_booking, stubs) for _ in range(12)
            ]
            wait_until(lambda: sum(call.done() for call in calls) >= 8, 10, "most calls are refused at once")
        made = set()
        for call in calls:
            error = call.exception(timeout=30)
            if error is None:
                made.add(call.result().booking.name)
            else:
                refused.append(harness.read_refusal(error))
    assert {(item.code, item.reason) for item in refused} == {(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL")}
    assert refused[0].detail(error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
    assert names(stubs) == made


def test_stop_signal_drains(process: ServerProcess) -> None:
    stubs = town(process)
    health: list[int] = []
    stream = stubs.health.Watch(health_pb2.HealthCheckRequest())
    listener = threading.Thread(target=lambda: collect_health(stream, health))
    listener.start()
    acknowledged: set[str] = set()
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(harness.create_booking, stubs) for _ in range(200)]
        wait_until(lambda: sum(call.done() for call in calls) > 20, 30, "bookings are under way")
        process.signal(signal.SIGTERM)
        for call in calls:
            error = call.exception(timeout=60)
            if error is None:
                acknowledged.add(call.result().booking.name)
            else:
                assert isinstance(error, grpc.RpcError)
                assert error.code() == UNAVAILABLE, error
    assert process.wait() == 0
    listener.join(30)
    serving, not_serving = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
    assert health[:1] == [serving]
    assert health[-1] == not_serving
    assert "stopped" in process.log()
    stubs = process.start()
    assert acknowledged <= names(stubs)
    assert len(acknowledged) > 20
    harness.assert_clean(stubs)


def collect_health(stream: Iterator[health_pb2.HealthCheckResponse], health: list[int]) -> None:
    try:
        health.extend(answer.status for answer in stream)
    except grpc.RpcError:
        return


def test_stop_while_the_database_is_locked_ends(launch: Launch) -> None:
    process = launch("--store-busy-ms", "100", "--drain-s", "2")
    stubs = town(process)
    with locked(process):
        assert refusal(lambda: harness.create_booking(stubs)).code == UNAVAILABLE
        assert process.terminate() == 0


def test_foreign_database_is_refused_in_one_sentence(process: ServerProcess) -> None:
    connection = sqlite3.connect(process.database)
    connection.execute("CREATE TABLE recipes (id INTEGER)")
    connection.close()
    with pytest.raises(AssertionError, match="tables that are not pydispatch's"):
        process.start()


def test_database_of_another_version_is_refused_in_one_sentence(process: ServerProcess) -> None:
    process.start()
    assert process.terminate() == 0
    connection = sqlite3.connect(process.database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(AssertionError, match="has schema 9999, this server needs"):
        process.start()


def test_plan_reads_do_not_wait_for_a_blocked_writer(process: ServerProcess) -> None:
    stubs = town(process)
    kept = harness.create_booking(stubs).visit
    with ThreadPoolExecutor(1) as pool:
        with locked(process):
            blocked = pool.submit(harness.create_booking, stubs)
            plan = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN), timeout=3).plan
            assert [stop.visit for route in plan.routes for stop in route.stops] == [kept.name]
            assert not blocked.done()
        blocked.result(timeout=30)
