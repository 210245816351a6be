"""Turns recorded calls and recorded traces into the input of a day, as a small mapping file says.

Any files with the columns named in the mapping will do; the mappings that come with the project are in `scenarios/`.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from pydispatch_cli.simulate.errors import BadInput
from pydispatch_cli.simulate.traces import longest_gap_s, read_traces, rows
from pydispatch_cli.simulate.travel import Place, TravelModel, straight_m
from pydispatch_cli.simulate.world import Call, Day, Priority, ServiceSpec, TechnicianSpec, TracePoint, make_call

HOUR_S = 3600
MAX_TRACE_GAP_S = 6 * HOUR_S
"""Technicians are first chosen among the traces without a longer gap."""

MAX_FROM_CENTER_M = 100_000.0
"""A call farther from the region's centre is a mistake of the record."""

DRAIN_S = 2 * HOUR_S
"""The simulation goes on for this long after the shifts, so that visits begun can end."""

SCENARIOS = {"sf-fire": "sf_fire.toml", "sf-311": "sf_311.toml"}


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """What the caller chooses; None takes the mapping's default.

    Attributes:
        data: Folder that holds the recorded files.
        call_date: Local day of the calls, as YYYY-MM-DD.
        trace_date: Local day of the traces.
        technicians: Number of vehicles taken from the traces.
    """

    data: Path
    call_date: str | None = None
    trace_date: str | None = None
    technicians: int | None = None
    seed: int = 1


def load_mapping(name: str) -> dict[str, Any]:
    """Reads a mapping by the name of a scenario that comes with the project, or from a path to a .toml file.

    Raises:
        BadInput: There is no such scenario or file, or it is not TOML.
    """
    try:
        if name in SCENARIOS:
            return tomllib.loads(
                files("pydispatch_cli.simulate").joinpath("scenarios", SCENARIOS[name]).read_text("utf-8")
            )
        return tomllib.loads(Path(name).read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadInput(f"no scenario {name!r}: choose {', '.join(SCENARIOS)} or give a .toml file") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"scenario {name!r} is not TOML: {error}") from error


def build_day(mapping: Mapping[str, Any], settings: ReplaySettings) -> Day:
    """Reads the recorded files and returns the input of the day.

    Raises:
        BadInput: A file, column, value or part of the mapping is missing or wrong.
    """
    try:
        return _Builder(mapping, settings).day()
    except KeyError as error:
        raise BadInput(f"the scenario lacks {error}") from error


