"""The streams of WatchPlan: initial state, SYNCED, changes, heartbeats; RESYNC when a watcher has lost the thread."""

from __future__ import annotations

import asyncio
import base64
import binascii
import struct
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as pb
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch_server import names, reasons
from pydispatch_server.clock import Clock
from pydispatch_server.errors import invalid_field
from pydispatch_server.feed import Subscription
from pydispatch_server.messages import timestamp
from pydispatch_server.owner import RegionOwner
from pydispatch_server.settings import Settings
from pydispatch_server.state import RegionState
from pydispatch_server.store.interface import Event, Store
from pydispatch_server.working import VisitChanged

_TOKEN: Final = struct.Struct(">IQQ")
_VISIT_EVENT: Final = "visit."
# Bundles kept for watchers who stand at the same place.
BUNDLES_KEPT: Final = 16

Filter = Callable[[VisitChanged], bool]


class Token(NamedTuple):
    """Where a watcher stands.

    Attributes:
        region: Checksum of the region's identifier.
        epoch: Epoch in which the token was given.
        sequence: Newest sequence that the watcher has heard of.
    """

    region: int
    epoch: int
    sequence: int


class Missed(NamedTuple):
    """What a returning watcher has missed.

    Attributes:
        changes: The changes, each visit once, ordered by sequence.
        reached: Newest sequence of the region that they account for.
    """

    changes: list[VisitChanged]
    reached: int


