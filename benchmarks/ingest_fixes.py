"""Messages of fixes as bytes, made ahead so that sending them costs the generator next to nothing.

A message is a header (region, stream, sequence) and a body of fixes that all have one event time. A body is written
once; each time it is sent its event times are replaced in the bytes, so that every fix is newer than the one before.
"""

from __future__ import annotations

from pydispatch_client.fixes import stream_header
from pydispatch_protos.dispatch.v1.location_service_pb2 import Fix, StreamLocationsRequest

REGION = "regions/default"
CENTER_LAT_DEG, CENTER_LON_DEG = 37.7749, -122.4194
# How far a technician goes from one pass over all to the next, in degrees: 5 cm, for which a millisecond is enough.
STEP_DEG = 5e-7
# Any time whose bytes appear nowhere else in a body.
_MARK_MS = 1_234_567_890_123


def technician_id(number: int) -> str:
    """Returns the identifier of technician `number`; all have the same length."""
    return f"t-{number:06d}"


def _time_field(time_ms: int) -> bytes:
    """Returns the field event_time_ms as it stands in a body."""
    return Fix(event_time_ms=time_ms).SerializeToString()


class Body:
    """The fixes of some technicians at one place each.

    Args:
        numbers: Who.
        step: The how-manieth place of each.
    """

    def __init__(self, numbers: range, step: int) -> None:
        request = StreamLocationsRequest()
        for number in numbers:
            request.fixes.add(
                technician_id=technician_id(number),
                lat_deg=CENTER_LAT_DEG + number % 317 * 3e-4 + step * STEP_DEG,
                lon_deg=CENTER_LON_DEG + number % 331 * 3e-4,
                event_time_ms=_MARK_MS,
                accuracy_m=5.0,
                speed_mps=1.5,
                heading_deg=90.0,
            )
        self._bytes = request.SerializeToString()
        self._mark = _time_field(_MARK_MS)
        assert self._bytes.count(self._mark) == len(numbers)
        self.fix_count = len(numbers)

    def at(self, time_ms: int) -> bytes:
        """Returns the body with this event time in every fix."""
        return self._bytes.replace(self._mark, _time_field(time_ms))


class Messages:
    """The endless messages of one stream, about the same technicians again and again.

    Args:
        stream_id: Name of the stream.
        technicians: Whom it reports.
        batch_fixes: Fixes of a message.
        first_ms: Event time of the first pass; each pass is a millisecond later than the one before.
    """

    def __init__(self, stream_id: str, technicians: range, batch_fixes: int, first_ms: int) -> None:
        self._stream_id = stream_id
        self._bodies = [
            [Body(technicians[first : first + batch_fixes], step) for first in range(0, len(technicians), batch_fixes)]
            for step in (0, 1)
        ]
        self._first_ms = first_ms
        self.sequence = 0

    def next(self) -> tuple[bytes, int]:
        """Returns the next message and its number of fixes."""
        passed, part = divmod(self.sequence, len(self._bodies[0]))
        body = self._bodies[passed % 2][part]
        self.sequence += 1
        header = stream_header(REGION, self._stream_id, self.sequence)
        return header + body.at(self._first_ms + passed), body.fix_count
