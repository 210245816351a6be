"""The replay end to end: on made-up files with the columns of the real ones, and on a morning of the real ones."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pydispatch_cli.simulate.scenario import ReplaySettings, build_day, load_mapping
from pydispatch_cli.simulate.session import SessionSettings, play
from rich.console import Console

from tests.simulate.recorded import FIRE_ROWS, MIDNIGHT_S, write_recorded

DATA = Path(os.environ.get("PYDISPATCH_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
HOUR_S = 3600

pytestmark = pytest.mark.timeout(240)


def replay(data: Path, out: Path, scenario: str, hours: list[int], **settings: Any) -> dict[str, Any]:
    """Replays some hours of a scenario."""
    mapping = load_mapping(scenario)
    mapping["scenario"]["shift_hours"] = hours
    day = build_day(mapping, ReplaySettings(data, technicians=settings.pop("technicians", 8)))
    return play(day, SessionSettings(out, step_s=15, tick_s=15, **settings), Console(file=StringIO()))


def assert_sound(summary: dict[str, Any]) -> None:
    assert summary["violations"] == []
    assert summary["double_bookings"] == 0
    assert summary["lost_bookings"] == []
    assert summary["refusals"] == {}
    for side in ("ours", "baseline"):
        assert summary[side]["visits"]["completed"] > 0


def test_made_up_files_are_replayed_to_both(tmp_path: Path) -> None:
    write_recorded(tmp_path)

    summary = replay(tmp_path, tmp_path / "out", "sf-fire", [7, 13])

    assert_sound(summary)
    assert summary["ours"]["visits"]["total"] == len(FIRE_ROWS) - 3
    assert summary["ours"]["km"]["roaming"] > 0


def test_a_killed_server_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    write_recorded(tmp_path)

    summary = replay(tmp_path, tmp_path / "out", "sf-fire", [7, 13], kill_at_s=MIDNIGHT_S + 9 * HOUR_S)

    assert_sound(summary)
    assert summary["server_kills"] == 1
    assert summary["acknowledged_bookings"] == len(FIRE_ROWS) - 3


@pytest.mark.skipif(not (DATA / "sf").is_dir(), reason="recorded data of San Francisco (sf/) is not there")
@pytest.mark.parametrize("scenario", ["sf-fire", "sf-311"])
def test_a_recorded_morning_is_replayed_to_both(tmp_path: Path, scenario: str) -> None:
    summary = replay(DATA, tmp_path / "out", scenario, [9, 13], technicians=30)

    assert_sound(summary)
