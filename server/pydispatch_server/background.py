"""What happens by itself: ticks under the system clock, pruning of old records, reading ahead, looks at the store."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from pydispatch.errors import DispatchError
from pydispatch_server.clock import Clock, ClockGuard, ManualClock
from pydispatch_server.owner import RegionOwner
from pydispatch_server.placement import InProcessPlacement
from pydispatch_server.settings import Settings
from pydispatch_server.store.interface import Ownership, Store, StoreDown

HOUR_MS: Final = 3_600_000
# Rows removed in one transaction: writers wait no longer than for so many.
PRUNE_ROWS: Final = 5000
# Visits read ahead in one turn of a thread: about two milliseconds.
READ_AHEAD_VISITS: Final = 200
# The store is asked this often who owns each region: nobody need write for its absence to be noticed.
PROBE_EVERY_S: Final = 2.0

_log = structlog.get_logger(__name__)


class Background:
    """The server's own tasks. They start with it; `stop` ends them.

    Args:
        placement: Finds every region's owner.
        store: What is pruned.
        clock: Where `now` comes from. A manual clock brings its own ticks.
        settings: Intervals and how long records are kept.
        pool: Threads for the store.
    """

    def __init__(
        self, placement: InProcessPlacement, store: Store, clock: Clock, settings: Settings, pool: ThreadPoolExecutor
    ) -> None:
        self._placement = placement
        self._store = store
        self._clock = clock
        self._settings = settings
        self._pool = pool
        self._guard = ClockGuard(clock)
        self._tasks = [
            asyncio.create_task(self._maintain(), name="maintenance"),
            asyncio.create_task(self._read_ahead(), name="read-ahead"),
            asyncio.create_task(self._probe(), name="probes"),
        ]
        if not isinstance(clock, ManualClock):
            self._tasks.append(asyncio.create_task(self._tick(), name="ticks"))

    async def stop(self) -> None:
        """Ends every task."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tick(self) -> None:
        """Lets time pass in every region, again and again; not while the clock may be wrong."""
        while True:
            await asyncio.sleep(self._settings.tick_interval_s)
            if self._guard.is_astray():
                continue
            await asyncio.gather(*(_tick_one(owner) for owner in self._placement.owners()))

    async def _maintain(self) -> None:
        """Prunes old answers and events, again and again."""
        while True:
            await asyncio.sleep(self._settings.maintenance_interval_s)
            for owner in self._placement.owners():
                await self._prune(owner.state.id)

    async def _read_ahead(self) -> None:
        """Reads the open visits of every region once, some at a time: the server is ready before they are."""
        loop = asyncio.get_running_loop()
        for owner in self._placement.owners():
            state = owner.state
            waiting = state.open_ids()
            for first in range(0, len(waiting), READ_AHEAD_VISITS):
                part = waiting[first : first + READ_AHEAD_VISITS]
                await loop.run_in_executor(self._pool, state.read_ahead, part)

    async def _probe(self) -> None:
        """Asks the store who owns each region, again and again."""
        while True:
            await asyncio.sleep(PROBE_EVERY_S)
            for owner in self._placement.owners():
                owner.take_probe(await self._ownership(owner.state.id))

    async def _ownership(self, region: str) -> Ownership | None:
        """Asks the store who owns a region; None when it cannot say."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._store.ownership, region)
        except StoreDown:
            return None

    async def _prune(self, region: str) -> None:
        """Prunes one region, a bounded part at a time."""
        now_ms = self._clock.now_ms()
        if not isinstance(self._clock, ManualClock):
            # A clock that has jumped ahead must not make anything look old.
            now_ms = min(now_ms, self._guard.steady_ms())
        results_ms = now_ms - self._settings.keep_results_h * HOUR_MS
        events_ms = now_ms - self._settings.keep_events_h * HOUR_MS
        loop = asyncio.get_running_loop()
        try:
            gone = PRUNE_ROWS
            while gone >= PRUNE_ROWS:
                gone = await loop.run_in_executor(
                    self._pool, self._store.prune, region, results_ms, events_ms, PRUNE_ROWS
                )
        except StoreDown as error:
            _log.warning("pruning failed", region=region, error=str(error))


async def _tick_one(owner: RegionOwner) -> None:
    """Lets time pass in one region; a region that cannot take it now gets the next one."""
    try:
        await owner.tick()
    except DispatchError as error:
        _log.warning("tick failed", region=owner.state.id, error=str(error))
