"""Recorded files to a day: on small made-up files with the columns of the real ones."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pydispatch_cli.simulate.errors import BadInput
from pydispatch_cli.simulate.scenario import SCENARIOS, ReplaySettings, build_day, load_mapping
from pydispatch_cli.simulate.world import Day

from tests.simulate.recorded import FIRE_ROWS, MIDNIGHT_S, REQUEST_ROWS, write_recorded


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_recorded(tmp_path)
    return tmp_path


def fire(data: Path, **changes) -> Day:
    return build_day(load_mapping("sf-fire"), ReplaySettings(data, technicians=8, **changes))


def test_calls_keep_their_local_time_of_day_on_the_day_of_the_traces(data: Path) -> None:
    calls = {call.call_id: call for call in fire(data).calls}

    assert calls["1-m01"].request_s == MIDNIGHT_S + 8 * 3600 + 60
    assert calls["1-m01"].service_id == "medic"
    assert calls["1-m01"].true_duration_s == 1800
    assert calls["1-m01"].duration_s == 3480


def test_a_unit_that_never_arrived_was_called_off(data: Path) -> None:
    (called_off,) = [call for call in fire(data).calls if call.call_id == "2-e01"]

    assert called_off.cancel_s == MIDNIGHT_S + 9 * 3600 + 300
    assert called_off.true_duration_s == 300


def test_what_is_left_out_is_counted(data: Path) -> None:
    notes = " ".join(fire(data).notes)

    assert "1 without a service" in notes
    assert "1 outside the shift" in notes
    assert len(fire(data).calls) == len(FIRE_ROWS) - 3  # and one of another day


def test_requests_of_the_other_scenario_are_mapped_too(data: Path) -> None:
    day = build_day(load_mapping("sf-311"), ReplaySettings(data, technicians=8))

    assert [call.service_id for call in day.calls] == ["street-cleaning", "graffiti", "hazard"]
    assert len(day.calls) == len(REQUEST_ROWS) - 1


def test_the_same_seed_draws_the_same_fleet_and_every_crew_is_there(data: Path) -> None:
    day = fire(data)

    assert day == fire(data)
    assert {skill for spec in day.technicians for skill in spec.skills} == {"medical", "fire", "ladder", "command"}
    assert all(spec.trace for spec in day.technicians)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_service_has_a_rule_and_a_crew_that_can(name: str) -> None:
    mapping = load_mapping(name)
    services = {entry["id"]: entry for entry in mapping["services"]}

    assert {rule["service"] for rule in mapping["rules"]} == set(services)
    for service in services.values():
        assert any(
            all(crew["skills"].get(skill, 0) >= level for skill, level in service["skills"].items())
            for crew in mapping["crews"]
        )


def test_says_what_is_missing(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no scenario 'nowhere'"):
        load_mapping("nowhere")
    with pytest.raises(BadInput, match="no call of 2019-01-01"):
        fire(data, call_date="2019-01-01")
    with pytest.raises(BadInput, match="holds none of"):
        fire(tmp_path / "empty")
    with pytest.raises(BadInput, match="not a date"):
        fire(data, trace_date="yesterday")
    with pytest.raises(BadInput, match="the traces hold"):
        build_day(load_mapping("sf-fire"), ReplaySettings(data, technicians=1000))


def test_a_missing_column_is_named(data: Path) -> None:
    path = next(data.glob("fire_dispatch_*.csv"))
    with path.open() as file:
        rows = [{key: value for key, value in row.items() if key != "Unit Type"} for row in csv.DictReader(file)]
    with path.open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)

    with pytest.raises(BadInput, match="Unit Type"):
        fire(data)
