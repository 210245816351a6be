"""The demo end to end, small: a real server process, a synthetic city of two hours, figures of both sides."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pydispatch_cli.simulate.city import CitySettings, build_city
from pydispatch_cli.simulate.session import SessionSettings, play
from rich.console import Console

CITY = CitySettings(technicians=60, hours=(8, 16), batch_visits=12, sick_share=0.05, cancel_share=0.1)
START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0
POLL_S = 0.05

pytestmark = pytest.mark.timeout(240)


def servers_of(folder: Path) -> list[int]:
    """Processes that mention a folder in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if "pydispatch_server" in command and str(folder) in command:
                found.append(int(entry.name))
    return found


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("demo")
    answer = play(build_city(CITY), SessionSettings(out, step_s=30, tick_s=60), Console(file=StringIO()))

    assert json.loads((out / "summary.json").read_text()) == answer
    assert servers_of(out) == []
    return answer


def test_no_plan_was_ever_wrong(summary: dict[str, Any]) -> None:
    assert summary["violations"] == []
    assert summary["checker_violations"] == 0
    assert summary["checks"] >= 3
    assert summary["double_bookings"] == 0
    assert summary["lost_bookings"] == []
    assert summary["refusals"] == {}


def test_every_fix_is_accounted_for(summary: dict[str, Any]) -> None:
    fixes = dict(summary["fixes"])
    sent = fixes.pop("sent")

    assert sent == sum(fixes.values()) > 0
    assert fixes["invalid"] == fixes["unknown_technician"] == fixes["impossible_jump"] == 0


@pytest.mark.parametrize("side", ["ours", "baseline"])
def test_every_visit_has_an_outcome_and_every_unserved_one_a_reason(summary: dict[str, Any], side: str) -> None:
    visits = summary[side]["visits"]

    assert visits["total"] == visits["completed"] + visits["cancelled"] + visits["unserved"]
    assert visits["completed"] > visits["total"] / 2
    assert sum(visits["unserved_reasons"].values()) == visits["unserved"]


def test_decisions_and_disruptions_were_measured(summary: dict[str, Any]) -> None:
    assert summary["decision_latency_ms"]["count"] > 0
    assert summary["decision_latency_ms"]["p99"] >= summary["decision_latency_ms"]["p50"] > 0
    assert summary["disruptions"] > 0
    assert 0 < summary["ours"]["utilisation"] <= 1


def test_the_batch_was_imported_planned_and_served(summary: dict[str, Any]) -> None:
    assert summary["latency_ms"]["PlanBatch"]["count"] == 1
    assert summary["acknowledged_bookings"] == summary["ours"]["visits"]["total"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_running_when_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    code = "from pydispatch_cli.simulate.commands import demo; from pathlib import Path; import sys\n"
    code += "demo(Path(sys.argv[1]), 60, 1, 60.0, '8-11', 5, 30)"
    process = subprocess.Popen([sys.executable, "-c", code, str(out)], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not (out / "server" / "port").exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(POLL_S)
        assert servers_of(out)
        process.send_signal(number)
        assert process.wait(STOP_LIMIT_S) != 0
        assert servers_of(out) == []
    finally:
        process.kill()
        process.wait()
