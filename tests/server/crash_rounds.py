"""Kills a server again and again under load, on one database: `make crash N=500`.

The last line on stdout is one JSON object with the counts; the exit code is 1 when any of them is bad.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from pathlib import Path

from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch

from tests.server import databases, harness
from tests.server.conftest import MANUAL
from tests.server.harness import ServerProcess, Stubs
from tests.server.load import Load, all_bookings, double_assignments, lost, outbox_gaps

LONGEST_LIFE_S = 1.5
TECHNICIANS = 20


async def moment(delay_s: float) -> None:
    """Waits for the moment of the kill: how long a server lives is the point of the test."""
    await asyncio.sleep(delay_s)


def check(stubs: Stubs) -> int:
    checked = stubs.dispatch.CheckPlan(dispatch.CheckPlanRequest(name=harness.PLAN), timeout=60)
    return len(checked.violations)


def rounds(process: ServerProcess, count: int, seed: int) -> dict[str, int]:
    """Kills `count` times and adds up what is wrong after each restart."""
    chance = random.Random(seed)
    figures = dict.fromkeys(
        ("kills", "acknowledged", "acknowledged_lost", "double_assignments", "outbox_gaps", "checker_violations"), 0
    )
    stubs = process.start()
    harness.add_technicians(stubs, TECHNICIANS)
    harness.add_service(stubs)
    for number in range(count):
        load = Load(process.port, seed + number)
        asyncio.run(load.run(process, moment(chance.uniform(0.0, LONGEST_LIFE_S))))
        stubs = process.start()
        figures["kills"] += 1
        figures["acknowledged"] += len(load.bookings)
        figures["acknowledged_lost"] += len(lost(load, {item.name: item for item in all_bookings(stubs)}))
        figures["double_assignments"] += double_assignments(stubs)
        figures["outbox_gaps"] += outbox_gaps(process.url)
        figures["checker_violations"] += check(stubs)
        sys.stderr.write(f"{number + 1}/{count} {figures}\n")
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    url = databases.new_postgresql() if given.store == "postgresql" else ""
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        process = ServerProcess(Path(folder), *MANUAL, url=url)
        try:
            figures = rounds(process, given.rounds, given.seed)
        finally:
            process.close()
    sys.stdout.write(json.dumps({"store": given.store, **figures}) + "\n")
    bad = ("acknowledged_lost", "double_assignments", "outbox_gaps", "checker_violations")
    return 1 if any(figures[name] for name in bad) else 0


if __name__ == "__main__":
    sys.exit(main())
