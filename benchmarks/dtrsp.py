"""The dynamic technician routing problem (D-TRSP): requests become known during the day and are accepted or rejected.

Strict causality: at a release everything a technician has already left for is fixed, and nothing else; a technician is
sent to a request only after its release. A rejected request stays rejected, an accepted one is served.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydispatch.planning import Budget, Plan, PlannedRoute, plan
from pydispatch.problem import Plane, Problem, Technician, Visit, Window

#: Prize of a request that is only asked for: above any working time, below an accepted request.
ASKED = 2**32
#: Spare parts of someone who has been to the depot: enough for any day.
PLENTY = 10**6


@dataclass(slots=True)
class Crew:
    """A technician during the day.

    `ready` is when the last stop left for is done (None before leaving home), `done` the stops left for, with their
    times; `ahead` the stops still planned.
    """

    location: int
    ready: int | None = None
    left_home: int | None = None
    has_restocked: bool = False
    parts: list[int] = field(default_factory=list)
    done: list[tuple[int | None, int, int, int]] = field(default_factory=list)
    ahead: PlannedRoute | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a day came to: requests, rejected ones, working times in the instance's unit, times of decisions.

    The processor's time of a decision is what its wall time would be on a machine with nothing else to do.
    """

    requests: int
    rejected: int
    working_time: float
    executed_time: float
    decision_ms: list[float]
    decision_cpu_ms: list[float]


