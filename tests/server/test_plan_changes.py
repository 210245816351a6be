"""Changes of the plan that people ask for, on a real server: by hand, by what happened, proposed, searched for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import audit_service_pb2 as audit
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as changes
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import PLAN, REGION, START_S, ServerProcess, Stubs, near, refusal, window

HOUR_S = 3600


@pytest.fixture
def town(process: ServerProcess) -> Iterator[Stubs]:
    """A server of the test's own with two technicians six kilometres apart."""
    stubs = process.start()
    for index, name in enumerate(("anna", "bert")):
        technician = harness.technician(index)
        technician.home_location.CopyFrom(near(6000.0 * index))
        request = technicians.CreateTechnicianRequest(parent=REGION, technician_id=name, technician=technician)
        stubs.technicians.CreateTechnician(request)
    harness.add_service(stubs)
    yield stubs
    harness.assert_clean(stubs)


def technician(name: str) -> str:
    return f"{REGION}/technicians/{name}"


def visit(name: str) -> str:
    return f"{REGION}/visits/{name}"


def book(stubs: Stubs, name: str, north_m: float = 0.0, hour: int = 1, hours: int = 2) -> visits.Visit:
    """Books something to start within a window of some hours."""
    begin_s = START_S + hour * HOUR_S
    made = harness.booking(start_window=window(begin_s, begin_s + hours * HOUR_S))
    made.site.location.CopyFrom(near(north_m))
    return harness.create_booking(stubs, made, booking_id=name).visit


def where(stubs: Stubs, name: str) -> str:
    """Tells with whom a visit is."""
    found = stubs.visits.GetVisit(visits.GetVisitRequest(name=visit(name))).visit
    return str(found.placement.technician.rpartition("/")[2])


def everything(stubs: Stubs) -> list[visits.Visit]:
    return list(stubs.visits.ListVisits(visits.ListVisitsRequest(parent=REGION, page_size=1000)).visits)


def last_decision(stubs: Stubs) -> audit.AuditRecord:
    request = audit.ListAuditRecordsRequest(parent=REGION, page_size=1000)
    return stubs.audit.ListAuditRecords(request).audit_records[-1]


def test_a_visit_goes_where_it_is_put_and_the_audit_knows(town: Stubs) -> None:
    assert book(town, "v").placement.technician == technician("anna")
    request = changes.AssignVisitRequest(name=visit("v"), technician=technician("bert"), request_id="by-hand")
    answer = town.dispatch.AssignVisit(request)
    assert answer.visit.placement.technician == technician("bert")
    (delta,) = answer.delta.visits
    assert (delta.type, delta.before.technician) == (changes.VISIT_CHANGE_TYPE_MOVED, technician("anna"))
    assert delta.disruption_milli > 0
    assert answer.delta.cost_change_milli > answer.delta.disruption_milli, "bert has the longer way"
    assert answer.delta.policy_revision
    record = last_decision(town)
    assert (record.decision_id, record.resource) == (answer.delta.decision_id, visit("v"))
    assert town.dispatch.AssignVisit(request) == answer, "a repeat gets the first answer"


def test_a_hard_rule_is_refused_with_what_is_missing(town: Stubs) -> None:
    book(town, "v")
    skilled = technicians.UpdateTechnicianRequest(
        technician=technicians.Technician(name=technician("bert"), skills=[types.SkillLevel(skill="other", level=1)]),
        update_mask={"paths": ["skills"]},
    )
    town.technicians.UpdateTechnician(skilled)
    before = everything(town)
    found = refusal(
        lambda: town.dispatch.AssignVisit(changes.AssignVisitRequest(name=visit("v"), technician=technician("bert")))
    )
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "RULE_BROKEN")
    assert found.metadata == {"rule": "RULE_SKILL", "amount": "1", "unit": "level", "technician": technician("bert")}
    assert everything(town) == before


def test_a_visit_is_taken_off_and_its_technician_excluded(town: Stubs) -> None:
    read = book(town, "v")
    stale = changes.UnassignVisitRequest(name=visit("v"), etag="0")
    assert refusal(lambda: town.dispatch.UnassignVisit(stale)).reason == "ETAG_MISMATCH"
    answer = town.dispatch.UnassignVisit(
        changes.UnassignVisitRequest(name=visit("v"), exclude_technician=True, etag=read.etag)
    )
    assert answer.visit.state == types.VISIT_STATE_UNASSIGNED
    assert answer.visit.excluded_technicians == [technician("anna")]
    assert answer.delta.unassigned_count == 1
    again = refusal(lambda: town.dispatch.UnassignVisit(changes.UnassignVisitRequest(name=visit("v"))))
    assert again.reason == "ILLEGAL_TRANSITION"
    harness.advance(town, START_S + 600)
    assert where(town, "v") == "bert"


