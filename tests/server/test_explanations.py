"""Why: who could take a visit, what keeps the others from it, and what an order would cost; on a real server."""

from __future__ import annotations

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import explanation_pb2 as why
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types

from tests.server import harness
from tests.server.harness import CENTER, PLAN, REGION, START_S, Stubs, near, refusal, window

HOUR_S = 3600
ANNA, BERT, CARLA = (f"{REGION}/technicians/{name}" for name in ("anna", "bert", "carla"))
EASY, HARD = f"{REGION}/visits/easy", f"{REGION}/visits/hard"


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    """Anna near and able, Bert far and able, Carla near and not able; one visit of theirs, one of nobody's."""
    for name, north_m, skill in (("anna", 0.0, "fix"), ("bert", 6000.0, "fix"), ("carla", 0.0, "paint")):
        technician = harness.technician()
        technician.home_location.CopyFrom(near(north_m))
        del technician.skills[:]
        technician.skills.add(skill=skill, level=1)
        request = technicians.CreateTechnicianRequest(parent=REGION, technician_id=name, technician=technician)
        stubs.technicians.CreateTechnician(request)
    harness.add_service(stubs)
    begin_s = START_S + HOUR_S
    for name, service in (("easy", "fix"), ("hard", harness.add_service(stubs, "hard").rpartition("/")[2])):
        made = harness.booking(start_window=window(begin_s, begin_s + HOUR_S))
        made.service = f"{REGION}/services/{service}"
        made.site.location.CopyFrom(CENTER)
        if name == "hard":
            made.excluded_technicians.extend([ANNA, BERT])
        harness.create_booking(stubs, made, booking_id=name)


def test_candidates_are_ranked_and_losers_told_why(stubs: Stubs) -> None:
    answer = stubs.dispatch.ExplainAssignment(why.ExplainAssignmentRequest(name=EASY))
    assert answer.technician_id == "anna"
    assert [found.technician_id for found in answer.candidates] == ["anna", "bert"]
    anna, bert = answer.candidates
    assert (anna.rank, anna.gap_milli, bert.rank) == (1, 0, 2)
    assert bert.gap_milli == bert.cost_milli - anna.cost_milli == sum(term.cost_milli for term in bert.gap_terms) > 0
    assert {term.term: term.unit for term in bert.gap_terms}["travel"] == "m"
    (carla,) = answer.misses
    assert (carla.technician_id, carla.rule, carla.amount, carla.unit) == ("carla", types.RULE_SKILL, 1, "level")
    assert carla.detail
    assert (answer.candidate_count, sum(reason.technician_count for reason in answer.reasons)) == (2, 1)
    assert answer.policy_revision


def test_whoever_is_asked_for_is_told(stubs: Stubs) -> None:
    request = why.ExplainAssignmentRequest(name=EASY, max_candidates=1, technicians=[BERT])
    answer = stubs.dispatch.ExplainAssignment(request)
    assert [(found.technician_id, found.rank) for found in answer.candidates] == [("anna", 1), ("bert", 2)]


def test_a_visit_of_nobody_says_what_would_have_to_give(stubs: Stubs) -> None:
    answer = stubs.dispatch.ExplainUnassigned(why.ExplainUnassignedRequest(name=HARD))
    assert not answer.candidates
    assert {(miss.technician_id, miss.rule) for miss in answer.misses} == {
        ("anna", types.RULE_TECHNICIAN),
        ("bert", types.RULE_TECHNICIAN),
        ("carla", types.RULE_SKILL),
    }
    by_type = {found.type: found for found in answer.relaxations}
    holder = by_type[why.RELAXATION_TYPE_SKILL_HOLDER]
    assert (holder.technician_id, holder.skill, holder.level) == ("carla", "fix", 1)
    assert why.RELAXATION_TYPE_ANYBODY in by_type
    assert all(found.detail for found in answer.relaxations)
    assert (
        refusal(lambda: stubs.dispatch.ExplainUnassigned(why.ExplainUnassignedRequest(name=EASY))).code
        == grpc.StatusCode.FAILED_PRECONDITION
    )


def test_two_are_compared_term_by_term(stubs: Stubs) -> None:
    request = why.CompareCandidatesRequest(name=EASY, technician=BERT, other_technician=ANNA)
    answer = stubs.dispatch.CompareCandidates(request)
    assert answer.preferred_technician_id == "anna"
    assert answer.verdict.candidate.gap_milli == -answer.other_verdict.candidate.gap_milli > 0
    request = why.CompareCandidatesRequest(name=EASY, technician=CARLA, other_technician=ANNA)
    assert stubs.dispatch.CompareCandidates(request).verdict.miss.rule == types.RULE_SKILL


def test_an_order_is_evaluated_without_changing_anything(stubs: Stubs) -> None:
    before = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan
    orders = [why.VisitOrder(technician=ANNA), why.VisitOrder(technician=BERT, visits=[EASY, HARD])]
    answer = stubs.dispatch.EvaluatePlan(why.EvaluatePlanRequest(name=PLAN, orders=orders))
    told = [(found.technician, found.visit, found.rule) for found in answer.violations]
    assert told == [(BERT, HARD, types.RULE_TECHNICIAN)]
    anna, bert = answer.routes
    assert (len(anna.stops), anna.cost_milli) == (0, 0)
    assert anna.planned_cost_milli > 0
    assert [stop.visit for stop in bert.stops] == [EASY, HARD]
    assert bert.stops[1].arrival_time.seconds >= bert.stops[0].end_time.seconds
    assert bert.cost_milli == sum(term.cost_milli for term in bert.score_terms)
    assert answer.cost_change_milli == bert.cost_milli - anna.planned_cost_milli - bert.planned_cost_milli
    assert stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan.routes == before.routes


def test_recommendations_tell_losers_one_by_one_if_asked(stubs: Stubs) -> None:
    request = dispatch.RecommendTechniciansRequest(
        parent=REGION, location=CENTER, service=f"{REGION}/services/fix", max_results=20, explain_rejected=5
    )
    answer = stubs.dispatch.RecommendTechnicians(request)
    assert [(miss.technician_id, miss.rule) for miss in answer.rejected] == [("carla", types.RULE_SKILL)]
    request.explain_rejected = 0
    assert not stubs.dispatch.RecommendTechnicians(request).rejected
