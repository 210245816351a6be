"""Rules of webhooks. Where one may point to depends on the server's settings and is judged by the service."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1.webhook_service_pb2 import CreateWebhookRequest, UpdateWebhookRequest, Webhook

from pydispatch_server import names, reasons
from pydispatch_server.fanout.signing import is_secret
from pydispatch_server.rules import refer
from pydispatch_server.rules.report import Report


def check_create(request: CreateWebhookRequest, report: Report) -> None:
    """Checks CreateWebhook."""
    refer.check_text_key(request.request_id, "request_id", report)
    _check(request.webhook, refer.parent_region(request.parent), report)


def check_update(request: UpdateWebhookRequest, report: Report) -> None:
    """Checks UpdateWebhook after the command has merged it with what is stored."""
    refer.check_text_key(request.request_id, "request_id", report)
    name = names.parse(request.webhook.name, names.WEBHOOKS)
    if name is not None:
        _check(request.webhook, name.region, report)


def _check(webhook: Webhook, region: str, report: Report) -> None:
    """Checks that filters are of the same region and occur once, and that secrets can sign."""
    for index, resource in enumerate(webhook.resources):
        if resource.split("/")[1:2] != [region]:
            report.add(f"webhook.resources[{index}]", reasons.WRONG_REGION, "must be of the webhook's own region")
    for field in ("event_types", "resources"):
        values = getattr(webhook, field)
        if len(set(values)) < len(values):
            report.add(f"webhook.{field}", reasons.DUPLICATE, "a value occurs twice")
    if not all(is_secret(secret) for secret in webhook.secret.split()):
        report.add("webhook.secret", reasons.BAD_FORMAT, "must be whsec_ and 24 to 64 bytes in base64")
