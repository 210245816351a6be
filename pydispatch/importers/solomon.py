"""Vehicle routing with time windows as Solomon (1987) and Gehring and Homberger (1999) wrote it down."""

from __future__ import annotations

from typing import Literal

from pydispatch.importers.text import malformed, numbers, scaled
from pydispatch.problem import Plane, Price, Problem, Rounding, Technician, Visit, Window

__all__ = ["CONVENTIONS", "is_solomon", "read_solomon"]

#: Convention -> scale and rounding. "exact" keeps three decimals of double precision; "dimacs" cuts to one decimal.
CONVENTIONS: dict[str, tuple[int, Rounding]] = {"exact": (1000, "nearest"), "dimacs": (10, "down")}

_COLUMNS = 7


def is_solomon(text: str) -> bool:
    """Returns whether a text looks like this format."""
    head = text[:400].upper()
    return "VEHICLE" in head and "CUSTOMER" in head


def read_solomon(text: str, convention: Literal["exact", "dimacs"] = "exact") -> Problem:
    """Reads an instance: equal vehicles at one depot, only distance costs.

    Args:
        text: The whole file.
        convention: How distances become integers; see `CONVENTIONS`.

    Returns:
        The problem; `units` is the scale, so cost / units is the distance in the instance's own unit.

    Raises:
        InvalidRequest: When rows are missing or are not numbers.
    """
    scale, rounding = CONVENTIONS[convention]
    lines = text.splitlines()
    rows = [row for row in map(numbers, lines) if row is not None]
    # Some files have a bare number as their name.
    rows = [row for row in rows if len(row) in (2, _COLUMNS)]
    if len(rows) < 2 or len(rows[0]) != 2 or any(len(row) != _COLUMNS for row in rows[1:]):
        raise malformed("a Solomon file has one row of 2 numbers (vehicles), then rows of 7 (depot and customers)")
    (count, capacity), depot, *customers = rows
    opening = Window(scaled(depot[4], scale), scaled(depot[5], scale))
    vehicles = [
        Technician(
            name=str(number),
            start=0,
            end=0,
            leave=opening,
            back_by=opening.end,
            capacity=(int(capacity),),
            price=Price(per_distance=1),
        )
        for number in range(1, int(count) + 1)
    ]
    visits = [
        Visit(
            name=str(int(row[0])),
            location=index,
            windows=(Window(scaled(row[4], scale), scaled(row[5], scale)),),
            service=scaled(row[6], scale),
            demand=(int(row[3]),),
        )
        for index, row in enumerate(customers, start=1)
    ]
    points = [(row[1], row[2]) for row in (depot, *customers)]
    name = next((line.strip() for line in lines if line.strip()), "")
    return Problem(Plane(points, scale, rounding), vehicles, visits, name=name, units=scale, cost_units=scale)
