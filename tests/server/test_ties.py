"""Crews come together or not at all, what must come before does, circles are refused; over gRPC and across restarts."""

from __future__ import annotations

from collections.abc import Callable

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as catalog
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import ties_pb2 as ties
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import REGION, START_S, ServerProcess, Stubs, refusal

DAY = harness.window(START_S, START_S + 8 * 3600)
PROGRESS = (visits.VISIT_EVENT_DEPART, visits.VISIT_EVENT_ARRIVE, visits.VISIT_EVENT_START, visits.VISIT_EVENT_COMPLETE)


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    furnish(stubs)


def furnish(stubs: Stubs) -> None:
    harness.add_technicians(stubs, 8)
    harness.add_service(stubs)
    harness.add_service(stubs, "move", roles=[ties.Role(display_name="lead"), ties.Role(), ties.Role()])


def book(stubs: Stubs, booking_id: str, service: str = "fix", **more: object) -> bookings.CreateBookingResponse:
    made = harness.booking(service=f"{REGION}/services/{service}", **({"start_window": DAY} | more))
    return harness.create_booking(stubs, made, booking_id=booking_id)


def after(booking_id: str, **more: object) -> ties.Dependency:
    return ties.Dependency(booking=f"{REGION}/bookings/{booking_id}", **more)


def get(stubs: Stubs, booking_id: str) -> bookings.GetBookingResponse:
    return stubs.bookings.GetBooking(bookings.GetBookingRequest(name=f"{REGION}/bookings/{booking_id}"))


def complete(stubs: Stubs, visit: visits.Visit, until: int = len(PROGRESS)) -> None:
    for event in PROGRESS[:until]:
        request = visits.ReportVisitProgressRequest(name=visit.name, technician=visit.placement.technician, event=event)
        stubs.visits.ReportVisitProgress(request)


def test_a_crew_is_booked_read_and_cancelled_as_one(stubs: Stubs) -> None:
    made = book(stubs, "piano", "move")
    assert [names.rpartition("/")[2] for names in made.booking.visits] == ["piano", "piano-r1", "piano-r2"]
    assert made.visit == made.visits[0]
    assert made.visits[0].crew.display_name == "lead"
    assert len({visit.placement.technician for visit in made.visits}) == 3
    assert len({visit.placement.start_time.seconds for visit in made.visits}) == 1
    assert list(get(stubs, "piano").visits) == list(made.visits)
    harness.assert_clean(stubs)
    request = bookings.CancelBookingRequest(name=made.booking.name)
    assert stubs.bookings.CancelBooking(request).booking.state == bookings.BOOKING_STATE_CANCELLED
    assert {visit.state for visit in get(stubs, "piano").visits} == {types.VISIT_STATE_CANCELLED}


def test_a_crew_larger_than_the_staff_stays_unassigned_and_says_why(stubs: Stubs) -> None:
    skilled = ties.Role(required_skills=[types.SkillLevel(skill="crane", level=1)])
    made = book(stubs, "bridge", roles=[skilled, ties.Role()])
    assert {visit.state for visit in made.visits} == {types.VISIT_STATE_UNASSIGNED}
    assert made.visits[0].unassigned_reasons[0].rule == types.RULE_SKILL
    assert made.visits[1].unassigned_reasons[0].rule == types.RULE_CREW
    stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=made.booking.name))


def test_a_role_whose_technician_falls_out_is_filled_anew(stubs: Stubs) -> None:
    made = book(stubs, "wardrobe", "move", start_window=harness.window(START_S + 7200, START_S + 14400))
    lost = made.visits[1].placement.technician
    request = dispatch.ReportDisruptionRequest(
        parent=REGION, technician_offline=dispatch.TechnicianOffline(technician=lost)
    )
    stubs.dispatch.ReportDisruption(request)
    now = get(stubs, "wardrobe").visits
    assert lost not in {visit.placement.technician for visit in now}
    assert now[0].placement.start_time == made.visits[0].placement.start_time
    harness.assert_clean(stubs)
    stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=made.booking.name))


def test_a_booking_waits_for_a_crew_and_learns_its_end(launch: Callable[..., ServerProcess]) -> None:
    process = launch()
    stubs = process.start()
    furnish(stubs)
    first = book(stubs, "shell", "move")
    second = book(stubs, "paint", after=[after("shell", min_lag_s=600, max_lag_s=7200)])
    assert len(second.visit.after) == 3
    end_s = first.visit.placement.end_time.seconds
    assert second.visit.placement.start_time.seconds >= end_s + 600
    harness.advance(stubs, first.visit.placement.start_time.seconds)
    for visit in first.visits:
        complete(stubs, get_visit(stubs, visit.name), 3)
    harness.advance(stubs, end_s + 300)
    for number, visit in enumerate(first.visits):
        assert get(stubs, "shell").booking.state == bookings.BOOKING_STATE_CONFIRMED, number
        report = visits.ReportVisitProgressRequest(
            name=visit.name, technician=visit.placement.technician, event=visits.VISIT_EVENT_COMPLETE
        )
        stubs.visits.ReportVisitProgress(report)
    assert get(stubs, "shell").booking.state == bookings.BOOKING_STATE_COMPLETED
    told = get(stubs, "paint").visit
    assert {tie.end_time.seconds for tie in told.after} == {end_s + 300}
    assert told.placement.start_time.seconds >= end_s + 300 + 600
    # Nothing of it is lost when the server stops.
    process.terminate()
    stubs = process.start()
    assert get(stubs, "paint").visit.after == told.after
    harness.assert_clean(stubs)


