"""Kills a server again and again under load: `make crash N=500 STORE=postgresql`.

Rounds take turns: a kill from outside at a random instant, then one at each named fail point. After each restart
everything that any round has had acknowledged on this database must be there; the next callers send what was not
answered again, under the same request_id.
The last line on stdout is one JSON object with the counts; the exit code is 1 when any of them is bad.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1.booking_service_pb2 import CreateBookingRequest
from pydispatch_server import fail_points

from tests.server import databases, harness
from tests.server.conftest import MANUAL
from tests.server.forked import ForkedServer
from tests.server.harness import ServerProcess, Stubs
from tests.server.load import Load, all_bookings, double_assignments, duplicated, lost, outbox_gaps

LONGEST_LIFE_S = 0.6
TECHNICIANS = 20
# A new database now and then: looking at everything after each of many rounds must stay cheap.
ROUNDS_OF_A_DATABASE = 25
# At which hit a fail point kills; the first few belong to the start of the server and the look at what is there.
NTH = (6, 60)
REACHED_WITHIN_S = 60.0
BAD = ("acknowledged_lost", "duplicated", "double_assignments", "outbox_gaps", "checker_violations", "not_reached")


@dataclass
class Count:
    """What was done and what was wrong."""

    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("kills", "acknowledged", *BAD), 0))

    def add(self, name: str, count: int = 1) -> None:
        self.figures[name] += count


def kills() -> Iterator[str]:
    """Names how each round ends: empty for a random instant, else the fail point."""
    while True:
        for point in fail_points.ALL:
            yield ""
            yield point


async def moment(delay_s: float) -> None:
    """Waits for the moment of the kill: how long a server lives is the point of the test."""
    await asyncio.sleep(delay_s)


async def death(process: ServerProcess, count: Count) -> None:
    """Waits until a server has killed itself at its fail point."""
    stop_s = time.monotonic() + REACHED_WITHIN_S
    while process.is_running():
        if time.monotonic() > stop_s:
            count.add("not_reached")
            return
        await asyncio.sleep(0.005)


def look(stubs: Stubs, process: ServerProcess, loads: list[Load], count: Count) -> None:
    """Counts what is wrong after a restart."""
    found = all_bookings(stubs)
    kept = {item.name: item for item in found}
    count.add("acknowledged_lost", sum(len(lost(load, kept)) for load in loads))
    count.add("duplicated", duplicated(found))
    count.add("double_assignments", double_assignments(stubs))
    count.add("outbox_gaps", outbox_gaps(process.url))
    checked = stubs.dispatch.CheckPlan(dispatch.CheckPlanRequest(name=harness.PLAN), timeout=60)
    count.add("checker_violations", len(checked.violations))


def rounds(process: ServerProcess, points: list[str], chance: random.Random, count: Count) -> None:
    """Kills the servers of one database, once for each of `points`."""
    stubs = process.start()
    harness.add_technicians(stubs, TECHNICIANS)
    harness.add_service(stubs)
    process.kill()
    loads: list[Load] = []
    unanswered: list[CreateBookingRequest] = []
    for point in points:
        armed = ("--fail-point", f"{point}:{chance.randint(*NTH)}:kill") if point else ()
        process.flags = (*MANUAL, *armed)
        look(process.start(), process, loads, count)
        load = Load(process.port, chance.randrange(1 << 30), unanswered)
        asyncio.run(load.run(process, death(process, count) if point else moment(chance.uniform(0.0, LONGEST_LIFE_S))))
        loads.append(load)
        unanswered = load.unanswered
        count.add("kills")
        count.add("acknowledged", len(load.bookings))
        sys.stderr.write(f"{point or 'random instant'}: {count.figures}\n")
    process.flags = MANUAL
    look(process.start(), process, loads, count)


def play(store: str, total: int, seed: int) -> dict[str, int]:
    """Kills so many servers and returns the counts."""
    chance, count, ends = random.Random(seed), Count(), kills()
    for begin in range(0, total, ROUNDS_OF_A_DATABASE):
        points = [next(ends) for _ in range(min(ROUNDS_OF_A_DATABASE, total - begin))]
        url = databases.new_postgresql() if store == "postgresql" else ""
        with tempfile.TemporaryDirectory(prefix="crash-") as folder:
            process = ForkedServer(Path(folder), *MANUAL, url=url)
            try:
                rounds(process, points, chance, count)
            finally:
                process.close()
    return count.figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    figures = play(given.store, given.rounds, given.seed)
    sys.stdout.write(json.dumps({"store": given.store, **figures}) + "\n")
    return 1 if any(figures[name] for name in BAD) else 0


if __name__ == "__main__":
    sys.exit(main())
