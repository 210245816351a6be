"""Revisions of the plan and searches that go on for long, on a real server."""

from __future__ import annotations

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as changes
from pydispatch_protos.dispatch.v1 import plan_history_pb2 as history
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import PLAN, REGION, START_S, Stubs, all_pages, near, refusal, window

HOUR_S = 3600
ANNA, BERT = f"{REGION}/technicians/anna", f"{REGION}/technicians/bert"


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    for index, name in enumerate(("anna", "bert")):
        technician = harness.technician(index)
        technician.home_location.CopyFrom(near(8000.0 * index))
        request = technicians.CreateTechnicianRequest(parent=REGION, technician_id=name, technician=technician)
        stubs.technicians.CreateTechnician(request)
    harness.add_service(stubs)


def book(stubs: Stubs, name: str) -> None:
    begin_s = START_S + 3 * HOUR_S
    made = harness.booking(start_window=window(begin_s, begin_s + 2 * HOUR_S))
    made.site.location.CopyFrom(near())
    assert harness.create_booking(stubs, made, booking_id=name).visit.placement.technician == ANNA


def put_badly(stubs: Stubs, name: str) -> changes.PlanDelta:
    request = changes.AssignVisitRequest(name=f"{REGION}/visits/{name}", technician=BERT)
    return stubs.dispatch.AssignVisit(request).delta


def revisions(stubs: Stubs, **more: int) -> list[history.PlanRevision]:
    def fetch(token: str) -> history.ListPlanRevisionsResponse:
        request = history.ListPlanRevisionsRequest(parent=REGION, page_token=token, **more)
        return stubs.dispatch.ListPlanRevisions(request)

    return list(all_pages(fetch, "plan_revisions"))


def start(stubs: Stubs, budget_ms: int) -> history.PlanOperation:
    search = changes.ReoptimizePlanRequest(name=PLAN)
    request = history.StartPlanOperationRequest(parent=REGION, budget_ms=budget_ms, reoptimize_plan=search)
    return stubs.dispatch.StartPlanOperation(request).plan_operation


def wait(stubs: Stubs, operation: history.PlanOperation) -> history.PlanOperation:
    request = history.WaitPlanOperationRequest(name=operation.name)
    return stubs.dispatch.WaitPlanOperation(request, timeout=harness.CALL_S).plan_operation


def test_each_decision_is_a_revision_with_its_cause(stubs: Stubs) -> None:
    book(stubs, "first")
    delta = put_badly(stubs, "first")
    booked, moved = revisions(stubs)[-2:]
    assert (booked.actor, list(booked.causes), booked.assigned_count) == ("caller", ["booking.created"], 1)
    assert (moved.moved_count, list(moved.causes), moved.decision_id) == (1, [], delta.decision_id)
    assert moved.visits == [f"{REGION}/visits/first"]
    assert moved.policy_revision == delta.policy_revision
    assert revisions(stubs, page_size=1) == revisions(stubs)
    assert revisions(stubs, after_sequence=booked.sequence) == [moved]


def test_a_search_goes_on_by_itself_and_improves_the_plan(stubs: Stubs) -> None:
    back = changes.AssignVisitRequest(name=f"{REGION}/visits/first", technician=ANNA)
    stubs.dispatch.AssignVisit(back)
    book(stubs, "second")
    put_badly(stubs, "second")
    operation = start(stubs, 60_000)
    assert operation.state == history.PLAN_OPERATION_STATE_RUNNING
    ended = wait(stubs, operation)
    assert ended.state == history.PLAN_OPERATION_STATE_SUCCEEDED
    assert ended.moved_count > 0
    assert ended.cost_change_milli < 0
    assert ended.HasField("end_time")
    found = stubs.visits.GetVisit(visits.GetVisitRequest(name=f"{REGION}/visits/second")).visit
    assert found.placement.technician == ANNA
    assert revisions(stubs)[-1].moved_count > 0
    request = history.GetPlanOperationRequest(name=operation.name)
    assert stubs.dispatch.GetPlanOperation(request).plan_operation == ended
    listed = stubs.dispatch.ListPlanOperations(history.ListPlanOperationsRequest(parent=REGION)).plan_operations
    assert ended in listed
    harness.assert_clean(stubs)


