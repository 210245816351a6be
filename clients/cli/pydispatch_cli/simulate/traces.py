"""Reads recorded positions from a file with one row a position. Noise stays in; outliers are marked, not dropped."""

import csv
import gzip
import lzma
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from pydispatch_cli.simulate.errors import BadInput
from pydispatch_cli.simulate.travel import Place, straight_m
from pydispatch_cli.simulate.world import TracePoint

MAX_SPEED_MPS = 45.0
"""A point that would need a higher speed from the last believed one is an outlier."""

JITTER_M = 300.0
"""Shorter jumps are believed at any speed: two points of one second may lie apart by noise."""

MAX_OUTLIERS = 3
"""After this many outliers in a row it is the last believed point that was wrong."""

TRACE_COLUMNS = ("time", "technician", "lat_deg", "lon_deg")


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Opens a text file, plain or packed (.xz, .gz)."""
    opener = {".xz": lzma.open, ".gz": gzip.open}.get(path.suffix, open)
    with opener(path, "rt", encoding="utf-8", newline="") as file:  # type: ignore[operator]
        yield file


def rows(path: Path, needed: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yields the rows of a CSV file.

    Raises:
        BadInput: A needed column is missing; all missing ones are named.
    """
    with open_text(path) as file:
        reader = csv.DictReader(file)
        missing = sorted(set(needed) - set(reader.fieldnames or ()))
        if missing:
            raise BadInput(f"{path} has no column {', '.join(missing)}")
        yield from reader


def read_traces(path: Path, columns: Mapping[str, str], begin_s: int, end_s: int) -> dict[str, tuple[TracePoint, ...]]:
    """Reads the traces of one day.

    Args:
        path: CSV file, plain or packed.
        columns: Names of the columns `time` (epoch seconds), `technician`, `lat_deg` and `lon_deg`.
        begin_s: First second to keep.
        end_s: Last second to keep.

    Returns:
        Technician to points ordered by time, one a second at most.

    Raises:
        BadInput: A column is missing or a value is not a number.
    """
    points: dict[str, dict[int, Place]] = defaultdict(dict)
    time, technician, lat, lon = (columns[name] for name in TRACE_COLUMNS)
    for number, row in enumerate(rows(path, (time, technician, lat, lon)), start=2):
        try:
            at_s, place = int(float(row[time])), Place(float(row[lat]), float(row[lon]))
        except ValueError as error:
            raise BadInput(f"{path} row {number}: {error}") from error
        if begin_s <= at_s <= end_s:
            points[row[technician]].setdefault(at_s, place)
    return {name: _marked(sorted(of_one.items())) for name, of_one in sorted(points.items())}


def longest_gap_s(trace: Sequence[TracePoint], begin_s: int, end_s: int) -> int:
    """Returns the longest time without a point between two instants."""
    times = [begin_s, *(point.at_s for point in trace), end_s]
    return max(later - earlier for earlier, later in pairwise(times))


def _marked(points: Sequence[tuple[int, Place]]) -> tuple[TracePoint, ...]:
    marked: list[TracePoint] = []
    believed: tuple[int, Place] | None = None
    outliers = 0
    for at_s, place in points:
        is_plausible = believed is None or outliers >= MAX_OUTLIERS or _can_be(believed, at_s, place)
        if is_plausible:
            believed, outliers = (at_s, place), 0
        else:
            outliers += 1
        marked.append(TracePoint(at_s, place, is_plausible))
    return tuple(marked)


def _can_be(believed: tuple[int, Place], at_s: int, place: Place) -> bool:
    distance_m = straight_m(believed[1], place)
    return distance_m <= JITTER_M or distance_m <= MAX_SPEED_MPS * (at_s - believed[0])
