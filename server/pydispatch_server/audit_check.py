"""Verifies everything that is stored of a region by its audit: the chain, and each resource against its newest record.

For whoever has a database that nobody serves. The server's own verification, which streams, is in `services/audit`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydispatch import audit
from pydispatch_server.store.audit import AuditReader, SqlAuditReader

CHUNK_ROWS: Final = 8192
# Resources listed by name; further ones are counted.
LISTED_MAX: Final = 5
# What stands before a resource's salt and bytes when they are digested; see docs/audit.md.
_CONTENT: Final = b"\x04"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one region.

    Attributes:
        region: Identifier of the region.
        report: Of the chain.
        resources: Resources compared with their newest record.
        altered: Full names of those that are not what their newest record says, in order.
    """

    region: str
    report: audit.Report
    resources: int
    altered: list[str]

    @property
    def is_intact(self) -> bool:
        """Tells whether nothing is wrong."""
        return self.report.is_intact and not self.altered

    def faults(self) -> str:
        """Says what is wrong, on one line."""
        told = [f"{fault.kind} at {fault.first}..{fault.last}" for fault in self.report.faults[:LISTED_MAX]]
        told += [f"{name} is not what its newest record says" for name in self.altered[:LISTED_MAX]]
        more = self.report.fault_count + len(self.altered) - len(told)
        return f"region {self.region}: {'; '.join(told)}" + (f"; and {more} more" if more > 0 else "")


def check_region(reader: SqlAuditReader, region: str, trusted: Sequence[str]) -> Checked:
    """Verifies one region. O(records + resources).

    Args:
        reader: Reads the database.
        region: Identifier of the region.
        trusted: Public halves of the keys whose checkpoints are believed.

    Raises:
        StoreDown: The database cannot be read.
        ValueError: A key is none.
    """
    report = verify_chain(reader, region, trusted)
    resources, altered = 0, []
    for name, is_right in _contents(reader, region):
        resources += 1
        if not is_right:
            altered.append(name)
    return Checked(region, report, resources, sorted(altered))


def verify_chain(reader: AuditReader, region: str, trusted: Sequence[str]) -> audit.Report:
    """Reads a whole chain again; see `check_region`."""
    overview = reader.overview(region)
    verifier = audit.Verifier(region, trusted)
    for stored in overview.checkpoints:
        verifier.expect_checkpoint(stored.note, stored.size)
    verifier.expect_blocks(overview.blocks)
    after = 0
    while rows := reader.raw_rows(region, after, overview.last_number, CHUNK_ROWS):
        verifier.feed(rows)
        after = rows[-1][0]
    return verifier.finish(overview.size)


def _contents(reader: SqlAuditReader, region: str) -> Iterator[tuple[str, bool]]:
    """Pairs the name of each resource that has records with whether it is what the newest one says."""
    recorded = dict(reader.newest_records(region))
    for name, salt, data in reader.contents(region):
        record = recorded.pop(name, None)
        # A database older than the audit has resources that no record speaks of.
        if record is not None:
            yield name, salt is not None and _digest(salt, data) == _after(record)
        elif salt is not None:
            yield name, False
    collections = reader.collections()
    for name, record in recorded.items():
        # What is left is gone, and its newest record has to say so.
        if name.split("/")[-2] in collections:
            yield name, not any(_after(record))


def _digest(salt: bytes, data: bytes) -> bytes:
    """Digests a resource as the chain does."""
    return hashlib.sha256(_CONTENT + salt + data).digest()


def _after(record: bytes) -> bytes:
    """Returns what a record says of its resource; of one that cannot be read, nothing that could be right."""
    try:
        return audit.read_record(record).after
    except ValueError:
        return b"\xff"
