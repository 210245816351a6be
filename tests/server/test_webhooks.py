"""Webhooks: what is told to whom, in which order, signed how; failures, dead letters, replays, restarts."""

from __future__ import annotations

import base64
import json
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
from tests.server.harness import CALL_S, PLAN, REGION, ServerProcess, Stubs, refusal, wait_until
from tests.server.receiver import Receiver

Launch = Callable[..., ServerProcess]
SOON_S = 30.0
QUICK = (
    *("--webhook-http-loopback", "--webhook-backoff-first-s", "0.05", "--webhook-backoff-max-s", "0.2"),
    *("--webhook-attempts-max", "3", "--webhook-timeout-s", "2"),
)
HOOK = f"{REGION}/webhooks/ops"
DEAD = webhooks.WEBHOOK_DELIVERY_STATE_DEAD
RETRYING = webhooks.WEBHOOK_DELIVERY_STATE_RETRYING
DELIVERED = webhooks.WEBHOOK_DELIVERY_STATE_DELIVERED


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def process(request: pytest.FixtureRequest, launch: Launch) -> ServerProcess:
    return launch(*QUICK, url=databases.new_postgresql() if request.param == "postgresql" else "")


@pytest.fixture
def town(launch: Launch) -> Stubs:
    return start(launch(*QUICK))


def start(process: ServerProcess) -> Stubs:
    stubs = process.start()
    harness.add_technicians(stubs, 5)
    harness.add_service(stubs)
    return stubs


def create(stubs: Stubs, receiver: Receiver, webhook_id: str = "ops", **fields: Any) -> webhooks.Webhook:
    webhook = webhooks.Webhook(url=receiver.url, **fields)
    request = webhooks.CreateWebhookRequest(parent=REGION, webhook_id=webhook_id, webhook=webhook)
    answer = stubs.webhooks.CreateWebhook(request, timeout=CALL_S)
    receiver.secret = answer.secret.split()[0]
    return answer.webhook


def read(stubs: Stubs, name: str = HOOK) -> webhooks.Webhook:
    return stubs.webhooks.GetWebhook(webhooks.GetWebhookRequest(name=name), timeout=CALL_S).webhook


def newest(stubs: Stubs) -> int:
    return int(read(stubs).status.newest_sequence)


def deliveries(stubs: Stubs, **filters: Any) -> list[webhooks.WebhookDelivery]:
    def fetch(token: str) -> Any:
        request = webhooks.ListWebhookDeliveriesRequest(parent=HOOK, page_token=token, **filters)
        return stubs.webhooks.ListWebhookDeliveries(request, timeout=CALL_S)

    return list(harness.all_pages(fetch, "deliveries"))


def caught_up(stubs: Stubs) -> bool:
    status = read(stubs).status
    return bool(status.sequence == status.newest_sequence)


def test_every_event_comes_once_in_order_complete_and_signed(process: ServerProcess, receiver: Receiver) -> None:
    stubs = start(process)
    created = create(stubs, receiver)
    for _ in range(12):
        harness.create_booking(stubs)
    last = newest(stubs)
    wait_until(lambda: receiver.sequences()[-1:] == [last], SOON_S, "every event has come")
    assert receiver.sequences() == list(range(created.start_sequence + 1, last + 1))
    assert not receiver.faults
    request = audits.ListAuditRecordsRequest(parent=REGION, start_sequence=created.start_sequence + 1, page_size=1000)
    records = {record.sequence: record for record in stubs.audit.ListAuditRecords(request).audit_records}
    for event in receiver.events():
        record = records[int(event["sequence"])]
        assert (event["region"], event["type"], event["resource"]) == (REGION, record.event_type, record.resource)
        assert (int(event["epoch"]), event["decisionId"]) == (record.epoch, record.decision_id)
        assert event["policyRevision"] == record.policy_revision
        assert base64.b64decode(event.get("beforeDigest", "")) == record.before_digest
        assert base64.b64decode(event.get("afterDigest", "")) == record.after_digest
        assert event["eventTime"] == record.record_time.ToJsonString()


