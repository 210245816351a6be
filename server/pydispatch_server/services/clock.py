"""ClockService, only present with a manual clock: time moves when told, and what is due happens on the way."""

from __future__ import annotations

import asyncio
from typing import Final

from pydispatch_protos.dispatch.v1 import clock_service_pb2 as pb

from pydispatch_server import reasons
from pydispatch_server.clock import ManualClock
from pydispatch_server.errors import invalid_field
from pydispatch_server.messages import timestamp, to_ms
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context

# A longer jump gets this many ticks, evenly spaced.
MAX_TICKS_PER_ADVANCE: Final = 1000


class ClockServicer:
    """Reads and moves the manual clock.

    Args:
        placement: Finds every region's owner.
        clock: The clock to move.
        tick_interval_ms: Clock time between ticks.
    """

    def __init__(self, placement: Placement, clock: ManualClock, tick_interval_ms: int) -> None:
        self._placement = placement
        self._clock = clock
        self._tick_interval_ms = tick_interval_ms
        self._next_tick_ms = clock.now_ms() + tick_interval_ms
        self._moving = asyncio.Lock()

    async def get_clock(self, _: pb.GetClockRequest, __: Context) -> pb.GetClockResponse:
        """Reads the clock."""
        return pb.GetClockResponse(time=timestamp(self._clock.now_ms()))

    async def advance_clock(self, request: pb.AdvanceClockRequest, _: Context) -> pb.AdvanceClockResponse:
        """Moves the clock forward, tick by tick, or sets it; every region has finished each tick before the next."""
        target_ms = to_ms(request.time)
        async with self._moving:
            if request.jump:
                self._clock.jump_to(target_ms)
                self._next_tick_ms = target_ms + self._tick_interval_ms
                return pb.AdvanceClockResponse(time=timestamp(target_ms))
            if target_ms < self._clock.now_ms():
                raise invalid_field("time", reasons.CLOCK_BACKWARDS, "must not be before the clock's present time")
            step_ms = max(self._tick_interval_ms, (target_ms - self._clock.now_ms()) // MAX_TICKS_PER_ADVANCE)
            while self._next_tick_ms <= target_ms:
                self._clock.move_to(max(self._next_tick_ms, self._clock.now_ms()))
                await asyncio.gather(*(owner.tick() for owner in self._placement.owners()))
                self._next_tick_ms = self._clock.now_ms() + step_ms
            self._clock.move_to(target_ms)
            self._next_tick_ms = min(self._next_tick_ms, target_ms + self._tick_interval_ms)
            return pb.AdvanceClockResponse(time=timestamp(target_ms))
