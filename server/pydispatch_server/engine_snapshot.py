"""Writes what an engine begins with straight from the rows of the store; messages are never taken apart here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import Snapshot
from pydispatch_protos.dispatch.v1.region_service_pb2 import Region

from pydispatch_server.messages import FINAL_STATES
from pydispatch_server.store.interface import RegionRecords

_LENGTH_DELIMITED: Final = 2
_SEVEN_BITS: Final = 0x7F
_MORE: Final = 0x80


def snapshot(region: Region, records: RegionRecords) -> bytes:
    """Returns the serialised Snapshot of a region. O(bytes).

    Args:
        region: The region.
        records: Everything kept of it.
    """
    is_open = (row[1] for row in records.visits if row[2] not in FINAL_STATES)
    parts = [
        *_field("region", [region.SerializeToString()]),
        *_field("technicians", (row[1] for row in records.technicians)),
        *_field("services", (row[1] for row in records.services)),
        *_field("visits", is_open),
    ]
    return b"".join(parts)


def _field(name: str, messages: Iterable[bytes]) -> Iterator[bytes]:
    """Writes serialised messages as the values of one field of a Snapshot."""
    number: int = Snapshot.DESCRIPTOR.fields_by_name[name].number
    tag = _varint(number << 3 | _LENGTH_DELIMITED)
    heads: dict[int, bytes] = {}
    for data in messages:
        head = heads.get(len(data))
        if head is None:
            head = heads[len(data)] = tag + _varint(len(data))
        yield head
        yield data


def _varint(value: int) -> bytes:
    """Writes an unsigned number as protobuf does."""
    written = bytearray()
    while value > _SEVEN_BITS:
        written.append(value & _SEVEN_BITS | _MORE)
        value >>= 7
    written.append(value)
    return bytes(written)
