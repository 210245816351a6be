"""Writes chain.json, the small chain by which another implementation can check itself. Uses nothing but hashlib."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

REGION = "harbour"
NONE = bytes(32)


def sha256(*parts: bytes) -> bytes:
    """Hashes the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def text(value: str) -> bytes:
    """Writes a text with its length."""
    data = value.encode()
    return bytes((len(data),)) + data


def encode(sequence: int, epoch: int, time_ms: int, before: bytes, after: bytes, *texts: str) -> bytes:
    """Writes a record."""
    numbers = sequence.to_bytes(8, "big") + epoch.to_bytes(8, "big") + time_ms.to_bytes(8, "big", signed=True)
    return b"\x01" + numbers + before + after + b"".join(map(text, texts))


def root(leaves: list[bytes]) -> bytes:
    """Returns the root as RFC 6962, 2.1 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01", root(leaves[:split]), root(leaves[split:]))


def chain() -> dict[str, object]:
    """Returns the chain: a visit comes, changes and goes, a customer comes and is erased."""
    steps = [
        ("visit.assigned", "visits/v1", b"first", 7),
        ("customer.created", "customers/c1", "Zoë, 王芳".encode(), 8),
        ("visit.moved", "visits/v1", b"second", 7),
        ("customer.erased", "customers/c1", b"erased", 9),
        ("visit.cancelled", "visits/v1", None, 7),
    ]
    link, leaves, digests, records = sha256(b"\x03", REGION.encode()), [], {}, []
    for sequence, (event_type, short_name, content, salt_byte) in enumerate(steps, start=1):
        resource, salt = f"regions/{REGION}/{short_name}", bytes([salt_byte]) * 16
        before = digests.get(resource, NONE)
        after = sha256(b"\x04", salt, content) if content is not None else NONE
        digests[resource] = after
        texts = (REGION, event_type, resource, f"1-{sequence}", "p1", "caller")
        record = encode(sequence, 1, 1_700_000_000_000 + sequence, before, after, *texts)
        leaves.append(sha256(b"\x00", record))
        link = sha256(b"\x02", link, leaves[-1])
        records.append(
            {
                "event_type": event_type,
                "resource": resource,
                "content": content.hex() if content is not None else None,
                "salt": salt.hex(),
                "record": record.hex(),
                "leaf": leaves[-1].hex(),
                "link": link.hex(),
                "root": root(leaves).hex(),
            }
        )
    return {"region": REGION, "genesis": sha256(b"\x03", REGION.encode()).hex(), "records": records}


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("chain.json"))
    target.write_text(json.dumps(chain(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
