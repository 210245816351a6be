"""What must hold after every step, however much has gone wrong."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_server import names, reasons
from pydispatch_server.commands.bookings import cancel_booking
from pydispatch_server.commands.plan import check_plan
from pydispatch_server.commands.ticks import tick
from pydispatch_server.feed import Subscription
from pydispatch_server.owner import RegionOwner
from pydispatch_server.state import RegionState
from pydispatch_server.store.interface import Event

from pydispatch import Engine
from tests.faults.calls import Call, Outcome
from tests.faults.town import Clock, Town
from tests.server.harness import PLAN


class Broken(Exception):
    """An invariant does not hold; the text says which and of what."""


class Invariants:
    """Remembers what was seen and compares it with what is there.

    Args:
        town: The database.
        clock: The simulated clock.
    """

    def __init__(self, town: Town, clock: Clock) -> None:
        self._town = town
        self._clock = clock
        self._epoch = 0
        self._events: list[Event] = []
        self._subscription: Subscription | None = None
        self._watched: dict[str, bytes] = {}

    def started(self, owner: RegionOwner) -> None:
        """Notes a new owner and watches it."""
        _hold(owner.state.epoch > self._epoch, f"epoch {owner.state.epoch} follows {self._epoch}")
        self._epoch = owner.state.epoch
        self._subscription = owner.feed.subscribe(lambda _: True)
        self._watched = _visits(owner.state)

    async def check(self, owner: RegionOwner, calls: list[Call]) -> None:
        """Checks everything.

        Raises:
            Broken: Something does not hold.
        """
        # As a server does every few seconds: what the clock has made late is seen to.
        await owner.submit(tick, 3)
        stored, snapshot, events = self._town.read()
        _same(owner.state, stored)
        self._check_events(stored, events)
        _check_calls(calls, stored, self._events)
        _check_timelines(stored)
        self._check_watcher(owner)
        checked = dispatch.CheckPlanResponse.FromString(
            await owner.submit(check_plan, dispatch.CheckPlanRequest(name=PLAN))
        )
        _hold(not checked.violations, f"the checker finds {checked.violations}")
        self._check_rebuilt(owner, snapshot)

    def _check_events(self, stored: RegionState, events: list[Event]) -> None:
        """The outbox has no gap and no late epoch, and what was in it stays as it was."""
        _hold([event.sequence for event in events] == list(range(1, stored.sequence + 1)), "the outbox has a gap")
        _hold(all(a.epoch <= b.epoch for a, b in itertools.pairwise(events)), "an old epoch has written")
        _hold(events[: len(self._events)] == self._events, "an event has changed")
        self._events = events

    def _check_watcher(self, owner: RegionOwner) -> None:
        """A watcher has heard of every change, or that it must begin again."""
        watch = self._subscription
        assert watch is not None
        for change in watch.take():
            self._watched[change.visit.name] = change.visit.SerializeToString()
        if watch.is_lost:
            watch.begin_again()
            self._watched = _visits(owner.state)
        _hold(self._watched == _visits(owner.state), "a watcher has missed a change")

    def _check_rebuilt(self, owner: RegionOwner, snapshot: bytes) -> None:
        """An engine that is rebuilt from the store plans what the engine that has lived through it all plans."""
        now_ms = self._clock.now_ms()
        rebuilt = Engine(self._town.region.SerializeToString(), None)
        rebuilt.restore(snapshot, now_ms)
        lived, read = _plan(owner.engine, now_ms), _plan(rebuilt, now_ms)
        _hold(lived == read, f"engine and store differ:\n  {lived}\n  {read}")


def _check_calls(calls: list[Call], stored: RegionState, events: list[Event]) -> None:
    """What was acknowledged is there, what was refused is not, and nothing is there twice."""
    notes = Counter(booking.note for booking in stored.walk(names.BOOKINGS, ""))
    _hold(not [note for note, count in notes.items() if count > 1], f"a request_id has two effects: {notes}")
    outcomes: dict[str, set[Outcome]] = {}
    for call in calls:
        if call.note:
            outcomes.setdefault(call.note, set()).add(call.outcome)
        if call.outcome is Outcome.ACKNOWLEDGED:
            _check_acknowledged(call, stored, events)
    for note, known in outcomes.items():
        if Outcome.ACKNOWLEDGED in known:
            _hold(note in notes, f"{note} was acknowledged and is lost")
        elif Outcome.UNKNOWN not in known:
            _hold(note not in notes, f"{note} was refused and is there")
    _hold(notes.keys() <= outcomes.keys(), "there is a booking that nobody asked for")
    _check_repeats(calls)


def _check_acknowledged(call: Call, stored: RegionState, events: list[Event]) -> None:
    """Every resource of an answer is there, as old as it was told or newer."""
    for name, sequence in call.told():
        _hold(sequence <= len(events), f"{name} was told as of {sequence}, which is lost")
        _hold(events[sequence - 1].resource == name, f"{name} was told as of {sequence}, which is another's")
        kept = stored.find(name.split("/")[2], names.id_of(name))
        _hold(kept is not None and int(kept.etag) >= sequence, f"{name} is older than it was told")
    if call.handler is cancel_booking:
        booking = stored.get(names.BOOKINGS, call.request.name)
        _hold(booking.state == bookings.BOOKING_STATE_CANCELLED, f"{booking.name} was cancelled and is not")


def _check_repeats(calls: list[Call]) -> None:
    """The same request under one request_id has one answer; another body is refused once the first was done."""
    first: dict[str, Call] = {}
    for call in calls:
        if not call.request_id:
            continue
        earlier = first.get(call.request_id)
        if call.outcome is Outcome.ACKNOWLEDGED:
            if earlier is None:
                first[call.request_id] = call
                continue
            _hold(call.request == earlier.request, f"{call.request_id} was taken with two bodies")
            _hold(call.answer == earlier.answer, f"{call.request_id} has two answers")
        elif earlier is not None and getattr(call.error, "reason", "") == reasons.REQUEST_ID_REUSED:
            _hold(call.request != earlier.request, f"{call.request_id} was refused although it is the same")


def _check_timelines(stored: RegionState) -> None:
    """No technician is promised twice at one time."""
    for technician in stored.routed_technicians():
        placements = [visit.placement for visit in stored.route(technician)]
        placed = sorted((item.start_time.seconds, item.end_time.seconds) for item in placements)
        _hold(all(a[1] <= b[0] for a, b in itertools.pairwise(placed)), f"{technician} is promised twice: {placed}")


def _same(state: RegionState, stored: RegionState) -> None:
    """What reads are answered from is what the store has."""
    _hold(state.sequence == stored.sequence, f"the state is at {state.sequence}, the store at {stored.sequence}")
    for collection in names.COLLECTIONS:
        _hold(_members(state, collection) == _members(stored, collection), f"state and store differ in {collection}")


def _members(state: RegionState, collection: str) -> dict[str, bytes]:
    return {item.name: item.SerializeToString(deterministic=True) for item in state.walk(collection, "")}


def _visits(state: RegionState) -> dict[str, bytes]:
    return {visit.name: visit.SerializeToString() for visit in state.walk(names.VISITS, "")}


def _plan(engine: Engine, now_ms: int) -> dict[str, Any]:
    """Reads who does what in which order and state. Times may differ by what the engine keeps to itself."""
    asked = dispatch.GetPlanRequest(name=PLAN).SerializeToString()
    plan = dispatch.GetPlanResponse.FromString(engine.plan(asked, now_ms)).plan
    routes = {
        route.technician: [(stop.visit, stop.state) for stop in route.stops] for route in plan.routes if route.stops
    }
    return {"routes": routes, "unassigned": sorted(item.visit for item in plan.unassigned_visits)}


def _hold(is_true: bool, what: str) -> None:
    if not is_true:
        raise Broken(what)
