"""The audit chain: appending records, signing checkpoints, verifying everything again, proving one record.

A record says what happened to one resource, when, under which decision and policy, and for whom. It holds the digests
of the resource before and after under a salt that is kept beside it: whoever destroys the salt has erased the content,
and the chain stays whole. The byte layout and the hashes are described in docs/audit.md; `dispatch_audit` computes
them. Here is no I/O: rows come in and go out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from pydispatch import _engine

__all__ = [
    "BLOCK_RECORDS",
    "DIGEST_BYTES",
    "SALT_BYTES",
    "Appended",
    "Chain",
    "Change",
    "Checkpoint",
    "Fault",
    "Key",
    "Record",
    "Report",
    "Verifier",
    "is_included",
    "open_checkpoint",
    "prove",
    "read_record",
]

DIGEST_BYTES: Final = 32
SALT_BYTES: Final = 16
# Records of a block, whose root is stored so that a proof need not read everything.
BLOCK_RECORDS: Final = 1024
# Faults listed by a verification; further ones are counted.
FAULTS_MAX: Final = 100

# The key that signs checkpoints. `Key(text)` reads its secret text, `Key.from_seed(name, seed)` makes a new one of 32
# random bytes. `public_text` is what others need for checking.
Key = _engine.AuditKey


class Change(NamedTuple):
    """One change to record.

    Attributes:
        event_type: What happened, such as "visit.assigned".
        resource: Full name of the resource.
        content: The resource as it is stored now, None when it is gone.
        is_erasing: The content before must not be provable any more: the resource gets a new salt.
        time_ms: When it was decided, in milliseconds since the Unix epoch.
        decision_id: The decision that it is part of.
        actor: Who asked, as a pseudonym.
    """

    event_type: str
    resource: str
    content: bytes | None
    is_erasing: bool
    time_ms: int
    decision_id: str
    actor: str


class Appended(NamedTuple):
    """What to store for one change.

    Attributes:
        record: Canonical bytes of the record.
        link: Its link.
        salt: New salt of the resource; empty when its salt goes, None when it stays.
        block: Root of the block of records that is complete with this one, None when none is.
    """

    record: bytes
    link: bytes
    salt: bytes | None
    block: bytes | None


class Record(NamedTuple):
    """A record's fields; see `Change`. Digests are 32 zero bytes where the resource did not exist."""

    sequence: int
    epoch: int
    time_ms: int
    before: bytes
    after: bytes
    region: str
    event_type: str
    resource: str
    decision_id: str
    policy_revision: str
    actor: str


class Checkpoint(NamedTuple):
    """What a signed checkpoint says: records, root of their Merkle tree, link of the last one, time of signing."""

    size: int
    root: bytes
    link: bytes
    time_ms: int


class Fault(NamedTuple):
    """Something wrong with the records `first` to `last`. `kind` is one of the words of docs/audit.md."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found.

    Attributes:
        size: Number of the newest record.
        root: Root of the tree over all records, None when something is wrong.
        link: Link of the newest record, None when something is wrong.
        confirmed: Size of the newest checkpoint that agrees, 0 when there is none.
        fault_count: Faults found, also those that are not listed.
        faults: The faults, in the order found.
    """

    size: int
    root: bytes | None
    link: bytes | None
    confirmed: int
    fault_count: int
    faults: tuple[Fault, ...]

    @property
    def is_intact(self) -> bool:
        """Tells whether nothing is wrong."""
        return self.fault_count == 0