class _Builder:
    """Builds one day from one mapping."""

    def __init__(self, mapping: Mapping[str, Any], settings: ReplaySettings) -> None:
        self._mapping = mapping
        self._settings = settings
        self._scenario = mapping["scenario"]
        self._offset_s = round(mapping["travel"]["utc_offset_hours"] * HOUR_S)
        self._trace_date = settings.trace_date or mapping["traces"]["date"]
        self._call_date = settings.call_date or mapping["calls"]["date"]
        self._midnight_s = _midnight_s(self._trace_date) - self._offset_s
        begin, end = self._scenario["shift_hours"]
        self._shift = (self._midnight_s + begin * HOUR_S, self._midnight_s + end * HOUR_S)
        self._services = {entry["id"]: _service(entry) for entry in mapping["services"]}

    def day(self) -> Day:
        """Builds it."""
        calls, left_out = self._calls()
        if not calls:
            raise BadInput(f"no call of {self._call_date} in the recorded calls")
        technicians = self._technicians()
        center = self._scenario["center"]
        omitted = ", ".join(f"{count} {why}" for why, count in left_out.items())
        return Day(
            region_id=self._scenario["region_id"],
            display_name=self._scenario["display_name"],
            time_zone=self._scenario["time_zone"],
            center=Place(center["lat_deg"], center["lon_deg"]),
            travel=self._travel(),
            services=self._services,
            technicians=tuple(technicians),
            calls=tuple(sorted(calls, key=lambda call: (call.request_s, call.call_id))),
            sicknesses=(),
            start_s=self._shift[0],
            end_s=self._shift[1] + DRAIN_S,
            seed=self._settings.seed,
            notes=(
                f"Calls of {self._call_date} at their local time of day, vehicles on the traces of {self._trace_date}.",
                f"{len(calls)} calls; left out: {omitted or 'none'}.",
                f"{len(technicians)} vehicles by seed {self._settings.seed}, crews dealt in the mapping's shares.",
                "After a visit a vehicle stays at the site until its trace passes within 400 m, then follows it again.",
                "Vehicles work straight through the shift, without breaks, whatever trip the recorded cab was on.",
                *self._scenario.get("notes", ()),
            ),
        )

    def _travel(self) -> TravelModel:
        travel = self._mapping["travel"]
        return TravelModel(
            travel["detour_factor"], tuple(travel["speed_mps_by_hour"]), travel["fixed_leg_s"], self._offset_s
        )

    def _calls(self) -> tuple[list[Call], dict[str, int]]:
        section = self._mapping["calls"]
        columns: Mapping[str, str] = section["columns"]
        path = _find(self._settings.data, section["files"], self._call_date)
        last_s = self._shift[1] - self._scenario["last_call_before_end_s"]
        calls: dict[str, Call] = {}
        left_out = {"without a service": 0, "outside the shift": 0, "twice": 0, "without a place in the region": 0}
        for row in rows(path, [*columns.values(), *self._rule_columns()]):
            if not row[columns["time"]].startswith(self._call_date):
                continue
            service_id = self._service_of(row)
            request_s = self._local_s(row[columns["time"]])
            if service_id is None:
                left_out["without a service"] += 1
            elif not self._shift[0] <= request_s <= last_s:
                left_out["outside the shift"] += 1
            elif not self._has_place(row):
                left_out["without a place in the region"] += 1
            elif (call := self._call(row, request_s, service_id)).call_id in calls:
                left_out["twice"] += 1
            else:
                calls[call.call_id] = call
        return list(calls.values()), {why: count for why, count in left_out.items() if count}

    def _call(self, row: Mapping[str, str], request_s: int, service_id: str) -> Call:
        section = self._mapping["calls"]
        columns: Mapping[str, str] = section["columns"]
        begin, end = (row.get(columns.get(name, ""), "") for name in ("work_begin", "work_end"))
        true_duration_s, cancel_s = None, None
        if begin and end:
            shortest_s, longest_s = section["work_bounds_s"]
            true_duration_s = min(max(self._local_s(end) - self._local_s(begin), shortest_s), longest_s)
        elif end:
            true_duration_s, cancel_s = section["called_off_work_s"], max(request_s, self._local_s(end))
        return make_call(
            call_id=_identifier(row[columns["id"]]),
            service=self._services[service_id],
            place=Place(float(row[columns["lat_deg"]]), float(row[columns["lon_deg"]])),
            request_s=request_s,
            true_duration_s=true_duration_s,
            cancel_s=cancel_s,
            address=row.get(columns.get("address", ""), ""),
        )

    def _has_place(self, row: Mapping[str, str]) -> bool:
        """Tells whether a row says where, and means the region: unknown places are often written as 0, 0."""
        columns, center = self._mapping["calls"]["columns"], self._scenario["center"]
        lat_deg, lon_deg = row[columns["lat_deg"]], row[columns["lon_deg"]]
        if not (lat_deg and lon_deg):
            return False
        middle = Place(center["lat_deg"], center["lon_deg"])
        return straight_m(Place(float(lat_deg), float(lon_deg)), middle) <= MAX_FROM_CENTER_M

    def _service_of(self, row: Mapping[str, str]) -> str | None:
        for rule in self._mapping["rules"]:
            if all(row[column] in _listed(values) for column, values in rule["where"].items()):
                return str(rule["service"])
        return None

    def _rule_columns(self) -> Iterator[str]:
        for rule in self._mapping["rules"]:
            yield from rule["where"]

    def _local_s(self, text: str) -> int:
        """Returns the second of the simulated day at the same local time of day."""
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise BadInput(f"{text!r} is not a time such as 2018-02-07T13:05:00") from error
        day_s = (at.date() - date.fromisoformat(self._call_date)).days * 24 * HOUR_S
        second: int = self._midnight_s + day_s + at.hour * HOUR_S + at.minute * 60 + at.second
        return second

    def _technicians(self) -> list[TechnicianSpec]:
        section = self._mapping["traces"]
        path = _find(self._settings.data, section["files"], self._trace_date)
        traces = read_traces(path, section["columns"], *self._shift)
        wanted = self._settings.technicians or self._scenario["technicians"]
        random = Random(self._settings.seed)
        names = _choose(traces, wanted, self._shift, random)
        crews = _deal(self._mapping["crews"], len(names), random)
        return [
            TechnicianSpec(
                technician_id=_identifier(f"v{name}"),
                display_name=f"Vehicle {name}",
                home=next(point.place for point in traces[name] if point.is_plausible),
                skills=crew["skills"],
                certificates=dict.fromkeys(crew.get("certificates", ())),
                shift_start_s=self._shift[0],
                shift_end_s=self._shift[1],
                trace=traces[name],
            )
            for name, crew in zip(names, crews, strict=True)
        ]


