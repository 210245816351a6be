"""The command as a user types it: its own process, a real server started by `pydispatch serve`."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.client.served import COMMAND, Served

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(served: Served) -> Run:
    environment = {**served.environment(), "PYDISPATCH_REGION": "cli-town"}

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        finished = subprocess.run(
            [COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert finished.returncode == code, finished.stdout + finished.stderr
        return finished

    return run


def hours(start: int, end: int) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    return f"{(now + timedelta(hours=start)).isoformat()}/{(now + timedelta(hours=end)).isoformat()}"


def test_a_day_on_the_command_line(run: Run, tmp_path: Path) -> None:
    run("regions", "create", "cli-town", "--at", "37.77,-122.42")
    assert "cli-town" in run("regions", "list").stdout
    run("services", "create", "leak", "--duration-s", "1800", "--skill", "plumbing:2")
    run("technicians", "create", "ann", "--at", "37.77,-122.42", "--skill", "plumbing:3", "--shift", hours(-1, 9))
    assert "ann" in run("recommend", "--at", "37.78,-122.42", "--service", "leak").stdout
    booked = json.loads(run("bookings", "create", "--service", "leak", "--at", "37.78,-122.42", "--json").stdout)
    assert booked["visit"]["placement"]["technician"] == "regions/cli-town/technicians/ann"
    booking_id = booked["booking"]["name"].rpartition("/")[2]
    assert booking_id in run("plan", "show").stdout
    watched = [json.loads(line) for line in run("plan", "watch", "--count", "2", "--json").stdout.splitlines()]
    assert [event["type"] for event in watched] == ["PLAN_EVENT_TYPE_INITIAL", "PLAN_EVENT_TYPE_SYNCED"]
    assert "cancelled" in run("bookings", "cancel", booking_id).stdout

    start, _, end = hours(1, 8).partition("/")
    file = tmp_path / "May.csv"
    rows = "".join(f"r{number},leak,37.78,-122.42,{start},{end}\n" for number in range(3))
    file.write_text(
        "external_id,service_id,lat_deg,lon_deg,window_start,window_end\n" + rows + f"r9,gone,1,2,{start},{end}\n"
    )
    imported = run("batch", "import", str(file), code=1)
    assert "UNKNOWN_REFERENCE" in imported.stdout
    assert "planned" in run("batch", "plan", "may").stdout
    assert json.loads(run("batch", "show", "may", "--json").stdout)["booking_count"] == 3
    assert len(run("bookings", "list", "--batch", "may", "--json").stdout.splitlines()) == 3


def test_a_refusal_by_the_real_server_names_the_fields(run: Run) -> None:
    refused = run("technicians", "create", "x", "--at", "99,0", "--skill", "gas:9", code=1)
    assert "technician.home_location.lat_deg" in refused.stderr
    assert "technician.skills[0].level" in refused.stderr


def test_ctrl_c_ends_a_watch_quietly(served: Served) -> None:
    command = [COMMAND, "plan", "watch"]
    with subprocess.Popen(
        command, env=served.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        while "present state" not in watching.stdout.readline():
            assert watching.poll() is None
        watching.send_signal(signal.SIGINT)
        try:
            _, errors = watching.communicate(timeout=30)
        finally:
            watching.kill()
    assert watching.returncode == 130
    assert "Traceback" not in errors


def test_serve_passes_the_servers_own_help_and_errors_on() -> None:
    help_text = subprocess.run([COMMAND, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    assert "--listen" in help_text
    wrong = subprocess.run([COMMAND, "serve", "--queue-max", "0"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
