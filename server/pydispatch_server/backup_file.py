"""The form of a backup file: a line of JSON, a compressed SQLite database, and the SHA-256 of all that.

One form for every store: SQLite promises to read its files for decades, on any machine. What is in the database, and
whether it may be believed, is `backup`'s to say.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

FORMAT: Final = "pydispatch-backup"
VERSION: Final = 1
DIGEST_BYTES: Final = 32
HEADER_MAX_BYTES: Final = 1 << 20
CHUNK_BYTES: Final = 1 << 20
# Personal data is in it.
PRIVATE_MODE: Final = 0o600
_FAST: Final = 3
# What zlib calls gzip's own frame, with the widest window.
_GZIP: Final = 31


class BadBackup(Exception):
    """A backup cannot be used; the text says why in one sentence."""


class SavedRegion(BaseModel):
    """How far a region had come.

    Attributes:
        id: Identifier.
        epoch: Epoch under which it was owned.
        sequence: Number of its newest change.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    epoch: int
    sequence: int


class Header(BaseModel):
    """What a backup says of itself.

    Attributes:
        format: Always "pydispatch-backup".
        version: Version of the form of the file.
        schema_revision: Revision of the schema of the database in it.
        taken_time_ms: When it was taken, in milliseconds since the Unix epoch.
        source: Kind of database it was taken from.
        regions: The regions, ordered by identifier.
        audit_keys: Public halves of the keys whose checkpoints were believed there.
    """

    model_config = ConfigDict(frozen=True)

    format: str = FORMAT
    version: int = VERSION
    schema_revision: str
    taken_time_ms: int
    source: str
    regions: list[SavedRegion]
    audit_keys: list[str]


def write(path: Path, header: Header, database: Path) -> None:
    """Writes a backup, wholly or not at all; readable by the account alone, on the disk when this returns.

    Args:
        path: The new file.
        header: What it says of itself.
        database: The SQLite file that goes in.

    Raises:
        BadBackup: There is a file of that name.
        OSError: It cannot be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE), "wb") as file:
            digesting = _Digesting(file)
            digesting.write(header.model_dump_json().encode() + b"\n")
            with (
                gzip.GzipFile(filename="", fileobj=digesting, mode="wb", compresslevel=_FAST, mtime=0) as packed,
                database.open("rb") as source,
            ):
                shutil.copyfileobj(source, packed, CHUNK_BYTES)
            file.write(digesting.digest())
            file.flush()
            os.fsync(file.fileno())
        # Never in place of another file.
        os.link(draft, path)
    except FileExistsError as error:
        raise BadBackup(f"{path} exists already; name another file") from error
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.absolute().parent)


def unpack(path: Path, database: Path) -> Header:
    """Reads a backup: first its digest, then what it says of itself, then the database.

    Args:
        path: The file.
        database: Where the SQLite file goes.

    Raises:
        BadBackup: It is no backup, of a later form, cut short or altered.
        OSError: It cannot be read, or the database cannot be written.
    """
    with path.open("rb") as file:
        header = _read_header(file, path)
        start = file.tell()
        end = _check_digest(file, path)
        file.seek(start)
        with database.open("wb") as target:
            try:
                for part in _decompressed(_chunks(file, end - start)):
                    target.write(part)
            except (EOFError, zlib.error) as error:
                raise BadBackup(f"{path} is damaged: {error}") from error
    return header


def _read_header(file: IO[bytes], path: Path) -> Header:
    """Reads the first line."""
    line = file.readline(HEADER_MAX_BYTES)
    try:
        header = Header.model_validate_json(line)
    except ValidationError as error:
        raise BadBackup(f"{path} is no pydispatch backup") from error
    if header.format != FORMAT:
        raise BadBackup(f"{path} is no pydispatch backup")
    if header.version != VERSION:
        raise BadBackup(f"{path} is a backup of form {header.version}, this version reads form {VERSION}")
    return header


def _check_digest(file: IO[bytes], path: Path) -> int:
    """Compares the digest at the end with everything before it and returns where it begins."""
    end = os.fstat(file.fileno()).st_size - DIGEST_BYTES
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in _chunks(file, end):
        digest.update(chunk)
    if file.read(DIGEST_BYTES) != digest.digest():
        raise BadBackup(f"{path} is damaged: its digest is not that of its content; nothing was changed")
    return end


def _chunks(file: IO[bytes], count: int) -> Iterator[bytes]:
    """Reads the next `count` bytes, or as many as there are."""
    while count > 0 and (chunk := file.read(min(CHUNK_BYTES, count))):
        count -= len(chunk)
        yield chunk


def _decompressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undoes gzip.

    Raises:
        EOFError: The end is missing.
        zlib.error: It is not what gzip wrote.
    """
    inflate = zlib.decompressobj(wbits=_GZIP)
    for chunk in chunks:
        yield inflate.decompress(chunk)
    if not inflate.eof:
        raise EOFError("its end is missing")


def _sync_folder(folder: Path) -> None:
    """Makes a new name in a folder durable."""
    with _opened(folder) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Opens a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class _Digesting:
    """A file that digests what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        """Writes and digests."""
        self._digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Writes what is waiting."""
        self._file.flush()

    def digest(self) -> bytes:
        """Returns the digest of everything written."""
        return self._digest.digest()
