"""Two owners of one region, again and again: `make fence ROUNDS=20 STORE=postgresql`.

Each round freezes the server that owns the region under load (SIGSTOP), starts a second one on the same database, lets
callers loose on it, and thaws the first. From then on nothing of the first may be accepted. The second is the first of
the next round. The last line on stdout is one JSON object with the counts; the exit code is 1 when any of them is bad.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1.booking_service_pb2 import CreateBookingRequest
from pydispatch_server.store import dialect, schema
from pydispatch_server.store.interface import Event, Ownership
from pydispatch_server.store.opening import open_store
from sqlalchemy.exc import DBAPIError

from tests.server import databases, harness
from tests.server.conftest import MANUAL
from tests.server.forked import ForkedServer
from tests.server.harness import ServerProcess, Stubs
from tests.server.load import Load, all_bookings, double_assignments, duplicated, lost, outbox_gaps

TECHNICIANS = 20
LONGEST_LIFE_S = 0.4
# Bookings that the heir takes beside the thawed first one before a round ends.
BESIDE = 100
FREE_WITHIN_S = 30.0
BAD = (
    *("old_epoch_commits", "acknowledged_by_old_epoch", "epochs_not_raised", "acknowledged_lost", "duplicated"),
    *("double_assignments", "outbox_gaps", "checker_violations"),
)


@dataclass
class Count:
    """What was done and what was wrong."""

    figures: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("rounds", "frozen_in_a_commit", "acknowledged", *BAD), 0)
    )

    def add(self, name: str, count: int = 1) -> None:
        self.figures[name] += count


@dataclass
class Town:
    """The servers that follow each other on one database, and what their callers were told."""

    folder: Path
    url: str
    chance: random.Random
    count: Count = field(default_factory=Count)
    loads: list[Load] = field(default_factory=list)
    unanswered: list[CreateBookingRequest] = field(default_factory=list)
    servers: list[ServerProcess] = field(default_factory=list)

    def start(self) -> tuple[ServerProcess, Stubs]:
        """Starts the next server; all of them sign with one key."""
        folder = self.folder / f"server-{len(self.servers)}"
        folder.mkdir()
        flags = (*MANUAL, "--audit-key-file", str(self.folder / "audit.key"))
        server = ForkedServer(folder, *flags, url=self.url)
        self.servers.append(server)
        return server, server.start()

    def load(self, server: ServerProcess) -> Load:
        """Makes callers of a server, who begin with what others were not answered."""
        self.loads.append(Load(server.port, self.chance.randrange(1 << 30), self.unanswered))
        self.unanswered = []
        return self.loads[-1]

    def read(self, after: int) -> tuple[Ownership, list[Event]]:
        """Reads who owns the region, and the events after a sequence."""
        store = open_store(self.url, busy_ms=5000)
        try:
            return store.ownership("town"), store.events_after("town", after, 10_000_000)
        finally:
            store.close()

    def is_free(self) -> bool:
        """Tells whether a writer could take the region over now."""
        engine, _ = dialect.connect(sa.make_url(self.url), 50, 0)
        owner = schema.region_owner
        try:
            with engine.connect() as connection:
                writing = connection.execution_options(pydispatch_writing=True)
                with writing.begin():
                    writing.execute(sa.update(owner).values(epoch=owner.c.epoch))
        except DBAPIError:
            return False
        finally:
            engine.dispose()
        return True

    def close(self) -> None:
        for server in self.servers:
            server.close()


async def freeze(town: Town, server: ServerProcess) -> None:
    """Freezes a server outside of its transactions: one that holds a lock is let go, and frozen again a moment later.

    PostgreSQL takes its locks away from a frozen session by and by, SQLite never: nobody could take over before the
    frozen process goes on or ends, and nothing would be decided twice.
    """
    stop_s = time.monotonic() + FREE_WITHIN_S
    server.signal(signal.SIGSTOP)
    while not await asyncio.to_thread(town.is_free):
        assert time.monotonic() < stop_s, "the frozen server keeps the database's lock"
        town.count.add("frozen_in_a_commit")
        server.signal(signal.SIGCONT)
        await asyncio.sleep(town.chance.uniform(0.001, 0.01))
        server.signal(signal.SIGSTOP)


async def one_round(town: Town, first: ServerProcess) -> ServerProcess:
    """Lets a second owner take over from a frozen one, thaws that, and returns the second."""
    old = town.load(first)
    old_callers = asyncio.create_task(old.call_until_refused())
    await asyncio.sleep(town.chance.uniform(0.05, LONGEST_LIFE_S))
    await freeze(town, first)
    before, _ = town.read(0)
    second, stubs = await asyncio.to_thread(town.start)
    taken, _ = town.read(0)
    new = town.load(second)
    new_callers = asyncio.create_task(new.call_until_refused())
    first.signal(signal.SIGCONT)
    await new.booked(BESIDE)
    await old_callers
    new.stop()
    await new_callers
    _, events = town.read(taken.sequence)
    late = [booking for booking in old.bookings.values() if int(booking.etag) > taken.sequence]
    town.count.add("rounds")
    town.count.add("acknowledged", len(old.bookings) + len(new.bookings))
    town.count.add("epochs_not_raised", taken.epoch != before.epoch + 1)
    town.count.add("old_epoch_commits", sum(event.epoch < taken.epoch for event in events))
    town.count.add("acknowledged_by_old_epoch", len(late))
    town.unanswered += [*old.unanswered, *new.unanswered]
    first.close()
    look(town, stubs)
    return second


def look(town: Town, stubs: Stubs) -> None:
    """Counts what is wrong at the end of a round."""
    found = all_bookings(stubs)
    kept = {item.name: item for item in found}
    town.count.add("acknowledged_lost", sum(len(lost(load, kept)) for load in town.loads))
    town.count.add("duplicated", duplicated(found))
    town.count.add("double_assignments", double_assignments(stubs))
    town.count.add("outbox_gaps", outbox_gaps(town.url))
    checked = stubs.dispatch.CheckPlan(dispatch.CheckPlanRequest(name=harness.PLAN), timeout=60)
    town.count.add("checker_violations", len(checked.violations))


async def rounds(town: Town, count: int) -> None:
    """Plays so many rounds on one database."""
    first, stubs = await asyncio.to_thread(town.start)
    harness.add_technicians(stubs, TECHNICIANS)
    harness.add_service(stubs)
    for _ in range(count):
        first = await one_round(town, first)
        sys.stderr.write(f"{town.count.figures}\n")


def play(store: str, count: int, seed: int) -> dict[str, int]:
    """Plays rounds on a new database and returns the counts."""
    with tempfile.TemporaryDirectory(prefix="fence-") as folder:
        url = databases.new_postgresql() if store == "postgresql" else f"sqlite:///{folder}/records.db"
        town = Town(Path(folder), url, random.Random(seed))
        try:
            asyncio.run(rounds(town, count))
        finally:
            town.close()
    return town.count.figures


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
