"""Webhooks: addresses that are sent the events of a region."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from google.protobuf.field_mask_pb2 import FieldMask

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.paging import walk
from pydispatch_client.transport import AsyncTransport


class AsyncWebhooks:
    """Keeps the webhooks of a region and tells what became of their deliveries."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        parent: str,
        webhook_id: str,
        webhook: m.Webhook,
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.CreateWebhookResponse:
        """Creates a webhook, which gets the events from now on.

        Args:
            parent: "regions/{region}".
            webhook_id: Identifier of the new webhook.
            webhook: The webhook; `name` is ignored, `url` is required.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.

        Returns:
            The webhook and its secret, which is never shown again; `verify_webhook` needs it.
        """
        request = m.CreateWebhookRequest(
            parent=parent, webhook_id=webhook_id, webhook=webhook, request_id=self._transport.request_id(request_id)
        )
        return await self._transport.unary(methods.CREATE_WEBHOOK, request, timeout_s)

    async def get(self, name: str, *, timeout_s: float | None = None) -> m.Webhook:
        """Reads the webhook "regions/{region}/webhooks/{webhook}" and how its deliveries go."""
        return (await self._transport.unary(methods.GET_WEBHOOK, m.GetWebhookRequest(name=name), timeout_s)).webhook

    async def list_page(
        self, parent: str, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> m.ListWebhooksResponse:
        """Reads one page of the webhooks of "regions/{region}", ordered by name."""
        request = m.ListWebhooksRequest(parent=parent, page_size=page_size, page_token=page_token)
        return await self._transport.unary(methods.LIST_WEBHOOKS, request, timeout_s)

    async def list(
        self, parent: str, *, page_size: int = 0, timeout_s: float | None = None
    ) -> AsyncIterator[m.Webhook]:
        """Yields all webhooks of "regions/{region}", ordered by name; `timeout_s` is for each page."""
        async for page in walk(
            lambda token: self.list_page(parent, page_size=page_size, page_token=token, timeout_s=timeout_s)
        ):
            for webhook in page.webhooks:
                yield webhook

    async def update(
        self,
        webhook: m.Webhook,
        update_mask: Iterable[str] = (),
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Webhook:
        """Changes the fields named by `update_mask`, or all; an empty `secret` changes nothing."""
        request = m.UpdateWebhookRequest(
            webhook=webhook,
            update_mask=FieldMask(paths=update_mask),
            request_id=self._transport.request_id(request_id),
        )
        return (await self._transport.unary(methods.UPDATE_WEBHOOK, request, timeout_s)).webhook

    async def delete(
        self, name: str, *, etag: str = "", request_id: str | None = None, timeout_s: float | None = None
    ) -> None:
        """Deletes a webhook and what is known of its deliveries."""
        request = m.DeleteWebhookRequest(name=name, etag=etag, request_id=self._transport.request_id(request_id))
        await self._transport.unary(methods.DELETE_WEBHOOK, request, timeout_s)

    async def list_deliveries_page(
        self,
        name: str,
        *,
        states: Iterable[m.WebhookDeliveryState] = (),
        page_size: int = 0,
        page_token: str = "",
        timeout_s: float | None = None,
    ) -> m.ListWebhookDeliveriesResponse:
        """Reads one page of the newest deliveries of a webhook, newest first."""
        request = m.ListWebhookDeliveriesRequest(parent=name, states=states, page_size=page_size, page_token=page_token)
        return await self._transport.unary(methods.LIST_WEBHOOK_DELIVERIES, request, timeout_s)

    async def list_deliveries(
        self,
        name: str,
        *,
        states: Iterable[m.WebhookDeliveryState] = (),
        page_size: int = 0,
        timeout_s: float | None = None,
    ) -> AsyncIterator[m.WebhookDelivery]:
        """Yields the newest deliveries of a webhook, newest first, all or those in `states`.

        Args:
            name: "regions/{region}/webhooks/{webhook}".
            states: Only these states; none means all. WEBHOOK_DELIVERY_STATE_DEAD lists what was given up.
            page_size: Deliveries fetched at a time; 0 lets the server choose.
            timeout_s: Deadline of each page.
        """
        wanted = tuple(states)
        async for page in walk(
            lambda token: self.list_deliveries_page(
                name, states=wanted, page_size=page_size, page_token=token, timeout_s=timeout_s
            )
        ):
            for delivery in page.deliveries:
                yield delivery

    async def replay(
        self, name: str, first_sequence: int, *, request_id: str | None = None, timeout_s: float | None = None
    ) -> m.Webhook:
        """Has everything from `first_sequence` on sent once more, what had been given up included."""
        request = m.ReplayWebhookRequest(
            name=name, first_sequence=first_sequence, request_id=self._transport.request_id(request_id)
        )
        return (await self._transport.unary(methods.REPLAY_WEBHOOK, request, timeout_s)).webhook
