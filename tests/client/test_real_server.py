"""The client against the server as shipped: every group of calls, the streamer, and a server that dies amid it all."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pydispatch_client as pc
import pytest
from pydispatch_client import AsyncDispatchClient, Backoff, ClientOptions, DispatchClient, FixBatch, names
from pydispatch_client import messages as m

from tests.client.served import Served

ROOT = Path(__file__).resolve().parents[2]
REGION = names.region("default")
PLAN = names.plan("default")
HOME = m.LatLng(lat_deg=37.77, lon_deg=-122.42)
SKILL = m.SkillLevel(skill="plumbing", level=2)
PATIENT = ClientOptions(wait_for_ready=True, backoff=Backoff(initial_s=0.05, max_s=0.3, give_up_after_s=60))
KINDS = m.PlanEventType


@pytest.fixture
def own_served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(served: Served) -> Iterator[DispatchClient]:
    with DispatchClient(served.address) as client:
        yield client


def technician() -> m.Technician:
    now = datetime.now(UTC)
    window = m.TimeWindow(start_time=now - timedelta(hours=1), end_time=now + timedelta(hours=9))
    return m.Technician(home_location=HOME, skills=[SKILL], shifts=[m.Shift(window=window)])


def set_up(client: DispatchClient, service_id: str, *technician_ids: str) -> str:
    """Creates a service and technicians; returns the service's name."""
    client.technicians.batch_create(REGION, {key: technician() for key in technician_ids})
    service = m.Service(duration_s=1800, required_skills=[SKILL])
    return client.catalog.create(REGION, service_id, service).name


