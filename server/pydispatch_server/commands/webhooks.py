"""Decides about webhooks. What is stored holds the secret; only the answer to its creation may show it."""

from __future__ import annotations

from typing import Final

from google.protobuf.empty_pb2 import Empty
from pydispatch_protos.dispatch.v1.webhook_service_pb2 import (
    CreateWebhookRequest,
    CreateWebhookResponse,
    DeleteWebhookRequest,
    ReplayWebhookRequest,
    ReplayWebhookResponse,
    UpdateWebhookRequest,
    UpdateWebhookResponse,
    Webhook,
)

from pydispatch_server import names, rules
from pydispatch_server.commands.common import check_etag, merge_masked, refuse_existing
from pydispatch_server.fanout.signing import new_secret
from pydispatch_server.messages import copy_of, set_ms
from pydispatch_server.working import Transaction

MUTABLE: Final = frozenset(("display_name", "url", "event_types", "resources", "paused", "secret"))


def create_webhook(tx: Transaction, request: CreateWebhookRequest) -> CreateWebhookResponse:
    """Creates a webhook that gets the events after this one."""
    refuse_existing(tx, names.WEBHOOKS, request.webhook_id)
    webhook = copy_of(request.webhook)
    webhook.name = tx.name(names.WEBHOOKS, request.webhook_id)
    webhook.secret = webhook.secret or new_secret()
    webhook.start_sequence = tx.next_sequence
    webhook.ClearField("status")
    set_ms(webhook.create_time, tx.now_ms)
    set_ms(webhook.update_time, tx.now_ms)
    tx.put(names.WEBHOOKS, webhook, "webhook.created")
    return CreateWebhookResponse(webhook=shown(webhook), secret=webhook.secret)


def update_webhook(tx: Transaction, request: UpdateWebhookRequest) -> UpdateWebhookResponse:
    """Changes the masked fields of a webhook; an empty secret changes nothing."""
    stored: Webhook = tx.get(names.WEBHOOKS, request.webhook.name)
    check_etag(stored, request.webhook.etag)
    webhook = merge_masked(stored, request.webhook, request.update_mask, MUTABLE)
    webhook.secret = webhook.secret or stored.secret
    rules.check(UpdateWebhookRequest(webhook=webhook, request_id=request.request_id), tx.now_ms)
    set_ms(webhook.update_time, tx.now_ms)
    tx.put(names.WEBHOOKS, webhook, "webhook.updated")
    return UpdateWebhookResponse(webhook=shown(webhook))


def delete_webhook(tx: Transaction, request: DeleteWebhookRequest) -> Empty:
    """Deletes a webhook."""
    check_etag(tx.get(names.WEBHOOKS, request.name), request.etag)
    tx.delete(names.WEBHOOKS, request.name, "webhook.deleted")
    return Empty()


def replay_webhook(tx: Transaction, request: ReplayWebhookRequest) -> ReplayWebhookResponse:
    """Records that a webhook is stepped back; whoever delivers does it once this is durable."""
    webhook = copy_of(tx.get(names.WEBHOOKS, request.name))
    tx.put(names.WEBHOOKS, webhook, "webhook.replayed")
    return ReplayWebhookResponse(webhook=shown(webhook))


def shown(webhook: Webhook) -> Webhook:
    """Returns a copy without the secret."""
    copy = copy_of(webhook)
    copy.ClearField("secret")
    return copy
