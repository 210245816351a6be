"""WebhookService."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pydispatch_protos.dispatch.v1 import webhook_service_pb2 as pb

from pydispatch.errors import Overloaded, Unavailable
from pydispatch_server import names, reasons
from pydispatch_server.commands import webhooks
from pydispatch_server.errors import invalid_field
from pydispatch_server.fanout.hub import Fanout, RegionFanout
from pydispatch_server.fanout.sending import TargetRules
from pydispatch_server.messages import timestamp
from pydispatch_server.paging import in_states, page
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context, checks_itself
from pydispatch_server.services.base import Servicer
from pydispatch_server.store.interface import StoreDown
from pydispatch_server.store.outbox import DeliveryRow, Outbox

MAX_WEBHOOKS: Final = 100
FULL_RETRY_S: Final = 60.0
STARTING_RETRY_S: Final = 0.5


class WebhookServicer(Servicer):
    """Keeps the webhooks of a region and tells what became of their deliveries.

    Args:
        placement: Finds the owner of a region.
        fanout: Sends the events.
        outbox: Where deliveries are kept.
        rules: Where webhooks may be sent.
        pool: Threads for the store.
    """

    def __init__(
        self, placement: Placement, fanout: Fanout, outbox: Outbox, rules: TargetRules, pool: ThreadPoolExecutor
    ) -> None:
        super().__init__(placement)
        self._fanout = fanout
        self._outbox = outbox
        self._rules = rules
        self._pool = pool

    async def create_webhook(self, request: pb.CreateWebhookRequest, context: Context) -> bytes:
        """Creates a webhook."""
        self._check_target(request.webhook.url)
        if self.state(request.parent).count(names.WEBHOOKS) >= MAX_WEBHOOKS:
            raise Overloaded(
                f"the region has {MAX_WEBHOOKS} webhooks, as many as it takes",
                reason=reasons.TOO_MANY_WEBHOOKS,
                retry_after_s=FULL_RETRY_S,
            )
        answer = await self.change(request.parent, webhooks.create_webhook, request, context)
        await self._refresh(request.parent)
        return answer

    async def get_webhook(self, request: pb.GetWebhookRequest, _: Context) -> pb.GetWebhookResponse:
        """Reads a webhook and how its deliveries go."""
        return pb.GetWebhookResponse(webhook=self._shown(self.state(request.name).get(names.WEBHOOKS, request.name)))

    async def list_webhooks(self, request: pb.ListWebhooksRequest, _: Context) -> pb.ListWebhooksResponse:
        """Lists webhooks ordered by name."""
        state = self.state(request.parent)
        found, token = page(request, lambda last_id: state.walk(names.WEBHOOKS, last_id))
        return pb.ListWebhooksResponse(webhooks=[self._shown(webhook) for webhook in found], next_page_token=token)

    @checks_itself
    async def update_webhook(self, request: pb.UpdateWebhookRequest, context: Context) -> bytes:
        """Changes the masked fields of a webhook."""
        name = request.webhook.name
        if names.parse(name, names.WEBHOOKS) is None:
            raise invalid_field("webhook.name", reasons.BAD_FORMAT, "must be regions/{region}/webhooks/{webhook}")
        paths = request.update_mask.paths
        if not paths or "*" in paths or "url" in paths:
            self._check_target(request.webhook.url)
        answer = await self.change(name, webhooks.update_webhook, request, context)
        await self._refresh(name)
        return answer

    async def delete_webhook(self, request: pb.DeleteWebhookRequest, context: Context) -> bytes:
        """Deletes a webhook."""
        answer = await self.change(request.name, webhooks.delete_webhook, request, context)
        await self._refresh(request.name)
        return answer

    async def list_webhook_deliveries(
        self, request: pb.ListWebhookDeliveriesRequest, _: Context
    ) -> pb.ListWebhookDeliveriesResponse:
        """Lists the newest deliveries of a webhook."""
        self.state(request.parent).get(names.WEBHOOKS, request.parent)
        region, webhook_id = names.region_of(request.parent), names.id_of(request.parent)
        loop = asyncio.get_running_loop()
        try:
            rows = await loop.run_in_executor(self._pool, self._outbox.deliveries, region, webhook_id)
        except StoreDown as error:
            raise _store_down() from error

        def walk(last_id: str) -> Iterator[pb.WebhookDelivery]:
            return (_delivery(request.parent, row) for row in rows if not last_id or row.number < int(last_id))

        found, token = page(request, walk, in_states(request.states))
        return pb.ListWebhookDeliveriesResponse(deliveries=found, next_page_token=token)

    async def replay_webhook(self, request: pb.ReplayWebhookRequest, context: Context) -> pb.ReplayWebhookResponse:
        """Sends everything from a sequence on once more."""
        await self.change(request.name, webhooks.replay_webhook, request, context)
        await self._refresh(request.name)
        webhook = self.state(request.name).get(names.WEBHOOKS, request.name)
        delivery = self._region(request.name).delivery(names.id_of(request.name))
        if delivery is not None:
            try:
                await delivery.replay(request.first_sequence)
            except StoreDown as error:
                raise _store_down() from error
        return pb.ReplayWebhookResponse(webhook=self._shown(webhook))

    def _check_target(self, url: str) -> None:
        """Refuses an address to which nothing may be sent.

        Raises:
            InvalidRequest: It is one.
        """
        fault = self._rules.fault(url) if url else ""
        if fault:
            raise invalid_field("webhook.url", reasons.TARGET_NOT_ALLOWED, fault)

    def _shown(self, webhook: pb.Webhook) -> pb.Webhook:
        """Returns a webhook without its secret and with its status."""
        copy = webhooks.shown(webhook)
        region = self._fanout.region(names.region_of(webhook.name))
        delivery = region.delivery(names.id_of(webhook.name)) if region is not None else None
        if delivery is not None:
            copy.status.CopyFrom(delivery.status())
        return copy

    def _region(self, name: str) -> RegionFanout:
        """Returns what sends the events of a region.

        Raises:
            Unavailable: The server starts or stops.
        """
        region = self._fanout.region(names.region_of(name))
        if region is None:
            raise Unavailable(
                f"regions/{names.region_of(name)} is being recovered",
                reason=reasons.REBUILDING,
                retry_after_s=STARTING_RETRY_S,
            )
        return region

    async def _refresh(self, name: str) -> None:
        """Lets deliveries follow what has been changed.

        Raises:
            Unavailable: How far webhooks have got cannot be read; a retry under the same request_id is safe.
        """
        try:
            await self._region(name).refresh()
        except StoreDown as error:
            raise _store_down() from error


def _store_down() -> Unavailable:
    """Makes the error of a store that cannot be read."""
    return Unavailable("the store cannot be read", reason=reasons.STORE_UNAVAILABLE, retry_after_s=STARTING_RETRY_S)


def _delivery(parent: str, row: DeliveryRow) -> pb.WebhookDelivery:
    """Writes a stored delivery as its readers read it."""
    return pb.WebhookDelivery(
        name=f"{parent}/deliveries/{row.number}",
        state=pb.WebhookDeliveryState.Name(row.state),
        first_sequence=row.first_sequence,
        last_sequence=row.last_sequence,
        event_count=row.event_count,
        attempts=row.attempts,
        http_status=row.http_status,
        error=row.error,
        first_attempt_time=timestamp(row.first_time_ms),
        last_attempt_time=timestamp(row.last_time_ms),
    )
