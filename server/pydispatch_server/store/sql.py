"""The store on a relational database through SQLAlchemy Core. One writer at a time; readers never wait for it.

Where dialects differ, `dialect` says how; everything here is common to all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from pydispatch_server import fail_points
from pydispatch_server.store import schema
from pydispatch_server.store.audit import SqlAuditReader
from pydispatch_server.store.dialect import Dialect
from pydispatch_server.store.interface import (
    BatchRowKey,
    Changes,
    Event,
    Fenced,
    Ownership,
    RegionRecords,
    Row,
    StoreDown,
    StoredResult,
)
from pydispatch_server.store.outbox import SqlOutbox

# Parents before children, so that a reader of the log sees what it would expect; foreign keys wait for the commit.
_PUT_ORDER: Final = (
    "technician",
    "service",
    "customer",
    "batch",
    "booking",
    "visit",
    "geofence",
    "webhook",
    "audit_salt",
)
_APPEND_ORDER: Final = (
    *("customer_contact", "batch_row", "request_result", "event"),
    *("audit_record", "audit_block", "audit_checkpoint"),
)


class SqlStore:
    """Keeps records in one database.

    Args:
        engine: Connections, set up by the dialect.
        dialect: What differs between databases.
    """

    def __init__(self, engine: sa.Engine, dialect: Dialect) -> None:
        self._engine = engine
        self._dialect = dialect
        self.audit = SqlAuditReader(self._reading)
        self.outbox = SqlOutbox(self._reading, self._transaction, dialect.insert)
        self._writing = threading.Lock() if dialect.has_one_writer else nullcontext()
        tables = schema.metadata.tables
        self._upserts = {name: _Many(_upsert(tables[name], dialect.insert), engine) for name in _PUT_ORDER}
        self._inserts = {name: _Many(sa.insert(tables[name]), engine) for name in (*_APPEND_ORDER, "assignment")}
        assigned = schema.assignment.c
        ended = (assigned.region == sa.bindparam("region"), assigned.visit == sa.bindparam("visit"))
        self._unassign = _Many(sa.delete(schema.assignment).where(*ended), engine)
        self._deletes = {name: _Many(_delete(tables[name]), engine) for name in _PUT_ORDER}

        owner = schema.region_owner
        mine = (owner.c.region == sa.bindparam("of_region"), owner.c.epoch == sa.bindparam("of_epoch"))
        self._own = _Many(sa.update(owner).where(*mine).values(sequence=sa.bindparam("new_sequence")), engine)

        result = schema.request_result.c
        wanted = (result.region == sa.bindparam("region"), dialect.among(result.request_id, "request_ids"))
        answers = sa.select(result.request_id, result.method, result.digest, result.answer)
        self._results = _Many(answers.where(*wanted), engine)

    def close(self) -> None:
        """Gives back every connection."""
        self._engine.dispose()

    def regions(self) -> list[bytes]:
        """Lists the serialised regions, ordered by identifier."""
        with self._reading() as connection:
            return list(connection.scalars(sa.select(schema.region.c.data).order_by(schema.region.c.id)))

    def create_region(self, region: str, data: bytes, now_ms: int) -> None:
        """Keeps a new region under epoch 0; no effect when it is there already."""
        with self._transaction() as connection:
            if connection.scalar(sa.select(schema.region.c.id).where(schema.region.c.id == region)) is None:
                connection.execute(sa.insert(schema.region), {"id": region, "create_time_ms": now_ms, "data": data})
                connection.execute(sa.insert(schema.region_owner), {"region": region, "epoch": 0, "sequence": 0})

    def take_over(self, region: str) -> Ownership:
        """Raises the region's epoch, so that every earlier owner is fenced, and returns it."""
        owner = schema.region_owner
        with self._transaction() as connection:
            raised = sa.update(owner).where(owner.c.region == region).values(epoch=owner.c.epoch + 1)
            connection.execute(raised)
            return _read_ownership(connection, region)

    def ownership(self, region: str) -> Ownership:
        """Reads the region's present epoch and sequence."""
        with self._reading() as connection:
            return _read_ownership(connection, region)

    def load(self, region: str) -> RegionRecords:
        """Reads everything of a region in one snapshot."""
        with self._reading() as connection:

            def rows(table: sa.Table, *columns: str) -> list[Any]:
                wanted = sa.select(*(table.c[name] for name in columns)).where(table.c.region == region)
                # Past SQLAlchemy's rows, whose making would cost as much as reading them.
                return list(connection.execute(wanted).cursor.fetchall())

            kept = ("id", "data")
            return RegionRecords(
                technicians=rows(schema.technician, *kept),
                services=rows(schema.service, *kept),
                customers=rows(schema.customer, *kept),
                bookings=rows(schema.booking, *kept, "state", "batch"),
                visits=rows(schema.visit, *kept, "state", "technician"),
                batches=rows(schema.batch, *kept),
                geofences=rows(schema.geofence, *kept),
                webhooks=rows(schema.webhook, *kept),
                contacts=rows(schema.customer_contact, "kind", "value", "customer"),
                batch_rows=[
                    BatchRowKey(*row) for row in rows(schema.batch_row, "batch", "external_id", "digest", "booking")
                ],
            )

    def commit(self, changes: Changes) -> None:
        """Makes changes durable in one transaction; see the interface."""
        with self._committing() as cursor:
            # One statement checks the epoch, locks the region against other writers and keeps the sequence.
            mine = {"of_region": changes.region, "of_epoch": changes.epoch, "new_sequence": changes.sequence}
            self._own.run_once(cursor, mine)
            if cursor.rowcount != 1:
                raise Fenced(f"region {changes.region} is no longer owned under epoch {changes.epoch}")
            fail_points.hit(fail_points.BEFORE_WRITE)
            for name in _PUT_ORDER:
                if rows := changes.puts.get(name):
                    self._upserts[name].run(cursor, rows)
            # Old assignments go before new ones come: only the outcome must be free of overlaps.
            if changes.unassigned:
                ended = [{"region": changes.region, "visit": visit} for visit in changes.unassigned]
                self._unassign.run(cursor, ended)
            if changes.assignments:
                self._inserts["assignment"].run(cursor, changes.assignments)
            for name, ids in changes.deletes.items():
                self._deletes[name].run(cursor, [{"region": changes.region, "id": one} for one in ids])
            for name in _APPEND_ORDER:
                if rows := changes.appends.get(name):
                    self._inserts[name].run(cursor, rows)
            fail_points.hit(fail_points.AFTER_WRITE)

    def results(self, region: str, request_ids: list[str]) -> dict[str, StoredResult]:
        """Finds the answers already given to these request_ids."""
        values = {"region": region, "request_ids": self._dialect.texts(request_ids)}
        with self._cursor() as (_, cursor):
            self._results.run_once(cursor, values)
            return {row[0]: StoredResult(*row[1:]) for row in cursor.fetchall()}

    def events_after(self, region: str, sequence: int, limit: int) -> list[Event]:
        """Lists at most `limit` events after `sequence`, oldest first."""
        table = schema.event.c
        wanted = sa.select(table.sequence, table.epoch, table.type, table.resource, table.time_ms, table.revision)
        wanted = wanted.where(table.region == region, table.sequence > sequence).order_by(table.sequence).limit(limit)
        with self._reading() as connection:
            return [Event(*row) for row in connection.execute(wanted)]

    def first_sequence(self, region: str) -> int:
        """Returns the sequence of the oldest event still kept, 0 when there is none."""
        table = schema.event.c
        with self._reading() as connection:
            return connection.scalar(sa.select(sa.func.min(table.sequence)).where(table.region == region)) or 0

    def prune(self, region: str, results_before_ms: int, events_before_ms: int, limit: int) -> int:
        """Removes at most `limit` answers and events older than given and returns how many went."""
        with self._transaction() as connection:
            result, event = schema.request_result, schema.event
            answers = _prune(
                connection, result, result.c.request_id, result.c.create_time_ms, region, results_before_ms, limit
            )
            return answers + _prune(
                connection, event, event.c.sequence, event.c.time_ms, region, events_before_ms, limit
            )

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """Gives a connection that sees one snapshot and turns database errors into StoreDown."""
        try:
            with self._engine.connect() as connection:
                reading = connection.execution_options(**self._dialect.reading)
                with reading.begin():
                    yield reading
        except SQLAlchemyError as error:
            raise StoreDown(str(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Gives the one writing connection; commits at the end, rolls back on any error."""
        try:
            with self._writing, self._engine.connect() as connection:
                writing = connection.execution_options(pydispatch_writing=True)
                with writing.begin():
                    yield writing
                    fail_points.hit(fail_points.BEFORE_FSYNC)
                fail_points.hit(fail_points.AFTER_FSYNC)
        except SQLAlchemyError as error:
            raise StoreDown(str(error)) from error

    @contextmanager
    def _committing(self) -> Iterator[Any]:
        """Gives the driver's cursor in a writing transaction, past SQLAlchemy: every change goes this way."""
        with self._writing, self._cursor() as (connection, cursor):
            self._dialect.begin_writing(cursor)
            try:
                yield cursor
                fail_points.hit(fail_points.BEFORE_FSYNC)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            fail_points.hit(fail_points.AFTER_FSYNC)

    @contextmanager
    def _cursor(self) -> Iterator[tuple[Any, Any]]:
        """Gives a connection of the driver with a cursor and turns database errors into StoreDown."""
        try:
            connection = self._engine.raw_connection()
            try:
                yield connection, connection.cursor()
            finally:
                connection.close()
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise StoreDown(str(error)) from error


class _Many:
    """A statement for many rows, compiled once: on the way of every booking, building parameters is what costs.

    Args:
        statement: Takes a value by name for each of its parameters.
        engine: Whose dialect it is compiled for.
    """

    __slots__ = ("_columns", "_sql")

    def __init__(self, statement: Any, engine: sa.Engine) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        self._sql = str(compiled)
        self._columns: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positional else None

    def run(self, cursor: Any, rows: list[Row]) -> None:
        """Runs the statement for every row; rows have what it takes, as values that the driver knows."""
        columns = self._columns
        if columns is None:
            cursor.executemany(self._sql, rows)
        else:
            cursor.executemany(self._sql, [tuple([row[name] for name in columns]) for row in rows])

    def run_once(self, cursor: Any, row: Row) -> None:
        """Runs the statement for one row; what it finds is the cursor's."""
        columns = self._columns
        cursor.execute(self._sql, row if columns is None else tuple([row[name] for name in columns]))


def _read_ownership(connection: sa.Connection, region: str) -> Ownership:
    """Reads epoch and sequence of a region that exists."""
    owner = schema.region_owner.c
    return Ownership(*connection.execute(sa.select(owner.epoch, owner.sequence).where(owner.region == region)).one())


def _upsert(table: sa.Table, insert: Callable[[sa.Table], Any]) -> Any:
    """Builds the statement that adds a row or replaces the one with its key."""
    statement = insert(table)
    keys = {column.name for column in table.primary_key}
    replaced = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=sorted(keys, reverse=True), set_=replaced)


def _delete(table: sa.Table) -> Any:
    """Builds the statement that removes a row by its key."""
    return sa.delete(table).where(table.c.region == sa.bindparam("region"), table.c.id == sa.bindparam("id"))


def _prune(
    connection: sa.Connection,
    table: sa.Table,
    key: sa.Column[Any],
    time_ms: sa.Column[Any],
    region: str,
    before_ms: int,
    limit: int,
) -> int:
    """Removes at most `limit` rows of a region older than `before_ms` and returns how many went."""
    old = sa.select(key).where(table.c.region == region, time_ms < before_ms).order_by(time_ms).limit(limit)
    return connection.execute(sa.delete(table).where(table.c.region == region, key.in_(old))).rowcount
