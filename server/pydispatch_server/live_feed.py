"""Wakes the watchers of one region's live index: of its positions and of what happens at its geofences.

Nothing is queued here. A watcher that is woken asks the engine for what is new to it, so a slow one holds up nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pydispatch import Engine
from pydispatch.errors import Overloaded
from pydispatch_server import reasons

RETRY_AFTER_S: Final = 5.0


class Bell:
    """Something that any number of tasks can wait for, again and again."""

    __slots__ = ("_event", "rings")

    def __init__(self) -> None:
        self.rings = 0
        self._event: asyncio.Event | None = None

    def ring(self) -> None:
        """Wakes everybody who waits."""
        self.rings += 1
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self, heard: int, timeout_s: float | None) -> bool:
        """Waits until it has rung since `rings` was `heard`; False when it did not in time."""
        if self.rings != heard:
            return True
        if self._event is None:
            self._event = asyncio.Event()
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


class LiveFeed:
    """The bells of one region.

    Args:
        engine: The region's engine.
        watchers_max: Most watchers.

    Attributes:
        moved: Rings when positions may have changed.
        happened: Rings when there are new events at geofences.
        is_closed: The server stops: streams end.
    """

    def __init__(self, engine: Engine, watchers_max: int) -> None:
        self.moved = Bell()
        self.happened = Bell()
        self.is_closed = False
        self._closing = Bell()
        self._engine = engine
        self._sequence = engine.geofence_sequence()
        self._watchers_max = watchers_max
        self._watchers = 0

    def ring(self) -> None:
        """Wakes whoever may have something new to hear. Called after fixes were taken and after time has passed."""
        if self._watchers == 0:
            return
        self.moved.ring()
        sequence = self._engine.geofence_sequence()
        if sequence != self._sequence:
            self._sequence = sequence
            self.happened.ring()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Counts a watcher.

        Raises:
            Overloaded: There are as many watchers as are taken.
        """
        if self._watchers >= self._watchers_max:
            raise Overloaded(
                "the region has as many watchers as it takes",
                reason=reasons.TOO_MANY_WATCHERS,
                retry_after_s=RETRY_AFTER_S,
            )
        self._watchers += 1
        try:
            yield
        finally:
            self._watchers -= 1

    async def sleep(self, seconds: float) -> None:
        """Sleeps, but not beyond the end of the server."""
        if not self.is_closed:
            await self._closing.wait(self._closing.rings, seconds)

    def close(self) -> None:
        """Ends every stream."""
        self.is_closed = True
        for bell in (self._closing, self.moved, self.happened):
            bell.ring()
