"""The stand-alone problem: who can work, what is asked, and how long ways take.

Plain frozen data for `pydispatch.plan`; nothing here is checked or derived, the engine says everything that is wrong at
once. Times, durations, distances and money are integers in units of the caller's choice, which the engine only adds and
compares; `Problem.units` and `cost_units` say how many of them make one unit of the source, for reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Matrix", "Plane", "Price", "Problem", "Restock", "Technician", "Visit", "Window"]

Rounding = Literal["nearest", "down", "up"]


@dataclass(frozen=True, slots=True)
class Window:
    """A closed interval of time.

    Attributes:
        start: First moment inside.
        end: Last moment inside.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Travel as square tables, row by row: `durations[origin][destination]`.

    Attributes:
        durations: Duration of each way.
        distances: Length of each way.
    """

    durations: Sequence[Sequence[int]]
    distances: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Plane:
    """Travel at unit speed between points of a plane: the scaled Euclidean distance, made an integer.

    Attributes:
        points: Coordinates of the locations.
        scale: Factor from coordinates to the problem's unit.
        rounding: How a scaled distance becomes an integer; "down" with a scale of 10 is the DIMACS convention.
    """

    points: Sequence[tuple[float, float]]
    scale: float = 1.0
    rounding: Rounding = "nearest"


@dataclass(frozen=True, slots=True)
class Price:
    """What a route costs.

    Attributes:
        fixed: For using the technician at all.
        per_distance: Per unit of distance.
        per_travel: Per unit of travel duration.
        per_span: Per unit of time from leaving the start to reaching the end.
    """

    fixed: int = 0
    per_distance: int = 0
    per_travel: int = 0
    per_span: int = 0


@dataclass(frozen=True, slots=True)
class Technician:
    """One technician (or vehicle) and one route.

    Attributes:
        name: Name in the source.
        start: Location where the route starts; None starts it at its first visit.
        end: Location where the route ends; None ends it at its last visit.
        leave: When the start may be left.
        back_by: When the end must have been reached.
        capacity: Largest sum of demands, one number a dimension.
        max_visits: Most visits of the route.
        max_travel: Longest sum of travel durations.
        skills: Skills held.
        tools: Tools on board at the start.
        parts: Spare parts on board at the start, one number a kind.
        is_under_way: Whether the route is under way: it leads to the end, and is paid for, without any visit too.
        paid_from: For a technician whose earlier stops may be thought of as shifted: when the last of them may have
            been left. The span then is the shortest from a moment of this window, whatever `leave` says. Needs visits
            of one window each.
        price: What the route costs.
    """

    name: str
    leave: Window
    back_by: int
    start: int | None = None
    end: int | None = None
    capacity: Sequence[int] = ()
    max_visits: int | None = None
    max_travel: int | None = None
    skills: Sequence[int] = ()
    tools: Sequence[int] = ()
    parts: Sequence[int] = ()
    is_under_way: bool = False
    paid_from: Window | None = None
    price: Price = field(default_factory=lambda: Price(per_distance=1))


@dataclass(frozen=True, slots=True)
class Visit:
    """One attendance at a site.

    Attributes:
        name: Name in the source.
        location: Location.
        windows: When service may start: disjoint windows in order, at least one.
        service: Duration of the service.
        demand: Load put on the technician's capacity, one number a dimension.
        skills: Skills required, all of them.
        tools: Tools required, all of them; they are not used up.
        parts: Spare parts used up, one number a kind.
        prize: Price of leaving the visit out; None makes it required, which comes before any cost.
    """

    name: str
    location: int
    windows: Sequence[Window]
    service: int = 0
    demand: Sequence[int] = ()
    skills: Sequence[int] = ()
    tools: Sequence[int] = ()
    parts: Sequence[int] = ()
    prize: int | None = None


@dataclass(frozen=True, slots=True)
class Restock:
    """A place that has every tool and any number of spare parts; a technician stops there at most once.

    Attributes:
        location: Location.
        service: Duration of the stop.
    """

    location: int
    service: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """A whole problem.

    Attributes:
        travel: Ways between locations, which are numbered from 0.
        technicians: Everyone who can work.
        visits: Everything asked for.
        restock: Where tools and spare parts can be fetched.
        name: Name in the source.
        units: Units of time and distance here in one unit of the source.
        cost_units: Units of cost here in one unit of cost of the source.
    """

    travel: Matrix | Plane
    technicians: Sequence[Technician]
    visits: Sequence[Visit]
    restock: Restock | None = None
    name: str = ""
    units: int = 1
    cost_units: int = 1
