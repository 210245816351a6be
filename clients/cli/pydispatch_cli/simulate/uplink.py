"""The stream of fixes to the server: batches up, acknowledgements down, begun anew when the server has been away."""

import asyncio
import time
from collections import Counter
from typing import Any

import grpc.aio
from pydispatch_protos.dispatch.v1 import location_service_pb2

from pydispatch_cli.simulate.link import MAX_TRIES, RETRIED, RETRY_PAUSE_S, Link

MAX_FIXES = 5_000
"""Fixes of one batch; the contract allows 10,000."""

OUTCOMES = ("applied", "duplicate", "older", "far_future", "impossible_jump", "invalid", "unknown_technician")


class Uplink:
    """One stream, one batch under way at a time: a step's fixes are known to the server before it is asked anything.

    Attributes:
        counts: What became of the fixes, by the server's own account.
        latencies_ms: Time from each batch to its acknowledgement.
    """

    def __init__(self, link: Link, region_name: str) -> None:
        self._link = link
        self._region_name = region_name
        self._stream: Any = None
        self._number = 0
        self._sequence = 0
        self.counts: Counter[str] = Counter()
        self.latencies_ms: list[float] = []

    async def send(self, fixes: list[location_service_pb2.Fix]) -> None:
        """Sends fixes and waits until the server has taken them."""
        for begin in range(0, len(fixes), MAX_FIXES):
            await self._send_batch(fixes[begin : begin + MAX_FIXES])

    async def close(self) -> None:
        """Ends the stream."""
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None

    async def _send_batch(self, fixes: list[location_service_pb2.Fix]) -> None:
        for attempt in range(1, MAX_TRIES + 1):
            try:
                await self._exchange(fixes)
            except grpc.aio.AioRpcError as error:
                self._stream = None
                if error.code() not in RETRIED or attempt == MAX_TRIES:
                    raise
                await asyncio.sleep(RETRY_PAUSE_S)
            else:
                return

    async def _exchange(self, fixes: list[location_service_pb2.Fix]) -> None:
        if self._stream is None or self._stream.done():
            self._stream = self._link.locations.StreamLocations()
            self._number, self._sequence = self._number + 1, 0
        self._sequence += 1
        begin = time.perf_counter()
        await self._stream.write(
            location_service_pb2.StreamLocationsRequest(
                parent=self._region_name, stream_id=f"simulation-{self._number}", sequence=self._sequence, fixes=fixes
            )
        )
        while True:
            answer = await self._stream.read()
            if answer is grpc.aio.EOF:
                # The status of the ended stream tells why; a polite end counts as a server that is away.
                code = await self._stream.code()
                raise grpc.aio.AioRpcError(
                    grpc.StatusCode.UNAVAILABLE if code is grpc.StatusCode.OK else code,
                    grpc.aio.Metadata(),
                    grpc.aio.Metadata(),
                    await self._stream.details(),
                )
            for name in OUTCOMES:
                self.counts[name] += getattr(answer.counts, name)
            if answer.acknowledged_sequence >= self._sequence:
                break
        self.latencies_ms.append((time.perf_counter() - begin) * 1000)
