"""Takes backups, looks at them and puts them back.

A backup is a SQLite database whatever the store is, so one taken from a SQLite file can be restored into PostgreSQL and
the other way. Nothing is restored before all of it has been verified: the file by its digest, the database by SQLite,
every region by its audit.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from pydispatch_server import backup_file
from pydispatch_server.audit_check import Checked, check_region
from pydispatch_server.backup_file import BadBackup, Header, SavedRegion
from pydispatch_server.store import copying, schema
from pydispatch_server.store.interface import ForeignSchema, StoreDown
from pydispatch_server.store.opening import Opened, head, opened, upgrade

BUSY_MS: Final = 5000


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup that may be believed.

    Attributes:
        header: What it says of itself.
        regions: What was found in each region; all of it intact.
        is_self_signed: Its checkpoints were judged by the keys that it names itself.
    """

    header: Header
    regions: list[Checked]
    is_self_signed: bool


def take(url: str, path: Path, *, audit_keys: list[str], now_ms: int, busy_ms: int) -> Header:
    """Writes a backup of everything in a database as of one moment. Servers go on meanwhile.

    Args:
        url: The database.
        path: The new file.
        audit_keys: Public halves of the keys that sign here, to be told in the backup.
        now_ms: Present time in milliseconds since the Unix epoch.
        busy_ms: Longest wait for another user of the database in milliseconds.

    Raises:
        BadBackup: There is a file of that name.
        StoreDown: The database cannot be read.
        ForeignSchema: The database is not ours, or one whose version must be backed up with that version.
        OSError: The file cannot be written.
    """
    if path.exists():
        raise BadBackup(f"{path} exists already; name another file")
    with opened(url, busy_ms=busy_ms) as source, _folder(path.absolute().parent) as folder:
        database = folder / "backup.db"
        if source.revision is None:
            raise BadBackup("the database is empty: there is nothing to keep")
        if source.kind == "sqlite":
            _copy_file(source, database)
        else:
            _copy_rows(source, database)
        with closing(sqlite3.connect(database)) as copy:
            regions = [SavedRegion(id=row[0], epoch=row[1], sequence=row[2]) for row in copy.execute(_REGIONS)]
        header = Header(
            schema_revision=source.revision,
            taken_time_ms=now_ms,
            source=source.kind,
            regions=regions,
            audit_keys=audit_keys,
        )
        backup_file.write(path, header, database)
        return header


def look(path: Path, trusted: Sequence[str]) -> Verified:
    """Verifies a backup.

    Args:
        path: The file.
        trusted: Public halves of the keys whose checkpoints are believed; when empty, those that the backup names.

    Raises:
        BadBackup: It may not be believed.
        ForeignSchema: It is of a later version than this one.
        OSError: It cannot be read.
    """
    with _unpacked(path, trusted) as (_, verified):
        return verified


def restore(path: Path, url: str, *, trusted: Sequence[str], is_replacing: bool, busy_ms: int) -> Verified:
    """Verifies a backup and makes it the content of a database, in one transaction.

    Every region gets a higher epoch than it had in the backup and in the database, so that no owner from before can
    commit any more.

    Args:
        path: The file.
        url: The database. It gets the schema when it is empty.
        trusted: As for `look`.
        is_replacing: Whether the regions that the database has may go.
        busy_ms: Longest wait for another user of the database in milliseconds.

    Raises:
        BadBackup: It may not be believed, or the database has regions that may not go. Nothing was changed.
        ForeignSchema: The backup or the database is of another version.
        StoreDown: The database cannot be used. Nothing was changed.
        OSError: The file cannot be read.
    """
    with _unpacked(path, trusted) as (database, verified):
        with opened(url, busy_ms=busy_ms) as target:
            if target.revision is None:
                upgrade(url, busy_ms=busy_ms)
            elif target.revision != head():
                raise ForeignSchema(target.refusal())
        with (
            opened(f"sqlite:///{database}", busy_ms=BUSY_MS) as source,
            opened(url, busy_ms=busy_ms) as target,
            source.reading() as reading,
            target.writing() as writing,
        ):
            _replace(reading, target, writing, is_replacing=is_replacing)
        return verified


_REGIONS: Final = "SELECT region, epoch, sequence FROM region_owner ORDER BY region"


def _replace(source: sa.Connection, database: Opened, target: sa.Connection, *, is_replacing: bool) -> None:
    """Puts the rows of one database in the place of those of another."""
    owner = schema.region_owner
    epochs = dict(target.execute(sa.select(owner.c.region, owner.c.epoch)).all())
    if epochs and not is_replacing:
        listed = ", ".join(sorted(epochs)[:5])
        raise BadBackup(f"the database has regions ({listed}): name an empty one, or say --replace to lose them")
    database.empty(target)
    copying.copy_rows(source, target)
    for region, epoch in target.execute(sa.select(owner.c.region, owner.c.epoch)).all():
        above = max(epoch, epochs.get(region, 0)) + 1
        target.execute(sa.update(owner).where(owner.c.region == region).values(epoch=above))


def _copy_file(source: Opened, database: Path) -> None:
    """Copies a SQLite file."""
    assert source.database, "Invariant: a SQLite database that was opened has a file"  # noqa: S101 - just opened
    try:
        copying.copy_sqlite(Path(source.database), database)
    except sqlite3.Error as error:
        raise StoreDown(f"the database cannot be copied: {error}") from error


def _copy_rows(source: Opened, database: Path) -> None:
    """Copies the rows of any other database into a new SQLite file."""
    if source.revision != head():
        raise ForeignSchema(f"{source.refusal()}; back it up with that version")
    url = f"sqlite:///{database}"
    upgrade(url, busy_ms=BUSY_MS)
    with opened(url, busy_ms=BUSY_MS) as target, source.reading() as reading, target.writing() as writing:
        copying.copy_rows(reading, writing)
    copying.close_log(database)


@contextmanager
def _unpacked(path: Path, trusted: Sequence[str]) -> Iterator[tuple[Path, Verified]]:
    """Unpacks a backup into a folder that goes with the context, verifies it and brings it to this version's schema."""
    with _folder(None) as folder:
        database = folder / "backup.db"
        header = backup_file.unpack(path, database)
        _check_file(path, database)
        url = f"sqlite:///{database}"
        upgrade(url, busy_ms=BUSY_MS)
        keys = list(trusted) or header.audit_keys
        with opened(url, busy_ms=BUSY_MS) as copy:
            regions = [check_region(copy.audit(), region.id, keys) for region in header.regions]
        faults = [checked.faults() for checked in regions if not checked.is_intact]
        if faults:
            raise BadBackup(f"{path} does not agree with its audit and was not used: {' / '.join(faults)}")
        yield database, Verified(header, regions, not trusted)


def _check_file(path: Path, database: Path) -> None:
    """Lets SQLite look at the whole file."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise BadBackup(f"{path} holds no database: {error}") from error
    if found != "ok":
        raise BadBackup(f"the database in {path} is damaged: {found}")


@contextmanager
def _folder(parent: Path | None) -> Iterator[Path]:
    """Makes a folder that only this account can read and that goes with the context."""
    with tempfile.TemporaryDirectory(prefix="pydispatch-backup-", dir=parent) as folder:
        yield Path(folder)
