"""Reads the outbox of one region in order, for everyone who sends its events on."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final

from pydispatch_server.owner import OwnerState, RegionOwner
from pydispatch_server.store.interface import Fenced
from pydispatch_server.store.outbox import Outbox, OutboxEvent

# Newest events kept in memory, so that those who are up to date share one reading.
RING_EVENTS: Final = 4096
# Without news the owner is looked at this often: one that was fenced has nothing more to send.
LOOK_EVERY_S: Final = 5.0


class OutboxReader:
    """The events of one region.

    Args:
        owner: The region's owner, who says when there is more.
        outbox: Where events are read.
        pool: Threads for reading.
    """

    def __init__(self, owner: RegionOwner, outbox: Outbox, pool: ThreadPoolExecutor) -> None:
        self._owner = owner
        self._outbox = outbox
        self._pool = pool
        self._ring: deque[OutboxEvent] = deque(maxlen=RING_EVENTS)
        self._reading = asyncio.Lock()

    @property
    def newest_sequence(self) -> int:
        """Sequence of the region's newest durable event."""
        return self._owner.state.sequence

    async def after(self, sequence: int, limit: int) -> list[OutboxEvent]:
        """Lists at most `limit` events after `sequence` without a gap between them.

        The first one need not be the next one: earlier events may no longer be kept.

        Raises:
            StoreDown: The store cannot be read.
        """
        async with self._reading:
            ring = self._ring
            if ring and ring[0].sequence <= sequence + 1 <= ring[-1].sequence:
                start = sequence + 1 - ring[0].sequence
                return list(islice(ring, start, start + limit))
            events = _without_gap(await self._read(sequence, limit))
            if events and (not ring or sequence >= ring[-1].sequence):
                if ring and events[0].sequence != ring[-1].sequence + 1:
                    ring.clear()
                ring.extend(events)
            return events

    async def wait(self, sequence: int) -> None:
        """Waits until there is an event after `sequence`.

        Raises:
            Fenced: Another server owns the region: it sends the events from now on.
        """
        while self.newest_sequence <= sequence:
            if self._owner.status is OwnerState.FENCED:
                raise Fenced(f"region {self._owner.state.id} was taken over")
            await self._owner.committed.wait(self._owner.committed.rings, LOOK_EVERY_S)

    async def _read(self, sequence: int, limit: int) -> list[OutboxEvent]:
        """Reads the store in a thread."""
        loop, region = asyncio.get_running_loop(), self._owner.state.id
        return await loop.run_in_executor(self._pool, self._outbox.events_after, region, sequence, limit)


def _without_gap(events: list[OutboxEvent]) -> list[OutboxEvent]:
    """Cuts a list before its first gap, which pruning by time may leave after a clock went back."""
    for index in range(1, len(events)):
        if events[index].sequence != events[index - 1].sequence + 1:
            return events[:index]
    return events
