"""Webhooks: what is told to whom, in which order, signed how; failures, dead letters, replays, restarts."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from pydispatch_protos.dispatch.v1 import audit_service_pb2 as audits
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import webhook_service_pb2 as webhooks

from tests.server import databases, harness
from tests.server.conftest import MANUAL
from tests.server.harness import CALL_S, REGION, ServerProcess, Stubs, refusal, wait_until
from tests.server.receiver import Receiver

Launch = Callable[..., ServerProcess]
SOON_S = 30.0
QUICK = (
    *("--webhook-http-loopback", "--webhook-backoff-first-s", "0.05", "--webhook-backoff-max-s", "0.2"),
    *("--webhook-attempts-max", "3", "--webhook-timeout-s", "2"),
)
DEAD = webhooks.WEBHOOK_DELIVERY_STATE_DEAD
EXPIRED = webhooks.WEBHOOK_DELIVERY_STATE_EXPIRED
DELIVERED = webhooks.WEBHOOK_DELIVERY_STATE_DELIVERED


class Hook(Receiver):
    """A receiver and its webhook."""

    def __init__(self, stubs: Stubs, webhook_id: str, **fields: Any) -> None:
        super().__init__()
        self.name = f"{REGION}/webhooks/{webhook_id}"
        self.stubs = stubs
        self.create(**fields)

    def create(self, **fields: Any) -> None:
        webhook = webhooks.Webhook(url=self.url, **fields)
        webhook_id = self.name.rpartition("/")[2]
        request = webhooks.CreateWebhookRequest(parent=REGION, webhook_id=webhook_id, webhook=webhook)
        answer = self.stubs.webhooks.CreateWebhook(request, timeout=CALL_S)
        self.secret = answer.secret
        self.start = int(answer.webhook.start_sequence)

    def read(self) -> webhooks.Webhook:
        return self.stubs.webhooks.GetWebhook(webhooks.GetWebhookRequest(name=self.name), timeout=CALL_S).webhook

    def update(self, *paths: str, **fields: Any) -> webhooks.Webhook:
        webhook = webhooks.Webhook(name=self.name, **fields)
        request = webhooks.UpdateWebhookRequest(webhook=webhook, update_mask=FieldMask(paths=paths))
        return self.stubs.webhooks.UpdateWebhook(request, timeout=CALL_S).webhook

    def newest(self) -> int:
        return int(self.read().status.newest_sequence)

    def wait_for(self, sequence: int) -> None:
        wait_until(lambda: self.sequences()[-1:] == [sequence], SOON_S, f"event {sequence} has come")

    def wait_until_done(self) -> None:
        def is_done() -> bool:
            status = self.read().status
            return bool(status.sequence == status.newest_sequence)

        wait_until(is_done, SOON_S, "everything has been sent")

    def deliveries(self, **filters: Any) -> list[webhooks.WebhookDelivery]:
        def fetch(token: str) -> Any:
            request = webhooks.ListWebhookDeliveriesRequest(parent=self.name, page_token=token, **filters)
            return self.stubs.webhooks.ListWebhookDeliveries(request, timeout=CALL_S)

        return list(harness.all_pages(fetch, "deliveries"))

    def missed_sequences(self) -> set[int]:
        return {number for first, last in self.missed() for number in range(first, last + 1)}


MakeHook = Callable[..., Hook]


@pytest.fixture
def hook() -> Iterator[MakeHook]:
    """Makes receivers with their webhooks, which end with the test."""
    made: list[Hook] = []

    def make(stubs: Stubs, webhook_id: str, **fields: Any) -> Hook:
        made.append(Hook(stubs, webhook_id, **fields))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("server"), *MANUAL, *QUICK)
    town(process)
    yield process
    process.close()


def town(process: ServerProcess) -> Stubs:
    stubs = process.start()
    harness.add_technicians(stubs, 5)
    harness.add_service(stubs)
    return stubs


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_every_event_comes_in_order_complete_and_signed_and_a_restart_goes_on(
    launch: Launch, hook: MakeHook, store: str
) -> None:
    process = launch(*QUICK, url=databases.new_postgresql() if store == "postgresql" else "")
    ops = hook(town(process), "ops")
    for _ in range(12):
        harness.create_booking(ops.stubs)
    last = ops.newest()
    ops.wait_for(last)
    assert ops.sequences() == list(range(ops.start + 1, last + 1)), "each came once"
    request = audits.ListAuditRecordsRequest(parent=REGION, start_sequence=ops.start + 1, page_size=1000)
    records = {record.sequence: record for record in ops.stubs.audit.ListAuditRecords(request).audit_records}
    for event in ops.events():
        record = records[int(event["sequence"])]
        assert (event["region"], event["type"], event["resource"]) == (REGION, record.event_type, record.resource)
        assert (int(event["epoch"]), event["decisionId"]) == (record.epoch, record.decision_id)
        assert event["policyRevision"] == record.policy_revision
        assert base64.b64decode(event.get("beforeDigest", "")) == record.before_digest
        assert base64.b64decode(event.get("afterDigest", "")) == record.after_digest
        assert event["eventTime"] == record.record_time.ToJsonString()

    ops.status = 503
    harness.create_booking(ops.stubs)
    wait_until(lambda: ops.refused, SOON_S, "it is being tried")
    process.kill()
    ops.status = 200
    ops.stubs = process.start()
    harness.create_booking(ops.stubs)
    last = ops.newest()
    ops.wait_for(last)
    assert set(ops.sequences()) | ops.missed_sequences() == set(range(ops.start + 1, last + 1))
    assert not ops.faults
    epochs = [int(event["epoch"]) for event in ops.events()]
    assert epochs == sorted(epochs)
    assert epochs[-1] > epochs[0]


def test_filters_choose_types_and_resources(stubs: Stubs, hook: MakeHook) -> None:
    booked = harness.create_booking(stubs)
    who = booked.visit.placement.technician
    typed = hook(stubs, "typed", event_types=["booking.*", "technician.updated"])
    one = hook(stubs, "one", resources=[who])
    for _ in range(3):
        harness.create_booking(stubs)
    offline = dispatch.TechnicianOffline(technician=who)
    stubs.dispatch.ReportDisruption(
        dispatch.ReportDisruptionRequest(parent=REGION, technician_offline=offline), timeout=CALL_S
    )
    typed.wait_until_done()
    one.wait_until_done()
    assert [event["type"] for event in typed.events()][:3] == ["booking.created"] * 3
    assert {event["type"].partition(".")[0] for event in typed.events()} <= {"booking", "technician"}
    assert {event["resource"] for event in one.events()} == {who}


def test_secret_is_shown_once_and_rotates_side_by_side(stubs: Stubs, hook: MakeHook) -> None:
    rotated = hook(stubs, "rotated", event_types=["booking.created"])
    first, second = rotated.secret, "whsec_" + base64.b64encode(bytes(range(32))).decode()
    assert first.startswith("whsec_")
    assert not rotated.read().secret
    listed = stubs.webhooks.ListWebhooks(webhooks.ListWebhooksRequest(parent=REGION)).webhooks
    assert {webhook.secret for webhook in listed} == {""}
    assert not rotated.update("secret", secret=f"{second} {first}").secret
    for count, secret in enumerate((first, second), start=1):
        rotated.secret = secret
        harness.create_booking(stubs)
        wait_until(lambda count=count: len(rotated.events()) == count, SOON_S, "the event has come")
    assert not rotated.faults


def test_failures_are_repeated_as_they_were_and_nothing_is_out_of_order(stubs: Stubs, hook: MakeHook) -> None:
    failing = hook(stubs, "failing")
    failing.status = 503
    for _ in range(3):
        harness.create_booking(stubs)
    wait_until(lambda: len(failing.refused) >= 2, SOON_S, "it is tried again")
    assert failing.refused[0] == failing.refused[1]
    assert failing.ids[0] == failing.ids[1]
    failing.status = 200
    last = failing.newest()
    wait_until(lambda: last in {*failing.sequences(), *failing.missed_sequences()}, SOON_S, "the rest is told")
    assert sorted({*failing.sequences(), *failing.missed_sequences()}) == list(range(failing.start + 1, last + 1))
    assert failing.sequences() == sorted(set(failing.sequences()))
    assert not failing.faults


def test_dead_letters_are_told_listed_and_replayed(stubs: Stubs, hook: MakeHook) -> None:
    late = hook(stubs, "late")
    late.status = 500
    harness.create_booking(stubs)
    wait_until(lambda: late.deliveries(states=[DEAD]), SOON_S, "the request is given up")
    dead = late.deliveries(states=[DEAD])[-1]
    assert (dead.attempts, dead.http_status, dead.error) == (3, 500, "answered 500")
    assert dead.first_sequence == late.start + 1
    late.status = 200
    wait_until(late.missed, SOON_S, "the receiver is told what it has missed")
    assert late.missed()[0][0] == dead.first_sequence
    request = webhooks.ReplayWebhookRequest(name=late.name, first_sequence=dead.first_sequence)
    stubs.webhooks.ReplayWebhook(request, timeout=CALL_S)
    last = late.newest()
    late.wait_for(last)
    assert late.sequences()[-(last - late.start) :] == list(range(dead.first_sequence, last + 1))
    wait_until(lambda: late.deliveries(states=[DELIVERED]), SOON_S, "what was delivered is listed")


def test_events_no_longer_kept_are_told_to_be_missed(launch: Launch, hook: MakeHook) -> None:
    process = launch(*QUICK)
    ops = hook(town(process), "ops", paused=True)
    for _ in range(5):
        harness.create_booking(ops.stubs)
    last = ops.newest()
    assert process.terminate() == 0
    connection = sqlite3.connect(process.database)
    connection.execute("DELETE FROM event WHERE sequence <= ?", (last - 3,))
    connection.commit()
    connection.close()
    ops.stubs = process.start()
    ops.update("paused")
    ops.wait_for(ops.newest())
    assert ops.missed() == [(ops.start + 1, last - 3)]
    assert ops.sequences()[:3] == [last - 2, last - 1, last]
    wait_until(lambda: ops.deliveries(states=[EXPIRED]), SOON_S, "what was missed is listed")


def test_deleted_webhook_hears_nothing_more_and_its_name_begins_anew(stubs: Stubs, hook: MakeHook) -> None:
    again = hook(stubs, "again")
    harness.create_booking(stubs)
    again.wait_until_done()
    stubs.webhooks.DeleteWebhook(webhooks.DeleteWebhookRequest(name=again.name), timeout=CALL_S)
    assert refusal(again.read).reason == "WEBHOOK_NOT_FOUND"
    heard = len(again.events())
    harness.create_booking(stubs)
    again.create()
    assert not again.deliveries()
    harness.create_booking(stubs)
    wait_until(lambda: len(again.events()) > heard, SOON_S, "the new one hears")
    assert again.sequences()[heard] == again.start + 1


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://example.com/",
            "https://user:word@example.com/",
            "https://10.0.0.1/",
            "https://[fd00::1]/",
            "ftp://a.b/",
        ),
        *("https://169.254.169.254/latest", "https://example.com/#part", "https://[::ffff:10.0.0.1]/", "https:///x"),
        *("https://192.168.1.1:8443/", "https://example.com:99999/", "https://exa mple.com/"),
    ],
)
def test_targets_that_are_not_allowed_are_refused(stubs: Stubs, url: str) -> None:
    request = webhooks.CreateWebhookRequest(parent=REGION, webhook_id="bad", webhook=webhooks.Webhook(url=url))
    found = refusal(lambda: stubs.webhooks.CreateWebhook(request, timeout=CALL_S))
    assert found.code == grpc.StatusCode.INVALID_ARGUMENT
    assert found.fields == {"webhook.url": {"TARGET_NOT_ALLOWED"}}


def test_every_fault_of_a_webhook_is_told(stubs: Stubs) -> None:
    webhook = webhooks.Webhook(
        url="https://example.com/",
        event_types=["visit.*", "visit.*", "Visit"],
        resources=["regions/elsewhere/visits/v1"],
        secret="whsec_" + "A" * 33,
    )
    request = webhooks.CreateWebhookRequest(parent=REGION, webhook_id="bad", webhook=webhook)
    found = refusal(lambda: stubs.webhooks.CreateWebhook(request, timeout=CALL_S))
    assert set(found.fields) == {
        *("webhook.event_types[2]", "webhook.event_types", "webhook.resources[0]", "webhook.secret"),
    }


def test_retried_creation_gets_the_same_secret(stubs: Stubs) -> None:
    webhook = webhooks.Webhook(url="https://example.com/", paused=True)
    request = webhooks.CreateWebhookRequest(parent=REGION, webhook_id="same", webhook=webhook, request_id="one")
    answers = [stubs.webhooks.CreateWebhook(request, timeout=CALL_S) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0].secret.startswith("whsec_")
