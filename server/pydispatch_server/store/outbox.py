"""The outbox read back, and how far webhooks have got: cursors and deliveries.

Events are written with the change itself, see `Changes`; what the audit says of a change completes its event, so that
nothing is kept twice. Cursors are written here, beside the owner's commits, and are worth a repeated delivery at most.
Like the rest of the store these methods block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import sqlalchemy as sa

from pydispatch import audit
from pydispatch_server.store import schema
from pydispatch_server.store.interface import Fenced

_NOTHING: Final = bytes(audit.DIGEST_BYTES)


class OutboxEvent(NamedTuple):
    """One change as other systems hear of it. Digests are empty where the resource did not exist."""

    sequence: int
    epoch: int
    type: str
    resource: str
    time_ms: int
    before: bytes
    after: bytes
    decision_id: str
    policy_revision: str


class WebhookCursor(NamedTuple):
    """How far a webhook has got.

    Attributes:
        webhook: Identifier of the webhook.
        start_sequence: The webhook's own; a cursor with another one belonged to an earlier webhook of that name.
        sequence: Everything up to here is done with.
        last_sequence: Last event of the delivery under way, 0 when none has failed.
        attempts: Attempts that the delivery under way has failed.
        missed_first: First event that was given up and of which the receiver has not been told, 0 when there is none.
        missed_last: Last one of those.
    """

    webhook: str
    start_sequence: int
    sequence: int
    last_sequence: int
    attempts: int
    missed_first: int
    missed_last: int


class DeliveryRow(NamedTuple):
    """One delivery as it is stored; see WebhookDelivery in the contract."""

    webhook: str
    number: int
    state: int
    first_sequence: int
    last_sequence: int
    event_count: int
    attempts: int
    http_status: int
    error: str
    first_time_ms: int
    last_time_ms: int


@dataclass(slots=True)
class Progress:
    """What webhooks of one region have done since it was last written.

    Attributes:
        cursors: Webhook -> where it stands.
        deliveries: (webhook, number) -> what became of it.
        forgotten: Webhook -> number of the newest delivery that need not be kept any more.
    """

    cursors: dict[str, WebhookCursor] = field(default_factory=dict)
    deliveries: dict[tuple[str, int], DeliveryRow] = field(default_factory=dict)
    forgotten: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tells whether there is anything to write."""
        return bool(self.cursors or self.deliveries or self.forgotten)


class Outbox(Protocol):
    """Reads events, keeps the progress of webhooks. Every method raises StoreDown when the database cannot be used."""

    def events_after(self, region: str, sequence: int, limit: int) -> list[OutboxEvent]:
        """Lists at most `limit` events after `sequence`, oldest first."""
        ...

    def first_sequence(self, region: str) -> int:
        """Returns the sequence of the oldest event still kept, 0 when there is none."""
        ...

    def cursors(self, region: str) -> list[WebhookCursor]:
        """Lists where the webhooks of a region stand."""
        ...

    def save(self, region: str, epoch: int, progress: Progress) -> None:
        """Keeps the progress of webhooks in one transaction.

        Raises:
            Fenced: The epoch is no longer the region's.
        """
        ...

    def deliveries(self, region: str, webhook: str) -> list[DeliveryRow]:
        """Lists the kept deliveries of a webhook, newest first."""
        ...

    def newest_delivery(self, region: str, webhook: str) -> int:
        """Returns the number of a webhook's newest delivery, 0 when there is none."""
        ...

    def forget(self, region: str, webhooks: Iterable[str]) -> None:
        """Removes everything kept here of webhooks that are no more."""
        ...


