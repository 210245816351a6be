"""Keeps how far the webhooks of one region have got, many steps in one transaction.

What is lost when the server dies is at most what was delivered since the last writing, which is then delivered again.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from pydispatch_server.owner import RegionOwner
from pydispatch_server.store.interface import StoreDown
from pydispatch_server.store.outbox import DeliveryRow, Outbox, Progress, WebhookCursor

# Progress is written at most this often, so that receivers never compete with bookings for the disk.
WRITE_EVERY_S: Final = 0.5
STORE_PAUSE_S: Final = 1.0
# Deliveries kept of one webhook.
DELIVERIES_KEPT: Final = 1000

_log = structlog.get_logger(__name__)


class Ledger:
    """The progress of one region's webhooks.

    Args:
        owner: The region's owner, whose epoch says whether progress may still be written.
        outbox: Where progress is kept.
        pool: Threads for writing.
    """

    def __init__(self, owner: RegionOwner, outbox: Outbox, pool: ThreadPoolExecutor) -> None:
        self._owner = owner
        self._outbox = outbox
        self._pool = pool
        self._progress = Progress()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()

    def note(self, cursor: WebhookCursor, delivery: DeliveryRow | None = None) -> None:
        """Remembers a step to be written soon."""
        self._progress.cursors[cursor.webhook] = cursor
        if delivery is not None:
            self._progress.deliveries[(delivery.webhook, delivery.number)] = delivery
            if delivery.number > DELIVERIES_KEPT:
                self._progress.forgotten[delivery.webhook] = delivery.number - DELIVERIES_KEPT
        self._wake.set()

    async def forget(self, webhooks: list[str]) -> None:
        """Removes everything kept of webhooks that are gone.

        Raises:
            StoreDown: It was not removed; whoever starts next does it.
        """
        for webhook in webhooks:
            self._progress.cursors.pop(webhook, None)
            self._progress.forgotten.pop(webhook, None)
        for key in [key for key in self._progress.deliveries if key[0] in webhooks]:
            del self._progress.deliveries[key]
        async with self._writing:
            loop, region = asyncio.get_running_loop(), self._owner.state.id
            await loop.run_in_executor(self._pool, self._outbox.forget, region, webhooks)

    async def run(self) -> None:
        """Writes progress until cancelled.

        Raises:
            Fenced: Another server owns the region.
        """
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.write()
            except StoreDown as error:
                _log.warning("progress of webhooks not kept yet", region=self._owner.state.id, error=str(error))
                self._wake.set()
                await asyncio.sleep(STORE_PAUSE_S)
            await asyncio.sleep(WRITE_EVERY_S)

    async def write(self) -> None:
        """Writes what was noted.

        Raises:
            StoreDown: It was not written and will be with the next writing.
            Fenced: Another server owns the region.
        """
        async with self._writing:
            progress, self._progress = self._progress, Progress()
            if not progress:
                return
            loop, state = asyncio.get_running_loop(), self._owner.state
            try:
                await loop.run_in_executor(self._pool, self._outbox.save, state.id, state.epoch, progress)
            except StoreDown:
                self._take_back(progress)
                raise

    def _take_back(self, progress: Progress) -> None:
        """Puts what could not be written under what was noted meanwhile."""
        newer = self._progress
        progress.cursors.update(newer.cursors)
        progress.deliveries.update(newer.deliveries)
        progress.forgotten.update(newer.forgotten)
        self._progress = progress
