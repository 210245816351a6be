"""`pydispatch db upgrade | backup | verify | restore`: looks after a database, beside a server or without one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydispatch_server import backup
from pydispatch_server.audit_key import BadKey, key_file, load_or_create, trusted_keys
from pydispatch_server.backup_file import BadBackup, Header
from pydispatch_server.clock import SystemClock
from pydispatch_server.flags import add_flags, read_settings
from pydispatch_server.settings import Settings
from pydispatch_server.store.opening import upgrade

_DATABASE: Final = ("database_url", "store_busy_ms")
_KEYS: Final = ("audit_key_file", "audit_earlier_keys")

Command = Callable[[Settings, argparse.Namespace], None]


def run(arguments: list[str]) -> int:
    """Runs one of the commands and returns the exit code.

    Raises:
        StoreDown: The database cannot be used.
        ForeignSchema: The database is not ours or of another version.
        ValidationError: A setting is out of its bounds.
    """
    parsed = _parser().parse_args(arguments)
    command: Command = parsed.command
    try:
        command(read_settings(vars(parsed)), parsed)
    except (BadBackup, BadKey) as error:
        print(f"pydispatch-server: {error}", file=sys.stderr)  # noqa: T201 - one sentence for the operator
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    """Makes one parser a command."""
    parser = argparse.ArgumentParser(prog="pydispatch db", description="Looks after the server's database.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("upgrade", help="bring the schema to this version's")
    add_flags(one, _DATABASE)
    one.set_defaults(command=_upgrade)

    one = commands.add_parser("backup", help="write everything into one file, while servers go on")
    one.add_argument("file", type=Path, help="the new file")
    add_flags(one, (*_DATABASE, *_KEYS))
    one.set_defaults(command=_backup)

    one = commands.add_parser("verify", help="check a backup: its digest, its database, its audit")
    one.add_argument("file", type=Path, help="the backup")
    add_flags(one, ("database_url", *_KEYS))
    one.set_defaults(command=_verify)

    one = commands.add_parser("restore", help="verify a backup and make it the content of a database")
    one.add_argument("file", type=Path, help="the backup")
    one.add_argument("--replace", action="store_true", help="lose what the database has now")
    add_flags(one, (*_DATABASE, *_KEYS))
    one.set_defaults(command=_restore)
    return parser


def _upgrade(settings: Settings, _: argparse.Namespace) -> None:
    """Migrates the database and says from what to what."""
    before, after = upgrade(settings.database_url, busy_ms=settings.store_busy_ms)
    _say(f"schema {before or 'empty'} -> {after}")


def _backup(settings: Settings, given: argparse.Namespace) -> None:
    """Takes a backup and says what is in it."""
    header = backup.take(
        settings.database_url,
        given.file,
        audit_keys=_trusted(settings),
        now_ms=SystemClock().now_ms(),
        busy_ms=settings.store_busy_ms,
    )
    _say(f"{given.file}: {given.file.stat().st_size} bytes of schema {header.schema_revision}; {_regions(header)}")
    _say("the private key of the audit is not in it: keep that file, too")


def _verify(settings: Settings, given: argparse.Namespace) -> None:
    """Verifies a backup and says what is in it."""
    _tell(backup.look(given.file, _trusted(settings)), f"{given.file} is intact")


def _restore(settings: Settings, given: argparse.Namespace) -> None:
    """Restores a backup and says what is there now."""
    restored = backup.restore(
        given.file,
        settings.database_url,
        trusted=_trusted(settings),
        is_replacing=given.replace,
        busy_ms=settings.store_busy_ms,
    )
    _tell(restored, f"{given.file} is restored")


def _tell(verified: backup.Verified, outcome: str) -> None:
    """Says what a backup holds and on whose word."""
    taken = datetime.fromtimestamp(verified.header.taken_time_ms / 1000, UTC).isoformat(timespec="seconds")
    records = sum(checked.report.size for checked in verified.regions)
    confirmed = sum(checked.report.confirmed for checked in verified.regions)
    resources = sum(checked.resources for checked in verified.regions)
    _say(f"{outcome}: taken {taken}; {_regions(verified.header)}")
    _say(f"{records} audit records, {confirmed} of them under a signed checkpoint; {resources} resources as recorded")
    if verified.is_self_signed:
        _say("no key was given: checkpoints were judged by the keys that the backup names itself")


def _regions(header: Header) -> str:
    """Lists the regions of a backup."""
    told = ", ".join(f"{region.id} up to change {region.sequence}" for region in header.regions)
    return told or "no regions"


def _trusted(settings: Settings) -> list[str]:
    """Returns the public halves of the keys that are believed here, none where none is kept.

    Raises:
        BadKey: A key cannot be used.
    """
    earlier = settings.audit_earlier_keys.split()
    try:
        path = key_file(settings.audit_key_file, settings.database_url)
    except BadKey:
        return earlier
    return trusted_keys(load_or_create(path, ""), settings.audit_earlier_keys) if path.exists() else earlier


def _say(text: str) -> None:
    """Writes one line of the answer."""
    print(text)  # noqa: T201 - the command's answer
