"""`pydispatch webhooks`: what each command asks of the server and what it prints."""

from __future__ import annotations

import json

from pydispatch_client import messages as m
from pydispatch_client import methods

from tests.cli.conftest import Run
from tests.client.scripted_server import ScriptedServer

HOOK = m.Webhook(
    name="regions/sf/webhooks/ops",
    url="https://ops.example.com/events",
    event_types=["visit.*"],
    status=m.WebhookStatus(sequence=40, newest_sequence=57, failed_attempts=3, error="answered 503"),
)
DEAD = m.WebhookDeliveryState.WEBHOOK_DELIVERY_STATE_DEAD


def test_webhooks_are_listed_with_how_they_go(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.LIST_WEBHOOKS, m.ListWebhooksResponse(webhooks=[HOOK]))
    result = run("webhooks", "list", "--region", "sf")
    assert result.exit_code == 0
    for text in ("ops", "https://ops.example.com/events", "visit.*", "failed 3 times", "17", "answered 503"):
        assert text in result.stdout


def test_creating_one_prints_its_secret(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.CREATE_WEBHOOK, m.CreateWebhookResponse(webhook=HOOK, secret="whsec_abc"))
    result = run("webhooks", "create", "ops", HOOK.url, "--event", "visit.*", "--resource", "regions/sf/visits/b1")
    assert result.exit_code == 0
    assert "whsec_abc" in result.stdout
    (request,) = scripted.calls_of(methods.CREATE_WEBHOOK)
    assert (request.webhook_id, request.webhook.url) == ("ops", HOOK.url)
    assert list(request.webhook.event_types) == ["visit.*"]
    assert list(request.webhook.resources) == ["regions/sf/visits/b1"]


def test_deliveries_are_filtered_and_counted(scripted: ScriptedServer, run: Run) -> None:
    dead = m.WebhookDelivery(
        name="regions/sf/webhooks/ops/deliveries/9", state=DEAD, first_sequence=41, last_sequence=57, error="late"
    )
    scripted.script(methods.LIST_WEBHOOK_DELIVERIES, m.ListWebhookDeliveriesResponse(deliveries=[dead, dead]))
    result = run("webhooks", "deliveries", "ops", "--state", "dead", "--count", "1", "--region", "sf", "--json")
    assert result.exit_code == 0
    assert [json.loads(line)["last_sequence"] for line in result.stdout.splitlines()] == ["57"]
    (request,) = scripted.calls_of(methods.LIST_WEBHOOK_DELIVERIES)
    assert (request.parent, list(request.states)) == ("regions/sf/webhooks/ops", [DEAD])


def test_replaying_says_where_it_goes_on(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.REPLAY_WEBHOOK, m.ReplayWebhookResponse(webhook=HOOK))
    result = run("webhooks", "replay", "ops", "41", "--region", "sf")
    assert result.exit_code == 0
    assert "goes on after" in result.stdout
    (request,) = scripted.calls_of(methods.REPLAY_WEBHOOK)
    assert (request.name, request.first_sequence) == ("regions/sf/webhooks/ops", 41)


def test_deleting_one(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.DELETE_WEBHOOK, methods.DELETE_WEBHOOK.response())
    assert run("webhooks", "delete", "ops", "--region", "sf").exit_code == 0
    (request,) = scripted.calls_of(methods.DELETE_WEBHOOK)
    assert request.name == "regions/sf/webhooks/ops"
