"""Enterprise batches: every bad row is reported, importing again is safe, planning lets others through."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import REGION, START_S, ServerProcess, Stubs, refusal

DAY_END_S = START_S + 8 * 3600


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    harness.add_technicians(stubs, 30)
    harness.add_service(stubs)


def row(external_id: str, **more: object) -> batches.BatchRow:
    made = batches.BatchRow(
        external_id=external_id,
        service_id="fix",
        site=types.Site(location=harness.near(10.0 * (hash(external_id) % 50))),
        start_window=harness.window(START_S, DAY_END_S),
    )
    made.MergeFrom(batches.BatchRow(**more))
    return made


def import_rows(stubs: Stubs, batch_id: str, *parts: Iterable[batches.BatchRow]) -> batches.ImportBatchResponse:
    header = batches.ImportBatchHeader(parent=REGION, batch_id=batch_id, display_name="Spring")
    messages = [batches.ImportBatchRequest(header=header)]
    messages += [batches.ImportBatchRequest(rows=part) for part in parts]
    answer: batches.ImportBatchResponse = stubs.batches.ImportBatch(iter(messages), timeout=60)
    return answer


def name_of(batch_id: str) -> str:
    return f"{REGION}/batches/{batch_id}"


def get(stubs: Stubs, batch_id: str) -> batches.Batch:
    return stubs.batches.GetBatch(batches.GetBatchRequest(name=name_of(batch_id))).batch


def counts(batch: batches.Batch) -> int:
    return (
        batch.draft_count
        + batch.planned_count
        + batch.unassigned_count
        + batch.active_count
        + batch.completed_count
        + batch.failed_count
    )


def test_every_bad_row_is_reported_and_the_good_ones_are_kept(stubs: Stubs) -> None:
    far = types.Site(location=types.LatLng(lat_deg=48.85, lon_deg=2.35))
    nan = types.Site(location=types.LatLng(lat_deg=float("nan")))
    ended = harness.window(START_S - 7200, START_S - 3600)
    rows = [
        row("good"),
        row("good", note="again"),
        row("unknown service", service_id="none"),
        row("far", site=far),
        row("ended", start_window=ended),
        row("short", duration_s=5),
        batches.BatchRow(external_id="bare"),
        row(""),
        row("a\0b"),
    ]
    nan_row = row("nan")
    nan_row.site.CopyFrom(nan)
    answer = import_rows(stubs, "mixed", rows[:4], [*rows[4:], nan_row], [row("also good")])
    assert (answer.imported_count, answer.unchanged_count, answer.refused_count) == (2, 0, 9)
    found = {(error.row_number, error.field, error.reason) for error in answer.errors}
    assert found == {
        (2, "external_id", "DUPLICATE"),
        (3, "service_id", "UNKNOWN_REFERENCE"),
        (4, "site.location", "OUTSIDE_REGION"),
        (5, "start_window.end_time", "WINDOW_ENDED"),
        (6, "duration_s", "OUT_OF_RANGE"),
        (7, "service_id", "BAD_FORMAT"),
        (7, "site", "REQUIRED"),
        (7, "start_window", "REQUIRED"),
        (8, "external_id", "TOO_SHORT"),
        (9, "external_id", "BAD_FORMAT"),
        (10, "site.location.lat_deg", "NOT_FINITE"),
    }
    assert [error.row_number for error in answer.errors] == sorted(error.row_number for error in answer.errors)
    assert answer.batch == get(stubs, "mixed")
    assert (answer.batch.booking_count, answer.batch.draft_count) == (2, 2)
    assert answer.batch.state == batches.BATCH_STATE_IMPORTED


def test_rows_say_who_may_come_what_is_taken_and_when_nobody_may_work(stubs: Stubs) -> None:
    quiet = harness.window(START_S + 3600, START_S + 7200)
    rows = [
        row("scoped", required_languages=["fr"], partners=["-"], blackouts=[quiet]),
        row("parts", parts=[types.PartCount(part="valve", count=2)]),
        row("twice", parts=[types.PartCount(part="valve", count=1), types.PartCount(part="valve", count=2)]),
        row("wrong", required_languages=["?"], blackouts=[quiet, quiet]),
    ]
    answer = import_rows(stubs, "scoped", rows)
    assert {(error.external_id, error.field, error.reason) for error in answer.errors} == {
        ("twice", "parts[1].part", "DUPLICATE"),
        ("wrong", "required_languages[0]", "BAD_FORMAT"),
        ("wrong", "blackouts[1]", "OVERLAP"),
    }
    stubs.batches.PlanBatch(batches.PlanBatchRequest(name=name_of("scoped")), timeout=60)
    listed = stubs.visits.ListVisits(visits.ListVisitsRequest(parent=REGION, page_size=1000)).visits
    made = [visit for visit in listed if visit.batch == name_of("scoped")]
    assert sorted(len(visit.parts) for visit in made) == [0, 1]
    scoped = next(visit for visit in made if not visit.parts)
    assert (scoped.required_languages, scoped.partners, list(scoped.blackouts)) == (["fr"], ["-"], [quiet])
    assert {reason.rule for reason in scoped.unassigned_reasons} >= {types.RULE_LANGUAGE}


def test_importing_again_is_safe_and_a_changed_row_is_refused(stubs: Stubs) -> None:
    rows = [row(f"r{number}") for number in range(250)]
    assert import_rows(stubs, "again", rows).imported_count == 250
    repeated = import_rows(stubs, "again", rows[:100], rows[100:])
    assert (repeated.imported_count, repeated.unchanged_count, repeated.refused_count) == (0, 250, 0)
    changed = import_rows(stubs, "again", [row("r0", note="other"), row("new")])
    assert (changed.imported_count, changed.refused_count) == (1, 1)
    assert [(error.field, error.reason) for error in changed.errors] == [("external_id", "EXTERNAL_ID_REUSED")]
    assert get(stubs, "again").booking_count == 251


def test_batch_is_planned_watched_and_finished(stubs: Stubs) -> None:
    import_rows(stubs, "whole", [row(f"w{number}") for number in range(120)])
    seen: list[batches.Batch] = []
    stream = stubs.batches.WatchBatchProgress(batches.WatchBatchProgressRequest(name=name_of("whole")), timeout=100)
    watcher = threading.Thread(target=lambda: seen.extend(answer.batch for answer in stream))
    watcher.start()
    planned = stubs.batches.PlanBatch(batches.PlanBatchRequest(name=name_of("whole")), timeout=60).batch
    assert planned.state == batches.BATCH_STATE_PLANNED
    assert planned.draft_count == 0
    assert planned.planned_count + planned.unassigned_count == 120
    assert planned.planned_count > 0
    harness.assert_clean(stubs)
    listed = bookings.ListBookingsRequest(parent=REGION, batch=name_of("whole"), page_size=1000)
    members = stubs.bookings.ListBookings(listed).bookings
    assert len(members) == 120
    for member in members:
        assert member.state == bookings.BOOKING_STATE_CONFIRMED
        stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=member.name))
    finished = get(stubs, "whole")
    assert (finished.state, finished.failed_count) == (batches.BATCH_STATE_FINISHED, 120)
    watcher.join(60)
    assert seen[-1] == finished
    assert all(counts(batch) == batch.booking_count for batch in seen)


def test_counts_follow_the_visits(stubs: Stubs) -> None:
    import_rows(stubs, "follow", [row("f0"), row("f1"), row("f2")])
    stubs.batches.PlanBatch(batches.PlanBatchRequest(name=name_of("follow")))
    listed = bookings.ListBookingsRequest(parent=REGION, batch=name_of("follow"))
    visit = stubs.bookings.GetBooking(
        bookings.GetBookingRequest(name=stubs.bookings.ListBookings(listed).bookings[0].name)
    ).visit
    steps = {
        visits.VISIT_EVENT_ACCEPT: (3, 0, 0),
        visits.VISIT_EVENT_DEPART: (2, 1, 0),
        visits.VISIT_EVENT_ARRIVE: (2, 1, 0),
        visits.VISIT_EVENT_START: (2, 1, 0),
        visits.VISIT_EVENT_COMPLETE: (2, 0, 1),
    }
    for event, expected in steps.items():
        request = visits.ReportVisitProgressRequest(name=visit.name, technician=visit.placement.technician, event=event)
        stubs.visits.ReportVisitProgress(request)
        batch = get(stubs, "follow")
        assert (batch.planned_count, batch.active_count, batch.completed_count) == expected


def test_cancelled_drafts_are_not_planned(stubs: Stubs) -> None:
    import_rows(stubs, "drafts", [row("d0"), row("d1")])
    listed = bookings.ListBookingsRequest(parent=REGION, batch=name_of("drafts"))
    first, second = stubs.bookings.ListBookings(listed).bookings
    assert (first.state, first.visit) == (bookings.BOOKING_STATE_DRAFT, "")
    stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=first.name))
    planned = stubs.batches.PlanBatch(batches.PlanBatchRequest(name=name_of("drafts"))).batch
    assert (planned.failed_count, planned.planned_count, planned.booking_count) == (1, 1, 2)
    assert stubs.bookings.GetBooking(bookings.GetBookingRequest(name=second.name)).HasField("visit")


def test_rows_added_to_a_planned_batch_are_planned_next(stubs: Stubs) -> None:
    import_rows(stubs, "grows", [row("g0")])
    stubs.batches.PlanBatch(batches.PlanBatchRequest(name=name_of("grows")))
    assert import_rows(stubs, "grows", [row("g1")]).batch.state == batches.BATCH_STATE_IMPORTED
    planned = stubs.batches.PlanBatch(batches.PlanBatchRequest(name=name_of("grows"))).batch
    assert (planned.state, planned.planned_count) == (batches.BATCH_STATE_PLANNED, 2)


def test_import_without_header_or_with_two_is_refused(stubs: Stubs) -> None:
    bare = batches.ImportBatchRequest(rows=[row("x")])
    found = refusal(lambda: stubs.batches.ImportBatch(iter([bare])))
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "HEADER_MISSING")
    assert refusal(lambda: stubs.batches.ImportBatch(iter([]))).reason == "HEADER_MISSING"
    header = batches.ImportBatchRequest(header=batches.ImportBatchHeader(parent=REGION, batch_id="two"))
    assert refusal(lambda: stubs.batches.ImportBatch(iter([header, header]))).reason == "HEADER_REPEATED"
    bad = batches.ImportBatchRequest(header=batches.ImportBatchHeader(parent=REGION, batch_id="Bad Id"))
    assert refusal(lambda: stubs.batches.ImportBatch(iter([bad]))).fields == {"header.batch_id": {"BAD_FORMAT"}}
    elsewhere = batches.ImportBatchHeader(parent=REGION, batch_id="b", customer=f"{REGION}/customers/none")
    found = refusal(lambda: stubs.batches.ImportBatch(iter([batches.ImportBatchRequest(header=elsewhere)])))
    assert found.fields == {"header.customer": {"UNKNOWN_REFERENCE"}}
    crowd = batches.ImportBatchRequest(header=header.header, rows=[row(f"c{n}") for n in range(1001)])
    assert refusal(lambda: stubs.batches.ImportBatch(iter([crowd]))).fields == {"rows": {"TOO_MANY_ITEMS"}}


def test_drafts_whose_window_ends_before_planning_expire(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 2)
    harness.add_service(stubs)
    early = row("early", start_window=harness.window(START_S, START_S + 600))
    import_rows(stubs, "late", [early, row("late")])
    harness.advance(stubs, START_S + 3600)
    planned = stubs.batches.PlanBatch(batches.PlanBatchRequest(name=name_of("late"))).batch
    assert (planned.planned_count, planned.failed_count, planned.draft_count) == (1, 1, 0)
    expired = visits.ListVisitsRequest(parent=REGION, states=[types.VISIT_STATE_EXPIRED])
    (visit,) = stubs.visits.ListVisits(expired).visits
    booking = stubs.bookings.GetBooking(bookings.GetBookingRequest(name=visit.booking)).booking
    assert booking.state == bookings.BOOKING_STATE_FAILED
    harness.assert_clean(stubs)
