"""Fail points: off unless asked for, and whatever they do, what was acknowledged is kept and what was not is whole."""

from __future__ import annotations

import contextlib
import itertools
import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as catalog
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_server import fail_points

from tests.server import databases, harness
from tests.server.conftest import MANUAL
from tests.server.harness import Refusal, ServerProcess, Stubs, refusal, wait_until
from tests.server.load import all_bookings, double_assignments, outbox_gaps

Launch = Callable[..., ServerProcess]
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("nowhere:1:kill", "no fail point 'nowhere'; known are before-apply"),
        ("before-ack:0:kill", "NTH from 1"),
        ("before-ack:1:raise", "the action is kill or delay=MS"),
        ("after-write:1:delay=x", "kill, raise or delay=MS"),
        ("after-write:1", "kill, raise or delay=MS"),
    ],
)
def test_bad_settings_are_refused_with_what_is_allowed(launch: Launch, setting: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        fail_points.check(setting)
    with pytest.raises(AssertionError, match="fail_point: Value error"):
        launch("--fail-point", setting).start()


def town(process: ServerProcess) -> Stubs:
    stubs = process.start()
    harness.add_technicians(stubs, 3)
    harness.add_service(stubs)
    return stubs


def book(stubs: Stubs, key: str) -> Refusal | None:
    """Books under a request_id and returns the refusal, if it is one."""
    try:
        harness.create_booking(stubs, harness.booking(note=key), request_id=key)
    except grpc.RpcError as error:
        return harness.read_refusal(error)
    return None


def noted(stubs: Stubs) -> set[str]:
    """Returns the keys under which something is booked."""
    return {item.note for item in all_bookings(stubs)}


def test_killed_at_every_point_one_after_the_other(launch_forked: Launch) -> None:
    town(process := launch_forked())
    assert process.terminate() == 0
    answered: set[str] = set()
    unanswered: set[str] = set()
    for point in fail_points.ALL:
        process.flags = (*MANUAL, "--fail-point", f"{point}:4:kill")
        stubs = process.start()
        keys = (f"{point}-{number}" for number in itertools.count())
        last, found = next((key, found) for key in keys if (found := book(stubs, key)) or answered.add(key))
        assert (found.code, process.wait()) == (UNAVAILABLE, -signal.SIGKILL), point
        unanswered.add(last)
    process.flags = MANUAL
    stubs = process.start()
    assert answered <= noted(stubs) <= answered | unanswered
    assert not any(book(stubs, key) for key in (*answered, *unanswered))
    assert len(all_bookings(stubs)) == len(answered | unanswered), "sent again under its key, a booking is there once"
    harness.assert_clean(stubs)
    assert (double_assignments(stubs), outbox_gaps(process.url)) == (0, 0)


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_failing_at_every_point_answers_unavailable_and_recovers(launch: Launch, store: str) -> None:
    armed = ",".join(f"{point}:{11 + 2 * index}:raise" for index, point in enumerate(fail_points.MAY_RAISE))
    url = databases.new_postgresql() if store == "postgresql" else ""
    stubs = town(process := launch("--fail-point", armed, url=url))
    refused = 0

    def succeeds(key: str) -> bool:
        nonlocal refused
        found = book(stubs, key)
        if found is not None:
            assert (found.code, found.reason in {"STORE_UNAVAILABLE", "REBUILDING"}) == (UNAVAILABLE, True)
            refused += found.reason == "STORE_UNAVAILABLE"
        return found is None

    keys = [f"key-{index}" for index in range(60)]
    for key in keys:
        wait_until(lambda key=key: succeeds(key), 30, "the booking is taken")
    assert refused >= len(fail_points.MAY_RAISE)
    assert len(all_bookings(stubs)) == len(keys)
    harness.assert_clean(stubs)
    assert (double_assignments(stubs), outbox_gaps(process.url)) == (0, 0)


def test_delay_makes_the_commit_slow_and_nothing_else(launch: Launch) -> None:
    stubs = town(launch("--fail-point", "before-fsync:1:delay=300"))
    request = harness.bookings.CreateBookingRequest(parent=harness.REGION, booking=harness.booking())
    assert refusal(lambda: stubs.bookings.CreateBooking(request, timeout=0.1)).code == grpc.StatusCode.DEADLINE_EXCEEDED
    harness.create_booking(stubs)
    assert len(all_bookings(stubs)) in {1, 2}
    harness.assert_clean(stubs)


def test_recommendation_never_shows_what_is_not_durable(launch: Launch) -> None:
    """The engine has taken a booking that the store refuses later: nobody may hear of it meanwhile."""
    process = launch("--fail-point", "after-apply:3:delay=1000,before-write:3:raise")
    stubs = process.start()
    harness.add_technicians(stubs, 1)
    harness.add_service(stubs)
    ask = dispatch.RecommendTechniciansRequest(
        parent=harness.REGION, location=harness.CENTER, service=f"{harness.REGION}/services/fix"
    )
    before = stubs.dispatch.RecommendTechnicians(ask).SerializeToString(deterministic=True)
    refused: list[grpc.StatusCode] = []
    with ThreadPoolExecutor(1) as pool:
        booking = pool.submit(book, stubs, "lost")
        while not booking.done():
            try:
                answer = stubs.dispatch.RecommendTechnicians(ask)
            except grpc.RpcError as error:
                refused.append(error.code())
            else:
                assert answer.SerializeToString(deterministic=True) == before
        lost = booking.result()
    assert lost is not None
    assert lost.code == UNAVAILABLE
    assert set(refused) == {UNAVAILABLE}
    assert book_when_possible(stubs).visit.HasField("placement")
    after = stubs.dispatch.RecommendTechnicians(ask).SerializeToString(deterministic=True)
    assert after != before


def book_when_possible(stubs: Stubs) -> bookings.CreateBookingResponse:
    made: list[bookings.CreateBookingResponse] = []

    def attempt() -> bool:
        with contextlib.suppress(grpc.RpcError):
            made.append(harness.create_booking(stubs))
        return bool(made)

    wait_until(attempt, 30, "the server takes bookings again")
    return made[0]


def test_regions_do_not_wait_for_each_other(launch: Launch) -> None:
    """While one region's thread is held up in the middle of a batch, another takes, keeps and answers bookings."""
    seeds = "town:37.77:-122.42:UTC,next:37.77:-122.42:UTC"
    stubs = launch("--fail-point", "after-apply:3:delay=5000", "--regions", seeds).start()
    requests = {}
    for region in ("regions/town", "regions/next"):
        service = catalog.Service(duration_s=1800)
        stubs.catalog.CreateService(catalog.CreateServiceRequest(parent=region, service_id="fix", service=service))
        booking = bookings.Booking(service=f"{region}/services/fix", site=types.Site(location=harness.near(300)))
        requests[region] = bookings.CreateBookingRequest(parent=region, booking=booking)
    with ThreadPoolExecutor(2) as pool:
        calls = {pool.submit(stubs.bookings.CreateBooking, made, timeout=60): made for made in requests.values()}
        quick, held_up = wait(calls, return_when=FIRST_COMPLETED)
        assert (len(quick), len(held_up)) == (1, 1)
        stubs.bookings.CreateBooking(calls[quick.pop()], timeout=harness.CALL_S)
        (late,) = held_up
        assert not late.done()
        assert late.result(timeout=60).visit.name
