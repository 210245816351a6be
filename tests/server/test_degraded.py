"""What goes on while something the server needs is away, full, slow or wrong, and that it recovers by itself.

Redis away is in test_event_streams, locked and full databases in test_faults, receivers away in test_webhooks.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from pydispatch_protos.dispatch.v1 import audit_service_pb2 as audits
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import clock_service_pb2 as clock
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch

from tests.server import databases, harness
from tests.server.harness import CALL_S, PLAN, REGION, START, START_S, ServerProcess, Stubs, refusal, wait_until

Launch = Callable[..., ServerProcess]
STALE_SINCE = "pydispatch-stale-since"
DAY_S = 86_400
SOON_S = 60.0


@pytest.fixture
def own_postgresql() -> Iterator[databases.OwnPostgresql]:
    server = databases.OwnPostgresql()
    yield server
    server.close()


def town(process: ServerProcess) -> Stubs:
    stubs = process.start()
    harness.add_technicians(stubs, 5)
    harness.add_service(stubs)
    return stubs


def names(stubs: Stubs) -> set[str]:
    def fetch(token: str) -> bookings.ListBookingsResponse:
        request = bookings.ListBookingsRequest(parent=REGION, page_size=1000, page_token=token)
        return stubs.bookings.ListBookings(request, timeout=CALL_S)

    return {item.name for item in harness.all_pages(fetch, "bookings")}


def stale_since(stubs: Stubs) -> str:
    """Reads the plan and returns what its metadata says, empty when it is not stale."""
    _, call = stubs.dispatch.GetPlan.with_call(dispatch.GetPlanRequest(name=PLAN), timeout=CALL_S)
    return str(dict(call.initial_metadata()).get(STALE_SINCE, ""))


def health(stubs: Stubs, service: str) -> str:
    answer = stubs.health.Check(health_pb2.HealthCheckRequest(service=service), timeout=CALL_S)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


def book_when_possible(stubs: Stubs, request_id: str = "") -> str:
    """Books as soon as the server takes bookings again."""
    made: list[str] = []

    def attempt() -> bool:
        try:
            made.append(harness.create_booking(stubs, request_id=request_id).booking.name)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            return False
        return True

    wait_until(attempt, SOON_S, "the server takes bookings again")
    return made[0]


def test_database_away_reads_go_on_flagged_and_nothing_is_lost(
    launch: Launch, own_postgresql: databases.OwnPostgresql
) -> None:
    stubs = town(launch(url=own_postgresql.url))
    kept = {harness.create_booking(stubs).booking.name for _ in range(5)}
    assert stale_since(stubs) == ""

    own_postgresql.stop()
    found = refusal(lambda: harness.create_booking(stubs, request_id="lost"))
    assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert found.detail(error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
    assert refusal(lambda: harness.create_booking(stubs)).code == grpc.StatusCode.UNAVAILABLE
    assert names(stubs) == kept, "reads go on"
    assert stale_since(stubs) == START
    stream = stubs.dispatch.WatchPlan(dispatch.WatchPlanRequest(name=PLAN), timeout=CALL_S)
    assert dict(stream.initial_metadata())[STALE_SINCE] == START
    stream.cancel()
    assert (health(stubs, f"{REGION}"), health(stubs, "reads")) == ("NOT_SERVING", "SERVING")

    own_postgresql.start()
    kept.add(book_when_possible(stubs, "lost"))
    assert harness.create_booking(stubs, request_id="lost").booking.name in kept, (
        "one effect, however often it is asked"
    )
    wait_until(lambda: stale_since(stubs) == "", SOON_S, "reads are no longer flagged")
    wait_until(lambda: health(stubs, REGION) == "SERVING", SOON_S, "health follows")

    own_postgresql.stop()
    wait_until(lambda: stale_since(stubs) != "", SOON_S, "it is noticed without any change being asked for")
    assert names(stubs) == kept
    own_postgresql.start()
    wait_until(lambda: stale_since(stubs) == "", SOON_S, "so is its return")
    kept.add(book_when_possible(stubs))
    assert names(stubs) == kept
    harness.assert_clean(stubs)


def test_full_disk_refuses_changes_and_goes_on_when_there_is_room(launch: Launch) -> None:
    process = launch()
    stubs = town(process)
    log = process.database.with_name(process.database.name + "-wal")
    kept = {harness.create_booking(stubs).booking.name}
    unlimited = resource.RLIM_INFINITY
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size + 100_000, unlimited))

    def fill() -> None:
        while True:
            kept.add(harness.create_booking(stubs, harness.booking(note="x" * 1500)).booking.name)

    found = refusal(fill)
    assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert len(kept) > 1
    assert names(stubs) == kept, "reads go on and nothing that was refused is there"
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
    kept.add(book_when_possible(stubs))
    harness.assert_clean(stubs)
    process.kill()
    stubs = process.start()
    assert names(stubs) == kept
    harness.assert_clean(stubs)


def test_slow_disk_slows_changes_alone_and_loses_none(launch: Launch) -> None:
    process = launch("--fail-point", "before-fsync:1:delay=100")
    stubs = town(process)
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(harness.create_booking, stubs) for _ in range(48)]
        reads = 0
        while not all(call.done() for call in calls):
            names(stubs)
            reads += 1
        kept = {call.result().booking.name for call in calls}
    assert reads > 1
    assert len(kept) == 48
    assert stale_since(stubs) == ""
    process.kill()
    stubs = process.start()
    assert names(stubs) == kept
    harness.assert_clean(stubs)


def jump(stubs: Stubs, to_s: int) -> None:
    request = clock.AdvanceClockRequest(jump=True)
    request.time.seconds = to_s
    stubs.clock.AdvanceClock(request, timeout=CALL_S)
    assert stubs.clock.GetClock(clock.GetClockRequest()).time.seconds == to_s


@pytest.mark.parametrize("days", [1, -1])
def test_clock_that_jumps_a_day_and_back_loses_and_breaks_nothing(launch: Launch, days: int) -> None:
    process = launch()
    stubs = town(process)
    kept = {harness.create_booking(stubs, request_id=f"before-{number}").booking.name for number in range(5)}
    there_s = START_S + days * DAY_S
    jump(stubs, there_s)
    first = harness.create_booking(stubs, request_id="before-0").booking.name
    assert first in kept, "an answer once given stays"
    kept.add(harness.create_booking(stubs).booking.name)
    harness.advance(stubs, there_s + 30)
    harness.assert_clean(stubs)
    jump(stubs, START_S + 60)
    kept.add(harness.create_booking(stubs).booking.name)
    harness.advance(stubs, START_S + 120)
    harness.assert_clean(stubs)
    assert names(stubs) == kept
    process.kill()
    stubs = process.start()
    assert names(stubs) == kept
    kept.add(harness.create_booking(stubs).booking.name)
    harness.assert_clean(stubs)
    request = audits.ListAuditRecordsRequest(parent=REGION, page_size=1000)
    records = stubs.audit.ListAuditRecords(request, timeout=CALL_S).audit_records
    assert [record.sequence for record in records] == list(range(1, len(records) + 1))
    verified = list(stubs.audit.VerifyAudit(audits.VerifyAuditRequest(parent=REGION), timeout=CALL_S))
    assert verified[-1].result.intact
