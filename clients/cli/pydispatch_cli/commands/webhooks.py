"""`pydispatch webhooks`: who is sent the events of a region, and what became of it."""

from __future__ import annotations

import enum
from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.session import connected

app = typer.Typer(help="Webhooks: events sent to other systems by signed requests.", no_args_is_help=True)

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="Identifier of the webhook.")]


class State(enum.StrEnum):
    """What became of a delivery."""

    DELIVERED = "delivered"
    RETRYING = "retrying"
    DEAD = "dead"
    EXPIRED = "expired"

    def message(self) -> m.WebhookDeliveryState:
        """Returns the contract's value."""
        value: m.WebhookDeliveryState = getattr(m.WebhookDeliveryState, f"WEBHOOK_DELIVERY_STATE_{self.name}")
        return value


@app.command("list")
def list_webhooks(
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """List the webhooks of the region and how their deliveries go."""
    with connected(server, as_json=as_json) as client:
        webhooks = list(client.webhooks.list(names.region(region)))
    if as_json:
        output.print_lines(webhooks)
        return
    rows = [
        (
            names.last_id(webhook.name),
            webhook.url,
            ", ".join([*webhook.event_types, *webhook.resources]) or "everything",
            _standing(webhook),
            str(webhook.status.newest_sequence - webhook.status.sequence),
            webhook.status.error,
        )
        for webhook in webhooks
    ]
    columns = ["webhook", "address", "events", "standing", "behind>", "error"]
    output.print_table(columns, rows, empty=f"Region {region} has no webhooks.")


@app.command()
def create(
    webhook_id: WebhookId,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to send, https://...")],
    event: Annotated[
        list[str], typer.Option("--event", metavar="TYPE", help="Only events such as visit.assigned or visit.*.")
    ] = [],  # noqa: B006 - Typer copies it
    resource: Annotated[
        list[str], typer.Option("--resource", metavar="NAME", help="Only events of this resource, by full name.")
    ] = [],  # noqa: B006 - Typer copies it
    display_name: Annotated[str, typer.Option("--name", help="Name for people.")] = "",
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Create a webhook and print its secret, which is never shown again."""
    webhook = m.Webhook(url=url, event_types=event, resources=resource, display_name=display_name)
    with connected(server, as_json=as_json) as client:
        created = client.webhooks.create(names.region(region), webhook_id, webhook)
    if as_json:
        output.print_document(created)
    else:
        output.print_facts([("webhook", created.webhook.name), ("secret", created.secret)])


@app.command()
def delete(
    webhook_id: WebhookId,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
) -> None:
    """Delete a webhook."""
    with connected(server, as_json=False) as client:
        client.webhooks.delete(names.webhook(region, webhook_id))


@app.command()
def deliveries(
    webhook_id: WebhookId,
    state: Annotated[list[State], typer.Option(help="Only deliveries in this state; repeatable.")] = [],  # noqa: B006
    count: Annotated[int, typer.Option(metavar="COUNT", min=1, max=1000, help="Most deliveries to show.")] = 50,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """List the newest deliveries of a webhook, newest first."""
    with connected(server, as_json=as_json) as client:
        found = client.webhooks.list_deliveries(
            names.webhook(region, webhook_id), states=[item.message() for item in state], page_size=count
        )
        shown = [delivery for delivery, _ in zip(found, range(count), strict=False)]
    if as_json:
        output.print_lines(shown)
        return
    rows = [
        (
            names.last_id(delivery.name),
            output.instant(delivery.last_attempt_time),
            output.word(m.WebhookDeliveryState, delivery.state, "WEBHOOK_DELIVERY_STATE_"),
            f"{delivery.first_sequence} to {delivery.last_sequence}",
            str(delivery.event_count),
            str(delivery.attempts),
            delivery.error,
        )
        for delivery in shown
    ]
    columns = ["delivery>", "last tried", "state", "sequences", "events>", "attempts>", "error"]
    output.print_table(columns, rows, empty="Nothing has been sent yet.")


@app.command()
def replay(
    webhook_id: WebhookId,
    first_sequence: Annotated[int, typer.Argument(metavar="SEQUENCE", min=1, help="First event to send again.")],
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Send everything from a sequence on once more, what had been given up included."""
    with connected(server, as_json=as_json) as client:
        webhook = client.webhooks.replay(names.webhook(region, webhook_id), first_sequence)
    if as_json:
        output.print_document(webhook)
    else:
        output.print_facts([("webhook", webhook.name), ("goes on after", str(webhook.status.sequence))])


def _standing(webhook: m.Webhook) -> str:
    """Says in a word or two how the deliveries of a webhook go."""
    if webhook.paused:
        return "paused"
    if webhook.status.failed_attempts:
        return f"failed {webhook.status.failed_attempts} times"
    return "has missed events" if webhook.status.HasField("missed") else "well"
