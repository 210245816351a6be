"""What to do after a location stream broke."""

from __future__ import annotations

import enum

import grpc

from pydispatch_client.errors import DispatchClientError, Failure
from pydispatch_client.watching import is_broken_stream

# The server does not know the batches before the one it was sent: it was restarted, or has let the stream go.
SEQUENCE_REASONS = frozenset({"SEQUENCE_GAP"})


class NextStep(enum.Enum):
    """What to do after a break."""

    RECONNECT = enum.auto()
    # Under a new stream_id, numbering from 1.
    RENUMBER = enum.auto()
    FAIL = enum.auto()


def after_break(error: DispatchClientError | None) -> NextStep:
    """Returns what to do after a stream ended with `error`, or without one."""
    if error is None or is_broken_stream(error):
        return NextStep.RECONNECT
    return NextStep.RENUMBER if error.reason in SEQUENCE_REASONS else NextStep.FAIL


def closed_error() -> DispatchClientError:
    """Returns the error of a report to a streamer that is not open."""
    return DispatchClientError(Failure(grpc.StatusCode.CANCELLED, "the location streamer is not open"))


def gave_up_error() -> DispatchClientError:
    """Returns the error of a streamer whose server ends every stream at once."""
    return DispatchClientError(Failure(grpc.StatusCode.UNAVAILABLE, "the server keeps ending the location stream"))