class Chain:
    """The appending end of one region's chain. When what it hands out cannot be stored, make a new one.

    Args:
        region: Identifier of the region.
        blocks: Roots of all complete blocks, in order.
        tail: Record and link of every record after the last complete block, preceded by the last record of that block
            if there is one.

    Raises:
        ValueError: The stored records do not hang together.
    """

    def __init__(self, region: str, blocks: Iterable[bytes] = (), tail: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self._chain = _engine.AuditChain(region, b"".join(blocks), list(tail))

    @property
    def size(self) -> int:
        """Number of the newest record."""
        return self._chain.size

    @property
    def link(self) -> bytes:
        """Link of the newest record."""
        return self._chain.link

    def remember(self, subjects: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Learns resources as they are stored, each as (name, salt, content): before they change for the first time."""
        self._chain.remember(list(subjects))

    def forget(self, resources: Iterable[str]) -> None:
        """Forgets resources, to bound memory; they must be remembered again before they change."""
        self._chain.forget(list(resources))

    def append(
        self, epoch: int, policy_revision: str, changes: Sequence[Change], random_bytes: bytes
    ) -> list[Appended]:
        """Appends changes in order.

        Args:
            epoch: Epoch of the owner that decided.
            policy_revision: Revision of the policy in force.
            changes: The changes.
            random_bytes: `SALT_BYTES` for each change, never used before.

        Raises:
            ValueError: A text has more than 255 bytes of UTF-8, or the random bytes do not fit; nothing has changed.
        """
        return [Appended(*row) for row in self._chain.append(epoch, policy_revision, list(changes), random_bytes)]

    def checkpoint(self, key: Key, time_ms: int) -> str:
        """Signs where the chain stands, as a note that transparency-log tools can read."""
        return self._chain.checkpoint(key, time_ms)


class Verifier:
    """Reads one region's chain again. Give checkpoints and block roots first, then all rows, then `finish`.

    Args:
        region: Identifier of the region.
        trusted: Public texts of the keys whose checkpoints are believed.

    Raises:
        ValueError: A key is not of its form.
    """

    def __init__(self, region: str, trusted: Sequence[str]) -> None:
        self._verifier = _engine.AuditVerifier(region, list(trusted), FAULTS_MAX)

    def expect_checkpoint(self, note: str, size: int | None = None) -> None:
        """Gives a checkpoint that the chain must agree with, and the size under which it is stored, if it is."""
        self._verifier.expect_checkpoint(note, size)

    def expect_blocks(self, blocks: Iterable[bytes]) -> None:
        """Gives the stored roots of all complete blocks, in order."""
        self._verifier.expect_blocks(b"".join(blocks))

    def feed(self, rows: list[tuple[int, bytes, bytes, bytes]]) -> int:
        """Takes the next rows in order and returns the faults found so far.

        Args:
            rows: Each as (number, resource in UTF-8, record, link), just as they are stored: a value of another type is
                found like any other tampering.
        """
        return self._verifier.feed(rows)

    def finish(self, size: int | None = None) -> Report:
        """Ends the verification.

        Args:
            size: How many records there should be, where that is known from elsewhere.
        """
        found, root, link, confirmed, fault_count, faults = self._verifier.finish(size)
        return Report(found, root, link, confirmed, fault_count, tuple(Fault(*fault) for fault in faults))


def read_record(record: bytes) -> Record:
    """Reads a record's canonical bytes.

    Raises:
        ValueError: They are no record.
    """
    sequence, epoch, time_ms, before, after, texts = _engine.audit_record(record)
    return Record(sequence, epoch, time_ms, before, after, *texts)


def open_checkpoint(note: str, region: str, trusted: Sequence[str]) -> Checkpoint:
    """Reads a signed checkpoint of a region.

    Raises:
        ValueError: It is not signed by a trusted key, or is no checkpoint of this region.
    """
    return Checkpoint(*_engine.audit_opened(note, region, list(trusted)))


def prove(
    sequence: int, size: int, blocks: Iterable[bytes], own: Sequence[bytes], tail: Sequence[bytes]
) -> list[bytes]:
    """Proves that a record is in the tree over the first `size` records (RFC 6962, 2.1.1).

    Args:
        sequence: Number of the record, at least 1.
        size: Records of the tree.
        blocks: Roots of the tree's complete blocks, in order.
        own: Records of the block that holds the record, as far as the tree goes.
        tail: Records of the tree after its last complete block.

    Returns:
        The neighbours on the way from the record's leaf to the root, lowest first.

    Raises:
        ValueError: The record is not in the tree, or the parts are not the tree's.
    """
    path = _engine.audit_proof(sequence, size, b"".join(blocks), list(own), list(tail))
    return [path[start : start + DIGEST_BYTES] for start in range(0, len(path), DIGEST_BYTES)]


def is_included(record: bytes, sequence: int, size: int, proof: Iterable[bytes], root: bytes) -> bool:
    """Tells whether a proof leads from a record to the root of a tree over `size` records.

    Raises:
        ValueError: A digest has not 32 bytes.
    """
    return _engine.audit_is_included(record, sequence, size, b"".join(proof), root)
