"""The JSON input of VROOM (API 1.x), as far as it can be expressed: jobs, vehicles, custom matrices.

Vehicles' `steps` are only a hint when solving and are not read. What is refused is listed in `_REFUSED` below.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from pydispatch.importers.text import malformed, unsupported
from pydispatch.problem import Matrix, Price, Problem, Technician, Visit, Window

__all__ = ["is_vroom", "read_vroom"]

#: A time later than any real one: VROOM's "no limit".
_ALWAYS = Window(0, 2**32)
#: VROOM counts cost in seconds at 3600 an hour; in units of 1/36000 hour-price every price becomes an integer.
_COST_UNITS = 36_000
_DEFAULT_PER_HOUR = 3600

#: Where -> field -> values that say nothing.
_REFUSED: dict[str, dict[str, tuple[object, ...]]] = {
    "": {"shipments": ([],)},
    "vehicles": {"breaks": ([],), "speed_factor": (1, 1.0), "max_distance": ()},
    "jobs": {"setup": (0,), "setup_per_type": ({},), "service_per_type": ({},)},
}


def is_vroom(text: str) -> bool:
    """Returns whether a text looks like this format."""
    return text.lstrip().startswith("{") and '"vehicles"' in text


def read_vroom(text: str) -> Problem:
    """Reads an instance with matrices.

    Unassigned jobs cost by priority: as in VROOM all of them come before any cost, higher priorities first.

    Raises:
        InvalidRequest: When it is not JSON of this shape, or asks for what the solver cannot do.
    """
    try:
        source = json.loads(text)
        return _Reader(source).problem()
    except (json.JSONDecodeError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise malformed(f"not a VROOM input: {error!r}") from error


class _Reader:
    """One input being read."""

    def __init__(self, source: dict[str, Any]) -> None:
        self.source = source
        self.vehicles: list[dict[str, Any]] = source.get("vehicles", [])
        self.jobs: list[dict[str, Any]] = source.get("jobs", [])

    def problem(self) -> Problem:
        self._refuse("", [self.source])
        self._refuse("vehicles", self.vehicles)
        self._refuse("jobs", self.jobs)
        direction = self._load_field()
        travel = self._travel()
        prices = [self._price(vehicle) for vehicle in self.vehicles]
        shared = math.gcd(_COST_UNITS, *(part for price in prices for part in price)) or 1
        technicians = [
            self._technician(index, vehicle, [part // shared for part in price])
            for index, (vehicle, price) in enumerate(zip(self.vehicles, prices, strict=True))
        ]
        worst = self._worst_cost(travel, technicians)
        visits = [self._visit(index, job, direction, worst) for index, job in enumerate(self.jobs)]
        return Problem(travel, technicians, visits, name="vroom", cost_units=_COST_UNITS // shared)

    def _refuse(self, where: str, items: Sequence[dict[str, Any]]) -> None:
        for index, item in enumerate(items):
            for field, empty in _REFUSED[where].items():
                if field in item and item[field] not in empty:
                    path = f"{where}[{index}].{field}" if where else field
                    raise unsupported(path, f"{field} cannot be expressed")

    def _load_field(self) -> str:
        kinds = {kind for job in self.jobs for kind in ("delivery", "pickup", "amount") if any(job.get(kind, ()))}
        if len(kinds) > 1:
            raise unsupported("jobs", "deliveries beside pickups cannot be expressed; one kind of load can")
        return kinds.pop() if kinds else "delivery"

    def _travel(self) -> Matrix:
        profiles = {vehicle.get("profile", "car") for vehicle in self.vehicles} or {"car"}
        if len(profiles) > 1:
            raise unsupported("vehicles[].profile", "all vehicles must share one profile")
        profile = profiles.pop()
        matrices = self.source.get("matrices", {}).get(profile)
        if matrices is None and "matrix" in self.source:
            matrices = {"durations": self.source["matrix"]}
        if matrices is None or "durations" not in matrices:
            raise unsupported(f"matrices.{profile}", "durations must be given: no routing server is asked")
        if "costs" in matrices:
            raise unsupported(f"matrices.{profile}.costs", "costs apart from durations and distances")
        durations = matrices["durations"]
        return Matrix(durations, matrices.get("distances", [[0] * len(durations)] * len(durations)))

    def _price(self, vehicle: dict[str, Any]) -> list[int]:
        costs = vehicle.get("costs", {})
        fixed, per_km = costs.get("fixed", 0), costs.get("per_km", 0)
        return [fixed * _COST_UNITS, per_km * 36, costs.get("per_hour", _DEFAULT_PER_HOUR) * 10]

    def _technician(self, index: int, vehicle: dict[str, Any], price: list[int]) -> Technician:
        opening = Window(*vehicle.get("time_window", (_ALWAYS.start, _ALWAYS.end)))
        return Technician(
            name=str(vehicle["id"]),
            start=self._place(f"vehicles[{index}].start", vehicle, "start"),
            end=self._place(f"vehicles[{index}].end", vehicle, "end"),
            leave=opening,
            back_by=opening.end,
            capacity=tuple(vehicle.get("capacity", ())),
            max_visits=vehicle.get("max_tasks"),
            max_travel=vehicle.get("max_travel_time"),
            skills=tuple(vehicle.get("skills", ())),
            price=Price(fixed=price[0], per_distance=price[1], per_travel=price[2]),
        )

    def _place(self, path: str, item: dict[str, Any], name: str) -> int | None:
        index: int | None = item.get(f"{name}_index")
        if index is None and name in item:
            raise unsupported(path, "coordinates need an index into the matrices")
        return index

    def _visit(self, index: int, job: dict[str, Any], load: str, worst: int) -> Visit:
        location = self._place(f"jobs[{index}].location", job, "location")
        if location is None:
            raise malformed(f"jobs[{index}] has no location_index")
        is_ranked = any(other.get("priority", 0) for other in self.jobs)
        windows = [Window(*window) for window in job.get("time_windows", ())] or [_ALWAYS]
        return Visit(
            name=str(job["id"]),
            location=location,
            windows=tuple(windows),
            service=job.get("service", 0),
            demand=tuple(job.get(load, ())),
            skills=tuple(job.get("skills", ())),
            prize=worst * (1 + job.get("priority", 0)) if is_ranked else None,
        )

    def _worst_cost(self, travel: Matrix, technicians: Sequence[Technician]) -> int:
        """Returns more than any plan costs."""
        longest_m, longest_s = (
            max((max(row, default=0) for row in table), default=0) for table in (travel.distances, travel.durations)
        )
        prices = [technician.price for technician in technicians]
        dearest = max((price.per_distance * longest_m + price.per_travel * longest_s for price in prices), default=0)
        return dearest * (len(self.jobs) + 2 * len(technicians)) + sum(price.fixed for price in prices) + 1
