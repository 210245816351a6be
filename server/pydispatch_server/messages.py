"""Small helpers for protobuf values that several modules need: times, copies and the states of visits."""

from __future__ import annotations

from typing import Final, TypeVar

from google.protobuf import message
from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import types_pb2 as types

MessageT = TypeVar("MessageT", bound=message.Message)

FINAL_STATES: Final = frozenset(
    (types.VISIT_STATE_COMPLETED, types.VISIT_STATE_FAILED, types.VISIT_STATE_CANCELLED, types.VISIT_STATE_EXPIRED)
)
# States in which a visit may still go to another technician.
MOVABLE_STATES: Final = frozenset((types.VISIT_STATE_UNASSIGNED, types.VISIT_STATE_PLANNED, types.VISIT_STATE_ACCEPTED))
FINAL_BOOKING_STATES: Final = frozenset(
    (bookings.BOOKING_STATE_COMPLETED, bookings.BOOKING_STATE_CANCELLED, bookings.BOOKING_STATE_FAILED)
)


def set_ms(time: Timestamp, time_ms: int) -> None:
    """Sets a timestamp to milliseconds since the Unix epoch."""
    seconds, rest_ms = divmod(time_ms, 1000)
    time.seconds = seconds
    time.nanos = rest_ms * 1_000_000


def timestamp(time_ms: int) -> Timestamp:
    """Makes a timestamp of milliseconds since the Unix epoch."""
    seconds, rest_ms = divmod(time_ms, 1000)
    return Timestamp(seconds=seconds, nanos=rest_ms * 1_000_000)


def to_ms(time: Timestamp) -> int:
    """Returns a timestamp in milliseconds since the Unix epoch."""
    return time.seconds * 1000 + time.nanos // 1_000_000


def copy_of(original: MessageT) -> MessageT:
    """Returns a copy that may be changed. What has been committed is never changed in place."""
    copy = type(original)()
    copy.CopyFrom(original)
    return copy
