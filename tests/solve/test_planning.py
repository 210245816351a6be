"""What `plan` promises: rules kept, the known best found on small files, runs that repeat, all faults at once."""

from __future__ import annotations

import dataclasses
import math
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pydispatch.errors import InvalidRequest
from pydispatch.importers import load
from pydispatch.planning import Budget, Plan, plan
from pydispatch.problem import Plane, Price, Problem, Technician, Visit, Window

DATA = Path(__file__).resolve().parents[1] / "data" / "solve"
FEW = Budget(iterations=2_000)


def test_solomon_file_is_planned_to_the_optimum():
    problem = load(DATA / "five.solomon.txt")
    found = plan(problem, FEW)
    assert found.unassigned == ()
    # Capacity keeps 1 and 2 apart from 3 and 4; visit 5 goes with either: depot, 5, 2, 1, depot.
    assert found.cost == pytest.approx(1000 * (20 + 10 + math.sqrt(360) + 10), abs=5)
    assert_routes_keep_the_rules(problem, found)


def test_technician_fetches_what_is_not_on_board():
    problem = load(DATA / "two.trsp.txt")
    found = plan(problem, FEW)
    assert found.unassigned == ()
    for route in found.routes:
        stops = [stop.visit for stop in route.stops]
        # Visit 4 takes the second spare part, visit 6 a tool nobody carries.
        needs = {1: 0 in stops[: stops.index(1)] if 1 in stops else False, 3: True}
        for visit, must_restock in needs.items():
            if visit in stops and must_restock:
                assert None in stops[: stops.index(visit)]


def test_vroom_file_leaves_nothing_out_that_fits():
    problem = load(DATA / "three.vroom.json")
    found = plan(problem, FEW)
    assert found.unassigned == ()
    shared_out = {
        problem.technicians[route.technician].name: {stop.visit for stop in route.stops} for route in found.routes
    }
    assert shared_out == {"7": {0, 1}, "8": {2}}


def test_same_seed_and_iterations_give_the_same_plan():
    problem = load(DATA / "two.trsp.txt")
    assert plan(problem, FEW, seed=3) == plan(problem, FEW, seed=3)


def test_given_routes_are_where_the_search_starts():
    problem = load(DATA / "five.solomon.txt")
    found = plan(problem, FEW)
    starts = {route.technician: [stop.visit for stop in route.stops] for route in found.routes}
    again = plan(problem, Budget(iterations=0), given=starts)
    assert again.routes == found.routes


def test_fewer_technicians_come_before_cost_when_asked():
    problem = load(DATA / "five.solomon.txt")
    roomy = dataclasses.replace(
        problem, technicians=[dataclasses.replace(each, capacity=(18,)) for each in problem.technicians]
    )
    assert len(plan(roomy, FEW, fewest_technicians=True).routes) == 1


def test_everything_wrong_is_said_at_once():
    problem = load(DATA / "five.solomon.txt")
    broken = dataclasses.replace(
        problem,
        visits=[
            dataclasses.replace(problem.visits[0], location=99),
            dataclasses.replace(problem.visits[1], windows=()),
        ],
    )
    with pytest.raises(InvalidRequest) as caught:
        plan(broken, FEW)
    assert [each.field for each in caught.value.violations] == ["visits[0].location", "visits[1].windows"]


def test_a_budget_needs_a_limit():
    with pytest.raises(InvalidRequest) as caught:
        plan(load(DATA / "five.solomon.txt"), Budget())
    assert [each.field for each in caught.value.violations] == ["budget"]


def test_interpreter_is_free_while_a_plan_is_searched():
    ticks = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(1)
            done.wait(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    plan(load(DATA / "five.solomon.txt"), Budget(seconds=0.3))
    done.set()
    thread.join()
    assert len(ticks) > 5


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    size = draw(st.integers(2, 9))
    coordinate = st.integers(-20, 20)
    points = [(float(draw(coordinate)), float(draw(coordinate))) for _ in range(size)]
    place = st.integers(0, size - 1)

    def window() -> Window:
        start = draw(st.integers(0, 100))
        return Window(start, start + draw(st.integers(0, 80)))

    skills = st.lists(st.integers(0, 2), max_size=2)
    technicians = [
        Technician(
            name=str(number),
            start=draw(st.none() | place),
            end=draw(st.none() | place),
            leave=window(),
            back_by=draw(st.integers(100, 300)),
            capacity=(draw(st.integers(0, 10)),),
            max_visits=draw(st.none() | st.integers(0, 4)),
            max_travel=draw(st.none() | st.integers(0, 120)),
            skills=draw(skills),
            price=Price(*(draw(st.integers(0, 3)) for _ in range(4))),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    visits = [
        Visit(
            name=str(number),
            location=draw(place),
            windows=(window(),),
            service=draw(st.integers(0, 20)),
            demand=(draw(st.integers(0, 4)),),
            skills=draw(skills),
            prize=draw(st.none() | st.integers(0, 100)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    return Problem(Plane(points, 1.0, "up"), technicians, visits)


@given(problem=problems(), seed=st.integers(0, 2**64 - 1))
@settings(max_examples=60, deadline=None)
def test_any_plan_of_any_problem_keeps_the_rules(problem: Problem, seed: int):
    assert_routes_keep_the_rules(problem, plan(problem, Budget(iterations=64), seed=seed))


def assert_routes_keep_the_rules(problem: Problem, found: Plan) -> None:
    """A second checker, in plain Python from the raw problem."""
    served = [stop.visit for route in found.routes for stop in route.stops]
    assert sorted([*served, *found.unassigned]) == list(range(len(problem.visits)))
    assert len({route.technician for route in found.routes}) == len(found.routes)
    for route in found.routes:
        technician = problem.technicians[route.technician]
        assert technician.leave.start <= route.leave <= technician.leave.end
        place, ready, travel = technician.start, route.leave, 0
        for stop in route.stops:
            visit = problem.visits[stop.visit]
            way = distance(problem, place, visit.location)
            assert stop.arrival == ready + way
            assert stop.arrival <= stop.start
            assert any(window.start <= stop.start <= window.end for window in visit.windows)
            assert set(visit.skills) <= set(technician.skills)
            place, ready, travel = visit.location, stop.start + visit.service, travel + way
        way = distance(problem, place, technician.end)
        assert route.back == ready + way <= technician.back_by
        load = sum(problem.visits[stop.visit].demand[0] for stop in route.stops)
        assert load <= technician.capacity[0]
        assert technician.max_visits is None or len(route.stops) <= technician.max_visits
        assert technician.max_travel is None or travel + way <= technician.max_travel
        ways = (technician.price.per_distance + technician.price.per_travel) * (travel + way)
        span = technician.price.per_span * (route.back - route.leave)
        assert route.cost == technician.price.fixed + ways + span
    assert found.cost == sum(route.cost for route in found.routes)


def distance(problem: Problem, origin: int | None, destination: int | None) -> int:
    if origin is None or destination is None:
        return 0
    assert isinstance(problem.travel, Plane)
    exact = math.dist(problem.travel.points[origin], problem.travel.points[destination]) * problem.travel.scale
    return math.ceil(exact - 1e-9) if problem.travel.rounding == "up" else round(exact)
