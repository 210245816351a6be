"""The generator against a real server, as Locust starts it. What is asserted is the account, never a speed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.client.served import Served

ROOT = Path(__file__).resolve().parents[2]
LOAD = (
    *("--seconds", "2", "--warmup-s", "0.5", "--technicians", "50", "--streams", "2", "--seed", "7"),
    *("--fixes-per-s", "500", "--batch-fixes", "25", "--bookings-per-s", "4", "--recommends-per-s", "10"),
)


def generate(address: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtests.generator", "--server", address, *LOAD, *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)


@pytest.mark.parametrize("arrivals", ["poisson", "fixed"])
def test_every_due_call_is_told_of_once(arrivals: str, served: Served) -> None:
    finished = generate(served.address, "--arrivals", arrivals)
    assert finished.returncode == 0, finished.stderr
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    assert lines[0]["kind"] == "ready"
    done = lines[-1]
    assert done["kind"] == "done"
    told = Counter(line["flow"] for line in lines if line["kind"] in ("call", "shed"))
    assert told == done["due"]
    assert set(told) == {"fix_batch", "booking", "recommend"}
    assert not [line for line in lines if line["kind"] == "call" and line["error"]]
    assert done["generator"]["fixes_applied"] == done["generator"]["fixes_sent"] > 0


def test_a_server_that_is_not_there_is_said() -> None:
    finished = generate("127.0.0.1:1", "--ready-within-s", "0.2")
    assert finished.returncode == 2
    assert "cannot be built" in finished.stderr
