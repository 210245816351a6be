# Made from _async/clock.py by `make client-sync`: edit that file.
"""The server's clock; only a server started with a manual clock has one to offer."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client.transport import Transport


class Clock:
    """Reads and moves a manual clock. Raises Unimplemented on a server that runs on the system's."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, *, timeout_s: float | None = None) -> datetime:
        """Returns the time on the clock, in UTC."""
        response = self._transport.unary(methods.GET_CLOCK, m.GetClockRequest(), timeout_s)
        return response.time.ToDatetime(UTC)

    def advance(self, time: datetime | Timestamp, *, timeout_s: float | None = None) -> datetime:
        """Moves the clock forward and returns the time on it, in UTC.

        The answer comes when everything due by then has happened and is durable.

        Args:
            time: The new time, not before the present one; a datetime without a zone is UTC.
            timeout_s: Deadline; None takes the default of clocks.
        """
        request = m.AdvanceClockRequest(time=time)
        response = self._transport.unary(methods.ADVANCE_CLOCK, request, timeout_s)
        return response.time.ToDatetime(UTC)