def test_an_emergency_tells_whom_it_displaces(town: Stubs) -> None:
    for index in range(8):
        book(town, f"v{index}", 125.0 * index, hour=0, hours=5)
    answer = town.dispatch.InsertEmergency(
        changes.InsertEmergencyRequest(parent=REGION, booking=harness.booking(), booking_id="fire")
    )
    assert answer.booking.priority == types.PRIORITY_EMERGENCY
    assert answer.visit.placement.position == 0, "before everything that is not under way"
    by_name = {delta.visit: delta for delta in answer.delta.visits}
    assert by_name[visit("fire")].type == changes.VISIT_CHANGE_TYPE_ASSIGNED
    retimed = [delta for delta in answer.delta.visits if delta.type == changes.VISIT_CHANGE_TYPE_RETIMED]
    assert len(retimed) == answer.delta.retimed_count
    assert retimed
    assert all(delta.start_shift_s > 0 or delta.before.position != delta.after.position for delta in retimed)


def report(stubs: Stubs, **what: Any) -> dispatch.ReportDisruptionResponse:
    return stubs.dispatch.ReportDisruption(dispatch.ReportDisruptionRequest(parent=REGION, **what))


def test_no_more_visits_move_than_a_disruption_may(town: Stubs) -> None:
    for index in range(4):
        book(town, f"v{index}", 20.0 * index, hour=1, hours=8)
    with_anna = [name for name in ("v0", "v1", "v2", "v3") if where(town, name) == "anna"]
    assert len(with_anna) > 1
    sick = dispatch.TechnicianSick(technician=technician("anna"))
    answer = report(town, technician_sick=sick, max_moved_visits=1)
    assert answer.delta.moved_count == len(answer.moved_visits) == 1
    assert answer.delta.unassigned_count == len(with_anna) - 1
    lost = [delta for delta in answer.delta.visits if delta.before.technician == technician("anna")]
    assert len(lost) == len(with_anna)
    assert all(delta.disruption_milli > 0 for delta in lost)
    found = town.technicians.GetTechnician(technicians.GetTechnicianRequest(name=technician("anna"))).technician
    assert found.availability == types.AVAILABILITY_STATE_OFFLINE


def arrive(stubs: Stubs, name: str, who: str) -> None:
    for event in (visits.VISIT_EVENT_DEPART, visits.VISIT_EVENT_ARRIVE):
        step = visits.ReportVisitProgressRequest(name=visit(name), technician=technician(who), event=event)
        stubs.visits.ReportVisitProgress(step)


def test_overrun_and_no_show_are_about_work_at_the_site(town: Stubs) -> None:
    book(town, "v")
    late = dispatch.VisitOverrun(visit=visit("v"), delay_s=900)
    absent = dispatch.CustomerNoShow(visit=visit("v"))
    assert refusal(lambda: report(town, visit_overrun=late)).reason == "ILLEGAL_TRANSITION"
    assert refusal(lambda: report(town, customer_no_show=absent)).reason == "ILLEGAL_TRANSITION"
    arrive(town, "v", "anna")
    before = town.visits.GetVisit(visits.GetVisitRequest(name=visit("v"))).visit.placement.end_time.seconds
    answer = report(town, visit_overrun=late)
    assert answer.visits[0].placement.end_time.seconds == before + 900
    answer = report(town, customer_no_show=absent)
    assert answer.visits[0].state == types.VISIT_STATE_FAILED


def preview(stubs: Stubs, **change: Any) -> changes.PlanProposal:
    request = dispatch.PreviewPlanChangeRequest(parent=REGION, **change)
    return stubs.dispatch.PreviewPlanChange(request).proposal


def commit(stubs: Stubs, proposal: changes.PlanProposal, **more: Any) -> changes.CommitPlanProposalResponse:
    request = changes.CommitPlanProposalRequest(name=proposal.name, etag=proposal.etag, **more)
    return stubs.dispatch.CommitPlanProposal(request)


def to_bert(name: str = "v") -> changes.AssignVisitRequest:
    return changes.AssignVisitRequest(name=visit(name), technician=technician("bert"))


