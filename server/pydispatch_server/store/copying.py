"""Copies every record from one database to another, whatever kinds they are, in one transaction of each.

Nothing is interpreted here: what a backup must be like is `backup`'s to say.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from pydispatch_server.store import schema

# Rows read and written at a time: some hundred kilobytes.
COPY_ROWS: Final = 5000


def tables() -> list[sa.Table]:
    """Lists the tables that hold records, parents first; what can be made again from them is left out."""
    return [table for table in schema.metadata.sorted_tables if not table.info.get("is_derived", False)]


def copy_rows(source: sa.Connection, target: sa.Connection) -> int:
    """Copies the rows of every table and returns how many there were.

    Args:
        source: A connection that sees one snapshot.
        target: A connection in a writing transaction, whose tables are empty.
    """
    count = 0
    for table in tables():
        write = _Writer(table, target)
        rows = source.execution_options(stream_results=True, max_row_buffer=COPY_ROWS).execute(sa.select(table))
        for part in rows.partitions(COPY_ROWS):
            write.rows(part)
            count += len(part)
    return count


def copy_sqlite(source: Path, target: Path) -> None:
    """Copies a SQLite file as of one moment through SQLite's own backup, while others go on writing.

    One step takes all pages under one read lock; under WAL that keeps no writer waiting.

    Raises:
        sqlite3.Error: It cannot be read or written.
    """
    # Not read-only: a reader of a WAL file may have to make its shared memory.
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing, pages=-1)
    close_log(target)


def close_log(database: Path) -> None:
    """Makes a SQLite database one file without a log beside it. Nobody else may use it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


class _Writer:
    """Inserts rows of one table, past SQLAlchemy's handling of each parameter.

    Args:
        table: The table.
        target: Where it is filled.
    """

    def __init__(self, table: sa.Table, target: sa.Connection) -> None:
        compiled = sa.insert(table).compile(dialect=target.dialect)
        self._sql = str(compiled)
        self._names = [column.name for column in table.columns]
        self._is_positional = bool(compiled.positional)
        self._target = target

    def rows(self, rows: Any) -> None:
        """Inserts rows that hold every column in the table's order."""
        if self._is_positional:
            values: list[Any] = [tuple(row) for row in rows]
        else:
            values = [dict(zip(self._names, row, strict=True)) for row in rows]
        self._target.exec_driver_sql(self._sql, values)
