"""Delivers the events of one region to one webhook: in order, one request at a time, until taken or given up.

A request that fails is repeated as it was, after growing and scattered waits. When it has failed too often it becomes a
dead letter, and the next request tells the receiver which sequences it has missed; so does a cursor older than what is
kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog
from google.protobuf import json_format
from pydispatch_protos.dispatch.v1 import webhook_service_pb2 as pb

from pydispatch_server import names
from pydispatch_server.fanout import signing
from pydispatch_server.fanout.ledger import Ledger
from pydispatch_server.fanout.reader import OutboxReader
from pydispatch_server.fanout.sending import Outcome, Sender
from pydispatch_server.messages import timestamp
from pydispatch_server.settings import Settings
from pydispatch_server.store.interface import StoreDown
from pydispatch_server.store.outbox import DeliveryRow, OutboxEvent, WebhookCursor

# Events looked at for one request, and events in it: about 50 kB.
SCAN_EVENTS: Final = 500
REQUEST_EVENTS: Final = 100
STORE_PAUSE_S: Final = 1.0
# A wait is between this part of its nominal length and all of it.
LEAST_OF_WAIT: Final = 0.5

_DELIVERED: Final = pb.WEBHOOK_DELIVERY_STATE_DELIVERED
_DEAD: Final = pb.WEBHOOK_DELIVERY_STATE_DEAD

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Request:
    """One request under way.

    Attributes:
        number: Number of the delivery.
        events: What it tells.
        first: Sequence of the first event it is answerable for.
        reached: Where the webhook stands once it is taken.
        attempts: Times it was sent.
        first_time_ms: When it was first sent.
    """

    number: int
    events: list[OutboxEvent]
    first: int
    reached: int
    attempts: int = 0
    first_time_ms: int = 0


class Delivery:
    """Sends one webhook what it wants.

    Args:
        webhook: The webhook as stored, secret included.
        cursor: How far it has got.
        number: Number of its newest delivery.
        reader: The region's events.
        ledger: Where progress is noted.
        sender: Sends requests.
        settings: Attempts and waits.
    """

    def __init__(
        self,
        webhook: pb.Webhook,
        cursor: WebhookCursor,
        number: int,
        reader: OutboxReader,
        ledger: Ledger,
        sender: Sender,
        settings: Settings,
    ) -> None:
        self._webhook = webhook
        self._cursor = cursor
        # A request that had failed goes on under its own number.
        self._number = number - 1 if cursor.attempts and number else number
        self._reader = reader
        self._ledger = ledger
        self._sender = sender
        self._settings = settings
        self._wants = wanted_by(webhook)
        self._changed = asyncio.Event()
        self._steps_back = 0
        self._error = ""
        self._next_attempt_s = 0.0

    @property
    def webhook(self) -> pb.Webhook:
        """The webhook as it is served."""
        return self._webhook

    def change(self, webhook: pb.Webhook) -> None:
        """Takes the webhook as it is stored now; the request under way is made anew, since its fault may be mended."""
        self._webhook = webhook
        self._wants = wanted_by(webhook)
        self._move(attempts=0, last_sequence=0)
        self._changed.set()

    async def replay(self, first_sequence: int) -> None:
        """Steps back, so that everything from a sequence on is sent once more. Returns when that is durable.

        Raises:
            StoreDown: It may be undone by a restart.
        """
        if first_sequence <= self._cursor.sequence:
            is_told = first_sequence <= self._cursor.missed_first
            missed = (0, 0) if is_told else (self._cursor.missed_first, self._cursor.missed_last)
            self._move(missed_first=missed[0], missed_last=missed[1])
            self._move(sequence=first_sequence - 1, last_sequence=0, attempts=0)
            self._steps_back += 1
            self._error = ""
            self._changed.set()
        self._ledger.note(self._cursor)
        await self._ledger.write()

    def status(self) -> pb.WebhookStatus:
        """Says how deliveries go."""
        cursor = self._cursor
        status = pb.WebhookStatus(
            sequence=cursor.sequence,
            newest_sequence=self._reader.newest_sequence,
            failed_attempts=cursor.attempts,
            error=self._error,
        )
        if cursor.attempts and self._next_attempt_s:
            status.next_attempt_time.CopyFrom(timestamp(int(self._next_attempt_s * 1000)))
        if cursor.missed_first:
            status.missed.first_sequence, status.missed.last_sequence = cursor.missed_first, cursor.missed_last
        return status

    async def run(self) -> None:
        """Delivers until cancelled.

        Raises:
            Fenced: Another server owns the region.
        """
        while True:
            try:
                if self._webhook.paused:
                    await self._wait_for_change(None)
                elif (request := await self._next()) is not None:
                    await self._deliver(request)
            except StoreDown as error:
                _log.warning("webhook waits for the store", webhook=self._webhook.name, error=str(error))
                await asyncio.sleep(STORE_PAUSE_S)

    async def _next(self) -> _Request | None:
        """Waits for events and makes the next request; None when there was none to make."""
        cursor = self._cursor
        if self._reader.newest_sequence <= cursor.sequence:
            if cursor.missed_first:
                return self._request([], cursor.sequence)
            await self._first_of(self._reader.wait(cursor.sequence))
            return None
        newest = self._reader.newest_sequence
        scanned = await self._reader.after(cursor.sequence, SCAN_EVENTS)
        if self._cursor is not cursor:
            return None
        if not scanned or scanned[0].sequence > cursor.sequence + 1:
            self._expire(cursor.sequence + 1, scanned[0].sequence - 1 if scanned else newest)
            return None
        if cursor.last_sequence:
            # After a restart: the request as it was.
            scanned = [event for event in scanned if event.sequence <= cursor.last_sequence]
        wanted = [event for event in scanned if self._wants(event)]
        reached = scanned[-1].sequence if scanned else cursor.sequence
        if len(wanted) > REQUEST_EVENTS:
            wanted = wanted[:REQUEST_EVENTS]
            reached = wanted[-1].sequence
        if not wanted:
            self._move(sequence=reached, last_sequence=0, attempts=0)
            self._ledger.note(self._cursor)
            return None
        return self._request(wanted, reached)

    def _request(self, events: list[OutboxEvent], reached: int) -> _Request:
        """Begins a request."""
        self._number += 1
        first = events[0].sequence if events else self._cursor.missed_first
        return _Request(self._number, events, first, reached, self._cursor.attempts)

    async def _deliver(self, request: _Request) -> None:
        """Sends a request until it is taken or given up, or until the webhook is changed or stepped back."""
        steps_back, wants = self._steps_back, self._wants
        while not self._webhook.paused and wants is self._wants:
            outcome = await self._send(request)
            if steps_back != self._steps_back:
                self._replace(request, outcome)
                return
            if not outcome.error:
                self._succeed(request, outcome)
                return
            if request.events and request.attempts >= self._settings.webhook_attempts_max:
                self._give_up(request, outcome)
                return
            self._fail(request, outcome)
            wait_s = self._wait_s(request.attempts)
            self._next_attempt_s = time.time() + wait_s
            await self._wait_for_change(wait_s)
            if steps_back != self._steps_back:
                self._replace(request, outcome)
                return
            if not request.events and self._reader.newest_sequence > self._cursor.sequence:
                # There is more to say than that something was missed.
                self._move(attempts=0)
                break
        # The request that follows is this one made anew.
        self._number -= 1

    async def _send(self, request: _Request) -> Outcome:
        """Sends a request once."""
        self._changed.clear()
        now_s = time.time()
        request.attempts += 1
        request.first_time_ms = request.first_time_ms or int(now_s * 1000)
        body = self._body(request)
        message_id = f"{names.region_of(self._webhook.name)}.{names.id_of(self._webhook.name)}.{request.number}"
        message_id += f".{request.first}-{request.reached}"
        headers = signing.headers(self._webhook.secret, message_id, int(now_s), body)
        return await self._sender.send(self._webhook.url, headers, body)

    def _body(self, request: _Request) -> bytes:
        """Writes the body of a request."""
        region = f"regions/{names.region_of(self._webhook.name)}"
        payload = pb.WebhookPayload(webhook=self._webhook.name)
        payload.events.extend(_told(region, event) for event in request.events)
        if self._cursor.missed_first:
            payload.missed.first_sequence = self._cursor.missed_first
            payload.missed.last_sequence = self._cursor.missed_last
        return json_format.MessageToJson(payload, indent=None).encode()

    def _succeed(self, request: _Request, outcome: Outcome) -> None:
        """Goes on behind a request that was taken."""
        self._error = ""
        self._move(sequence=request.reached, last_sequence=0, attempts=0, missed_first=0, missed_last=0)
        self._note(request, _DELIVERED, outcome)

    def _replace(self, request: _Request, outcome: Outcome) -> None:
        """Ends a request in whose place earlier events are sent."""
        if outcome.error:
            self._note(request, _DEAD, Outcome(outcome.http_status, "replaced by a replay"))
        else:
            self._note(request, _DELIVERED, outcome)

    def _fail(self, request: _Request, outcome: Outcome) -> None:
        """Remembers that a request must be sent again."""
        if request.attempts == 1:
            _log.warning("webhook fails", webhook=self._webhook.name, error=outcome.error)
        self._error = outcome.error
        last = request.events[-1].sequence if request.events else 0
        self._move(last_sequence=last, attempts=request.attempts)
        self._note(request, pb.WEBHOOK_DELIVERY_STATE_RETRYING, outcome)

    def _give_up(self, request: _Request, outcome: Outcome) -> None:
        """Makes a request a dead letter and goes on behind it."""
        _log.error("webhook given up", webhook=self._webhook.name, first=request.first, last=request.reached)
        self._error = outcome.error
        self._miss(request.first, request.events[-1].sequence)
        self._move(sequence=request.reached, last_sequence=0, attempts=0)
        self._note(request, _DEAD, outcome)

    def _expire(self, first: int, last: int) -> None:
        """Goes on behind events that are no longer kept."""
        _log.error("webhook has missed events that are gone", webhook=self._webhook.name, first=first, last=last)
        self._miss(first, last)
        self._move(sequence=last, last_sequence=0, attempts=0)
        self._number += 1
        now_ms = int(time.time() * 1000)
        gone = _Request(self._number, [], first, last, 0, now_ms)
        self._note(gone, pb.WEBHOOK_DELIVERY_STATE_EXPIRED, Outcome(0, "the events were no longer kept"))

    def _miss(self, first: int, last: int) -> None:
        """Adds to what the receiver must be told that it has missed."""
        self._move(missed_first=self._cursor.missed_first or first, missed_last=last)

    def _move(self, **fields: int) -> None:
        """Changes the cursor."""
        self._cursor = self._cursor._replace(**fields)  # type: ignore[arg-type]  # all but the name are numbers

    def _note(self, request: _Request, state: pb.WebhookDeliveryState, outcome: Outcome) -> None:
        """Notes the cursor and what became of a request."""
        last = request.events[-1].sequence if request.events else request.reached
        row = DeliveryRow(
            webhook=names.id_of(self._webhook.name),
            number=request.number,
            state=state,
            first_sequence=request.first,
            last_sequence=last,
            event_count=len(request.events),
            attempts=request.attempts,
            http_status=outcome.http_status,
            error=outcome.error,
            first_time_ms=request.first_time_ms,
            last_time_ms=int(time.time() * 1000),
        )
        self._ledger.note(self._cursor, row)

    def _wait_s(self, attempts: int) -> float:
        """Returns how long to wait after so many failed attempts: twice as long each time, scattered."""
        longest_s = self._settings.webhook_backoff_max_s
        doublings = min(attempts - 1, 30)
        nominal_s = min(self._settings.webhook_backoff_first_s * 2.0**doublings, longest_s)
        return nominal_s * random.uniform(LEAST_OF_WAIT, 1.0)  # noqa: S311 - no secret

    async def _wait_for_change(self, timeout_s: float | None) -> None:
        """Waits until the webhook is changed or stepped back, at most so long."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            pass
        self._changed.clear()

    async def _first_of(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Waits for something, but no longer than until the webhook is changed or stepped back."""
        tasks = [asyncio.ensure_future(waiting), asyncio.ensure_future(self._changed.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
        self._changed.clear()


def wanted_by(webhook: pb.Webhook) -> Callable[[OutboxEvent], bool]:
    """Makes the test of which events a webhook wants."""
    families = tuple(text[:-1] for text in webhook.event_types if text.endswith(".*"))
    types = frozenset(text for text in webhook.event_types if not text.endswith(".*"))
    resources = frozenset(webhook.resources)
    wants_all = not webhook.event_types

    def wants(event: OutboxEvent) -> bool:
        is_type = wants_all or event.type in types or event.type.startswith(families)
        return is_type and (not resources or event.resource in resources)

    return wants


def _told(region: str, event: OutboxEvent) -> pb.ChangeEvent:
    """Writes an event as its receivers read it."""
    return pb.ChangeEvent(
        region=region,
        sequence=event.sequence,
        epoch=event.epoch,
        type=event.type,
        resource=event.resource,
        before_digest=event.before,
        after_digest=event.after,
        decision_id=event.decision_id,
        policy_revision=event.policy_revision,
        event_time=timestamp(event.time_ms),
    )
