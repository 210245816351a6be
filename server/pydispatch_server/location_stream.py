"""One StreamLocations call: batches in, acknowledgements out.

Reading goes on while an acknowledgement is on its way, and the next one tells of everything taken meanwhile: under load
there are fewer acknowledgements than batches, at rest each batch has its own at once. A partner who does not take its
acknowledgements stops being read when its credit is used up, and is refused when that lasts; nobody else notices.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import grpc

from pydispatch import LocationStream, request_region
from pydispatch.errors import DispatchError, Overloaded, Unavailable
from pydispatch_server import reasons
from pydispatch_server.clock import Clock
from pydispatch_server.lane import Lane
from pydispatch_server.owner import RegionOwner
from pydispatch_server.placement import Placement

# How long a partner that has used up its credit may leave acknowledgements waiting.
STUCK_AFTER_S: Final = 2.0
ELSEWHERE_RETRY_S: Final = 0.1
# Tag of a first field that is text, and lengths that take one byte.
_TEXT_1: Final = 0x0A
_ONE_BYTE: Final = 0x80


class LocationCall:
    """One call on its way.

    Args:
        context: Reads from and writes to the call.
        placement: Finds the owner of a region.
        clock: Where `now` comes from.
        lane: Where batches are taken.
    """

    def __init__(
        self, context: grpc.aio.ServicerContext[Any, Any], placement: Placement, clock: Clock, lane: Lane
    ) -> None:
        self._context = context
        self._placement = placement
        self._clock = clock
        self._lane = lane
        self._writing: asyncio.Task[None] | None = None
        self._parent = b""
        self._owner: RegionOwner
        self._stream: LocationStream

    async def serve(self) -> None:
        """Serves the call to its end. What was taken is acknowledged even when what follows is refused.

        Raises:
            DispatchError: A batch is refused, or the server stops.
        """
        try:
            await self._take_all()
            await self._settle()
        except Overloaded:
            # Waiting for this partner any longer is what is refused.
            raise
        except DispatchError:
            await self._settle()
            raise
        finally:
            if self._writing is not None:
                self._writing.cancel()

    async def _take_all(self) -> None:
        """Takes batch after batch until the caller has no more."""
        read, now_ms, lane = self._context.read, self._clock.now_ms, self._lane
        has_credit = True
        while (request := await read()) is not grpc.aio.EOF:
            if not has_credit:
                await self._settle()
            if not self._parent or not request.startswith(self._parent):
                await self._turn_to(request)
            has_credit = await lane.run(self._stream.take, request, now_ms())
            self._owner.live_feed.ring()
            if self._writing is None or self._writing.done():
                self._writing = asyncio.create_task(self._acknowledge())
            if self._owner.live_feed.is_closed:
                raise Unavailable(
                    f"region {self._owner.state.id} is no longer served here",
                    reason=reasons.SHUTTING_DOWN,
                    retry_after_s=ELSEWHERE_RETRY_S,
                )

    async def _turn_to(self, request: bytes) -> None:
        """Finds the region of a batch that does not begin like the one before.

        Raises:
            InvalidRequest: The bytes name no region.
            NotFound: There is no such region.
        """
        await self._settle()
        self._owner = self._placement.owner(request_region(request))
        self._stream = self._owner.engine.location_stream()
        is_usual = request[0] == _TEXT_1 and request[1] < _ONE_BYTE
        self._parent = request[: 2 + request[1]] if is_usual else b""

    async def _settle(self) -> None:
        """Waits until everything is acknowledged, or the partner has left it waiting for too long."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=STUCK_AFTER_S)

    async def _acknowledge(self) -> None:
        """Writes acknowledgements until none is owed."""
        try:
            while (answer := self._stream.acknowledgement()) is not None:
                await self._context.write(answer)
        except grpc.aio.InternalError:
            # The caller is gone, which reading tells as well.
            return
