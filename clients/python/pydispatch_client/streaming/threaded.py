"""The threaded shell of a location stream, for programs without an event loop. All decisions are in `core`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any

import grpc

from pydispatch_client import methods
from pydispatch_client.errors import DispatchClientError, FlushIncomplete, from_rpc_error
from pydispatch_client.fixes import FixTuple
from pydispatch_client.streaming.core import DEFAULT_STREAMER_OPTIONS, StreamerCore, StreamerCounters, StreamerOptions
from pydispatch_client.streaming.outcome import NextStep, after_break, closed_error, gave_up_error
from pydispatch_client.transport import Transport
from pydispatch_client.watching import retry_after_s


class LocationStreamer:
    """Sends fixes in batches over one stream, again after a break, until they are acknowledged.

    Use it in a `with` block, which opens the stream and flushes it at the end. `report` never waits and may be called
    from several threads.
    """

    def __init__(
        self, transport: Transport, parent: str, *, label: str = "", options: StreamerOptions = DEFAULT_STREAMER_OPTIONS
    ) -> None:
        """Prepares a streamer; see `Locations.stream`."""
        self._transport = transport
        self._options = options
        self._core = StreamerCore(parent, label, options)
        self._wake = _Wake()
        self._has_to_stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._call: Any = None
        self._failure: DispatchClientError | None = None

    @property
    def stream_id(self) -> str:
        """The name of the stream at the server."""
        return self._core.stream_id

    def counters(self) -> StreamerCounters:
        """Returns what has happened to the fixes so far."""
        return self._core.counters()

    def report(
        self,
        technician_id: str,
        lat_deg: float,
        lon_deg: float,
        event_time_ms: int,
        accuracy_m: float = 0.0,
        speed_mps: float = 0.0,
        heading_deg: float = 0.0,
    ) -> None:
        """Takes one fix; units are those of the message `Fix`. Returns at once.

        Raises:
            DispatchClientError: The stream has failed for good, or is closed.
        """
        self.report_many([(technician_id, lat_deg, lon_deg, event_time_ms, accuracy_m, speed_mps, heading_deg)])

    def report_many(self, fixes: Iterable[FixTuple]) -> None:
        """Takes many fixes; several times cheaper a fix than `report`. Returns at once.

        Raises:
            DispatchClientError: The stream has failed for good, or is closed.
        """
        self._check_open()
        if self._core.offer(fixes, time.monotonic()):
            self._wake.notify()

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._core.is_closing or self._thread is None:
            raise closed_error()

    def __enter__(self) -> LocationStreamer:
        self._thread = threading.Thread(target=self._run, name="pydispatch-locations", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except DispatchClientError:
            # The caller's own error says more than that fixes were lost by it.
            if error is None:
                raise

    def close(self, deadline_s: float | None = None) -> StreamerCounters:
        """Sends what is left and waits until it is acknowledged. Closing again does nothing more.

        Args:
            deadline_s: How long to wait; None takes the options' `close_deadline_s`.

        Returns:
            The final counters.

        Raises:
            FlushIncomplete: Fixes were not acknowledged in time.
            DispatchClientError: The stream had failed for good.
        """
        limit_s = self._options.close_deadline_s if deadline_s is None else deadline_s
        self._core.begin_closing()
        self._wake.notify()
        if self._thread is not None:
            self._thread.join(limit_s)
            self._has_to_stop.set()
            self._cancel_call()
            self._thread.join()
        if self._failure is not None:
            raise self._failure
        counters = self.counters()
        if counters.buffered or counters.unacknowledged:
            raise FlushIncomplete(counters.buffered + counters.unacknowledged, limit_s)
        return counters

    def _cancel_call(self) -> None:
        call = self._call
        if call is not None:
            call.cancel()

    def _is_finished(self) -> bool:
        return self._has_to_stop.is_set() or (self._core.is_closing and self._core.is_drained)

    def _run(self) -> None:
        """Keeps a stream open until everything is sent and the streamer is closing."""
        timer = self._transport.backoff_timer()
        while not self._is_finished():
            acknowledged_before = self._core.counters().acknowledged
            error = self._serve_one_stream()
            if self._is_finished():
                return
            if self._core.counters().acknowledged > acknowledged_before:
                timer.reset()
            step = after_break(error)
            delay_s = timer.next_delay_s(retry_after_s(error))
            if step is NextStep.FAIL or delay_s is None or self._transport.is_closed:
                self._failure = error or gave_up_error()
                return
            if step is NextStep.RENUMBER:
                self._core.renumber()
            self._core.disconnected()
            self._transport.tell_break(methods.STREAM_LOCATIONS, error, delay_s)
            self._has_to_stop.wait(delay_s)

    def _serve_one_stream(self) -> DispatchClientError | None:
        """Opens a stream and serves it until it ends; returns why it broke, None when the server just ended it."""
        has_ended = threading.Event()
        try:
            self._call = self._transport.open_bidi(methods.STREAM_LOCATIONS, self._frames(has_ended))
            if self._has_to_stop.is_set():
                self._cancel_call()
            for answer in self._call:
                self._core.acknowledge(answer, time.monotonic())
                self._wake.notify()
        except grpc.RpcError as error:
            return from_rpc_error(error, methods.STREAM_LOCATIONS.path)
        finally:
            has_ended.set()
            self._wake.notify()
        return None

    def _frames(self, has_ended: threading.Event) -> Iterator[bytes]:
        """Yields whatever is due, in a thread of grpcio; its end closes the sending side."""
        while not has_ended.is_set():
            seen = self._wake.count
            now_s = time.monotonic()
            frame = self._core.next_frame(now_s)
            if frame is not None:
                yield frame
            elif self._core.is_closing and self._core.is_drained:
                return
            elif self._core.is_stalled(now_s):
                self._cancel_call()
                return
            else:
                self._wake.wait(seen, self._core.wait_s(now_s))


class _Wake:
    """A counter to wait on, so that a notification between looking and waiting is not lost."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.count = 0

    def notify(self) -> None:
        """Wakes the waiter."""
        with self._condition:
            self.count += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout_s: float | None) -> None:
        """Waits until the count is no longer `seen`, or for `timeout_s` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self.count != seen, timeout_s)