def test_filters_choose_types_and_resources(town: Stubs, receiver: Receiver) -> None:
    other = Receiver()
    try:
        booked = harness.create_booking(town)
        create(town, receiver, event_types=["booking.*", "technician.updated"])
        create(town, other, "one", resources=[booked.visit.name])
        for _ in range(3):
            harness.create_booking(town)
        who = booked.visit.placement.technician
        offline = dispatch.ReportDisruptionRequest(
            parent=REGION, technician_offline=dispatch.TechnicianOffline(technician=who)
        )
        town.dispatch.ReportDisruption(offline, timeout=CALL_S)
        wait_until(lambda: caught_up(town) and other.events(), SOON_S, "events have come")
        assert [event["type"] for event in receiver.events()][:3] == ["booking.created"] * 3
        assert all(event["type"].split(".")[0] in {"booking", "technician"} for event in receiver.events())
        assert {event["resource"] for event in other.events()} == {booked.visit.name}
    finally:
        other.close()


def test_secret_is_shown_once_and_rotates_side_by_side(town: Stubs, receiver: Receiver) -> None:
    create(town, receiver)
    first = receiver.secret
    assert first.startswith("whsec_")
    assert not read(town).secret
    listed = town.webhooks.ListWebhooks(webhooks.ListWebhooksRequest(parent=REGION)).webhooks
    assert [webhook.secret for webhook in listed] == [""]
    second = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    request = webhooks.UpdateWebhookRequest(
        webhook=webhooks.Webhook(name=HOOK, secret=f"{second} {first}"), update_mask=FieldMask(paths=["secret"])
    )
    assert not town.webhooks.UpdateWebhook(request).webhook.secret
    for secret in (first, second):
        receiver.secret = secret
        seen = len(receiver.events())
        harness.create_booking(town)
        wait_until(lambda count=seen: len(receiver.events()) > count, SOON_S, "the event has come")
    assert not receiver.faults


def test_failures_are_repeated_as_they_were_and_in_order(town: Stubs, receiver: Receiver) -> None:
    created = create(town, receiver)
    receiver.status = 503
    for _ in range(3):
        harness.create_booking(town)
    wait_until(lambda: len(receiver.refused) >= 2, SOON_S, "it is tried again")
    assert receiver.refused[0] == receiver.refused[1]
    assert receiver.ids[0] == receiver.ids[1]
    status = read(town).status
    assert status.failed_attempts > 0 or status.missed.first_sequence
    receiver.status = 200
    last = newest(town)
    wait_until(lambda: receiver.sequences()[-1:] == [last], SOON_S, "the rest has come")
    missed = {number for first, last in receiver.missed() for number in range(first, last + 1)}
    assert sorted({*receiver.sequences(), *missed}) == list(range(created.start_sequence + 1, last + 1))
    assert receiver.sequences() == sorted(set(receiver.sequences()))


def test_dead_letters_are_told_listed_and_replayed(town: Stubs, receiver: Receiver) -> None:
    created = create(town, receiver)
    receiver.status = 500
    harness.create_booking(town)
    wait_until(lambda: deliveries(town, states=[DEAD]), SOON_S, "the request is given up")
    (dead,) = deliveries(town, states=[DEAD])
    assert (dead.attempts, dead.http_status, dead.error) == (3, 500, "answered 500")
    assert dead.first_sequence == created.start_sequence + 1
    receiver.status = 200
    wait_until(receiver.missed, SOON_S, "the receiver is told what it has missed")
    assert receiver.missed()[0][0] == dead.first_sequence
    request = webhooks.ReplayWebhookRequest(name=HOOK, first_sequence=dead.first_sequence)
    town.webhooks.ReplayWebhook(request, timeout=CALL_S)
    last = newest(town)
    wait_until(lambda: receiver.sequences()[-1:] == [last], SOON_S, "everything is sent once more")
    assert receiver.sequences()[-(last - created.start_sequence) :] == list(range(dead.first_sequence, last + 1))
    assert deliveries(town, states=[DELIVERED])