def test_a_cancelled_search_ends_and_one_that_has_ended_stays(stubs: Stubs) -> None:
    operation = start(stubs, 3_600_000)
    request = history.CancelPlanOperationRequest(name=operation.name)
    stubs.dispatch.CancelPlanOperation(request)
    ended = wait(stubs, operation)
    assert ended.state in {history.PLAN_OPERATION_STATE_CANCELLED, history.PLAN_OPERATION_STATE_SUCCEEDED}
    assert stubs.dispatch.CancelPlanOperation(request).plan_operation == ended


def test_a_wait_is_over_when_its_time_is(stubs: Stubs) -> None:
    missing = history.WaitPlanOperationRequest(name=f"{REGION}/planOperations/none", timeout_ms=1)
    found = refusal(lambda: stubs.dispatch.WaitPlanOperation(missing))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "OPERATION_NOT_FOUND")


def test_visits_go_back_to_whom_they_were_with(stubs: Stubs) -> None:
    book(stubs, "home")
    book(stubs, "held")
    before = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan.sequence
    for name in ("home", "held"):
        put_badly(stubs, name)
    pin = changes.PinVisitRequest(name=f"{REGION}/visits/held", pin_technician=True)
    stubs.dispatch.PinVisit(pin)
    book(stubs, "newer")
    answer = stubs.dispatch.RevertPlan(history.RevertPlanRequest(name=PLAN, sequence=before))
    moved = {
        visit.visit: visit.after.technician
        for visit in answer.delta.visits
        if visit.type == changes.VISIT_CHANGE_TYPE_MOVED
    }
    assert moved == {f"{REGION}/visits/home": ANNA}
    assert [(kept.visit, kept.technician, kept.reason) for kept in answer.kept] == [
        (f"{REGION}/visits/held", ANNA, "RULE_BROKEN")
    ]
    assert revisions(stubs)[-1].decision_id == answer.delta.decision_id
    harness.assert_clean(stubs)
    again = stubs.dispatch.RevertPlan(history.RevertPlanRequest(name=PLAN, sequence=before))
    assert (again.delta.moved_count, len(again.kept)) == (0, 1)


def test_two_who_took_one_anothers_visits_give_them_back(stubs: Stubs) -> None:
    begin_s = START_S + 7 * HOUR_S
    for name, east_m in (("east", 8000.0), ("west", 0.0)):
        # The same minute for both: nobody can have both.
        made = harness.booking(start_window=window(begin_s, begin_s))
        made.site.location.CopyFrom(near(east_m))
        harness.create_booking(stubs, made, booking_id=name)
    before = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan.sequence
    was = {name: who(stubs, name) for name in ("east", "west")}
    stubs.dispatch.UnassignVisit(changes.UnassignVisitRequest(name=f"{REGION}/visits/east"))
    for name, other in (("west", was["east"]), ("east", was["west"])):
        stubs.dispatch.AssignVisit(changes.AssignVisitRequest(name=f"{REGION}/visits/{name}", technician=other))
    answer = stubs.dispatch.RevertPlan(history.RevertPlanRequest(name=PLAN, sequence=before))
    assert {name: who(stubs, name) for name in was} == was
    assert (answer.delta.moved_count, list(answer.kept)) == (2, [])
    harness.assert_clean(stubs)


def test_a_revision_nobody_knows_is_refused(stubs: Stubs) -> None:
    found = refusal(lambda: stubs.dispatch.RevertPlan(history.RevertPlanRequest(name=PLAN, sequence=10**9)))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "REVISION_NOT_FOUND")


def who(stubs: Stubs, name: str) -> str:
    return stubs.visits.GetVisit(visits.GetVisitRequest(name=f"{REGION}/visits/{name}")).visit.placement.technician
