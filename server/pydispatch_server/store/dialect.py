"""What differs between databases: how a connection is set up, how a row is replaced, how many keys are looked up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pydispatch_server.store.interface import StoreDown

# Readers beside the writer: reads run in a small pool, one connection each.
MAX_CONNECTIONS: Final = 16
CONNECT_WITHIN_S: Final = 5
# A session silent for so long in the middle of a transaction is that of a frozen process: it loses its locks.
FROZEN_AFTER_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """The differences of one database.

    Attributes:
        insert: Makes the INSERT that can also replace.
        among: Makes the condition that a column is in the list of texts bound under a name.
        texts: Turns a list of texts into what is bound there.
        reading: Execution options under which a transaction reads one snapshot.
        empty: Removes every row of these tables, those included that a trigger protects from everybody else.
        begin_writing: Begins a writing transaction on a cursor of the driver.
        has_one_writer: Tells whether a second writing transaction could only wait for the first.
    """

    insert: Callable[[sa.Table], Any]
    among: Callable[[sa.Column[str], str], sa.ColumnElement[bool]]
    texts: Callable[[list[str]], Any]
    reading: Mapping[str, Any]
    empty: Callable[[sa.Connection, Sequence[sa.Table]], None]
    begin_writing: Callable[[Any], object]
    has_one_writer: bool


def _among_json(column: sa.Column[str], name: str) -> sa.ColumnElement[bool]:
    """Looks a column up in one parameter that holds a JSON list, however many texts are in it."""
    values = sa.func.json_each(sa.bindparam(name, type_=sa.String)).table_valued("value")
    return column.in_(sa.select(values.c.value))


def _among_array(column: sa.Column[str], name: str) -> sa.ColumnElement[bool]:
    """Looks a column up in one parameter that holds an array."""
    return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(sa.String)))


def _empty_sqlite(connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
    """Removes every row while the triggers are away; nobody else ever sees the database without them."""
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    for table in tables:
        connection.execute(sa.delete(table))
    for _, statement in found:
        connection.exec_driver_sql(statement)


def _empty_postgresql(connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
    """Removes every row at once, past the triggers that look at single rows."""
    connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in tables)}")


SQLITE: Final = Dialect(
    insert=sqlite.insert,
    among=_among_json,
    texts=json.dumps,
    reading=MappingProxyType({}),
    empty=_empty_sqlite,
    # The lock at once: a reader that turns writer could only be refused.
    begin_writing=lambda cursor: cursor.execute("BEGIN IMMEDIATE"),
    has_one_writer=True,
)
POSTGRESQL: Final = Dialect(
    insert=postgresql.insert,
    among=_among_array,
    texts=list,
    reading=MappingProxyType({"isolation_level": "REPEATABLE READ"}),
    empty=_empty_postgresql,
    # The driver begins with the first statement.
    begin_writing=lambda _: None,
    has_one_writer=False,
)


def connect(url: sa.URL, busy_ms: int, max_pages: int) -> tuple[sa.Engine, Dialect]:
    """Makes connections to the database of a URL.

    Args:
        url: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE.
        busy_ms: Longest wait for another user's lock in milliseconds.
        max_pages: Most pages of a SQLite file, 0 for no bound.

    Raises:
        StoreDown: There is no store for such a URL, or its driver is not installed.
    """
    match url.get_backend_name():
        case "sqlite":
            return connect_sqlite(url, busy_ms, max_pages), SQLITE
        case "postgresql":
            return connect_postgresql(url, busy_ms), POSTGRESQL
    raise StoreDown(f"no store is known for {url.render_as_string()}; write sqlite:///PATH or postgresql://...")


def connect_sqlite(url: sa.URL, busy_ms: int, max_pages: int) -> sa.Engine:
    """Makes connections to a SQLite file: WAL, synchronous=FULL, foreign keys, explicit transactions.

    Args:
        url: sqlite:///PATH; the folder is made when it is missing.
        busy_ms: Longest wait for another process's lock in milliseconds.
        max_pages: Most pages of the file, 0 for no bound.
    """
    if url.database:
        folder = Path(url.database).absolute().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreDown(f"the folder {folder} cannot be made: {error}") from error
    engine = sa.create_engine(
        url,
        pool_size=MAX_CONNECTIONS,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": busy_ms / 1000, "cached_statements": 256},
    )

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: it would begin them too late and too weak.
        connection.isolation_level = None
        pragmas = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={busy_ms}"]
        if max_pages:
            pragmas.append(f"max_page_count={max_pages}")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer takes the lock at once: a reader that turns writer could only be refused.
        is_writing = connection.get_execution_options().get("pydispatch_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def connect_postgresql(url: sa.URL, busy_ms: int) -> sa.Engine:
    """Makes connections to PostgreSQL through psycopg.

    The store is called from threads and its work is a few statements at a time, so the driver blocks, too.

    Args:
        url: postgresql://USER:PASSWORD@HOST/DATABASE.
        busy_ms: Longest wait for another session's lock in milliseconds.

    Raises:
        StoreDown: The driver is not installed.
    """
    limits = {"lock_timeout": busy_ms, "idle_in_transaction_session_timeout": FROZEN_AFTER_MS}
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=MAX_CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": CONNECT_WITHIN_S,
                "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            },
        )
    except ModuleNotFoundError as error:
        raise StoreDown("PostgreSQL needs its driver: install pydispatch-server[postgresql]") from error