class PlanWatch:
    """Makes the streams of WatchPlan.

    Args:
        store: Where events older than the memory reaches are read.
        clock: Where `now` comes from.
        settings: Bounds and the silence before a heartbeat.
        pool: Threads for reading the store.
    """

    def __init__(self, store: Store, clock: Clock, settings: Settings, pool: ThreadPoolExecutor) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._pool = pool
        self._made: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()

    async def stream(self, owner: RegionOwner, request: pb.WatchPlanRequest) -> AsyncIterator[bytes]:
        """Sends what one watcher wants to hear, until the call or the server ends.

        Raises:
            InvalidRequest: The resume token was not given by a watch of this region.
            Overloaded: The region has as many watchers as it takes.
        """
        token = read_token(request.resume_token, owner.state.id) if request.resume_token else None
        wants = _filter(request)
        subscription = owner.feed.subscribe(None if request.bundle_ms else wants)
        try:
            missed = await self._missed(owner, token, request) if token is not None else None
            if token is not None and missed is None:
                yield _message(pb.PLAN_EVENT_TYPE_RESYNC, owner.state)
            reached = missed.reached if missed is not None else owner.state.sequence
            if missed is None:
                async for message in self._initial(owner, subscription, wants):
                    yield message
            else:
                for change in missed.changes:
                    yield _changed(change, owner.state)
            if request.bundle_ms:
                changes = self._bundles(owner, subscription, wants, request, reached)
            else:
                changes = self._changes(owner, subscription, wants)
            async for message in changes:
                yield message
        finally:
            owner.feed.unsubscribe(subscription)

    async def _initial(self, owner: RegionOwner, subscription: Subscription, wants: Filter) -> AsyncIterator[bytes]:
        """Sends every open visit and SYNCED; changes from now on wait in the subscription."""
        subscription.begin_again()
        state = owner.state
        sequence, epoch = state.sequence, state.epoch
        visits = [visit for visit in state.open_visits() if wants(_as_change(visit))]
        visits.sort(key=lambda visit: visit.name)
        for visit in visits:
            # No token: whoever breaks off here has not seen the rest and must begin again.
            initial = pb.WatchPlanResponse(type=pb.PLAN_EVENT_TYPE_INITIAL, sequence=sequence, epoch=epoch, visit=visit)
            yield initial.SerializeToString()
        synced = pb.WatchPlanResponse(
            type=pb.PLAN_EVENT_TYPE_SYNCED,
            sequence=sequence,
            epoch=epoch,
            resume_token=write_token(state.id, epoch, sequence),
        )
        yield synced.SerializeToString()

    async def _changes(self, owner: RegionOwner, subscription: Subscription, wants: Filter) -> AsyncIterator[bytes]:
        """Sends changes as they come, heartbeats in silence, and everything anew when the queue overflowed."""
        while True:
            is_woken = await subscription.wait(self._settings.heartbeat_s)
            if not is_woken:
                yield _message(pb.PLAN_EVENT_TYPE_HEARTBEAT, owner.state)
                continue
            while subscription.is_lost:
                # It may overflow again while the initial state is being sent.
                yield _message(pb.PLAN_EVENT_TYPE_RESYNC, owner.state)
                async for message in self._initial(owner, subscription, wants):
                    yield message
            for change in subscription.take():
                yield _changed(change, owner.state)
            if subscription.is_closed:
                return

    async def _bundles(
        self,
        owner: RegionOwner,
        subscription: Subscription,
        wants: Filter,
        request: pb.WatchPlanRequest,
        reached: int,
    ) -> AsyncIterator[bytes]:
        """Sends what has changed in each period, heartbeats in silence, and everything anew where the ring ends."""
        loop = asyncio.get_running_loop()
        is_whole = not request.technicians and not request.batch
        heard_s = loop.time()
        while True:
            # Every watcher of this period wakes at the same moment, so that one bundle is made for all.
            period_ms = owner.feed.period_ms(request.bundle_ms)
            period_s = period_ms / 1000
            await subscription.wait(period_s - loop.time() % period_s)
            if subscription.is_closed:
                return
            up_to = owner.feed.tick(period_ms, loop.time())
            changes = owner.feed.after(reached, up_to) if up_to > reached else []
            if subscription.is_lost or changes is None:
                subscription.take()
                yield _message(pb.PLAN_EVENT_TYPE_RESYNC, owner.state)
                reached = owner.state.sequence
                async for message in self._initial(owner, subscription, wants):
                    yield message
            elif told := changes if is_whole else [change for change in changes if wants(change)]:
                bundle = self._bundle(owner.state, reached, up_to, told, is_whole=is_whole)
                reached = up_to
                yield bundle
            elif loop.time() - heard_s < self._settings.heartbeat_s:
                reached = max(reached, up_to)
                continue
            else:
                yield _message(pb.PLAN_EVENT_TYPE_HEARTBEAT, owner.state)
            heard_s = loop.time()

    def _bundle(
        self, state: RegionState, after: int, up_to: int, changes: list[VisitChanged], *, is_whole: bool
    ) -> bytes:
        """Writes a BUNDLE message, once for all watchers of everything who stand at the same place."""
        key = (state.id, after, up_to)
        made = self._made.get(key) if is_whole else None
        if made is None:
            bundle = pb.WatchPlanResponse(
                type=pb.PLAN_EVENT_TYPE_BUNDLE,
                sequence=up_to,
                resume_token=write_token(state.id, state.epoch, up_to),
                epoch=state.epoch,
            )
            for change in changes:
                bundle.changes.add(sequence=change.sequence, visit=change.visit, event_time=timestamp(change.time_ms))
            made = bundle.SerializeToString()
            if is_whole:
                self._made[key] = made
                if len(self._made) > BUNDLES_KEPT:
                    self._made.popitem(last=False)
        return made

    async def _missed(self, owner: RegionOwner, token: Token, request: pb.WatchPlanRequest) -> Missed | None:
        """Lists what a returning watcher has missed, None when that is too long ago to tell."""
        state = owner.state
        if token.epoch > state.epoch or token.sequence > state.sequence:
            return None
        wants = _filter(request)
        in_memory = owner.feed.after(token.sequence)
        if in_memory is not None:
            return Missed([change for change in in_memory if wants(change)], state.sequence)
        if request.technicians:
            # The store does not say whom a visit was taken from, so the watcher might not hear that it is gone.
            return None
        newest_sequence = state.sequence
        events = await asyncio.get_running_loop().run_in_executor(self._pool, self._events, state.id, token.sequence)
        if events is None or state is not owner.state:
            return None
        changes = (_as_change(visit, event) for event, visit in _newest_visits(owner.state, events, newest_sequence))
        return Missed([change for change in changes if wants(change)], newest_sequence)

    def _events(self, region: str, sequence: int) -> list[Event] | None:
        """Reads the events after a sequence from the store, None when some are gone or there are too many."""
        limit = self._settings.event_ring_max
        if self._store.first_sequence(region) > sequence + 1:
            return None
        events = self._store.events_after(region, sequence, limit)
        return events if len(events) < limit else None


