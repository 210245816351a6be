"""An exported audit chain, and its verification without the server.

This is a second implementation on purpose: nothing but `hashlib`, and Ed25519 of `cryptography`. Whoever trusts neither
the server nor the engine can read these lines. The layout is described in docs/audit.md:

    a line "pydispatch audit 1", a line with the region, then frames: "R" or "C", u32 length, bytes, and after the bytes
    of a record its 32-byte link
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAGIC = b"pydispatch audit 1\n"
RECORD, CHECKPOINT = b"R", b"C"
DIGEST_BYTES = 32
# No record and no note is longer; a length beyond it means that the file is damaged.
FRAME_MAX_BYTES = 16 * 1024
LINE_MAX_BYTES = 256
_LENGTH_BYTES = 4
_KEY_ID_BYTES = 4
_ED25519 = b"\x01"
_DASH = "\u2014 "
# Where a record says its number and its region.
_SEQUENCE = slice(1, 9)
_REGION_AT = 1 + 3 * 8 + 2 * DIGEST_BYTES


class BadFile(Exception):
    """The file is no exported audit chain, or a key is none; the text says why."""


class ChainFault(Exception):
    """Something is wrong with the chain; the text says what and with which record."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One record with its link, or one checkpoint's note without."""

    kind: bytes
    content: bytes
    link: bytes = b""


@dataclass(frozen=True, slots=True)
class Checked:
    """A chain in which nothing is wrong.

    Attributes:
        records: How many there are.
        confirmed: Records covered by the newest signed checkpoint.
        link: Link of the newest record.
        root: Root of the Merkle tree over all records.
    """

    records: int
    confirmed: int
    link: bytes
    root: bytes


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a checkpoint says."""

    size: int
    root: bytes
    link: bytes


@dataclass(slots=True)
class _Tree:
    """The roots of the perfect subtrees over the leaves so far, largest first."""

    size: int = 0
    edge: list[bytes] = field(default_factory=list)

    def push(self, leaf: bytes) -> None:
        """Adds a leaf."""
        rest = self.size
        while rest & 1:
            leaf = hashlib.sha256(b"\x01" + self.edge.pop() + leaf).digest()
            rest >>= 1
        self.edge.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Returns the root, that of nothing for no leaves."""
        if not self.edge:
            return hashlib.sha256(b"").digest()
        *lefts, node = self.edge
        for left in reversed(lefts):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node


def write_header(file: BinaryIO, region: str) -> None:
    """Begins a file."""
    file.write(MAGIC + region.encode() + b"\n")


def write_frame(file: BinaryIO, frame: Frame) -> None:
    """Adds a record or a checkpoint."""
    file.write(frame.kind + len(frame.content).to_bytes(_LENGTH_BYTES, "big") + frame.content + frame.link)