class SqlOutbox:
    """The outbox in one database.

    Args:
        reading: Gives a connection that sees one snapshot.
        writing: Gives the writing connection.
        insert: Makes the INSERT that can also replace.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[sa.Connection]],
        writing: Callable[[], AbstractContextManager[sa.Connection]],
        insert: Callable[[sa.Table], Any],
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._put_cursor = _upsert(schema.webhook_cursor, insert)
        self._put_delivery = _upsert(schema.webhook_delivery, insert)

    def events_after(self, region: str, sequence: int, limit: int) -> list[OutboxEvent]:
        """Lists events after a sequence; see Outbox."""
        event, record = schema.event, schema.audit_record
        is_same = sa.and_(record.c.region == event.c.region, record.c.sequence == event.c.sequence)
        wanted = (
            sa.select(event.c.sequence, event.c.epoch, event.c.type, event.c.resource, event.c.time_ms, record.c.record)
            .select_from(event.outerjoin(record, is_same))
            .where(event.c.region == region, event.c.sequence > sequence)
            .order_by(event.c.sequence)
            .limit(limit)
        )
        with self._reading() as connection:
            return [_event(row) for row in connection.execute(wanted)]

    def first_sequence(self, region: str) -> int:
        """Returns the sequence of the oldest event still kept; see Outbox."""
        table = schema.event.c
        with self._reading() as connection:
            return connection.scalar(sa.select(sa.func.min(table.sequence)).where(table.region == region)) or 0

    def cursors(self, region: str) -> list[WebhookCursor]:
        """Lists where the webhooks of a region stand; see Outbox."""
        table = schema.webhook_cursor.c
        columns = [table[name] for name in WebhookCursor._fields]
        with self._reading() as connection:
            return [
                WebhookCursor(*row) for row in connection.execute(sa.select(*columns).where(table.region == region))
            ]

    def save(self, region: str, epoch: int, progress: Progress) -> None:
        """Keeps the progress of webhooks in one transaction; see Outbox."""
        owner, delivery = schema.region_owner.c, schema.webhook_delivery
        with self._writing() as connection:
            if connection.scalar(sa.select(owner.epoch).where(owner.region == region)) != epoch:
                raise Fenced(f"region {region} is no longer owned under epoch {epoch}")
            if progress.cursors:
                rows = [{"region": region, **row._asdict()} for row in progress.cursors.values()]
                connection.execute(self._put_cursor, rows)
            if progress.deliveries:
                rows = [{"region": region, **row._asdict()} for row in progress.deliveries.values()]
                connection.execute(self._put_delivery, rows)
            for webhook, number in progress.forgotten.items():
                mine = (delivery.c.region == region, delivery.c.webhook == webhook)
                connection.execute(sa.delete(delivery).where(*mine, delivery.c.number <= number))

    def deliveries(self, region: str, webhook: str) -> list[DeliveryRow]:
        """Lists the kept deliveries of a webhook; see Outbox."""
        table = schema.webhook_delivery.c
        columns = [table[name] for name in DeliveryRow._fields]
        wanted = sa.select(*columns).where(table.region == region, table.webhook == webhook)
        with self._reading() as connection:
            return [DeliveryRow(*row) for row in connection.execute(wanted.order_by(table.number.desc()))]

    def newest_delivery(self, region: str, webhook: str) -> int:
        """Returns the number of a webhook's newest delivery; see Outbox."""
        table = schema.webhook_delivery.c
        newest = sa.select(sa.func.max(table.number)).where(table.region == region, table.webhook == webhook)
        with self._reading() as connection:
            return connection.scalar(newest) or 0

    def forget(self, region: str, webhooks: Iterable[str]) -> None:
        """Removes everything kept of webhooks; see Outbox."""
        with self._writing() as connection:
            for webhook in webhooks:
                for table in (schema.webhook_cursor, schema.webhook_delivery):
                    mine = (table.c.region == region, table.c.webhook == webhook)
                    connection.execute(sa.delete(table).where(*mine))


def _event(row: Any) -> OutboxEvent:
    """Completes an event by what the audit says of the same change."""
    sequence, epoch, kind, resource, time_ms, encoded = row
    if encoded is None:
        return OutboxEvent(sequence, epoch, kind, resource, time_ms, b"", b"", "", "")
    record = audit.read_record(encoded)
    before, after = (b"" if digest == _NOTHING else digest for digest in (record.before, record.after))
    decided = (record.decision_id, record.policy_revision)
    return OutboxEvent(sequence, epoch, kind, resource, time_ms, before, after, *decided)


def _upsert(table: sa.Table, insert: Callable[[sa.Table], Any]) -> Any:
    """Builds the statement that adds a row or replaces the one with its key."""
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    replaced = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=replaced)
