"""What differs between databases: how a connection is set up, how a row is replaced, how many keys are looked up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

# Readers beside the writer: reads run in a small pool, one connection each.
MAX_CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Dialect:
    """The differences of one database.

    Attributes:
        insert: Makes the INSERT that can also replace.
        among: Makes the condition that a column is in the list of texts bound under a name.
        texts: Turns a list of texts into what is bound there.
    """

    insert: Callable[[sa.Table], Any]
    among: Callable[[sa.Column[str], str], sa.ColumnElement[bool]]
    texts: Callable[[list[str]], Any]


def _among_json(column: sa.Column[str], name: str) -> sa.ColumnElement[bool]:
    """Looks a column up in one parameter that holds a JSON list, however many texts are in it."""
    values = sa.func.json_each(sa.bindparam(name, type_=sa.String)).table_valued("value")
    return column.in_(sa.select(values.c.value))


SQLITE: Final = Dialect(insert=sqlite.insert, among=_among_json, texts=json.dumps)


def connect_sqlite(url: sa.URL, busy_ms: int, max_pages: int) -> sa.Engine:
    """Makes connections to a SQLite file: WAL, synchronous=FULL, foreign keys, explicit transactions.

    Args:
        url: sqlite:///PATH; the folder is made when it is missing.
        busy_ms: Longest wait for another process's lock in milliseconds.
        max_pages: Most pages of the file, 0 for no bound.
    """
    if url.database:
        Path(url.database).absolute().parent.mkdir(parents=True, exist_ok=True)
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