def write_token(region_id: str, epoch: int, sequence: int) -> str:
    """Makes the token to resume after `sequence`."""
    data = _TOKEN.pack(zlib.crc32(region_id.encode()), epoch, sequence)
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read_token(text: str, region_id: str) -> Token:
    """Reads a token.

    Raises:
        InvalidRequest: It was not given by a watch of this region.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        token = Token(*_TOKEN.unpack(data))
    except (binascii.Error, ValueError, struct.error):
        token = None
    if token is None or token.region != zlib.crc32(region_id.encode()):
        raise invalid_field("resume_token", reasons.BAD_RESUME_TOKEN, "was not given by a watch of this region")
    return token


def _filter(request: pb.WatchPlanRequest) -> Filter:
    """Makes the test of what a watcher wants to hear. A visit that leaves a watched technician still is told."""
    technicians, batch = frozenset(request.technicians), request.batch

    def wants(change: VisitChanged) -> bool:
        if batch and change.visit.batch != batch:
            return False
        return not technicians or not technicians.isdisjoint(change.technicians)

    return wants


def _as_change(visit: Visit, event: Event | None = None) -> VisitChanged:
    """Looks at a visit as a change, for the filter or for a returning watcher."""
    technician = visit.placement.technician
    sequence, time_ms = (event.sequence, event.time_ms) if event is not None else (0, 0)
    return VisitChanged(sequence, visit, (technician,) if technician else (), time_ms)


def _newest_visits(state: RegionState, events: list[Event], up_to: int) -> list[tuple[Event, Visit]]:
    """Pairs the newest event of each visit with the visit as it is, ordered by sequence."""
    newest = {
        event.resource: event for event in events if event.type.startswith(_VISIT_EVENT) and event.sequence <= up_to
    }
    ordered = sorted(newest.values(), key=lambda event: event.sequence)
    found = ((event, state.find(names.VISITS, names.id_of(event.resource))) for event in ordered)
    return [(event, visit) for event, visit in found if visit is not None]


def _changed(change: VisitChanged, state: RegionState) -> bytes:
    """Writes a VISIT_CHANGED message, once for all watchers: an owner has one epoch all its life."""
    if not change.encoded:
        change.encoded = pb.WatchPlanResponse(
            type=pb.PLAN_EVENT_TYPE_VISIT_CHANGED,
            sequence=change.sequence,
            resume_token=write_token(state.id, state.epoch, change.sequence),
            visit=change.visit,
            event_time=timestamp(change.time_ms),
            epoch=state.epoch,
        ).SerializeToString()
    return change.encoded


def _message(kind: pb.PlanEventType, state: RegionState) -> bytes:
    """Writes a HEARTBEAT, which proves how far the watcher has heard, or a RESYNC, which can't be resumed from."""
    is_heartbeat = kind == pb.PLAN_EVENT_TYPE_HEARTBEAT
    token = write_token(state.id, state.epoch, state.sequence) if is_heartbeat else ""
    told = pb.WatchPlanResponse(type=kind, sequence=state.sequence, resume_token=token, epoch=state.epoch)
    return told.SerializeToString()
