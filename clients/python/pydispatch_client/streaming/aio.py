"""The asyncio shell of a location stream. All decisions are in `core`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import grpc

from pydispatch_client import methods
from pydispatch_client.errors import DispatchClientError, FlushIncomplete, from_rpc_error
from pydispatch_client.fixes import FixTuple
from pydispatch_client.streaming.core import DEFAULT_STREAMER_OPTIONS, StreamerCore, StreamerCounters, StreamerOptions
from pydispatch_client.streaming.outcome import NextStep, after_break, closed_error, gave_up_error
from pydispatch_client.transport import AsyncTransport
from pydispatch_client.watching import retry_after_s


class AsyncLocationStreamer:
    """Sends fixes in batches over one stream, again after a break, until they are acknowledged.

    Use it in an `async with` block, which opens the stream and flushes it at the end. `report` never waits.
    """

    def __init__(
        self,
        transport: AsyncTransport,
        parent: str,
        *,
        label: str = "",
        options: StreamerOptions = DEFAULT_STREAMER_OPTIONS,
    ) -> None:
        """Prepares a streamer; see `AsyncLocations.stream`."""
        self._transport = transport
        self._options = options
        self._core = StreamerCore(parent, label, options)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
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
            self._wake.set()

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._core.is_closing or self._task is None:
            raise closed_error()

    async def __aenter__(self) -> AsyncLocationStreamer:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except DispatchClientError:
            # The caller's own error says more than that fixes were lost by it.
            if error is None:
                raise

    async def close(self, deadline_s: float | None = None) -> StreamerCounters:
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
        self._wake.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=limit_s)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._failure is not None:
            raise self._failure
        counters = self.counters()
        if counters.buffered or counters.unacknowledged:
            raise FlushIncomplete(counters.buffered + counters.unacknowledged, limit_s)
        return counters

    async def _run(self) -> None:
        """Keeps a stream open until everything is sent and the streamer is closing."""
        timer = self._transport.backoff_timer()
        while not (self._core.is_closing and self._core.is_drained):
            acknowledged_before = self._core.counters().acknowledged
            error = await self._serve_one_stream()
            if self._core.is_closing and self._core.is_drained:
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
            await asyncio.sleep(delay_s)

    async def _serve_one_stream(self) -> DispatchClientError | None:
        """Opens a stream and serves it until it ends; returns why it broke, None when the server just ended it."""
        call = self._transport.open_bidi(methods.STREAM_LOCATIONS)
        reader = asyncio.create_task(self._read(call))
        writer = asyncio.create_task(self._write(call))
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            if not reader.done() and writer.result():
                return None
            await reader
        except grpc.RpcError as error:
            return from_rpc_error(error, methods.STREAM_LOCATIONS.path)
        finally:
            call.cancel()
            reader.cancel()
            writer.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
        return None

    async def _read(self, call: grpc.aio.StreamStreamCall[Any, Any]) -> None:
        async for answer in call:
            self._core.acknowledge(answer, time.monotonic())
            self._wake.set()

    async def _write(self, call: grpc.aio.StreamStreamCall[Any, Any]) -> bool:
        """Writes what is due; returns True when the stream should be left, False when reading tells how it ended."""
        while True:
            self._wake.clear()
            now_s = time.monotonic()
            frame = self._core.next_frame(now_s)
            if frame is not None:
                try:
                    await call.write(frame)
                except (grpc.RpcError, asyncio.InvalidStateError):
                    return False
            elif self._core.is_stalled(now_s) or (self._core.is_closing and self._core.is_drained):
                return True
            else:
                await self._wait_for_wake(self._core.wait_s(now_s))

    async def _wait_for_wake(self, timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return
