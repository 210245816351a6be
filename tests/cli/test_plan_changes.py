"""What the commands that change the plan ask of the server and what they print."""

from __future__ import annotations

import pytest
from google.protobuf.json_format import Parse
from pydispatch_client import messages as m
from pydispatch_client import methods

from tests.cli.conftest import Run
from tests.client.scripted_server import ScriptedServer

ANN, BOB, VISIT = "regions/sf/technicians/ann", "regions/sf/technicians/bob", "regions/sf/visits/b1"
DELTA = m.PlanDelta(
    visits=[
        m.VisitDelta(
            visit=VISIT,
            type=m.VisitChangeType.VISIT_CHANGE_TYPE_MOVED,
            before=m.Placement(technician=ANN),
            after=m.Placement(technician=BOB),
            start_shift_s=600,
            disruption_milli=2000,
        )
    ],
    moved_count=1,
    cost_change_milli=2500,
    policy_revision="p1",
    decision_id="3-17",
)
PROPOSAL = m.PlanProposal(name="regions/sf/planProposals/abc", etag="41", delta=DELTA)


def test_a_visit_is_assigned_by_hand(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.ASSIGN_VISIT, m.AssignVisitResponse(delta=DELTA))
    result = run("plan", "assign", "b1", "bob", "--position", "0")
    assert result.exit_code == 0
    (request,) = scripted.calls_of(methods.ASSIGN_VISIT)
    assert (request.name, request.technician, request.HasField("position")) == (VISIT, BOB, True)
    for word in ("moved", "ann", "bob", "10m 00s", "2.500", "3-17"):
        assert word in result.stdout


def test_a_visit_is_unassigned_and_json_is_the_answer(scripted: ScriptedServer, run: Run) -> None:
    answer = m.UnassignVisitResponse(visit=m.Visit(name=VISIT))
    scripted.script(methods.UNASSIGN_VISIT, answer)
    result = run("plan", "unassign", "b1", "--exclude", "--json")
    assert Parse(result.stdout, m.UnassignVisitResponse()) == answer
    assert scripted.calls_of(methods.UNASSIGN_VISIT)[0].exclude_technician


def test_a_visit_is_pinned_and_let_go(scripted: ScriptedServer, run: Run) -> None:
    held = m.Visit(name=VISIT, pin=m.Pin(technician=ANN, position=True))
    scripted.script(methods.PIN_VISIT, m.PinVisitResponse(visit=held))
    result = run("plan", "pin", "b1", "--position")
    assert result.exit_code == 0
    (request,) = scripted.calls_of(methods.PIN_VISIT)
    parts = (request.pin_technician, request.pin_start_time, request.pin_position)
    assert (request.name, parts) == (VISIT, (False, False, True))
    for word in ("pinned technician", "ann", "pinned behind", "nothing"):
        assert word in result.stdout
    scripted.script(methods.UNPIN_VISIT, m.UnpinVisitResponse(visit=m.Visit(name=VISIT)))
    result = run("plan", "unpin", "b1")
    assert scripted.calls_of(methods.UNPIN_VISIT)[0].name == VISIT
    assert "pinned" not in result.stdout


def test_an_emergency_is_booked(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.INSERT_EMERGENCY, m.InsertEmergencyResponse(delta=DELTA))
    options = ("--service", "gas", "--at", "37.7,-122.4", "--max-moves", "1")
    assert run("plan", "emergency", *options).exit_code == 0
    (request,) = scripted.calls_of(methods.INSERT_EMERGENCY)
    assert (request.booking.service, request.max_moved_visits) == ("regions/sf/services/gas", 1)


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ("sick", "technician_sick"),
        ("breakdown", "vehicle_breakdown"),
        ("offline", "technician_offline"),
        ("late", "visit_late"),
        ("overrun", "visit_overrun"),
        ("no-show", "customer_no_show"),
    ],
)
def test_a_disruption_is_told_by_its_name(scripted: ScriptedServer, run: Run, what: str, field: str) -> None:
    scripted.script(methods.REPORT_DISRUPTION, m.ReportDisruptionResponse())
    result = run("plan", "disrupt", what, "ann", "--delay-s", "60")
    assert "Nothing changes." in result.stdout
    (request,) = scripted.calls_of(methods.REPORT_DISRUPTION)
    assert request.WhichOneof("disruption") == field
    assert not request.HasField("max_moved_visits")


def test_every_change_can_be_seen_beforehand_and_committed(scripted: ScriptedServer, run: Run) -> None:
    answer = m.PreviewPlanChangeResponse(proposal=PROPOSAL)
    commands = [
        ("assign", "b1", "bob"),
        ("unassign", "b1"),
        ("emergency", "--service", "gas", "--at", "37.7,-122.4"),
        ("disrupt", "sick", "ann", "--max-moves", "0"),
        ("reoptimize", "--budget-ms", "10"),
    ]
    scripted.script(methods.PREVIEW_PLAN_CHANGE, *([answer] * len(commands)))
    for command in commands:
        result = run("plan", *command, "--preview")
        assert result.exit_code == 0
        assert "abc" in result.stdout
        assert "41" in result.stdout
    kinds = [request.WhichOneof("change") for request in scripted.calls_of(methods.PREVIEW_PLAN_CHANGE)]
    assert kinds == ["assign_visit", "unassign_visit", "insert_emergency", "report_disruption", "reoptimize_plan"]
    scripted.script(methods.COMMIT_PLAN_PROPOSAL, m.CommitPlanProposalResponse(delta=DELTA))
    assert run("plan", "commit", "abc", "--etag", "41").exit_code == 0
    (request,) = scripted.calls_of(methods.COMMIT_PLAN_PROPOSAL)
    assert (request.name, request.etag) == (PROPOSAL.name, PROPOSAL.etag)


def test_the_plan_is_searched_for_a_better_one(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.REOPTIMIZE_PLAN, m.ReoptimizePlanResponse(delta=DELTA))
    assert run("plan", "reoptimize", "--budget-ms", "250", "--seed", "7").exit_code == 0
    (request,) = scripted.calls_of(methods.REOPTIMIZE_PLAN)
    assert (request.name, request.budget_ms, request.seed) == ("regions/sf/plan", 250, 7)
