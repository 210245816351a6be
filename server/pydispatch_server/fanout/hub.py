"""Keeps everything that sends events on: for each region a reader, a Redis stream where configured, its webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import structlog
from pydispatch_protos.dispatch.v1 import webhook_service_pb2 as pb

from pydispatch_server import names
from pydispatch_server.fanout.delivery import Delivery
from pydispatch_server.fanout.ledger import Ledger
from pydispatch_server.fanout.reader import OutboxReader
from pydispatch_server.fanout.redis_stream import RedisStream
from pydispatch_server.fanout.sending import Sender, TargetRules
from pydispatch_server.owner import RegionOwner
from pydispatch_server.placement import InProcessPlacement
from pydispatch_server.redis_link import RedisLink
from pydispatch_server.settings import Settings
from pydispatch_server.store.interface import Fenced, Store, StoreDown
from pydispatch_server.store.outbox import WebhookCursor

STORE_PAUSE_S: Final = 1.0

_log = structlog.get_logger(__name__)


class Fanout:
    """Sends the events of every region on.

    Args:
        placement: Finds every region's owner, and says when there is a new one.
        store: Where events and progress are kept.
        settings: Bounds of webhooks and streams.
        pool: Threads for the store.
        redis: The connection to Redis, None where none is configured.
        rules: Where webhooks may be sent.
    """

    def __init__(
        self,
        placement: InProcessPlacement,
        store: Store,
        settings: Settings,
        pool: ThreadPoolExecutor,
        redis: RedisLink | None,
        rules: TargetRules,
    ) -> None:
        self._placement = placement
        self._store = store
        self._settings = settings
        self._pool = pool
        self._redis = redis
        self._rules = rules
        self._regions: dict[str, RegionFanout] = {}

    async def start(self) -> None:
        """Begins to send on what every region has, and what later ones will have."""
        self._sender = Sender(self._settings, self._rules)
        for owner in self._placement.owners():
            self._follow(owner)
        self._placement.on_owned = self._follow

    async def stop(self) -> None:
        """Stops sending; what is not sent yet will be after the next start."""
        self._placement.on_owned = None
        await asyncio.gather(*(region.stop() for region in self._regions.values()))
        await self._sender.close()

    def region(self, region_id: str) -> RegionFanout | None:
        """Returns what sends the events of a region, None while the server starts or stops."""
        return self._regions.get(region_id)

    def _follow(self, owner: RegionOwner) -> None:
        """Begins with one region."""
        region = RegionFanout(owner, self._store, self._settings, self._pool, self._redis, self._sender)
        self._regions[owner.state.id] = region


class RegionFanout:
    """Sends the events of one region on until stopped, or until another server owns the region.

    Args:
        owner: The region's owner.
        store: Where events and progress are kept.
        settings: Bounds.
        pool: Threads for the store.
        redis: The connection to Redis, None where none is configured.
        sender: Sends requests to webhooks.
    """

    def __init__(
        self,
        owner: RegionOwner,
        store: Store,
        settings: Settings,
        pool: ThreadPoolExecutor,
        redis: RedisLink | None,
        sender: Sender,
    ) -> None:
        self._owner = owner
        self._store = store
        self._settings = settings
        self._pool = pool
        self._sender = sender
        self._reader = OutboxReader(owner, store.outbox, pool)
        self._ledger = Ledger(owner, store.outbox, pool)
        self._deliveries: dict[str, Delivery] = {}
        self._senders: dict[str, asyncio.Task[None]] = {}
        self._tasks = [self._spawn(self._ledger.run(), "ledger"), self._spawn(self._follow_webhooks(), "webhooks")]
        if redis is not None:
            stream = RedisStream(owner.state.id, self._reader, redis, settings.redis_stream_max)
            self._tasks.append(self._spawn(stream.run(), "redis-stream"))

    def delivery(self, webhook_id: str) -> Delivery | None:
        """Returns what sends to a webhook, None when nothing does yet."""
        return self._deliveries.get(webhook_id)

    async def stop(self) -> None:
        """Ends every task and keeps how far webhooks have got."""
        tasks = [*self._tasks, *self._senders.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._ledger.write()
        except (StoreDown, Fenced) as error:
            _log.warning("progress of webhooks not kept", region=self._owner.state.id, error=str(error))

    async def refresh(self) -> None:
        """Begins, changes and ends deliveries as the region's webhooks are now.

        Raises:
            StoreDown: How far webhooks have got cannot be read.
        """
        stored: dict[str, pb.Webhook] = {
            names.id_of(webhook.name): webhook for webhook in self._owner.state.walk(names.WEBHOOKS, "")
        }
        gone = [webhook_id for webhook_id in self._deliveries if not self._is_same(webhook_id, stored)]
        for webhook_id in gone:
            del self._deliveries[webhook_id]
            self._senders.pop(webhook_id).cancel()
        if gone:
            await self._ledger.forget(gone)
        for webhook_id, webhook in stored.items():
            delivery = self._deliveries.get(webhook_id)
            if delivery is None:
                await self._begin(webhook_id, webhook)
            elif delivery.webhook is not webhook:
                delivery.change(webhook)

    def _is_same(self, webhook_id: str, stored: dict[str, pb.Webhook]) -> bool:
        """Tells whether a webhook is still there, and not another one of the same name."""
        webhook = stored.get(webhook_id)
        return webhook is not None and webhook.start_sequence == self._deliveries[webhook_id].webhook.start_sequence

    async def _begin(self, webhook_id: str, webhook: pb.Webhook) -> None:
        """Begins to send to one webhook where it had got to."""
        region, outbox = self._owner.state.id, self._store.outbox

        def read() -> tuple[WebhookCursor, int]:
            kept = {cursor.webhook: cursor for cursor in outbox.cursors(region)}.get(webhook_id)
            if kept is None or kept.start_sequence != webhook.start_sequence:
                start = webhook.start_sequence
                return WebhookCursor(webhook_id, start, start, 0, 0, 0, 0), 0
            return kept, outbox.newest_delivery(region, webhook_id)

        cursor, number = await asyncio.get_running_loop().run_in_executor(self._pool, read)
        if webhook_id in self._deliveries:
            return
        delivery = Delivery(webhook, cursor, number, self._reader, self._ledger, self._sender, self._settings)
        self._deliveries[webhook_id] = delivery
        self._senders[webhook_id] = self._spawn(delivery.run(), f"webhook-{webhook_id}")

    async def _follow_webhooks(self) -> None:
        """Begins with the webhooks there are, and again whenever the region was read back from the store."""
        seen = None
        while True:
            state, heard = self._owner.state, self._owner.committed.rings
            if state is not seen:
                try:
                    await self.refresh()
                except StoreDown as error:
                    _log.warning("webhooks wait for the store", region=state.id, error=str(error))
                    await asyncio.sleep(STORE_PAUSE_S)
                    continue
                seen = state
            await self._owner.committed.wait(heard, None)

    def _spawn(self, running: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """Starts a task whose end is told."""
        return asyncio.create_task(self._guard(running, what), name=f"fanout-{self._owner.state.id}-{what}")

    async def _guard(self, running: Coroutine[Any, Any, None], what: str) -> None:
        """Runs a task of the region; one that another server has taken over sends nothing more."""
        try:
            await running
        except Fenced:
            _log.warning("events are sent on by another server", region=self._owner.state.id, what=what)