def test_restart_goes_on_where_it_was(process: ServerProcess, receiver: Receiver) -> None:
    stubs = start(process)
    created = create(stubs, receiver)
    harness.create_booking(stubs)
    wait_until(lambda: caught_up(stubs), SOON_S, "the first events have come")
    receiver.status = 503
    harness.create_booking(stubs)
    wait_until(lambda: receiver.refused, SOON_S, "it is being tried")
    process.kill()
    receiver.status = 200
    stubs = process.start()
    harness.create_booking(stubs)
    last = newest(stubs)
    wait_until(lambda: receiver.sequences()[-1:] == [last], SOON_S, "the rest has come")
    wanted = set(range(created.start_sequence + 1, last + 1))
    assert set(receiver.sequences()) | {n for a, b in receiver.missed() for n in range(a, b + 1)} == wanted
    assert not receiver.faults
    epochs = [int(event["epoch"]) for event in receiver.events()]
    assert epochs == sorted(epochs)
    assert epochs[-1] > epochs[0]


def test_events_no_longer_kept_are_told_to_be_missed(launch: Launch, receiver: Receiver) -> None:
    process = launch(*QUICK)
    stubs = start(process)
    create(stubs, receiver, paused=True)
    for _ in range(5):
        harness.create_booking(stubs)
    last = newest(stubs)
    assert process.terminate() == 0
    connection = sqlite3.connect(process.database)
    connection.execute("DELETE FROM event WHERE sequence <= ?", (last - 3,))
    connection.commit()
    connection.close()
    stubs = process.start()
    started = read(stubs).start_sequence
    request = webhooks.UpdateWebhookRequest(
        webhook=webhooks.Webhook(name=HOOK), update_mask=FieldMask(paths=["paused"])
    )
    stubs.webhooks.UpdateWebhook(request, timeout=CALL_S)
    wait_until(lambda: receiver.sequences()[-1:] == [newest(stubs)], SOON_S, "the rest has come")
    assert receiver.missed() == [(started + 1, last - 3)]
    assert receiver.sequences()[:3] == [last - 2, last - 1, last]
    assert [item.state for item in deliveries(stubs)][-1] == webhooks.WEBHOOK_DELIVERY_STATE_EXPIRED


def test_deleted_webhook_hears_nothing_more_and_its_name_begins_anew(town: Stubs, receiver: Receiver) -> None:
    create(town, receiver)
    harness.create_booking(town)
    wait_until(lambda: caught_up(town), SOON_S, "events have come")
    town.webhooks.DeleteWebhook(webhooks.DeleteWebhookRequest(name=HOOK), timeout=CALL_S)
    assert refusal(lambda: read(town)).reason == "WEBHOOK_NOT_FOUND"
    heard = len(receiver.events())
    harness.create_booking(town)
    again = create(town, receiver)
    assert not deliveries(town)
    harness.create_booking(town)
    wait_until(lambda: len(receiver.events()) > heard, SOON_S, "the new one hears")
    assert receiver.sequences()[heard] == again.start_sequence + 1


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "https://user:word@example.com/", "https://10.0.0.1/", "https://[::1]/", "ftp://a.b/"),
        *("https://169.254.169.254/latest", "https://example.com/#part", "https://[::ffff:10.0.0.1]/", "https:///x"),
        *("https://localhost/", "https://example.com:99999/", "https://exa mple.com/"),
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
    assert json.dumps(answers[0].secret)
    assert stubs.dispatch.CheckPlan(dispatch.CheckPlanRequest(name=PLAN), timeout=CALL_S) is not None
