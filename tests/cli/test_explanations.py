"""What the commands that explain the plan ask of the server and what they print."""

from __future__ import annotations

from google.protobuf.json_format import Parse
from pydispatch_client import messages as m
from pydispatch_client import methods

from tests.cli.conftest import Run
from tests.client.scripted_server import ScriptedServer

VISIT = "regions/sf/visits/b1"
ANN = m.Candidate(
    rank=1,
    technician_id="ann",
    cost_milli=1500,
    score_terms=[m.ScoreTerm(term="travel", quantity=1500, unit="m", cost_milli=1500)],
)
BOB = m.RuleMiss(
    technician_id="bob", rule=m.Rule.RULE_SKILL, amount=2, unit="level", detail="lacks 2 levels of the skill gas"
)


def test_why_tells_candidates_and_losers(scripted: ScriptedServer, run: Run) -> None:
    answer = m.ExplainAssignmentResponse(technician_id="ann", candidates=[ANN], misses=[BOB])
    scripted.script(methods.EXPLAIN_ASSIGNMENT, answer, answer)
    result = run("plan", "why", "b1", "--technician", "bob")
    for word in ("ann *", "1.500", "bob", "2level", "gas"):
        assert word in result.stdout
    assert scripted.calls_of(methods.EXPLAIN_ASSIGNMENT)[0].technicians == ["regions/sf/technicians/bob"]
    assert Parse(run("plan", "why", "b1", "--json").stdout, m.ExplainAssignmentResponse()) == answer


def test_why_not_tells_what_would_have_to_give(scripted: ScriptedServer, run: Run) -> None:
    holder = m.Relaxation(
        type=m.RelaxationType.RELAXATION_TYPE_SKILL_HOLDER, detail="bob held the skill gas at level 3"
    )
    scripted.script(
        methods.EXPLAIN_UNASSIGNED,
        m.ExplainUnassignedResponse(misses=[BOB], relaxations=[holder]),
        m.ExplainUnassignedResponse(misses=[BOB]),
    )
    assert "bob held the skill gas" in run("plan", "why-not", "b1").stdout
    assert "no single change" in run("plan", "why-not", "b1").stdout


def test_two_are_compared(scripted: ScriptedServer, run: Run) -> None:
    answer = m.CompareCandidatesResponse(
        verdict=m.CandidateVerdict(candidate=ANN), other_verdict=m.CandidateVerdict(miss=BOB)
    )
    scripted.script(methods.COMPARE_CANDIDATES, answer)
    result = run("plan", "compare", "b1", "ann", "bob")
    assert "ann" in result.stdout
    assert "bob" in result.stdout


def test_an_order_is_evaluated(scripted: ScriptedServer, run: Run) -> None:
    stop, broken = m.EvaluatedStop(visit=VISIT), m.OrderViolation(visit=VISIT, rule=m.Rule.RULE_WINDOW, detail="late")
    route = m.EvaluatedRoute(technician="regions/sf/technicians/ann", stops=[stop])
    scripted.script(methods.EVALUATE_PLAN, m.EvaluatePlanResponse(routes=[route], violations=[broken], cost_milli=1500))
    result = run("plan", "evaluate", "ann=b1,b2", "bob=")
    assert "window" in result.stdout
    (request,) = scripted.calls_of(methods.EVALUATE_PLAN)
    assert [list(order.visits) for order in request.orders] == [[VISIT, "regions/sf/visits/b2"], []]