def get_visit(stubs: Stubs, name: str) -> visits.Visit:
    return stubs.visits.GetVisit(visits.GetVisitRequest(name=name)).visit


def test_what_was_withdrawn_cannot_be_waited_for(stubs: Stubs) -> None:
    gone = book(stubs, "gone")
    stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=gone.booking.name))
    found = refusal(lambda: book(stubs, "late", after=[after("gone"), after("never")]))
    assert found.code == grpc.StatusCode.INVALID_ARGUMENT
    assert found.fields == {
        "booking.after[0].booking": {"DEPENDENCY_CLOSED"},
        "booking.after[1].booking": {"UNKNOWN_REFERENCE"},
    }


def test_cancelling_carries_on_where_it_is_said_to(stubs: Stubs) -> None:
    book(stubs, "ground")
    book(stubs, "walls", after=[after("ground", withdrawal=ties.WITHDRAWAL_CANCEL)])
    book(stubs, "roof", after=[after("walls", withdrawal=ties.WITHDRAWAL_RELEASE)])
    stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=f"{REGION}/bookings/ground"))
    assert get(stubs, "walls").booking.state == bookings.BOOKING_STATE_CANCELLED
    roof = get(stubs, "roof")
    assert (roof.booking.state, list(roof.visit.after)) == (bookings.BOOKING_STATE_CONFIRMED, [])


def test_names_of_visits_are_not_taken_twice(stubs: Stubs) -> None:
    book(stubs, "desk-r1")
    found = refusal(lambda: book(stubs, "desk", "move"))
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "VISIT_EXISTS")


def test_a_service_gets_and_loses_its_roles(stubs: Stubs) -> None:
    harness.add_service(stubs, "carry")
    service = catalog.Service(name=f"{REGION}/services/carry", roles=[ties.Role(), ties.Role()])
    request = catalog.UpdateServiceRequest(service=service)
    request.update_mask.paths.append("roles")
    assert len(stubs.catalog.UpdateService(request).service.roles) == 2
    assert len(book(stubs, "sofa", "carry").visits) == 2


def row(external_id: str, *earlier: str, **more: object) -> batches.BatchRow:
    made = batches.BatchRow(
        external_id=external_id,
        service_id="fix",
        site=types.Site(location=harness.near(100.0)),
        start_window=DAY,
        after=[ties.Dependency(external_id=key) for key in earlier],
    )
    made.MergeFrom(batches.BatchRow(**more))
    return made


def import_rows(stubs: Stubs, batch_id: str, *parts: list[batches.BatchRow]) -> batches.ImportBatchResponse:
    messages = [batches.ImportBatchRequest(header=batches.ImportBatchHeader(parent=REGION, batch_id=batch_id))]
    messages += [batches.ImportBatchRequest(rows=part) for part in parts]
    return stubs.batches.ImportBatch(iter(messages), timeout=60)


def test_rows_wait_for_one_another_and_bring_crews(launch: Callable[..., ServerProcess]) -> None:
    stubs = launch().start()
    furnish(stubs)
    rows = [row("last", "crew"), row("crew", "first", service_id="move"), row("first")]
    answer = import_rows(stubs, "house", rows)
    assert (answer.imported_count, list(answer.errors)) == (3, [])
    assert import_rows(stubs, "house", rows).unchanged_count == 3
    batch = stubs.batches.PlanBatch(batches.PlanBatchRequest(name=f"{REGION}/batches/house")).batch
    assert (batch.booking_count, batch.draft_count, batch.planned_count) == (3, 0, 3)
    listed = stubs.bookings.ListBookings(bookings.ListBookingsRequest(parent=REGION, batch=batch.name)).bookings
    found = [get(stubs, made.name.rpartition("/")[2]) for made in listed]
    assert [len(made.visits) for made in found] == [0, 3, 0]
    starts = [made.visit.placement.start_time.seconds for made in found]
    ends = [made.visit.placement.end_time.seconds for made in found]
    assert starts[1] >= ends[0]
    assert starts[2] >= ends[1]
    harness.assert_clean(stubs)


def test_circles_of_rows_are_refused_with_their_names(stubs: Stubs) -> None:
    rows = [row("a", "c"), row("b", "a"), row("c", "b"), row("d", "a"), row("e", "e"), row("f", "nowhere"), row("good")]
    answer = import_rows(stubs, "knot", rows)
    assert answer.imported_count == 1
    told = {(error.external_id, error.field, error.reason) for error in answer.errors}
    assert told == {
        ("a", "after[0].external_id", "DEPENDENCY_CYCLE"),
        ("b", "after[0].external_id", "DEPENDENCY_CYCLE"),
        ("c", "after[0].external_id", "DEPENDENCY_CYCLE"),
        ("d", "after[0].external_id", "UNKNOWN_REFERENCE"),
        ("e", "after[0].external_id", "DEPENDENCY_CYCLE"),
        ("f", "after[0].external_id", "UNKNOWN_REFERENCE"),
    }
    assert next(error for error in answer.errors if error.external_id == "a").description.endswith("a -> c -> b -> a")


def test_a_group_goes_to_one_technician(stubs: Stubs) -> None:
    made = [book(stubs, f"flat-{number}", group="tower") for number in range(3)]
    assert len({booked.visit.placement.technician for booked in made}) == 1
    found = refusal(lambda: book(stubs, "flat-9", group="tower", roles=[ties.Role(), ties.Role()]))
    assert found.fields == {"booking.group": {"CONTRADICTION"}}