CHANGES: dict[str, Callable[[], dict[str, Any]]] = {
    "assign": lambda: {"assign_visit": to_bert()},
    "unassign": lambda: {"unassign_visit": changes.UnassignVisitRequest(name=visit("v"), exclude_technician=True)},
    "emergency": lambda: {"insert_emergency": changes.InsertEmergencyRequest(parent=REGION, booking=harness.booking())},
    "disruption": lambda: {
        "report_disruption": dispatch.ReportDisruptionRequest(
            parent=REGION, technician_sick=dispatch.TechnicianSick(technician=technician("anna"))
        )
    },
    "reoptimize": lambda: {"reoptimize_plan": changes.ReoptimizePlanRequest(name=PLAN, budget_ms=50)},
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_was_proposed_is_what_is_made(town: Stubs, kind: str) -> None:
    book(town, "v")
    book(town, "w", 1000.0, hour=1)
    # Something worth improving.
    town.dispatch.AssignVisit(to_bert("v" if kind == "reoptimize" else "w"))
    before, sequence = everything(town), town.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan.sequence
    proposal = preview(town, **CHANGES[kind]())
    assert proposal.delta.visits
    assert not proposal.delta.decision_id
    assert everything(town) == before, "a preview changes nothing"
    assert town.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan.sequence == sequence
    made = commit(town, proposal, request_id="once")
    assert made.delta.decision_id

    def told(delta: changes.PlanDelta) -> list[tuple[str, int, str, int]]:
        return [(it.visit, it.type, it.after.technician, it.after.start_time.seconds) for it in delta.visits]

    assert told(made.delta) == told(proposal.delta)
    assert made.delta.cost_change_milli == proposal.delta.cost_change_milli
    assert commit(town, proposal, request_id="once") == made


def test_a_stale_proposal_is_aborted_and_changes_nothing(town: Stubs) -> None:
    book(town, "v")
    proposal = preview(town, assign_visit=to_bert())
    book(town, "w", 1000.0)
    before = everything(town)
    found = refusal(lambda: commit(town, proposal))
    assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "PLAN_CHANGED")
    assert everything(town) == before
    fresh = preview(town, assign_visit=to_bert())
    other = changes.CommitPlanProposalRequest(name=fresh.name, etag=proposal.etag)
    found = refusal(lambda: town.dispatch.CommitPlanProposal(other))
    assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    commit(town, fresh)
    assert where(town, "v") == "bert"


def test_changes_elsewhere_leave_a_proposal_good(town: Stubs) -> None:
    book(town, "v")
    carla = harness.technician(2, home_location=near(9000.0))
    town.technicians.CreateTechnician(
        technicians.CreateTechnicianRequest(parent=REGION, technician_id="carla", technician=carla)
    )
    proposal = preview(town, assign_visit=to_bert())
    book(town, "w", 9000.0)
    assert where(town, "w") == "carla"
    commit(town, proposal)
    assert where(town, "v") == "bert"


def test_a_proposal_expires(town: Stubs) -> None:
    book(town, "v")
    proposal = preview(town, assign_visit=to_bert())
    harness.advance(town, START_S + 301)
    found = refusal(lambda: commit(town, proposal))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PROPOSAL_NOT_FOUND")


def test_searching_brings_back_what_was_put_badly(town: Stubs) -> None:
    book(town, "v", hour=2)
    town.dispatch.AssignVisit(to_bert())
    request = changes.ReoptimizePlanRequest(name=PLAN, budget_ms=200, request_id="better")
    answer = town.dispatch.ReoptimizePlan(request)
    assert where(town, "v") == "anna"
    assert answer.delta.cost_change_milli < 0
    assert (answer.delta.moved_count, answer.stale_count) == (1, 0)
    assert town.dispatch.ReoptimizePlan(request) == answer
    assert not town.dispatch.ReoptimizePlan(changes.ReoptimizePlanRequest(name=PLAN, budget_ms=200)).delta.visits


def test_everything_is_there_again_after_a_restart(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 2)
    harness.add_service(stubs)
    book(stubs, "v")
    commit(stubs, preview(stubs, insert_emergency=CHANGES["emergency"]()["insert_emergency"]))
    stubs.dispatch.UnassignVisit(changes.UnassignVisitRequest(name=visit("v"), exclude_technician=True))
    before = everything(stubs)
    process.kill()
    stubs = process.start()
    assert everything(stubs) == before
    harness.assert_clean(stubs)
