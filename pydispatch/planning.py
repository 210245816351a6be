"""`plan(problem, budget)`: solves a stand-alone problem. It knows nothing of a live region.

The objective and the rules are written at the top of the engine's solver (`engine_rs/core/src/solve`). Every plan has
passed its independent checker before it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydispatch import _engine
from pydispatch.errors import InvalidRequest, Violation
from pydispatch.problem import Problem

__all__ = ["Budget", "Plan", "PlannedRoute", "PlannedStop", "plan"]


@dataclass(frozen=True, slots=True)
class Budget:
    """When a search stops: at the earlier of its limits, of which at least one is set.

    Attributes:
        seconds: Wall time of the search, reading the problem not counted.
        iterations: Iterations; with this limit alone a run is reproducible.
    """

    seconds: float | None = None
    iterations: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One stop with its times.

    Attributes:
        visit: Index of the visit; None is the restock stop.
        arrival: When the technician arrives.
        start: When service starts.
        finish: When service ends and the technician leaves.
    """

    visit: int | None
    arrival: int
    start: int
    finish: int


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """The ordered stops of one technician.

    Attributes:
        technician: Index of the technician.
        leave: When the start is left.
        stops: Stops in order.
        back: When the end is reached.
        distance: Sum of distances.
        travel: Sum of travel durations.
        cost: The route's part of the objective.
    """

    technician: int
    leave: int
    stops: tuple[PlannedStop, ...]
    back: int
    distance: int
    travel: int
    cost: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes of everyone used, and what is left out.

    Attributes:
        routes: One route a technician who has visits or is under way.
        unassigned: Indices of the visits left out, ascending.
        cost: Cost of all routes.
        prize_lost: Prizes of the optional visits left out.
        required_missing: Number of required visits left out.
        iterations: Iterations the search made.
    """

    routes: tuple[PlannedRoute, ...]
    unassigned: tuple[int, ...]
    cost: int
    prize_lost: int
    required_missing: int
    iterations: int

    @property
    def objective(self) -> tuple[int, int]:
        """What a search minimises, in order: required visits left out, then cost and prizes lost."""
        return self.required_missing, self.cost + self.prize_lost


def plan(
    problem: Problem,
    budget: Budget,
    *,
    seed: int = 1,
    given: Mapping[int, Sequence[int | None]] | None = None,
    fewest_technicians: bool = False,
) -> Plan:
    """Searches for a good plan until the budget is used; the interpreter is free meanwhile.

    Args:
        problem: What is asked; see `pydispatch.problem`.
        budget: When to stop.
        seed: Where the random numbers start, from 0 to 2^64 - 1.
        given: Routes to start from: visits in order by index of the technician, None for the restock stop. What is not
            feasible as given goes where it fits best on the same route.
        fewest_technicians: Whether using fewer technicians comes before every cost, once all required visits are
            served; half of the budget goes into that.

    Returns:
        The best plan found; what could not be placed is in `unassigned`.

    Raises:
        InvalidRequest: With every field of the problem that cannot be accepted.
    """
    if budget.seconds is None and budget.iterations is None:
        unset = Violation("budget", "REQUIRED", "seconds or iterations must be set")
        raise InvalidRequest("a budget without a limit never ends", violations=[unset])
    starts = [(technician, list(stops)) for technician, stops in (given or {}).items()]
    wrong, found = _engine.solve(problem, budget, seed, starts, fewest_technicians)
    if found is None:
        violations = [Violation(field, "OUT_OF_RANGE", description) for field, description in wrong]
        raise InvalidRequest("the problem cannot be solved as stated", violations=violations)
    routes, unassigned, cost, prize_lost, required_missing, iterations = found
    return Plan(
        routes=tuple(
            PlannedRoute(technician, leave, tuple(PlannedStop(*stop) for stop in stops), *rest)
            for technician, leave, stops, *rest in routes
        ),
        unassigned=tuple(unassigned),
        cost=cost,
        prize_lost=prize_lost,
        required_missing=required_missing,
        iterations=iterations,
    )
