"""Measures the durable core: `make bench-store`. One JSON object a line on stdout, progress on stderr.

store.audit_verify_1m_s: reading a chain back from a SQLite file and verifying every record, link, block root,
checkpoint and the Merkle root, on one thread. Peer: the same rows and the same hashes with hashlib in pure Python.
store.audit_append_us: what the audit adds to a commit, for each change, at 128 changes a commit. Peer: the same
commit's event rows alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydispatch_server.audit_trail import AuditRules, AuditTrail, Decision
from pydispatch_server.store import opening
from pydispatch_server.store.interface import Changes, Event
from pydispatch_server.store.sql import SqlStore

from pydispatch import audit

REGION = "town"
TIME_MS = 1_767_600_000_000
COMMIT_CHANGES = 128
# Changes of one commit while the chain is written that is verified later.
FILL_CHANGES = 4096
# Each visit changes about so often, among so many that are open at a time.
CHANGES_OF_VISIT = 8
OPEN_VISITS = 2000
CONTENT_BYTES = 300
CHECKPOINT_RECORDS = 1000
CHUNK = 8192
APPEND_COMMITS = 200
NEVER_MS = 1 << 50


def say(text: str) -> None:
    """Tells progress."""
    print(text, file=sys.stderr)


def report(bench: str, n: int, value: float, unit: str, peer: str, peer_value: float) -> None:
    """Prints one line; smaller values are better."""
    line = {
        "bench": bench,
        "n": n,
        "value": round(value, 3),
        "unit": unit,
        "peer": peer,
        "peer_value": round(peer_value, 3),
        "ratio": round(peer_value / value, 2),
    }
    print(json.dumps(line), flush=True)


class Writer:
    """Commits changes of visits with or without their audit records.

    Args:
        folder: Where the database is made.
        is_audited: Whether audit records are written.
        checkpoint_records: Records between checkpoints.
    """

    def __init__(self, folder: Path, *, is_audited: bool, checkpoint_records: int = CHECKPOINT_RECORDS) -> None:
        self.path = folder / "records.db"
        self.store: SqlStore = opening.open_store(f"sqlite:///{self.path}", busy_ms=5000)
        self.store.create_region(REGION, b"", TIME_MS)
        self.ownership = self.store.take_over(REGION)
        self.key = audit.Key.from_seed("bench", bytes(32))
        rules = AuditRules(self.key, checkpoint_records, NEVER_MS)
        self._sequence = 0
        self._trail = AuditTrail(self.ownership, REGION, self.store.audit.end(REGION), rules) if is_audited else None

    def changes(self, count: int) -> tuple[Changes, list[Event]]:
        """Makes the rows of one commit: `count` visits changed, with their events."""
        events, rows = [], []
        content = secrets.token_bytes(CONTENT_BYTES)
        for number in range(self._sequence + 1, self._sequence + count + 1):
            visit = f"v{number // CHANGES_OF_VISIT + number * 7919 % OPEN_VISITS:012d}"
            name = f"regions/{REGION}/visits/{visit}"
            events.append(Event(number, self.ownership.epoch, "visit.retimed", name, TIME_MS + number, number))
            rows.append({"id": visit, "data": content})
        self._sequence += count
        changes = Changes(REGION, self.ownership.epoch, self._sequence, puts={"visit": rows})
        changes.appends["event"] = [{"region": REGION, **event._asdict()} for event in events]
        return changes, events

    def commit(self, changes: Changes, events: list[Event]) -> None:
        """Writes one commit."""
        if self._trail is not None:
            decisions = [Decision(event.sequence, "caller") for event in events]
            self._trail.extend(changes, events, decisions, "default", TIME_MS + self._sequence)
        # The visits themselves cost the same with and without; only what the audit adds is of interest.
        del changes.puts["visit"]
        self.store.commit(changes)

    def fill(self, records: int) -> None:
        """Writes a chain."""
        for start in range(0, records, FILL_CHANGES):
            self.commit(*self.changes(min(FILL_CHANGES, records - start)))


def rows_of(store: SqlStore) -> Iterator[list[tuple[int, bytes, bytes, bytes]]]:
    """Reads a chain as the server does."""
    overview, after = store.audit.overview(REGION), 0
    while rows := store.audit.raw_rows(REGION, after, overview.last_number, CHUNK):
        after = rows[-1][0]
        yield rows


def verify(store: SqlStore, key: audit.Key) -> audit.Report:
    """Verifies a chain as the server does."""
    verifier = audit.Verifier(REGION, [key.public_text])
    overview = store.audit.overview(REGION)
    for stored in overview.checkpoints:
        verifier.expect_checkpoint(stored.note, stored.size)
    verifier.expect_blocks(overview.blocks)
    for rows in rows_of(store):
        verifier.feed(rows)
    return verifier.finish(overview.size)


def verify_in_python(store: SqlStore) -> bytes:
    """Checks numbers, resources, links and the Merkle root with hashlib, no signatures; returns the root."""
    sha256 = hashlib.sha256
    link = sha256(b"\x03" + REGION.encode()).digest()
    levels: list[list[bytes]] = []
    leaves = []
    for rows in rows_of(store):
        for number, resource, record, stored in rows:
            leaf = sha256(b"\x00" + record).digest()
            link = sha256(b"\x02" + link + leaf).digest()
            if link != stored or int.from_bytes(record[1:9], "big") != number or resource not in record:
                raise AssertionError(f"record {number}")
            leaves.append(leaf)
    levels.append(leaves)
    while len(levels[-1]) > 1:
        level = levels[-1]
        paired = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        levels.append(paired + level[len(level) & ~1 :])
    return levels[-1][0]


def timed(call: Callable[[], Any], clock: Callable[[], float]) -> tuple[float, Any]:
    """Returns how long a call took in seconds by a clock, and its result."""
    began_s = clock()
    result = call()
    return clock() - began_s, result


def bench_verify(records: int, rounds: int, clock: Callable[[], float]) -> None:
    """Measures verification of a whole chain; the best of several rounds counts, and both sides take turns."""
    with tempfile.TemporaryDirectory(prefix="bench-store-") as folder:
        writer = Writer(Path(folder), is_audited=True)
        took_s, _ = timed(lambda: writer.fill(records), clock)
        size_mb = writer.path.stat().st_size / 1e6
        say(f"{records} records written in {took_s:.1f} s, {size_mb:.0f} MB, SQLite {sqlite3.sqlite_version}")
        best_s, best_peer_s = float("inf"), float("inf")
        for _ in range(rounds):
            took_s, found = timed(lambda: verify(writer.store, writer.key), clock)
            assert found.is_intact, found
            assert found.size == records
            peer_s, root = timed(lambda: verify_in_python(writer.store), clock)
            assert root == found.root
            best_s, best_peer_s = min(best_s, took_s), min(best_peer_s, peer_s)
            say(f"verified in {took_s:.2f} s, by hashlib in {peer_s:.2f} s")
        read_s, _ = timed(lambda: sum(len(rows) for rows in rows_of(writer.store)), clock)
        say(f"of which reading the rows {read_s:.2f} s")
        report("store.audit_verify_1m_s", records, best_s, "s", "hashlib", best_peer_s)
        writer.store.close()


def bench_append(clock: Callable[[], float]) -> None:
    """Measures what the audit adds to a commit; the commits with and without take turns."""
    with tempfile.TemporaryDirectory(prefix="bench-store-") as one, tempfile.TemporaryDirectory() as other:
        writers = {True: Writer(Path(one), is_audited=True), False: Writer(Path(other), is_audited=False)}
        took_s: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(APPEND_COMMITS):
            for is_audited, writer in writers.items():
                made = writer.changes(COMMIT_CHANGES)
                took_s[is_audited].append(timed(lambda w=writer, m=made: w.commit(*m), clock)[0])
        median_us = {key: sorted(times)[len(times) // 2] / COMMIT_CHANGES * 1e6 for key, times in took_s.items()}
        report(
            *("store.audit_append_us", COMMIT_CHANGES, median_us[True] - median_us[False], "us/change"),
            *("commit-of-events-alone", median_us[False]),
        )
        for writer in writers.values():
            writer.store.close()


def main() -> None:
    """Runs the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the chain to verify")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the best counts")
    parser.add_argument("--cpu", action="store_true", help="time by the processor: for a machine with other work")
    arguments = parser.parse_args()
    clock = time.process_time if arguments.cpu else time.perf_counter
    say(f"Python {sys.version.split()[0]}, SQLAlchemy {sa.__version__}")
    bench_append(clock)
    bench_verify(arguments.records, arguments.rounds, clock)


if __name__ == "__main__":
    main()
