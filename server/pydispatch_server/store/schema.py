"""The tables. Resources are kept as serialised messages beside the few columns that the database must understand.

The migrations under `migrations/` create what is described here; a test compares the two. The rule that one technician
never has two overlapping live assignments is a trigger, written in the migration.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

_ID = String(63)


def _resource(name: str, *columns: Column[str] | Column[int] | ForeignKeyConstraint | Index) -> Table:
    """Describes the table of one resource: key, own columns, revision and the serialised message."""
    return Table(
        name,
        metadata,
        Column("region", _ID, nullable=False),
        Column("id", _ID, nullable=False),
        *columns,
        Column("revision", BigInteger, nullable=False),
        Column("data", LargeBinary, nullable=False),
        PrimaryKeyConstraint("region", "id"),
        _to("region", ["region"], ["id"]),
    )


def _to(table: str, columns: list[str], referred: list[str]) -> ForeignKeyConstraint:
    """Describes a foreign key that is judged when the transaction ends."""
    return ForeignKeyConstraint(
        columns, [f"{table}.{column}" for column in referred], deferrable=True, initially="DEFERRED"
    )


region = Table(
    "region",
    metadata,
    Column("id", _ID, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id"),
)

# Who may write: a commit under any other epoch is refused. `sequence` numbers the newest event.
region_owner = Table(
    "region_owner",
    metadata,
    Column("region", _ID, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("region"),
    _to("region", ["region"], ["id"]),
)

technician = _resource("technician")
service = _resource("service")
customer = _resource("customer")
geofence = _resource("geofence")
webhook = _resource("webhook")
batch = _resource("batch", Column("state", Integer, nullable=False))
booking = _resource(
    "booking",
    Column("customer", _ID),
    Column("service", _ID, nullable=False),
    Column("batch", _ID),
    Column("state", Integer, nullable=False),
    _to("customer", ["region", "customer"], ["region", "id"]),
    _to("batch", ["region", "batch"], ["region", "id"]),
)
visit = _resource(
    "visit",
    Column("booking", _ID, nullable=False),
    Column("technician", _ID),
    Column("state", Integer, nullable=False),
    _to("booking", ["region", "booking"], ["region", "id"]),
)

# Normalised phone numbers and e-mail addresses, for exact look-up.
customer_contact = Table(
    "customer_contact",
    metadata,
    Column("region", _ID, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("value", String(320), nullable=False),
    Column("customer", _ID, nullable=False),
    PrimaryKeyConstraint("region", "kind", "value", "customer"),
    _to("customer", ["region", "customer"], ["region", "id"]),
)

# A technician's promised time at a site, while the visit is open. Half-open: [start_s, end_s).
assignment = Table(
    "assignment",
    metadata,
    Column("region", _ID, nullable=False),
    Column("visit", _ID, nullable=False),
    Column("technician", _ID, nullable=False),
    Column("start_s", BigInteger, nullable=False),
    Column("end_s", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "visit"),
    CheckConstraint("start_s < end_s", name="interval"),
    _to("visit", ["region", "visit"], ["region", "id"]),
    _to("technician", ["region", "technician"], ["region", "id"]),
    Index(None, "region", "technician", "start_s"),
)

# What a batch was imported from: the same external_id with the same digest is the same row.
batch_row = Table(
    "batch_row",
    metadata,
    Column("region", _ID, nullable=False),
    Column("batch", _ID, nullable=False),
    Column("external_id", String(120), nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("booking", _ID, nullable=False),
    PrimaryKeyConstraint("region", "batch", "external_id"),
    _to("batch", ["region", "batch"], ["region", "id"]),
    _to("booking", ["region", "booking"], ["region", "id"]),
)

# Answers already given (AIP-155).
request_result = Table(
    "request_result",
    metadata,
    Column("region", _ID, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("method", String(64), nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "request_id"),
    _to("region", ["region"], ["id"]),
    Index(None, "region", "create_time_ms"),
)

# The outbox: every change, in order, without gaps. Digests, decision and policy of a change are in its audit record,
# which has the same number and is written in the same transaction.
event = Table(
    "event",
    metadata,
    Column("region", _ID, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("type", String(40), nullable=False),
    Column("resource", String(220), nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "sequence"),
    _to("region", ["region"], ["id"]),
    Index(None, "region", "time_ms"),
)

# The audit chain: one record a change, under the change's sequence. `record` is what is hashed; `resource` repeats what
# stands in it, for look-up. Nothing here is ever updated or pruned.
audit_record = Table(
    "audit_record",
    metadata,
    Column("region", _ID, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("resource", String(255), nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("link", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("region", "sequence"),
    _to("region", ["region"], ["id"]),
    Index(None, "region", "resource", "sequence"),
    # Kept in the order in which it is verified.
    sqlite_with_rowid=False,
)

# Root of every complete block of records, numbered from 0.
audit_block = Table(
    "audit_block",
    metadata,
    Column("region", _ID, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("region", "number"),
    _to("region", ["region"], ["id"]),
)

# Signed checkpoints by the number of records they cover.
audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("region", _ID, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("note", String(1024), nullable=False),
    PrimaryKeyConstraint("region", "size"),
    _to("region", ["region"], ["id"]),
)

# The salt under which a resource's content is digested, by full name. Destroying it erases the content from the chain.
audit_salt = Table(
    "audit_salt",
    metadata,
    Column("region", _ID, nullable=False),
    Column("id", String(255), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    PrimaryKeyConstraint("region", "id"),
    _to("region", ["region"], ["id"]),
    sqlite_with_rowid=False,
)

# How far each webhook has got. `start_sequence` tells one from an earlier one of the same name.
webhook_cursor = Table(
    "webhook_cursor",
    metadata,
    Column("region", _ID, nullable=False),
    Column("webhook", _ID, nullable=False),
    Column("start_sequence", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("missed_first", BigInteger, nullable=False),
    Column("missed_last", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "webhook"),
    _to("region", ["region"], ["id"]),
)

# What became of the newest deliveries, dead letters among them.
webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("region", _ID, nullable=False),
    Column("webhook", _ID, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("event_count", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("http_status", Integer, nullable=False),
    Column("error", String(200), nullable=False),
    Column("first_time_ms", BigInteger, nullable=False),
    Column("last_time_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("region", "webhook", "number"),
    _to("region", ["region"], ["id"]),
)