def _choose(
    traces: Mapping[str, Sequence[TracePoint]], wanted: int, shift: tuple[int, int], random: Random
) -> list[str]:
    """Draws technicians, from the traces without long gaps as far as they go."""
    names = sorted(traces)
    random.shuffle(names)
    names.sort(key=lambda name: longest_gap_s(traces[name], *shift) > MAX_TRACE_GAP_S)
    if len(names) < wanted:
        raise BadInput(f"{wanted} technicians wanted, the traces hold {len(names)}")
    return sorted(names[:wanted])


def _deal(crews: Sequence[Mapping[str, Any]], count: int, random: Random) -> list[Mapping[str, Any]]:
    """Deals out kinds of crew by largest remainder, at least one of each while there are enough, in random order."""
    total = sum(crew["share"] for crew in crews)
    exact = [crew["share"] / total * count for crew in crews]
    numbers = [max(int(value), 1 if count >= len(crews) else 0) for value in exact]
    by_need = sorted(range(len(crews)), key=lambda index: numbers[index] - exact[index])
    while sum(numbers) != count:
        step = 1 if sum(numbers) < count else -1
        index = by_need[0] if step > 0 else by_need[-1]
        numbers[index] += step
        by_need.sort(key=lambda index: numbers[index] - exact[index])
    dealt = [crew for crew, number in zip(crews, numbers, strict=True) for _ in range(number)]
    random.shuffle(dealt)
    return dealt


def _service(entry: Mapping[str, Any]) -> ServiceSpec:
    return ServiceSpec(
        service_id=entry["id"],
        display_name=entry["display_name"],
        skills=entry["skills"],
        certificates=tuple(entry.get("certificates", ())),
        duration_s=entry["duration_s"],
        priority=Priority[entry.get("priority", "ROUTINE")],
        response_target_s=entry["response_target_s"],
        response_limit_s=entry["response_limit_s"],
    )


def _find(data: Path, patterns: Sequence[str], day: str) -> Path:
    """Returns the first file that matches; patterns are tried in order.

    Raises:
        BadInput: No file matches.
    """
    for pattern in patterns:
        for path in sorted(data.glob(pattern.format(date=day))):
            return path
    raise BadInput(f"{data} holds none of {', '.join(pattern.format(date=day) for pattern in patterns)}")


def _identifier(text: str) -> str:
    """Returns a resource identifier: lower case, digits, '-' and '_', at most 63 characters."""
    return (
        "".join(char if char.isascii() and char.isalnum() else "-" for char in text.lower()).strip("-")[:63].strip("-")
    )


def _listed(values: str | list[str]) -> list[str]:
    return [values] if isinstance(values, str) else values


def _midnight_s(day: str) -> int:
    try:
        return int(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp())
    except ValueError as error:
        raise BadInput(f"{day!r} is not a date such as 2018-02-07") from error
