"""Technician routing and scheduling as Pillac, Gueret and Medaglia (2013) wrote it down.

Node 0 is the main depot (every tool, any number of spare parts), then come the technicians' homes, then the requests.
The objective is the sum of working times: from leaving home, as late as possible, to being home again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydispatch.importers.text import malformed, scaled
from pydispatch.problem import Matrix, Plane, Price, Problem, Restock, Technician, Visit, Window

__all__ = ["SCALE", "is_trsp", "read_trsp"]

#: Units of the problem in one unit of the file.
SCALE = 1000

_ROW = re.compile(r"^\s*(\d+)((?:\s+-?[\d.]+){5})\s*\[([^\]]*)\]\s*\[([^\]]*)\]\s*\[([^\]]*)\]\s*$")
_COUNTS = re.compile(r"CREW COUNT.*\n\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)")


@dataclass(frozen=True, slots=True)
class _Row:
    x: float
    y: float
    window: Window
    service: int
    skills: tuple[int, ...]
    tools: tuple[int, ...]
    parts: tuple[int, ...]


def is_trsp(text: str) -> bool:
    """Returns whether a text looks like this format."""
    return "CREW COUNT" in text[:400]


def read_trsp(text: str) -> Problem:
    """Reads an instance with coordinates, or with full distance and travel time matrices behind the rows.

    Returns:
        The problem in thousandths (`units`); locations are the file's node numbers and visits are named by theirs.

    Raises:
        InvalidRequest: When the head or rows are missing.
    """
    counts = _COUNTS.search(text)
    rows = [_row(match) for match in map(_ROW.match, text.splitlines()) if match is not None]
    if counts is None or len(rows) < 1 + int(counts[1]):
        raise malformed("a TRSP file has a crew count and one row for the depot, each technician and each request")
    depot, crew = rows[0], int(counts[1])
    technicians = [
        Technician(
            name=str(node),
            start=node,
            end=node,
            leave=row.window,
            back_by=row.window.end,
            skills=row.skills,
            tools=row.tools,
            parts=row.parts,
            price=Price(per_span=1),
        )
        for node, row in enumerate(rows[1 : crew + 1], start=1)
    ]
    visits = [
        Visit(
            name=str(node),
            location=node,
            windows=(row.window,),
            service=row.service,
            skills=row.skills,
            tools=row.tools,
            parts=row.parts,
        )
        for node, row in enumerate(rows[crew + 1 :], start=crew + 1)
    ]
    name = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return Problem(_travel(text, rows), technicians, visits, Restock(0, depot.service), name, SCALE, SCALE)


def _row(match: re.Match[str]) -> _Row:
    x, y, start, end, service = (float(token) for token in match[2].split())
    skills, tools, parts = (tuple(int(item) for item in match[group].split(",") if item.strip()) for group in (3, 4, 5))
    return _Row(x, y, Window(scaled(start, SCALE), scaled(end, SCALE)), scaled(service, SCALE), skills, tools, parts)


def _travel(text: str, rows: list[_Row]) -> Matrix | Plane:
    durations, distances = _table(text, "TRAVEL TIMES", len(rows)), _table(text, "DISTANCES", len(rows))
    if durations is None or distances is None:
        return Plane([(row.x, row.y) for row in rows], SCALE)
    return Matrix(durations, distances)


def _table(text: str, title: str, size: int) -> list[list[int]] | None:
    """Returns the square table behind its title, or None where the file has none."""
    at = re.search(rf"^\s*{title}.*$", text, re.MULTILINE)
    if at is None:
        return None
    lines = [line for line in text[at.end() :].splitlines() if line.strip()][:size]
    # Each row starts with its node's number; copies of homes and depot for routes' ends follow the rows above.
    table = [[scaled(float(token), SCALE) for token in line.strip().split(";")[1 : size + 1]] for line in lines]
    if len(table) < size or any(len(row) != size for row in table):
        raise malformed(f"{title} must hold {size} rows of {size} numbers")
    return table
