"""Pickup and delivery with time windows as Li and Lim (2001) wrote it down: read as far as it can be expressed."""

from __future__ import annotations

from pydispatch.importers.solomon import read_solomon
from pydispatch.importers.text import malformed, numbers, unsupported
from pydispatch.problem import Problem

__all__ = ["is_lilim", "read_lilim"]

_COLUMNS = 9


def is_lilim(text: str) -> bool:
    """Returns whether a text looks like this format: rows of 3, then 9 numbers and nothing else."""
    rows = [numbers(line) for line in text.splitlines()[:3] if line.strip()]
    return [len(row or ()) for row in rows[:2]] == [3, _COLUMNS]


def read_lilim(text: str) -> Problem:
    """Reads an instance whose tasks are not paired.

    Raises:
        InvalidRequest: When a task is the pickup or delivery of another one (reason UNSUPPORTED, the first such row is
            named): the solver has no visits that must share a technician in order.
    """
    rows = [row for row in map(numbers, text.splitlines()) if row is not None]
    if not rows or len(rows[0]) != 3 or any(len(row) != _COLUMNS for row in rows[1:]):
        raise malformed("a Li and Lim file has one row of 3 numbers (vehicles), then rows of 9 (depot and tasks)")
    for number, row in enumerate(rows[1:]):
        if row[7] or row[8] or row[3] < 0:
            raise unsupported(f"tasks[{number}]", "a pickup and its delivery must share a vehicle, in order")
    lines = ["lilim", "VEHICLE", f"{rows[0][0]:g} {rows[0][1]:g}", "CUSTOMER"]
    lines += [" ".join(f"{value:g}" for value in row[:7]) for row in rows[1:]]
    return read_solomon("\n".join(lines))
