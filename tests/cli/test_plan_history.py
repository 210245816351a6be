"""What the commands about the plan's history and long searches ask of the server and what they print."""

from __future__ import annotations

from pydispatch_client import messages as m
from pydispatch_client import methods

from tests.cli.conftest import Run
from tests.client.scripted_server import ScriptedServer

NAME = "regions/sf/planOperations/abc"


def operation(state: str) -> m.PlanOperation:
    value = m.PlanOperationState.Value(f"PLAN_OPERATION_STATE_{state}")
    return m.PlanOperation(name=NAME, state=value, budget_ms=2000, searched_ms=500, moved_count=3)


def test_revisions_are_listed_over_all_pages(scripted: ScriptedServer, run: Run) -> None:
    one = m.PlanRevision(sequence=7, actor="caller", causes=["booking.created"], assigned_count=1, decision_id="1-6")
    other = m.PlanRevision(sequence=9, actor="clock", moved_count=2, retimed_count=4)
    scripted.script(
        methods.LIST_PLAN_REVISIONS,
        m.ListPlanRevisionsResponse(plan_revisions=[one], next_page_token="2"),
        m.ListPlanRevisionsResponse(plan_revisions=[other]),
    )
    result = run("plan", "revisions", "--after", "3")
    for word in ("booking.created", "1-6", "clock", "2 moved, 4", "1 assigned"):
        assert word in result.stdout
    assert scripted.calls_of(methods.LIST_PLAN_REVISIONS)[0].after_sequence == 3


def test_a_search_is_begun_and_waited_for(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.START_PLAN_OPERATION, m.StartPlanOperationResponse(plan_operation=operation("RUNNING")))
    scripted.script(
        methods.WAIT_PLAN_OPERATION,
        m.WaitPlanOperationResponse(plan_operation=operation("RUNNING")),
        m.WaitPlanOperationResponse(plan_operation=operation("SUCCEEDED")),
    )
    result = run("plan", "improve", "--budget-s", "2", "--wait")
    assert "succeeded" in result.stdout
    (request,) = scripted.calls_of(methods.START_PLAN_OPERATION)
    assert (request.budget_ms, request.reoptimize_plan.name) == (2000, "regions/sf/plan")


def test_searches_are_listed_and_cancelled(scripted: ScriptedServer, run: Run) -> None:
    running = operation("RUNNING")
    scripted.script(methods.LIST_PLAN_OPERATIONS, m.ListPlanOperationsResponse(plan_operations=[running]))
    assert "0.5 of 2 s" in run("plan", "operations").stdout
    cancelled = m.CancelPlanOperationResponse(plan_operation=operation("CANCELLED"))
    scripted.script(methods.CANCEL_PLAN_OPERATION, cancelled)
    assert "cancelled" in run("plan", "cancel", "abc").stdout
    assert scripted.calls_of(methods.CANCEL_PLAN_OPERATION)[0].name == NAME


def test_a_revert_tells_what_came_back_and_what_did_not(scripted: ScriptedServer, run: Run) -> None:
    back = m.VisitDelta(visit="regions/sf/visits/v1", type=m.VisitChangeType.Value("VISIT_CHANGE_TYPE_MOVED"))
    back.after.technician = "regions/sf/technicians/anna"
    kept = m.KeptVisit(visit="regions/sf/visits/v2", technician="regions/sf/technicians/bert", detail="it is pinned")
    answer = m.RevertPlanResponse(delta=m.PlanDelta(visits=[back], moved_count=1), kept=[kept])
    scripted.script(methods.REVERT_PLAN, answer)
    result = run("plan", "revert", "41")
    for word in ("v1", "anna", "v2", "bert", "it is pinned"):
        assert word in result.stdout
    (request,) = scripted.calls_of(methods.REVERT_PLAN)
    assert (request.name, request.sequence) == ("regions/sf/plan", 41)
