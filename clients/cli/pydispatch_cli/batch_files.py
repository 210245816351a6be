"""Reads the rows of a batch from a .csv or .jsonl file, and says of every line why it cannot be read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from pydispatch_client import messages as m

from pydispatch_cli.options import instant

REQUIRED = ("external_id", "service_id", "lat_deg", "lon_deg", "window_start", "window_end")
OPTIONAL = ("address", "duration_s", "note", "group", "languages", "partners")
# Between several languages or partners in one column.
SEPARATOR = ";"
# Rows of one import, as the contract says.
MAX_ROWS = 100_000

NumberedRow = tuple[int, m.BatchRow]


class UnreadableFile(Exception):
    """A file of rows cannot be read; `problems` holds line numbers and sentences."""

    def __init__(self, problems: list[tuple[int, str]], what: str = "") -> None:
        super().__init__(what)
        self.problems = problems
        self._what = what

    def summary(self, file: Path) -> str:
        """Returns the trouble in one clause."""
        lines = "1 line" if len(self.problems) == 1 else f"{len(self.problems)} lines"
        return f"{file}: {self._what or f'{lines} cannot be read'}"


def read_rows(file: Path) -> list[NumberedRow]:
    """Returns the rows of a file with their line numbers.

    Raises:
        UnreadableFile: With every line that cannot be read.
    """
    readers = {".csv": _csv_records, ".jsonl": _jsonl_records}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise UnreadableFile([], "the name must end with .csv or .jsonl")
    rows: list[NumberedRow] = []
    problems: list[tuple[int, str]] = []
    try:
        for line, record in reader(file):
            try:
                rows.append((line, _row(record)))
            except (ValueError, ParseError) as error:
                problems.append((line, str(error)))
    except UnicodeDecodeError as error:
        raise UnreadableFile([], "the file is not UTF-8") from error
    if problems:
        raise UnreadableFile(problems)
    if not rows:
        raise UnreadableFile([], "the file has no rows")
    if len(rows) > MAX_ROWS:
        raise UnreadableFile([], f"the file has {len(rows)} rows; at most {MAX_ROWS} can be imported at once")
    return rows


def _csv_records(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
        if missing:
            raise UnreadableFile([], f"the header lacks {', '.join(missing)}")
        try:
            for record in reader:
                yield reader.line_num, record
        except csv.Error as error:
            raise UnreadableFile([(reader.line_num, str(error))]) from error


def _jsonl_records(file: Path) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    with file.open(encoding="utf-8") as stream:
        for line, text in enumerate(stream, start=1):
            if text.strip():
                yield line, text


def _row(record: Mapping[str, Any] | str) -> m.BatchRow:
    """Builds a row from flat keys, or from the JSON of a BatchRow. Raises ValueError or ParseError."""
    if isinstance(record, str):
        record = json.loads(record)
        if not isinstance(record, dict):
            raise ValueError("not a JSON object")
    if "site" in record:
        return ParseDict(dict(record), m.BatchRow())
    missing = [name for name in REQUIRED if record.get(name) in (None, "")]
    if missing:
        raise ValueError(f"{', '.join(missing)} missing")
    return m.BatchRow(
        external_id=str(record["external_id"]),
        service_id=str(record["service_id"]),
        site=m.Site(
            location=m.LatLng(lat_deg=_number(record, "lat_deg"), lon_deg=_number(record, "lon_deg")),
            address=str(record.get("address") or ""),
        ),
        start_window=m.TimeWindow(start_time=_time(record, "window_start"), end_time=_time(record, "window_end")),
        duration_s=int(_number(record, "duration_s")) if record.get("duration_s") else 0,
        note=str(record.get("note") or ""),
        group=str(record.get("group") or ""),
        required_languages=_several(record, "languages"),
        partners=_several(record, "partners"),
    )


def _several(record: Mapping[str, Any], name: str) -> list[str]:
    parts = str(record.get(name) or "").split(SEPARATOR)
    return [part.strip() for part in parts if part.strip()]


def _number(record: Mapping[str, Any], name: str) -> float:
    try:
        return float(record[name])
    except (TypeError, ValueError):
        raise ValueError(f"{name} is not a number: {record[name]!r}") from None


def _time(record: Mapping[str, Any], name: str) -> Any:
    try:
        return instant(str(record[name]))
    except ValueError:
        raise ValueError(f"{name} is not an ISO 8601 time: {record[name]!r}") from None