def book(client: DispatchClient, service: str, **more: str) -> m.CreateBookingResponse:
    return client.bookings.create(REGION, m.Booking(service=service, site=m.Site(location=HOME)), **more)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_the_quickstart_books_a_plumber(own_served: Served) -> None:
    example = ROOT / "clients" / "python" / "examples" / "quickstart.py"
    finished = subprocess.run(
        [sys.executable, example], env=own_served.environment(), capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("regions/default/technicians/ann arrives 20")


def test_a_technicians_life(client: DispatchClient) -> None:
    made = client.technicians.create(REGION, "life", technician())
    assert client.technicians.get(made.name) == made
    made.display_name = "安"
    changed = client.technicians.update(made, ["display_name"])
    assert changed.display_name == "安"
    with pytest.raises(pc.Aborted) as raised:
        client.technicians.update(made, ["display_name"])
    assert raised.value.reason == "ETAG_MISMATCH"
    paused = m.AvailabilityState.AVAILABILITY_STATE_PAUSED
    assert client.technicians.set_availability(made.name, paused).technician.availability == paused
    client.technicians.delete(made.name)
    with pytest.raises(pc.NotFound) as gone:
        client.technicians.get(made.name)
    assert gone.value.resource_name == made.name


def test_pages_hold_everything_once(client: DispatchClient) -> None:
    client.technicians.batch_create(REGION, {f"page-{number}": technician() for number in range(7)})
    found = [item.name for item in client.technicians.list(REGION, page_size=3) if "/page-" in item.name]
    assert found == [names.technician("default", f"page-{number}") for number in range(7)]


def test_every_bad_field_is_named(client: DispatchClient) -> None:
    bad = m.Technician(home_location=m.LatLng(lat_deg=91, lon_deg=0), star_tier=9)
    with pytest.raises(pc.InvalidArgument) as raised:
        client.technicians.create(REGION, "Bad Id", bad)
    fields = {violation.field for violation in raised.value.violations}
    assert {"technician_id", "technician.home_location.lat_deg", "technician.star_tier"} <= fields


def test_a_repeated_request_id_gets_the_first_answer(client: DispatchClient) -> None:
    service = set_up(client, "repeat", "repeat-1")
    first = book(client, service, request_id="repeat-me")
    assert book(client, service, request_id="repeat-me") == first
    with pytest.raises(pc.InvalidArgument) as raised:
        client.bookings.create(REGION, m.Booking(service=service, note="other"), request_id="repeat-me")
    assert raised.value.reason in {"REQUEST_ID_REUSED", "INVALID_FIELDS"}


def test_a_day_of_dispatch(client: DispatchClient) -> None:
    service = set_up(client, "day", "day-1", "day-2")
    ranked = client.dispatch.recommend(REGION, HOME, service=service, max_results=20)
    assert {"day-1", "day-2"} <= {found.technician_id for found in ranked.recommendations}
    booked = book(client, service)
    visit = booked.visit
    assert client.visits.get(visit.name).placement.technician == visit.placement.technician
    accepted = client.visits.report_progress(visit.name, visit.placement.technician, m.VisitEvent.VISIT_EVENT_ACCEPT)
    assert accepted.state == m.VisitState.VISIT_STATE_ACCEPTED
    client.dispatch.report_visit_late(REGION, visit.name, 600)
    moved = client.dispatch.report_technician_offline(REGION, visit.placement.technician)
    assert visit.name in moved.moved_visits
    assert not client.dispatch.check_plan(PLAN).violations
    assert client.bookings.cancel(booked.booking.name).state == m.BookingState.BOOKING_STATE_CANCELLED
    with pytest.raises(pc.FailedPrecondition):
        client.visits.report_progress(visit.name, visit.placement.technician, m.VisitEvent.VISIT_EVENT_COMPLETE)
    states = [m.BookingState.BOOKING_STATE_CANCELLED]
    assert booked.booking.name in {booking.name for booking in client.bookings.list(REGION, states=states)}


def test_customers_are_found_by_what_they_hold(client: DispatchClient) -> None:
    made = client.customers.create(
        REGION, m.Customer(display_name="Ada", phone_numbers=["+14155550123"], email_addresses=["Ada@example.com"])
    )
    assert [found.name for found in client.customers.resolve_phone_number(REGION, "+1 415 555 0123")] == [made.name]
    assert [found.name for found in client.customers.resolve_email_address(REGION, "ada@EXAMPLE.com")] == [made.name]
    assert not client.customers.resolve_email_address(REGION, "nobody@example.com")


def test_a_batch_is_imported_planned_and_watched(client: DispatchClient) -> None:
    service_id = names.last_id(set_up(client, "batch", "batch-1", "batch-2"))
    now = datetime.now(UTC)
    window = m.TimeWindow(start_time=now + timedelta(hours=1), end_time=now + timedelta(hours=8))
    rows = [
        m.BatchRow(external_id=str(number), service_id=service_id, site=m.Site(location=HOME), start_window=window)
        for number in range(6)
    ]
    bad = m.BatchRow(external_id="bad", service_id="unknown", site=m.Site(location=HOME), start_window=window)
    answer = client.batches.import_rows(REGION, "may", [*rows, bad], display_name="May")
    assert (answer.imported_count, answer.refused_count) == (6, 1)
    assert [(error.row_number, error.external_id) for error in answer.errors] == [(7, "bad")]
    assert client.batches.import_rows(REGION, "may", rows).unchanged_count == 6
    name = names.batch("default", "may")
    assert client.batches.plan(name).draft_count == 0
    assert next(client.batches.watch_progress(name)) == client.batches.get(name)


def test_fixes_become_searchable_by_every_way_in(client: DispatchClient) -> None:
    set_up(client, "fixes", "fix-1", "fix-2", "fix-3")
    batch = FixBatch()
    batch.add("fix-1", 37.80, -122.42, now_ms())
    assert client.locations.report(REGION, batch).applied == 1
    fix = m.Fix(technician_id="fix-2", lat_deg=37.81, lon_deg=-122.42, event_time_ms=now_ms())
    assert client.locations.report(REGION, [fix]).applied == 1
    with client.locations.stream(REGION, label="test") as streamer:
        streamer.report("fix-3", 37.82, -122.42, now_ms(), accuracy_m=5.0)
        streamer.report("nobody", 37.82, -122.42, now_ms())
    counters = streamer.counters()
    assert (counters.applied, counters.unknown_technician, counters.acknowledged) == (1, 1, 2)
    north = m.LatLng(lat_deg=37.83, lon_deg=-122.42)
    nearest = client.locations.search_nearby(REGION, north, max_results=3)
    assert [found.technician_id for found in nearest.technicians] == ["fix-3", "fix-2", "fix-1"]


def test_there_is_no_clock_to_move_on_a_server_of_the_present(client: DispatchClient) -> None:
    with pytest.raises(pc.Unimplemented):
        client.clock.get()


def test_a_manual_clock_is_read_and_moved(tmp_path: Path) -> None:
    served = Served(tmp_path, "--manual-clock", "--clock-start", "2026-05-01T08:00:00Z")
    try:
        with DispatchClient(served.start()) as client:
            assert client.clock.get() == datetime(2026, 5, 1, 8, tzinfo=UTC)
            nine = datetime(2026, 5, 1, 9, tzinfo=UTC)
            assert client.clock.advance(nine) == nine
            with pytest.raises(pc.InvalidArgument):
                client.clock.advance(nine - timedelta(minutes=1))
    finally:
        served.stop()


def test_a_watch_goes_on_after_the_server_died(own_served: Served) -> None:
    with DispatchClient(own_served.address, PATIENT) as client:
        service = set_up(client, "watch", "watch-1")
        events = client.dispatch.watch_plan(PLAN)
        assert next(events).type == KINDS.PLAN_EVENT_TYPE_SYNCED
        first = book(client, service).visit.name
        seen = [_next_change(events)]
        own_served.kill()
        own_served.start()
        second = book(client, service).visit.name
        while seen[-1].visit.name != second:
            seen.append(_next_change(events))
        sequences = [event.sequence for event in seen]
        assert first in {event.visit.name for event in seen}
        assert sequences == sorted(set(sequences))


def _next_change(events: Iterator[m.WatchPlanResponse]) -> m.WatchPlanResponse:
    wanted = (KINDS.PLAN_EVENT_TYPE_VISIT_CHANGED, KINDS.PLAN_EVENT_TYPE_INITIAL)
    return next(event for event in events if event.type in wanted)


def test_fixes_arrive_although_the_server_died_twice(own_served: Served) -> None:
    with DispatchClient(own_served.address, PATIENT) as client:
        set_up(client, "death", *(f"dead-{number}" for number in range(20)))
        fleet = itertools.cycle(range(20))
        options = pc.StreamerOptions(max_batch_fixes=20, close_deadline_s=60)
        with client.locations.stream(REGION, options=options) as streamer:
            for _ in range(2):
                _report(streamer, fleet)
                own_served.kill()
                _report(streamer, fleet)
                own_served.start()
            _report(streamer, fleet)
        counters = streamer.counters()
        assert counters.acknowledged == counters.reported == 500
        assert counters.reconnects >= 1
        assert len(client.locations.search_nearby(REGION, HOME, max_results=100).technicians) == 20


def _report(streamer: pc.LocationStreamer, fleet: Iterator[int]) -> None:
    for number in itertools.islice(fleet, 100):
        streamer.report(f"dead-{number}", 37.77, -122.42 + number * 1e-4, now_ms())


async def test_the_asyncio_client_does_the_same(served: Served) -> None:
    async with AsyncDispatchClient(served.address) as client:
        await client.wait_until_ready()
        await client.technicians.create(REGION, "async-1", technician())
        async with client.locations.stream(REGION) as streamer:
            streamer.report("async-1", 37.90, -122.42, now_ms())
        assert streamer.counters().applied == 1
        north = m.LatLng(lat_deg=37.91, lon_deg=-122.42)
        answers = await asyncio.gather(
            client.locations.search_nearby(REGION, north, max_results=1), client.dispatch.get_plan(PLAN)
        )
        assert answers[0].technicians[0].technician_id == "async-1"
        assert answers[1].name == PLAN


def test_many_threads_share_a_client(client: DispatchClient) -> None:
    errors: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                client.dispatch.get_plan(PLAN)
        except pc.DispatchClientError as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
