"""Packs fixes into protobuf bytes by hand, because a city sends tens of thousands a second.

A `Fix` has a fixed layout but for its technician_id and its varint time. Both are cached as bytes, and one `struct`
call a fix packs the rest; `make bench-fixes` compares that with filling messages. What does not fit the layout is
packed by protobuf itself. Start at `FixEncoder.encode_many`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from pydispatch_client import messages as m

# The fields of `Fix` in their order: technician_id, lat_deg, lon_deg, event_time_ms, accuracy_m, speed_mps,
# heading_deg. Plain tuples, because making anything richer costs more than packing it.
FixTuple = tuple[str, float, float, int, float, float, float]

# `StreamLocationsRequest.fixes` and `BatchReportLocationsRequest.fixes`, as tags of length-delimited fields.
STREAM_FIXES_TAG = 0x22
REPORT_FIXES_TAG = 0x12
# Tags inside a fix: (field number << 3) | wire type. The fields keep the names they have in `Fix`.
_TAG_ID = 0x0A
_TAG_LAT = 0x11
_LON = 0x19
_TIME = 0x20
_ACCURACY = 0x2D
_SPEED = 0x35
_HEADING = 0x3D
# All that follows _TAG_LAT: each value with the tag of the next field after it.
_NUMBERS = struct.Struct("<dBdB6sBfBfBf")
# Times whose varint takes exactly six bytes: 1971 to 2109.
_MIN_TIME_MS = 1 << 35
_MAX_TIME_MS = (1 << 42) - 1

# Most fixes in one message, as the contract says.
MAX_FIXES_PER_MESSAGE = 10_000
# Beyond these sizes a cache starts again: more technicians than a city has, more times than fixes under way have.
MAX_CACHED_TECHNICIANS = 262_144
MAX_CACHED_TIMES = 65_536


def varint(value: int) -> bytes:
    """Returns the varint of a number from 0 to 2**64 - 1."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class FixEncoder:
    """Packs fixes as elements of one repeated field. Not safe to share between threads."""

    def __init__(self, tag: int) -> None:
        """Prepares an encoder for the repeated field with this tag."""
        self._tag = bytes([tag])
        self._prefixes = _Prefixes(self._tag)
        self._times = _Times()

    def encode_many(self, fixes: Iterable[FixTuple]) -> list[bytes]:
        """Returns each fix with its tag and length, ready to be joined. O(fixes).

        Args:
            fixes: The fixes; units are those of the message `Fix`.

        Raises:
            TypeError: A value is not of its type.
        """
        fixes = fixes if isinstance(fixes, Sequence) else list(fixes)
        prefixes, times, pack = self._prefixes, self._times, _NUMBERS.pack
        try:
            # Written out in one expression: a function call a fix would cost more than all of the packing.
            return [
                prefixes[technician_id]
                + pack(lat, _LON, lon, _TIME, times[time_ms], _ACCURACY, accuracy, _SPEED, speed, _HEADING, heading)
                for technician_id, lat, lon, time_ms, accuracy, speed, heading in fixes
            ]
        except (_OddTime, OverflowError, struct.error):
            return [self.encode_message(_message(fix)) for fix in fixes]

    def encode_message(self, fix: m.Fix) -> bytes:
        """Returns one `Fix` message with its tag and length."""
        body = fix.SerializeToString()
        return self._tag + varint(len(body)) + body


def _message(fix: FixTuple) -> m.Fix:
    technician_id, lat_deg, lon_deg, event_time_ms, accuracy_m, speed_mps, heading_deg = fix
    return m.Fix(
        technician_id=technician_id,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        event_time_ms=event_time_ms,
        accuracy_m=accuracy_m,
        speed_mps=speed_mps,
        heading_deg=heading_deg,
    )


class _Prefixes(dict[str, bytes]):
    """What comes before the numbers of a technician's fix: tag, length, technician_id and the first number's tag."""

    def __init__(self, tag: bytes) -> None:
        super().__init__()
        self._tag = tag

    def __missing__(self, technician_id: str) -> bytes:
        if len(self) >= MAX_CACHED_TECHNICIANS:
            self.clear()
        raw_id = technician_id.encode()
        id_field = bytes([_TAG_ID]) + varint(len(raw_id)) + raw_id + bytes([_TAG_LAT])
        prefix = self[technician_id] = self._tag + varint(len(id_field) + _NUMBERS.size) + id_field
        return prefix


class _OddTime(Exception):
    """A time whose varint does not take six bytes."""


class _Times(dict[int, bytes]):
    """Varints of times; the fixes of one tick share theirs."""

    def __missing__(self, time_ms: int) -> bytes:
        if not _MIN_TIME_MS <= time_ms <= _MAX_TIME_MS:
            raise _OddTime(time_ms)
        if len(self) >= MAX_CACHED_TIMES:
            self.clear()
        packed = self[time_ms] = varint(time_ms)
        return packed


class FixBatch:
    """Fixes for one `report`, packed as they are added. Keep one and `clear` it: what it knows of technicians stays."""

    def __init__(self, fixes: Iterable[FixTuple] = ()) -> None:
        """Begins with these fixes."""
        self._encoder = FixEncoder(REPORT_FIXES_TAG)
        self._packed: list[bytes] = []
        self.extend(fixes)

    def __len__(self) -> int:
        return len(self._packed)

    def add(
        self,
        technician_id: str,
        lat_deg: float,
        lon_deg: float,
        event_time_ms: int,
        accuracy_m: float = 0.0,
        speed_mps: float = 0.0,
        heading_deg: float = 0.0,
    ) -> None:
        """Adds one fix; units are those of the message `Fix`."""
        self.extend([(technician_id, lat_deg, lon_deg, event_time_ms, accuracy_m, speed_mps, heading_deg)])

    def extend(self, fixes: Iterable[FixTuple]) -> None:
        """Adds many fixes; several times cheaper a fix than `add`."""
        self._packed += self._encoder.encode_many(fixes)

    def clear(self) -> None:
        """Removes all fixes."""
        self._packed.clear()

    def report_bytes(self, parent: str) -> bytes:
        """Returns the bytes of a `BatchReportLocationsRequest` with these fixes."""
        raw_parent = parent.encode()
        return b"".join((b"\x0a", varint(len(raw_parent)), raw_parent, *self._packed))


def stream_header(parent: str, stream_id: str, sequence: int) -> bytes:
    """Returns the bytes of a `StreamLocationsRequest` that come before its fixes."""
    raw_parent, raw_id = parent.encode(), stream_id.encode()
    return b"".join(
        (b"\x0a", varint(len(raw_parent)), raw_parent, b"\x12", varint(len(raw_id)), raw_id, b"\x18", varint(sequence))
    )
