"""What somebody would write who has rtree or numpy and no dispatch engine: the best three for a call, with their terms.

Both price what the engine prices first: the way there and before the next stop, the wait, rating, tier,
over-qualification and how much somebody has to do already. They look at the 50 nearest who hold the skill, know nothing
of later stops, windows or shifts, and are spared the bytes: they get a `Call` and give lists of Python values.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import rtree
from live_city import CENTER, DETOUR, SKILLS, Call, City, Technician

CANDIDATES = 50
BEST = 3
SPEED_MPS = 8.0
METRES_PER_DEG = 111_195.0
EAST = math.cos(math.radians(CENTER[0]))
#: Prices of the default policy, in milli-cost.
PER_KM, PER_MIN, PER_LEVEL, PER_STAR, PER_VISIT = 1_000, 500, 300, 800, 150
TIER, TIER_MOST, PRIOR_MEAN, PRIOR_COUNT = 100, 500, 4.2, 20

Ranked = list[tuple[int, float, dict[str, float]]]


def standing(technician: Technician) -> tuple[float, float]:
    """Prices of rating and tier."""
    total = technician.rating_mean * technician.rating_count + PRIOR_MEAN * PRIOR_COUNT
    mean = total / (technician.rating_count + PRIOR_COUNT)
    return (5 - mean) * PER_STAR, -min(technician.star_tier * TIER, TIER_MOST)


def metres(place: tuple[float, float]) -> tuple[float, float]:
    """A place on a plane around the centre."""
    return (place[1] - CENTER[1]) * METRES_PER_DEG * EAST, (place[0] - CENTER[0]) * METRES_PER_DEG


class ByRtree:
    """Plain Python over an R-tree of newest positions."""

    name = "python+rtree"

    def __init__(self, city: City) -> None:
        self._technicians = city.technicians
        self._here = [metres(each.here) for each in city.technicians]
        self._next = [metres(each.stops[0]) for each in city.technicians]
        self._standing = [standing(each) for each in city.technicians]
        boxes = ((number, (*here, *here), None) for number, here in enumerate(self._here))
        self._tree = rtree.index.Index(boxes)

    def recommend(self, call: Call) -> Ranked:
        """Asks for more of the nearest until 50 hold the skill, prices them, and gives the best three."""
        place = metres(call.place)
        wanted = CANDIDATES * 4
        while True:
            near = list(self._tree.nearest((*place, *place), wanted))
            able = [number for number in near if self._technicians[number].skills.get(call.skill, 0) >= call.level]
            if len(able) >= CANDIDATES or len(near) >= len(self._technicians):
                break
            wanted *= 2
        ranked = [self._price(number, place, call) for number in able[:CANDIDATES]]
        ranked.sort(key=lambda each: each[1])
        return ranked[:BEST]

    def _price(self, number: int, place: tuple[float, float], call: Call) -> tuple[int, float, dict[str, float]]:
        here, then = self._here[number], self._next[number]
        way_m = math.dist(here, place) * DETOUR
        added_m = way_m + (math.dist(place, then) - math.dist(here, then)) * DETOUR
        rating, tier = self._standing[number]
        skills = self._technicians[number].skills
        levels = skills[call.skill] - call.level + len(skills) - 1
        terms = {
            "travel": added_m / 1_000 * PER_KM,
            "response": way_m / SPEED_MPS / 60 * PER_MIN,
            "over_qualification": levels * PER_LEVEL,
            "rating": rating,
            "tier": tier,
            "fairness": len(self._technicians[number].stops) * PER_VISIT,
        }
        return number, sum(terms.values()), terms


class ByNumpy:
    """Arrays over everybody: one pass over all positions, no loop in Python but over the best three."""

    name = "numpy"

    def __init__(self, city: City) -> None:
        people = city.technicians
        self._here = np.array([metres(each.here) for each in people])
        self._next = np.array([metres(each.stops[0]) for each in people])
        self._level = np.zeros((SKILLS, len(people)), dtype=np.int8)
        for each in people:
            for skill, level in each.skills.items():
                self._level[skill, each.number] = level
        self._count = np.array([len(each.skills) for each in people])
        self._standing = np.array([standing(each) for each in people])
        self._load = np.array([len(each.stops) for each in people])
        # Who holds a skill at a level, so that no call looks at anybody else.
        self._holders: dict[tuple[int, int], Any] = {}

    def recommend(self, call: Call) -> Ranked:
        """Prices the 50 nearest who hold the skill and gives the best three."""
        key = (call.skill, call.level)
        able = self._holders.get(key)
        if able is None:
            able = self._holders[key] = np.flatnonzero(self._level[call.skill] >= call.level)
        place = np.array(metres(call.place))
        off = self._here[able] - place
        squares = np.einsum("ij,ij->i", off, off)
        if len(able) > CANDIDATES:
            nearest = np.argpartition(squares, CANDIDATES)[:CANDIDATES]
            able, squares = able[nearest], squares[nearest]
        way_m = np.sqrt(squares) * DETOUR
        then = self._next[able]
        added_m = (
            way_m + (np.linalg.norm(then - place, axis=1) - np.linalg.norm(then - self._here[able], axis=1)) * DETOUR
        )
        levels = self._level[call.skill, able] - call.level + self._count[able] - 1
        terms = np.empty((6, len(able)))
        terms[0] = added_m / 1_000 * PER_KM
        terms[1] = way_m / SPEED_MPS / 60 * PER_MIN
        terms[2] = levels * PER_LEVEL
        terms[3:5] = self._standing[able].T
        terms[5] = self._load[able] * PER_VISIT
        total = terms.sum(axis=0)
        best = np.argsort(total)[:BEST] if len(total) <= BEST else self._best(total)
        names = ("travel", "response", "over_qualification", "rating", "tier", "fairness")
        return [(int(able[at]), float(total[at]), dict(zip(names, terms[:, at].tolist(), strict=True))) for at in best]

    @staticmethod
    def _best(total: Any) -> Any:
        few = np.argpartition(total, BEST)[:BEST]
        return few[np.argsort(total[few])]
