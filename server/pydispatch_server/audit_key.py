"""The key that signs audit checkpoints: kept in a file that only the server's account can read, made at first start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from pydispatch.audit import Key, Verifier

SEED_BYTES: Final = 32
MAX_KEY_FILE_BYTES: Final = 4096
PRIVATE_MODE: Final = 0o600
_OTHERS: Final = 0o077


class BadKey(Exception):
    """The key's file cannot be used; the text says why."""


def key_file(given: Path | None, database_url: str) -> Path:
    """Returns where the key is: where the settings say, else next to the database file.

    Raises:
        BadKey: Nothing is set and the database is no file.
    """
    if given is not None:
        return given
    database = sa.make_url(database_url).database
    if not database_url.startswith("sqlite") or not database:
        raise BadKey("a database that is no file needs the setting audit_key_file")
    return Path(database).with_suffix(".audit-key")


def load_or_create(path: Path, name: str) -> Key:
    """Reads the key, or makes one when there is no file yet.

    Args:
        path: The key's file.
        name: Name of a new key.

    Raises:
        BadKey: The file holds no key, or others may read it.
    """
    if not path.exists():
        _create(path, name)
    if path.stat().st_mode & _OTHERS:
        raise BadKey(f"{path} can be read by others: take their rights away, or name another file")
    try:
        return Key(path.read_text(encoding="ascii")[:MAX_KEY_FILE_BYTES])
    except ValueError as error:
        raise BadKey(f"{path} holds no key: {error}") from error


def trusted_keys(key: Key, earlier: str) -> list[str]:
    """Returns the public halves of all keys whose checkpoints are believed, the present one first.

    Args:
        key: The present key.
        earlier: Those of earlier keys, separated by white space.

    Raises:
        BadKey: One of them is none.
    """
    trusted = [key.public_text, *earlier.split()]
    try:
        Verifier("", trusted)
    except ValueError as error:
        raise BadKey(f"audit_earlier_keys: {error}") from error
    return trusted


def _create(path: Path, name: str) -> None:
    """Writes a new key, wholly or not at all, and its public half beside it."""
    try:
        key = Key.from_seed(name, secrets.token_bytes(SEED_BYTES))
    except ValueError as error:
        raise BadKey(str(error)) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE), "w") as file:
        file.write(key.secret_text() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # Never in place of a key that another process has just made.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    path.with_name(f"{path.name}.pub").write_text(key.public_text + "\n", encoding="ascii")
