"""Adds the audit records of a micro-batch to the rows of its commit. Runs in the region's own thread.

Every event gets a record under its own sequence. Digests are of what becomes durable: when a batch changes a resource
more than once, its first record leads from the old content to the new and the others stay there.

What a record says of a resource before a change is known of the resources that changed lately; of any other it must be
read from the store first: `unknown` tells which, `remember` takes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from pydispatch.audit import BLOCK_RECORDS, SALT_BYTES, Appended, Chain, Change, Key
from pydispatch_server import names
from pydispatch_server.store.audit import AuditEnd
from pydispatch_server.store.interface import Changes, Event, Ownership, Row, StoreDown

# After these a resource's earlier content must not be provable any more.
ERASING_TYPES: Final = frozenset(("customer.erased",))
# Resources whose salt and digest are in memory; beyond, the half that has been known longest is forgotten.
KNOWN_MAX: Final = 200_000
_COLLECTIONS: Final = {singular: collection for collection, singular in names.SINGULAR.items()}


class Decision(NamedTuple):
    """One command that changed something.

    Attributes:
        last_sequence: Sequence of its last event.
        actor: Who asked, as a pseudonym.
    """

    last_sequence: int
    actor: str


@dataclass(frozen=True, slots=True)
class AuditRules:
    """How chains are signed.

    Attributes:
        key: Signs checkpoints.
        checkpoint_records: Records after which a checkpoint is due.
        checkpoint_ms: Milliseconds after which one is due for whatever is new.
    """

    key: Key
    checkpoint_records: int
    checkpoint_ms: int


class AuditTrail:
    """The audit chain of one region at its end. When a commit fails, make a new one from the store.

    Args:
        ownership: Epoch under which the region is owned, and the sequence of its newest event.
        region: Identifier of the region.
        end: Where the chain goes on.
        rules: How it is signed.

    Raises:
        StoreDown: The stored records do not hang together, or are not as many as the events.
    """

    def __init__(
        self,
        ownership: Ownership,
        region: str,
        end: AuditEnd,
        rules: AuditRules,
    ) -> None:
        self._region = region
        self._epoch = ownership.epoch
        self._rules = rules
        try:
            self._chain = Chain(region, end.blocks, [(row.record, row.link) for row in end.tail])
        except ValueError as error:
            raise StoreDown(f"region {region}: {error}; `pydispatch audit verify` says more") from error
        if self._chain.size != ownership.sequence:
            raise StoreDown(
                f"region {region}: the audit has {self._chain.size} records where {ownership.sequence} are expected"
            )
        self._known: dict[str, None] = {}
        self._signed_size = end.checkpoint.size if end.checkpoint else 0
        self._signed_ms = end.checkpoint.time_ms if end.checkpoint else None

    def unknown(self, resources: Iterable[str]) -> list[str]:
        """Lists those of these resources that must be remembered before they change. Ask once before each commit.

        When too many are known, those known longest are forgotten, all of which are durable.
        """
        if len(self._known) > KNOWN_MAX:
            oldest = list(self._known)[: KNOWN_MAX // 2]
            self._chain.forget(oldest)
            for name in oldest:
                del self._known[name]
        return [name for name in resources if name not in self._known]

    def remember(self, names: Iterable[str], subjects: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Learns resources as they are stored now.

        Args:
            names: Their full names.
            subjects: (name, salt, content) of those that have a salt; the others were made before there was an audit.
        """
        self._known.update(dict.fromkeys(names))
        self._chain.remember(subjects)

    def extend(
        self, changes: Changes, events: list[Event], decisions: Iterable[Decision], policy_revision: str, now_ms: int
    ) -> None:
        """Adds to a commit the records of its events, and a checkpoint when one is due.

        Args:
            changes: All other rows of the commit.
            events: Its events, in order.
            decisions: The commands that they come from, in order.
            policy_revision: Revision of the policy in force.
            now_ms: Present time in milliseconds since the Unix epoch.
        """
        if events:
            audited = list(self._audited(changes, events, decisions))
            fresh = secrets.token_bytes(SALT_BYTES * len(audited))
            self._known.update(dict.fromkeys(change.resource for change in audited))
            self._store(changes, audited, self._chain.append(self._epoch, policy_revision, audited, fresh))
        if self._is_checkpoint_due(now_ms):
            note = self._chain.checkpoint(self._rules.key, now_ms)
            row: Row = {"region": self._region, "size": self._chain.size, "time_ms": now_ms, "note": note}
            changes.appends["audit_checkpoint"] = [row]
            self._signed_size, self._signed_ms = self._chain.size, now_ms

    def _audited(self, changes: Changes, events: list[Event], decisions: Iterable[Decision]) -> Iterator[Change]:
        """Makes the chain's changes of a batch's events."""
        contents = {
            f"regions/{self._region}/{_COLLECTIONS[table]}/{row['id']}": row["data"]
            for table, rows in changes.puts.items()
            for row in rows
        }
        decided = iter(decisions)
        decision_id, actor, last_sequence = "", "", 0
        for event in events:
            if event.sequence > last_sequence:
                last_sequence, actor = next(decided)
                decision_id = f"{event.epoch}-{event.sequence}"
            content = contents.get(event.resource)
            is_erasing = event.type in ERASING_TYPES
            yield Change(event.type, event.resource, content, is_erasing, event.time_ms, decision_id, actor)

    def _store(self, changes: Changes, audited: list[Change], appended: list[Appended]) -> None:
        """Adds what the chain handed out as rows."""
        region = self._region
        records: list[Row] = []
        salts: dict[str, bytes] = {}
        first = self._chain.size + 1 - len(appended)
        for sequence, (change, row) in enumerate(zip(audited, appended, strict=True), start=first):
            records.append(
                {
                    "region": region,
                    "sequence": sequence,
                    "resource": change.resource,
                    "record": row.record,
                    "link": row.link,
                }
            )
            if row.salt is not None:
                salts[change.resource] = row.salt
            if row.block is not None:
                block = {"region": region, "number": sequence // BLOCK_RECORDS - 1, "root": row.block}
                changes.appends.setdefault("audit_block", []).append(block)
        changes.appends["audit_record"] = records
        self._store_salts(changes, salts)

    def _store_salts(self, changes: Changes, salts: dict[str, bytes]) -> None:
        """Adds new salts and removes those of resources that are gone."""
        kept = [{"region": self._region, "id": name, "salt": salt} for name, salt in salts.items() if salt]
        gone = [name for name, salt in salts.items() if not salt]
        if kept:
            changes.puts["audit_salt"] = kept
        if gone:
            changes.deletes["audit_salt"] = gone

    def _is_checkpoint_due(self, now_ms: int) -> bool:
        """Tells whether there are enough new records, or any and enough time has passed."""
        new = self._chain.size - self._signed_size
        if new <= 0:
            return False
        is_late = self._signed_ms is None or abs(now_ms - self._signed_ms) >= self._rules.checkpoint_ms
        return new >= self._rules.checkpoint_records or is_late
