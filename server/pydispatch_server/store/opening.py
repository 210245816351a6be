"""Opens the store that a URL names, and brings its schema to this version or refuses to touch it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import alembic.command
import alembic.config
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from pydispatch_server.store import dialect, schema
from pydispatch_server.store.audit import SqlAuditReader
from pydispatch_server.store.interface import ForeignSchema, StoreDown
from pydispatch_server.store.sql import SqlStore

MIGRATIONS: Final = "pydispatch_server:store/migrations"


@dataclass(frozen=True, slots=True)
class Opened:
    """A database looked at without being changed, for tools that treat all of it alike.

    Attributes:
        url: Where it is, without a password.
        kind: "sqlite" or "postgresql".
        database: Path of the file, or name of the database.
        revision: Revision of its schema, None when it is empty.
        engine: Connections to it.
        dialect: What differs between databases.
    """

    url: str
    kind: str
    database: str
    revision: str | None
    engine: sa.Engine
    dialect: dialect.Dialect

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """Gives a connection that sees one snapshot, however long it takes."""
        return self._transaction(self.dialect.reading)

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Gives a connection in a writing transaction, which is committed at the end and rolled back on any error."""
        return self._transaction({"pydispatch_writing": True})

    def empty(self, connection: sa.Connection) -> None:
        """Removes every row in a writing transaction."""
        self.dialect.empty(connection, list(reversed(schema.metadata.sorted_tables)))

    def audit(self) -> SqlAuditReader:
        """Reads the audit chains."""
        return SqlAuditReader(self.reading)

    def refusal(self) -> str:
        """Says why a database of another version is not touched."""
        return _refusal(self.url, self.revision)

    @contextmanager
    def _transaction(self, options: Mapping[str, Any]) -> Iterator[sa.Connection]:
        """Gives a connection in a transaction and turns database errors into StoreDown."""
        try:
            with self.engine.connect() as connection:
                prepared = connection.execution_options(**options)
                with prepared.begin():
                    if self.kind == "postgresql":
                        # A long copy is not a frozen owner.
                        prepared.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                    yield prepared
        except SQLAlchemyError as error:
            raise StoreDown(f"the database {self.url}: {_cause(error)}") from error


@contextmanager
def opened(url: str, *, busy_ms: int) -> Iterator[Opened]:
    """Looks at the database at `url` without changing it.

    Raises:
        ForeignSchema: The database is not ours.
        StoreDown: The database cannot be opened.
    """
    engine, kind = _connect(url, busy_ms, 0)
    try:
        try:
            found, is_empty = _look(engine)
        except SQLAlchemyError as error:
            raise StoreDown(f"the database {_public(url)} cannot be opened: {_cause(error)}") from error
        if found is None and not is_empty:
            raise ForeignSchema(_refusal(url, found))
        name = engine.url.get_backend_name()
        yield Opened(_public(url), name, engine.url.database or "", found, engine, kind)
    finally:
        engine.dispose()


def open_store(url: str, *, busy_ms: int, max_pages: int = 0) -> SqlStore:
    """Opens the store at `url`. An empty database gets the schema; any other must have exactly this version's.

    Args:
        url: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE.
        busy_ms: Longest wait for another user of the database in milliseconds.
        max_pages: Most pages of a SQLite file, 0 for no bound.

    Raises:
        ForeignSchema: The database is not ours, or of another version.
        StoreDown: The database cannot be opened.
    """
    engine, kind = _connect(url, busy_ms, max_pages)
    try:
        found, is_empty = _look(engine)
        if is_empty:
            _upgrade(engine)
        elif found != head():
            raise ForeignSchema(_refusal(url, found))
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreDown(f"the database {_public(url)} cannot be opened: {_cause(error)}") from error
    except ForeignSchema:
        engine.dispose()
        raise
    return SqlStore(engine, kind)


def upgrade(url: str, *, busy_ms: int) -> tuple[str | None, str]:
    """Brings the database at `url` to this version's schema and returns the revisions before and after.

    Raises:
        ForeignSchema: The database is not ours, or newer than this version.
        StoreDown: The database cannot be opened or changed.
    """
    engine, _ = _connect(url, busy_ms, 0)
    try:
        found, is_empty = _look(engine)
        known = {script.revision for script in _scripts().walk_revisions()}
        if not is_empty and found not in known:
            raise ForeignSchema(_refusal(url, found))
        _upgrade(engine)
    except SQLAlchemyError as error:
        raise StoreDown(f"the database {_public(url)} cannot be upgraded: {_cause(error)}") from error
    finally:
        engine.dispose()
    return found, head()


def head() -> str:
    """Returns the revision of the schema that this version of the server uses."""
    revision = _scripts().get_current_head()
    assert revision is not None, "Invariant: the migrations have one head"  # noqa: S101 - packaged with us
    return revision


def _connect(url: str, busy_ms: int, max_pages: int) -> tuple[sa.Engine, dialect.Dialect]:
    """Makes connections for a URL."""
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise StoreDown(f"{url!r} is no database URL; write sqlite:///PATH or postgresql://...") from error
    return dialect.connect(parsed, busy_ms, max_pages)


def _config() -> alembic.config.Config:
    """Makes the migration tool's configuration, with the scripts that are packaged with us."""
    config = alembic.config.Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    """Finds the packaged migrations."""
    return ScriptDirectory.from_config(_config())


def _look(engine: sa.Engine) -> tuple[str | None, bool]:
    """Returns the revision of a database's schema, None when it says none, and whether there is no table at all."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        return found, not sa.inspect(connection).get_table_names()


def _upgrade(engine: sa.Engine) -> None:
    """Runs every missing migration in one transaction."""
    config = _config()
    with engine.connect() as connection:
        writing = connection.execution_options(pydispatch_writing=True)
        with writing.begin():
            config.attributes["connection"] = writing
            alembic.command.upgrade(config, "head")


def _refusal(url: str, found: str | None) -> str:
    """Says why a database is not touched and what to do."""
    if found is None:
        return f"the database {_public(url)} holds tables that are not pydispatch's; name another one"
    return (
        f"the database {_public(url)} has schema {found}, this server needs {head()}; "
        "run `pydispatch db upgrade`, or the server version that belongs to it"
    )


def _public(url: str) -> str:
    """Writes a URL without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)


def _cause(error: SQLAlchemyError) -> str:
    """Says on one line what the database answered, without the links that SQLAlchemy adds for its own users."""
    answer = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return " ".join(str(answer).split())
