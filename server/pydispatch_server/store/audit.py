"""What the store keeps of the audit chain, read back: for going on, for listing, for verifying and for proving.

Writing is part of every commit, see `Changes`. Like the rest of the store these methods block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol

import sqlalchemy as sa

from pydispatch.audit import BLOCK_RECORDS
from pydispatch_server import names
from pydispatch_server.store import schema

# Most names looked up by one statement.
MAX_IN_VALUES: Final = 500


class AuditRow(NamedTuple):
    """One record as it is stored."""

    sequence: int
    resource: str
    record: bytes
    link: bytes


class StoredCheckpoint(NamedTuple):
    """A signed checkpoint as it is stored."""

    size: int
    time_ms: int
    note: str


class AuditEnd(NamedTuple):
    """Where a chain goes on.

    Attributes:
        blocks: Roots of all complete blocks.
        tail: Every record after them, preceded by the last record of the last block if there is one.
        checkpoint: The newest one, None when there is none.
    """

    blocks: list[bytes]
    tail: list[AuditRow]
    checkpoint: StoredCheckpoint | None


class AuditOverview(NamedTuple):
    """What a verification must know before it reads the records, all as of one moment.

    Attributes:
        size: Records that there should be: the sequence of the region's newest change.
        last_number: Number of the last record that is there.
        blocks: Stored roots of complete blocks.
        checkpoints: All checkpoints.
    """

    size: int
    last_number: int
    blocks: list[bytes]
    checkpoints: list[StoredCheckpoint]


class AuditReader(Protocol):
    """Reads the audit chain of a region. Every method raises StoreDown when the database cannot be read."""

    def end(self, region: str) -> AuditEnd:
        """Reads where the chain goes on."""
        ...

    def subjects(self, region: str, resources: Sequence[str]) -> list[tuple[str, bytes, bytes]]:
        """Reads (full name, salt, stored bytes) of those of these resources that have a salt."""
        ...

    def overview(self, region: str) -> AuditOverview:
        """Reads what a verification needs beside the records."""
        ...

    def rows(self, region: str, after: int, limit: int, resource: str = "") -> list[AuditRow]:
        """Lists at most `limit` records after a number, oldest first, all or those of one resource."""
        ...

    def raw_rows(self, region: str, after: int, last: int, limit: int) -> list[tuple[int, bytes, bytes, bytes]]:
        """Lists at most `limit` records after a number up to `last` exactly as the database has them."""
        ...

    def blocks(self, region: str, count: int) -> list[bytes]:
        """Lists the roots of the first `count` blocks."""
        ...

    def checkpoint(self, region: str, size: int | None) -> StoredCheckpoint | None:
        """Finds the checkpoint of a size, or the newest one."""
        ...


class SqlAuditReader:
    """Reads the audit chain from one database.

    Args:
        reading: Gives a connection that sees one snapshot.
    """

    def __init__(self, reading: Callable[[], AbstractContextManager[sa.Connection]]) -> None:
        self._reading = reading

    def end(self, region: str) -> AuditEnd:
        """Reads where the chain goes on; see the interface."""
        with self._reading() as connection:
            blocks = _blocks(connection, region)
            # The store never has more than one incomplete block of records after the last complete one.
            tail = _rows(connection, region, max(len(blocks) * BLOCK_RECORDS - 1, 0), BLOCK_RECORDS + 1)
            return AuditEnd(blocks, tail, _checkpoint(connection, region))

    def subjects(self, region: str, resources: Sequence[str]) -> list[tuple[str, bytes, bytes]]:
        """Reads salts and contents; see the interface."""
        with self._reading() as connection:
            found: list[tuple[str, bytes, bytes]] = []
            for first in range(0, len(resources), MAX_IN_VALUES):
                part = resources[first : first + MAX_IN_VALUES]
                contents = _stored_contents(connection, region, part)
                salt = schema.audit_salt.c
                salts = sa.select(salt.id, salt.salt).where(salt.region == region, salt.id.in_(part))
                found += [(name, salted, contents[name]) for name, salted in connection.execute(salts)]
            return found

    def overview(self, region: str) -> AuditOverview:
        """Reads what a verification needs beside the records; see the interface."""
        owner, record, checkpoint = schema.region_owner.c, schema.audit_record.c, schema.audit_checkpoint.c
        with self._reading() as connection:
            size = connection.scalar(sa.select(owner.sequence).where(owner.region == region)) or 0
            last = connection.scalar(sa.select(sa.func.max(record.sequence)).where(record.region == region)) or 0
            notes = sa.select(checkpoint.size, checkpoint.time_ms, checkpoint.note).where(checkpoint.region == region)
            found = [StoredCheckpoint(*row) for row in connection.execute(notes.order_by(checkpoint.size))]
            return AuditOverview(size, last, _blocks(connection, region), found)

    def rows(self, region: str, after: int, limit: int, resource: str = "") -> list[AuditRow]:
        """Lists records after a number; see the interface."""
        with self._reading() as connection:
            return _rows(connection, region, after, limit, resource)

    def raw_rows(self, region: str, after: int, last: int, limit: int) -> list[tuple[int, bytes, bytes, bytes]]:
        """Lists records exactly as the database has them; see the interface."""
        table = schema.audit_record.c
        with self._reading() as connection:
            wanted = sa.select(table.sequence, *_as_bytes(connection.dialect.name))
            wanted = wanted.where(table.region == region, table.sequence > after, table.sequence <= last)
            result = connection.execute(wanted.order_by(table.sequence).limit(limit))
            # Past SQLAlchemy's rows, whose making and conversions would cost more than all the hashing.
            return list(result.cursor.fetchall())

    def blocks(self, region: str, count: int) -> list[bytes]:
        """Lists the roots of the first blocks; see the interface."""
        with self._reading() as connection:
            return _blocks(connection, region, count)

    def checkpoint(self, region: str, size: int | None) -> StoredCheckpoint | None:
        """Finds a checkpoint; see the interface."""
        with self._reading() as connection:
            return _checkpoint(connection, region, size)

    @staticmethod
    def collections() -> frozenset[str]:
        """Returns the collections whose members are kept as resources."""
        return frozenset(names.COLLECTIONS)

    def newest_records(self, region: str) -> Iterator[tuple[str, bytes]]:
        """Walks the newest record of each resource, as (full name, record). Read to the end at once."""
        table = schema.audit_record.c
        newest = sa.select(table.resource, sa.func.max(table.sequence).label("sequence"))
        newest_of = newest.where(table.region == region).group_by(table.resource).subquery()
        wanted = sa.select(table.resource, sa.cast(table.record, sa.LargeBinary)).where(table.region == region)
        with self._reading() as connection:
            found = connection.execute(wanted.join(newest_of, newest_of.c.sequence == table.sequence))
            yield from found

    def contents(self, region: str) -> Iterator[tuple[str, bytes | None, bytes]]:
        """Walks every resource as (full name, salt if it has one, stored bytes). Read to the end at once."""
        salt = schema.audit_salt
        with self._reading() as connection:
            for collection in names.COLLECTIONS:
                table = schema.metadata.tables[names.SINGULAR[collection]]
                name = sa.literal(f"regions/{region}/{collection}/", sa.String) + table.c.id
                salted = table.outerjoin(salt, sa.and_(salt.c.region == region, salt.c.id == name))
                wanted = sa.select(name, salt.c.salt, sa.cast(table.c.data, sa.LargeBinary)).select_from(salted)
                yield from connection.execute(wanted.where(table.c.region == region))


def _stored_contents(connection: sa.Connection, region: str, resources: Sequence[str]) -> dict[str, bytes]:
    """Reads the stored bytes of resources by full name."""
    ids: dict[str, list[str]] = {}
    for name in resources:
        _, _, collection, resource_id = name.split("/")
        ids.setdefault(collection, []).append(resource_id)
    found: dict[str, bytes] = {}
    for collection, members in ids.items():
        table = schema.metadata.tables[names.SINGULAR[collection]].c
        wanted = sa.select(table.id, table.data).where(table.region == region, table.id.in_(members))
        for resource_id, data in connection.execute(wanted):
            found[f"regions/{region}/{collection}/{resource_id}"] = data
    return found


def _as_bytes(dialect_name: str) -> list[sa.ColumnElement[bytes]]:
    """Returns what a verification reads of a row beside its number, as bytes whatever it is."""
    table = schema.audit_record.c
    if dialect_name == "sqlite":
        # A column holds any type there, and a text that was tampered with need not be readable as one.
        return [sa.cast(column, sa.LargeBinary) for column in (table.resource, table.record, table.link)]
    return [sa.func.convert_to(table.resource, "UTF8"), table.record, table.link]


def _rows(connection: sa.Connection, region: str, after: int, limit: int, resource: str = "") -> list[AuditRow]:
    """Lists records after a number."""
    table = schema.audit_record.c
    wanted = sa.select(table.sequence, table.resource, table.record, table.link)
    wanted = wanted.where(table.region == region, table.sequence > after)
    if resource:
        wanted = wanted.where(table.resource == resource)
    return [AuditRow(*row) for row in connection.execute(wanted.order_by(table.sequence).limit(limit))]


def _blocks(connection: sa.Connection, region: str, count: int | None = None) -> list[bytes]:
    """Lists block roots in order."""
    table = schema.audit_block.c
    wanted = sa.select(table.root).where(table.region == region).order_by(table.number)
    return list(connection.scalars(wanted.limit(count) if count is not None else wanted))


def _checkpoint(connection: sa.Connection, region: str, size: int | None = None) -> StoredCheckpoint | None:
    """Finds the checkpoint of a size, or the newest one."""
    table = schema.audit_checkpoint.c
    wanted = sa.select(table.size, table.time_ms, table.note).where(table.region == region)
    wanted = wanted.where(table.size == size) if size is not None else wanted.order_by(table.size.desc()).limit(1)
    row = connection.execute(wanted).one_or_none()
    return StoredCheckpoint(*row) if row is not None else None