def releases(text: str, scale: int) -> dict[str, int]:
    """Returns the release time of each request by name; -1 when it is known at the start."""
    rows = [line.split() for line in text.splitlines()]
    # Behind the head, which counts requests, every row of two numbers is a request.
    head = next(number for number, row in enumerate(rows) if row == ["ID", "RD"])
    pairs = [(row[0], float(row[1])) for row in rows[head + 1 :] if len(row) == 2]
    # Rounded up: never earlier than the file says.
    return {name: -1 if release < 0 else int(-(-release * scale // 1)) for name, release in pairs}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a route: shortest duration, and the earliest and latest start that have it."""

    duration: int
    earliest: int
    latest: int

    def then(self, way: int, other: Piece) -> Piece:
        """Returns this piece, a way, then the other."""
        shift = self.duration + way
        wait = max(other.earliest - shift - self.latest, 0)
        return Piece(
            shift + other.duration + wait,
            max(other.earliest - shift, self.earliest) - wait,
            min(self.latest, other.latest - shift),
        )


class Day:
    """One run over an instance and its release times."""

    def __init__(
        self, problem: Problem, releases: dict[str, int], *, first: Budget, each: Budget, patience: float
    ) -> None:
        assert isinstance(problem.travel, Plane)
        # Rounded up, so that what is in time here is in time exactly.
        self.problem = dataclasses.replace(problem, travel=dataclasses.replace(problem.travel, rounding="up"))
        self.first, self.each, self.patience = first, each, patience
        self.releases = [releases[visit.name] for visit in problem.visits]
        self.crews = [Crew(member.start or 0, parts=list(member.parts)) for member in problem.technicians]
        self.accepted: set[int] = set()
        self.rejected: set[int] = set()
        self.left_for: set[int] = set()
        self.decision_ms: list[float] = []
        self.decision_cpu_ms: list[float] = []
        self.decided_at = 0

    def run(self) -> Outcome:
        """Plays the whole day."""
        known = {visit for visit, release in enumerate(self.releases) if release < 0}
        opening = min(member.leave.start for member in self.problem.technicians)
        self._decide(opening, known, self.first)
        self.decision_ms.clear()
        for visit in sorted(set(range(len(self.releases))) - known, key=lambda visit: (self.releases[visit], visit)):
            now = self.releases[visit]
            self._advance(now)
            begin, cpu_begin = time.perf_counter(), time.process_time()
            self._decide(now, {visit}, self.each)
            self.decision_ms.append((time.perf_counter() - begin) * 1000)
            self.decision_cpu_ms.append((time.process_time() - cpu_begin) * 1000)
        self._advance(max(member.back_by for member in self.problem.technicians) + 1)
        return self._outcome()

    def _decide(self, now: int, asked: set[int], budget: Budget) -> None:
        self.decided_at = now
        waiting = sorted((self.accepted - self.left_for) | asked)
        index = {visit: position for position, visit in enumerate(waiting)}
        problem = dataclasses.replace(
            self.problem,
            technicians=[self._member(number, now) for number in range(len(self.crews))],
            visits=[self._visit(visit, is_asked=visit in asked) for visit in waiting],
        )
        given = {
            number: [None if visit is None else index[visit] for visit in self._ahead(crew)]
            for number, crew in enumerate(self.crews)
        }
        found = plan(problem, budget, given=given)
        missing = {waiting[position] for position in found.unassigned}
        assert found.required_missing == 0, "an accepted request is never given up"
        self.accepted |= asked - missing
        self.rejected |= asked & missing
        self._take_over(found, waiting)

    @staticmethod
    def _ahead(crew: Crew) -> Iterator[int | None]:
        for stop in crew.ahead.stops if crew.ahead else ():
            yield stop.visit

    def _member(self, number: int, now: int) -> Technician:
        crew, member = self.crews[number], self.problem.technicians[number]
        kit = member.tools if not crew.has_restocked else range(64)
        parts = crew.parts if not crew.has_restocked else [PLENTY] * len(crew.parts)
        if crew.ready is None:
            leave = Window(max(now, member.leave.start), max(now, member.leave.end))
            return dataclasses.replace(member, leave=leave)
        # Working time is measured in hindsight: what is done may be thought of as done later, and waiting with it.
        done = self._done_piece(number)
        ready = max(now, crew.ready)
        if ready + self._way(crew.location, member.end or 0) > member.back_by:
            # Has gone home while that was still in time.
            end_of_day = Window(member.back_by, member.back_by)
            return dataclasses.replace(member, leave=end_of_day, start=member.end, max_visits=0)
        return dataclasses.replace(
            member,
            start=crew.location,
            leave=Window(ready, ready),
            paid_from=Window(done.earliest + done.duration, done.latest + done.duration),
            tools=tuple(kit),
            parts=tuple(parts),
            is_under_way=True,
        )

    def _visit(self, visit: int, *, is_asked: bool) -> Visit:
        return dataclasses.replace(self.problem.visits[visit], prize=ASKED if is_asked else None)

    def _take_over(self, found: Plan, waiting: list[int]) -> None:
        for crew in self.crews:
            crew.ahead = None
        for route in found.routes:
            stops = tuple(
                stop if stop.visit is None else dataclasses.replace(stop, visit=waiting[stop.visit])
                for stop in route.stops
            )
            self.crews[route.technician].ahead = dataclasses.replace(route, stops=stops)

    def _advance(self, now: int) -> None:
        """Lets everyone leave who leaves before `now`."""
        for number, crew in enumerate(self.crews):
            while crew.ahead is not None and crew.ahead.stops and self._leaves(number, crew) < now:
                self._leave(number, crew)

    def _leaves(self, number: int, crew: Crew) -> int:
        """When the technician leaves for the next stop: between the first moment of use and the last, by patience."""
        assert crew.ahead is not None
        stop = crew.ahead.stops[0]
        way = self._way(crew.location, self._location(stop.visit))
        ready = max(self.decided_at, self.problem.technicians[number].leave.start, crew.ready or 0)
        earliest = self._start(stop.visit, ready + way) - way
        return earliest + int(self.patience * max(self._last_moment(number, crew) - earliest, 0))

    def _last_moment(self, number: int, crew: Crew) -> int:
        """The latest leave that keeps everything ahead in time."""
        assert crew.ahead is not None
        member = self.problem.technicians[number]
        latest, at = member.back_by, member.end or 0
        for stop in reversed(crew.ahead.stops):
            location = self._location(stop.visit)
            piece = self._piece(stop.visit)
            latest = min(latest - self._way(location, at) - piece.duration, piece.latest)
            at = location
        return latest - self._way(crew.location, at)

    def _leave(self, number: int, crew: Crew) -> None:
        assert crew.ahead is not None
        leaves = self._leaves(number, crew)
        stop = crew.ahead.stops[0]
        arrival = leaves + self._way(crew.location, self._location(stop.visit))
        start = self._start(stop.visit, arrival)
        service = 0 if stop.visit is None else self.problem.visits[stop.visit].service
        if crew.ready is None:
            crew.left_home = leaves
        crew.done.append((stop.visit, leaves, start, start + service))
        crew.ready, crew.location = start + service, self._location(stop.visit)
        if stop.visit is None:
            crew.has_restocked = True
        else:
            self.left_for.add(stop.visit)
            if not crew.has_restocked:
                for kind, used in enumerate(self.problem.visits[stop.visit].parts):
                    crew.parts[kind] -= used
        crew.ahead = dataclasses.replace(crew.ahead, stops=crew.ahead.stops[1:])

    def _location(self, visit: int | None) -> int:
        return 0 if visit is None else self.problem.visits[visit].location

    def _start(self, visit: int | None, arrival: int) -> int:
        return arrival if visit is None else max(arrival, self.problem.visits[visit].windows[0].start)

    def _way(self, origin: int, destination: int) -> int:
        travel = self.problem.travel
        assert isinstance(travel, Plane)
        (ax, ay), (bx, by) = travel.points[origin], travel.points[destination]
        exact = ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 * travel.scale
        return int(-(-(exact - 1e-9) // 1))

    def _outcome(self) -> Outcome:
        executed = sum(self._executed(number) for number in range(len(self.crews)))
        shortest = sum(self._shortest(number) for number in range(len(self.crews)))
        self._check()
        units = self.problem.units
        return Outcome(
            len(self.releases),
            len(self.rejected),
            shortest / units,
            executed / units,
            self.decision_ms,
            self.decision_cpu_ms,
        )

    def _executed(self, number: int) -> int:
        crew = self.crews[number]
        if crew.left_home is None or crew.ready is None:
            return 0
        return crew.ready + self._way(crew.location, self.problem.technicians[number].end or 0) - crew.left_home

    def _shortest(self, number: int) -> int:
        """Working time of the same order of stops, left as late as hindsight allows: the published measure."""
        crew, member = self.crews[number], self.problem.technicians[number]
        if not crew.done:
            return 0
        done = self._done_piece(number)
        return done.then(self._way(crew.location, member.end or 0), Piece(0, -PLENTY, member.back_by)).duration

    def _done_piece(self, number: int) -> Piece:
        """The stops left for, as hindsight may shift them."""
        crew, member = self.crews[number], self.problem.technicians[number]
        at, piece = member.start or 0, Piece(0, member.leave.start, member.leave.end)
        for visit, *_ in crew.done:
            piece = piece.then(self._way(at, self._location(visit)), self._piece(visit))
            at = self._location(visit)
        return piece

    def _piece(self, visit: int | None) -> Piece:
        if visit is None:
            return Piece(0, 0, self.problem.technicians[0].back_by)
        asked = self.problem.visits[visit]
        return Piece(asked.service, asked.windows[0].start, asked.windows[0].end)

    def _check(self) -> None:
        """Asserts every rule from the raw instance, causality included."""
        served: set[int] = set()
        for number, crew in enumerate(self.crews):
            member = self.problem.technicians[number]
            at, ready, parts, has_restocked = member.start or 0, member.leave.start, list(member.parts), False
            for visit, leaves, start, finish in crew.done:
                assert leaves >= ready, "leaves before it is ready"
                assert start >= leaves + self._way(at, self._location(visit)), "arrives too early"
                at, ready = self._location(visit), finish
                if visit is None:
                    has_restocked = True
                    continue
                asked = self.problem.visits[visit]
                assert visit not in served, "served twice"
                served.add(visit)
                assert leaves >= self.releases[visit], "leaves for a request before its release"
                assert asked.windows[0].start <= start <= asked.windows[0].end, "starts outside of its window"
                assert finish == start + asked.service, "another service time"
                assert set(asked.skills) <= set(member.skills), "lacks a skill"
                assert has_restocked or set(asked.tools) <= set(member.tools), "lacks a tool"
                parts = [left - used for left, used in zip(parts, asked.parts, strict=True)]
                assert has_restocked or min(parts, default=0) >= 0, "lacks a part"
                if has_restocked:
                    parts = [PLENTY] * len(parts)
            assert ready + self._way(at, member.end or 0) <= member.back_by, "home too late"
        assert served == self.accepted, "an accepted request was not served"
        assert served | self.rejected == set(range(len(self.releases))), "a request was forgotten"