def read_header(file: BinaryIO) -> str:
    """Reads the beginning of a file and returns the region.

    Raises:
        BadFile: It is no exported audit chain.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise BadFile("this is no exported audit chain")
    line = file.readline(LINE_MAX_BYTES)
    try:
        return line.removesuffix(b"\n").decode("ascii")
    except UnicodeDecodeError as error:
        raise BadFile("the file names no region") from error


def read_frames(file: BinaryIO) -> Iterator[Frame]:
    """Reads the frames after the header.

    Raises:
        BadFile: The file is damaged or cut off.
    """
    while kind := file.read(1):
        length = int.from_bytes(file.read(_LENGTH_BYTES), "big")
        if kind not in (RECORD, CHECKPOINT) or not 0 < length <= FRAME_MAX_BYTES:
            raise BadFile("the file is damaged: a frame is of no known kind or length")
        content = file.read(length)
        link = file.read(DIGEST_BYTES) if kind == RECORD else b""
        if len(content) != length or (kind == RECORD and len(link) != DIGEST_BYTES):
            raise BadFile("the file is cut off")
        yield Frame(kind, content, link)


def verify(region: str, frames: Iterable[Frame], public_key: str, known_notes: Iterable[str] = ()) -> Checked:
    """Recomputes a chain and compares it with every checkpoint.

    Args:
        region: Identifier of the region.
        frames: Records in order; checkpoints anywhere.
        public_key: Whose checkpoints are believed, "name+id+base64".
        known_notes: Checkpoints kept elsewhere.

    Raises:
        ChainFault: Something is wrong; the first such thing is told.
        BadFile: The key is of no known form.
    """
    signed = [_open(note, region, public_key) for note in known_notes]
    tree = _Tree()
    link = hashlib.sha256(b"\x03" + region.encode()).digest()
    # Size -> root and link of the chain there, wherever a checkpoint may speak of it.
    known_sizes = {one.size for one in signed}
    states: dict[int, _Signed] = {}
    for frame in frames:
        if frame.kind == CHECKPOINT:
            signed.append(_open(frame.content.decode("utf-8", "replace"), region, public_key))
            states.setdefault(tree.size, _Signed(tree.size, tree.root(), link))
            continue
        link = _next_link(frame, tree, link, region)
        if tree.size in known_sizes:
            states[tree.size] = _Signed(tree.size, tree.root(), link)
    for one in signed:
        _compare(one, states, tree.size)
    return Checked(tree.size, max((one.size for one in signed), default=0), link, tree.root())


def _next_link(frame: Frame, tree: _Tree, link: bytes, region: str) -> bytes:
    """Checks one record against the link before it and returns its own."""
    number, record = tree.size + 1, frame.content
    named = record[_REGION_AT : _REGION_AT + 1 + len(region)]
    if record[:1] != b"\x01" or named != bytes((len(region),)) + region.encode():
        raise ChainFault(f"record {number} is no record of region {region}")
    own = int.from_bytes(record[_SEQUENCE], "big")
    if own != number:
        raise ChainFault(f"where record {number} should be there is record {own}")
    leaf = hashlib.sha256(b"\x00" + record).digest()
    computed = hashlib.sha256(b"\x02" + link + leaf).digest()
    if computed != frame.link:
        raise ChainFault(f"record {number} or its link was altered")
    tree.push(leaf)
    return computed


def _compare(signed: _Signed, states: dict[int, _Signed], records: int) -> None:
    """Compares a checkpoint with the chain at its size."""
    if signed.size > records:
        raise ChainFault(f"records {records + 1} to {signed.size} are missing: a checkpoint covers {signed.size}")
    if signed.size and states.get(signed.size) != signed:
        raise ChainFault(f"the records up to {signed.size} are not those that were signed")


def _open(note: str, region: str, public_key: str) -> _Signed:
    """Checks the signature of a checkpoint and reads it."""
    name, key_id, key = _read_key(public_key)
    text, separator, signatures = note.rpartition("\n\n")
    text += "\n"
    try:
        lines = [line.removeprefix(_DASH).split(" ") for line in signatures.splitlines() if line.startswith(_DASH)]
        decoded = [base64.b64decode(line[1], validate=True) for line in lines if line[0] == name and len(line) == 2]
        (signature,) = (one[_KEY_ID_BYTES:] for one in decoded if one[:_KEY_ID_BYTES] == key_id)
        key.verify(signature, text.encode())
        origin, size, root, link, _ = text.splitlines()
        signed = _Signed(int(size), base64.b64decode(root, validate=True), bytes.fromhex(link.removeprefix("link ")))
    except (ValueError, InvalidSignature) as error:
        raise ChainFault("a checkpoint is not signed by the trusted key, or is none") from error
    if not separator or origin != f"{name}/regions/{region}":
        raise ChainFault(f"a checkpoint is of {origin}, not of region {region}")
    return signed


def _read_key(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """Reads "name+id+base64"."""
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:_KEY_ID_BYTES]
        if raw[:1] != _ED25519 or bytes.fromhex(key_id) != expected:
            raise BadFile("the public key is damaged: its parts do not belong together")
        return name, expected, Ed25519PublicKey.from_public_bytes(raw[1:])
    except (ValueError, binascii.Error) as error:
        raise BadFile("the public key is not of the form name+id+base64") from error
