"""The changes of one micro-batch while it is being decided: an overlay over what is committed, invisible to readers.

`Working` gathers a batch, `Transaction` one command of it. A refused command leaves nothing in `Working`; only a commit
moves `Working` into the state. Commands see a `Transaction` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import ChangeKind, Command, Outcome, VisitChange
from pydispatch_protos.dispatch.v1.booking_service_pb2 import BookingState
from pydispatch_protos.dispatch.v1.geofence_service_pb2 import Geofence
from pydispatch_protos.dispatch.v1.region_service_pb2 import Region
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch import Engine
from pydispatch_server import batch_counts, follow, names
from pydispatch_server.audit_trail import Decision
from pydispatch_server.messages import copy_of
from pydispatch_server.plan_memory import PlanMemory, Standing
from pydispatch_server.state import RegionState, contacts_of, is_open, not_found
from pydispatch_server.store.interface import BatchRowKey, Changes, Event, Row, StoredResult

_CHANGE_NAMES: Final = {
    ChangeKind.CHANGE_KIND_UNSPECIFIED: "visit.changed",
    ChangeKind.CHANGE_KIND_ASSIGNED: "visit.assigned",
    ChangeKind.CHANGE_KIND_MOVED: "visit.moved",
    ChangeKind.CHANGE_KIND_RETIMED: "visit.retimed",
    ChangeKind.CHANGE_KIND_UNASSIGNED: "visit.unassigned",
    ChangeKind.CHANGE_KIND_PROGRESSED: "visit.progressed",
    ChangeKind.CHANGE_KIND_PINNED: "visit.pinned",
}


class EngineDiverged(Exception):
    """A command was refused after the engine had changed: the engine must be rebuilt before the batch goes on."""


@dataclass(slots=True)
class VisitChanged:
    """A change of a visit as watchers hear of it.

    Attributes:
        sequence: Its number.
        visit: The visit after it.
        technicians: Those who have the visit, and who had it before.
        time_ms: When it became durable.
        encoded: The message that tells it, made for the first watcher and sent to all.
    """

    sequence: int
    visit: Visit
    technicians: tuple[str, ...]
    time_ms: int
    encoded: bytes = b""


@dataclass(slots=True)
class Working:
    """What the commands of one micro-batch have changed so far.

    Attributes:
        state: What is committed.
        engine: The region's engine, which has already taken these changes.
        now_ms: Time at which the batch is decided.
        sequence: Sequence of the newest event of the batch.
        decisions: The commands that changed something.
        standings: Where the changed visits were before each change.
    """

    state: RegionState
    engine: Engine
    now_ms: int
    sequence: int
    changed: dict[str, dict[str, Any]]
    events: list[Event]
    results: dict[str, StoredResult]
    rows: dict[tuple[str, str], BatchRowKey]
    decisions: list[Decision]
    standings: list[Standing] = field(default_factory=list)

    @classmethod
    def begin(cls, state: RegionState, engine: Engine, now_ms: int) -> Working:
        """Begins a batch over what is committed."""
        return cls(state, engine, now_ms, state.sequence, {name: {} for name in names.COLLECTIONS}, [], {}, {}, [])

    def find(self, collection: str, resource_id: str) -> Any:
        """Returns a resource as the batch has left it, or None."""
        members = self.changed[collection]
        if resource_id in members:
            return members[resource_id]
        return self.state.find(collection, resource_id)

    def find_row(self, batch_id: str, external_id: str) -> BatchRowKey | None:
        """Returns what a batch's row was imported as, or None."""
        return self.rows.get((batch_id, external_id)) or self.state.row(batch_id, external_id)

    def existing(self) -> Iterator[str]:
        """Walks the full names of the changed resources that existed before the batch."""
        for collection, members in self.changed.items():
            for resource_id in members:
                if self.state.has(collection, resource_id):
                    yield f"regions/{self.state.id}/{collection}/{resource_id}"

    def changes(self) -> Changes:
        """Returns the batch as rows for the store."""
        return _Rows(self).build()

    def visit_changes(self) -> list[VisitChanged]:
        """Lists the changed visits, each once under its newest sequence, ordered by sequence."""
        newest: dict[str, int] = {}
        for event in self.events:
            if event.type.startswith("visit."):
                newest.pop(event.resource, None)
                newest[event.resource] = event.sequence
        told = []
        for name, sequence in newest.items():
            visit_id = names.id_of(name)
            visit, before = self.changed[names.VISITS][visit_id], self.state.find(names.VISITS, visit_id)
            involved = {visit.placement.technician, before.placement.technician if before is not None else ""}
            told.append(VisitChanged(sequence, visit, tuple(sorted(involved - {""})), self.now_ms))
        return told


class Transaction:
    """One command's view of the region and the only way for it to change anything.

    Args:
        working: The batch that it belongs to.
    """

    __slots__ = ("_before", "_changed", "_engine_changed", "_events", "_rows", "_working", "now_ms")

    def __init__(self, working: Working) -> None:
        self._working = working
        self.now_ms = working.now_ms
        self._changed: dict[str, dict[str, Any]] = {}
        self._events: list[Event] = []
        self._rows: dict[tuple[str, str], BatchRowKey] = {}
        self._before: dict[str, Visit | None] = {}
        self._engine_changed = False

    # --- reading ---------------------------------------------------------------------------------------------------

    @property
    def region(self) -> Region:
        """The region."""
        return self._working.state.region

    @property
    def region_id(self) -> str:
        """Identifier of the region."""
        return self._working.state.id

    @property
    def engine(self) -> Engine:
        """The region's engine, for reading. Change it by `apply` alone."""
        return self._working.engine

    @property
    def engine_changed(self) -> bool:
        """Tells whether the engine has taken a change of this command."""
        return self._engine_changed

    def find(self, collection: str, resource_id: str) -> Any:
        """Returns a resource as this command sees it, or None. The message must not be changed."""
        members = self._changed.get(collection)
        if members is not None and resource_id in members:
            return members[resource_id]
        return self._working.find(collection, resource_id)

    def get(self, collection: str, name: str) -> Any:
        """Returns the resource of a full name.

        Raises:
            NotFound: There is none.
        """
        found = self.find(collection, names.id_of(name))
        if found is None:
            raise not_found(collection, name)
        return found

    def find_row(self, batch_id: str, external_id: str) -> BatchRowKey | None:
        """Returns what a batch's row was imported as, or None."""
        return self._rows.get((batch_id, external_id)) or self._working.find_row(batch_id, external_id)

    def drafts(self, batch_id: str) -> Iterator[str]:
        """Walks the identifiers of a batch's committed drafts; commands of the same batch may have taken some."""
        return self._working.state.drafts(batch_id)

    def open_visits(self) -> dict[str, Visit]:
        """Returns every visit that is not final as this command sees it, by identifier. O(V)."""
        visits = {names.id_of(visit.name): visit for visit in self._working.state.open_visits()}
        for members in (self._working.changed[names.VISITS], self._changed.get(names.VISITS, {})):
            visits.update(members)
        return {visit_id: visit for visit_id, visit in visits.items() if is_open(visit)}

    def before(self, visit_id: str) -> Visit | None:
        """Returns a visit that the engine has changed as it was before this command, None for a new one."""
        return self._before.get(visit_id)

    @property
    def memory(self) -> PlanMemory:
        """Where visits were before the committed changes; this batch's own are not in it."""
        return self._working.state.memory

    @property
    def sequence(self) -> int:
        """Sequence of the newest change before this command."""
        return self._working.sequence

    @property
    def decision_id(self) -> str:
        """Identifier that this command has in the audit once it changes something."""
        return f"{self._working.state.epoch}-{self._working.sequence + 1}"

    def name(self, collection: str, resource_id: str) -> str:
        """Returns the full name of a member of this region."""
        return f"regions/{self.region_id}/{collection}/{resource_id}"

    @property
    def next_sequence(self) -> int:
        """Sequence of the next event of this command."""
        return self._working.sequence + len(self._events) + 1

    def new_id(self, prefix: str) -> str:
        """Returns an identifier that sorts after all earlier ones: the prefix and the next sequence."""
        return f"{prefix}{self.next_sequence:012d}"

    # --- changing --------------------------------------------------------------------------------------------------

    def put(self, collection: str, resource: Any, event_type: str) -> None:
        """Adds or replaces a resource. It gets its etag here and must not be changed afterwards.

        Args:
            collection: Where it belongs.
            resource: The message, which the transaction keeps.
            event_type: What happened, such as "booking.created".
        """
        sequence = self._note(event_type, resource.name)
        if collection != names.BATCHES:
            resource.etag = str(sequence)
        self._changed.setdefault(collection, {})[names.id_of(resource.name)] = resource

    def delete(self, collection: str, name: str, event_type: str) -> None:
        """Removes a resource."""
        self._note(event_type, name)
        self._changed.setdefault(collection, {})[names.id_of(name)] = None

    def add_row(self, row: BatchRowKey) -> None:
        """Remembers what a batch's row was imported as."""
        self._rows[(row.batch, row.external_id)] = row

    def apply(self, command: Command, new_visits: Iterable[Visit] = ()) -> Outcome:
        """Lets the engine decide and takes over every visit that it changed.

        Args:
            command: The change asked of the engine.
            new_visits: The visits that the command adds. The transaction keeps and completes them.

        Returns:
            What the engine changed.

        Raises:
            DispatchError: The engine refuses, having changed nothing.
        """
        outcome = Outcome.FromString(self.engine.apply(command.SerializeToString(), self.now_ms))
        self._engine_changed = True
        new = {names.id_of(visit.name): visit for visit in new_visits}
        for change in outcome.changes:
            self._take(change, new.pop(change.visit_id, None))
        if new:
            raise EngineDiverged(f"the engine said nothing of the new visits {sorted(new)[:3]}")
        return outcome

    def put_geofence(self, geofence: Geofence, event_type: str) -> None:
        """Adds or replaces a geofence, in the engine first.

        Raises:
            InvalidRequest: Its shape cannot be used.
        """
        self.engine.put_geofence(geofence.SerializeToString())
        self._engine_changed = True
        self.put(names.GEOFENCES, geofence, event_type)

    def delete_geofence(self, name: str) -> None:
        """Removes a geofence from the engine and the records."""
        self.engine.delete_geofence(names.id_of(name))
        self._engine_changed = True
        self.delete(names.GEOFENCES, name, "geofence.deleted")

    def finish(self, actor: str) -> None:
        """Hands everything to the batch. Nothing of this command may fail afterwards.

        Args:
            actor: Who asked, as a pseudonym.
        """
        working = self._working
        for collection, members in self._changed.items():
            working.changed[collection].update(members)
        working.rows.update(self._rows)
        working.standings += [_standing(int(visit.etag), visit_id, known) for visit_id, known, visit in self._moved()]
        working.events.extend(self._events)
        working.sequence += len(self._events)
        if self._events:
            working.decisions.append(Decision(working.sequence, actor))

    def _moved(self) -> Iterator[tuple[str, Visit, Visit]]:
        """Walks the visits that went to another technician, or got another start: identifier, before, and now."""
        for visit_id, before in self._before.items():
            now: Visit = self._changed[names.VISITS][visit_id]
            if before is not None and _interval(before) != _interval(now):
                yield visit_id, before, now

    def _note(self, event_type: str, resource_name: str) -> int:
        """Writes an event and returns its sequence."""
        sequence = self.next_sequence
        epoch = self._working.state.epoch
        self._events.append(Event(sequence, epoch, event_type, resource_name, self.now_ms, sequence))
        return sequence

    def _take(self, change: VisitChange, new: Visit | None) -> None:
        """Takes over one visit that the engine changed, with its booking and its batch."""
        known = self._known_visit(change.visit_id) if new is None else None
        self._before.setdefault(change.visit_id, known)
        visit = copy_of(known) if known is not None else new or Visit()
        state_before = visit.state
        follow.write_change(change, visit)
        self.put(names.VISITS, visit, _CHANGE_NAMES[change.kind])
        if state_before == visit.state:
            return
        booking_state = self._booking_state(visit)
        if booking_state is not None:
            booking = copy_of(self.get(names.BOOKINGS, visit.booking))
            self.put(names.BOOKINGS, follow.closed_booking(booking, booking_state, self.now_ms), "booking.closed")
        if visit.batch and visit.crew.role == 0:
            # A crew is counted once, by its first role.
            batch = copy_of(self.get(names.BATCHES, visit.batch))
            batch_counts.move(batch, state_before, visit.state, self.now_ms)
            self.put(names.BATCHES, batch, "batch.progressed")

    def _booking_state(self, visit: Visit) -> BookingState | None:
        """Returns the final state of a changed visit's booking, None while one of its visits is open."""
        if not visit.HasField("crew"):
            return follow.BOOKING_STATES.get(visit.state)
        booking = self.get(names.BOOKINGS, visit.booking)
        members = [self.find(names.VISITS, names.id_of(name)) for name in booking.visits]
        return None if None in members else follow.booking_state(members)

    def _known_visit(self, visit_id: str) -> Visit:
        """Returns a visit that the engine knows, so that it must be recorded."""
        visit: Visit | None = self.find(names.VISITS, visit_id)
        if visit is None:
            raise EngineDiverged(f"the engine changed visit {visit_id}, of which nothing is recorded")
        return visit


class _Rows:
    """Turns a batch of changes into rows for the store."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._region = working.state.id
        self._changes = Changes(self._region, working.state.epoch, working.sequence)

    def build(self) -> Changes:
        """Builds all rows."""
        for collection, members in self._working.changed.items():
            if members:
                self._resources(collection, members)
        self._appends()
        return self._changes

    def _resources(self, collection: str, members: dict[str, Any]) -> None:
        """Adds the rows of one collection."""
        table = names.SINGULAR[collection]
        puts = self._changes.puts.setdefault(table, [])
        for resource_id, message in members.items():
            if message is None:
                self._changes.deletes.setdefault(table, []).append(resource_id)
                continue
            row: Row = {"region": self._region, "id": resource_id}
            if collection == names.VISITS:
                row |= {
                    "booking": names.id_of(message.booking),
                    "technician": names.id_of(message.placement.technician) or None,
                    "state": message.state,
                }
                self._assignment(resource_id, message)
            elif collection == names.BOOKINGS:
                row |= {
                    "customer": names.id_of(message.customer) or None,
                    "service": names.id_of(message.service),
                    "batch": names.id_of(message.batch) or None,
                    "state": message.state,
                }
            elif collection == names.BATCHES:
                row["state"] = message.state
            elif collection == names.CUSTOMERS:
                self._contacts(resource_id, message)
            row["revision"] = int(message.etag) if collection != names.BATCHES else self._working.sequence
            row["data"] = message.SerializeToString()
            puts.append(row)
        if not puts:
            del self._changes.puts[table]

    def _assignment(self, visit_id: str, visit: Visit) -> None:
        """Replaces the live assignment of a visit where it has changed."""
        before = _interval(self._working.state.find(names.VISITS, visit_id))
        after = _interval(visit)
        if before == after:
            return
        if before is not None:
            self._changes.unassigned.append(visit_id)
        if after is not None:
            technician, start_s, end_s = after
            self._changes.assignments.append(
                {
                    "region": self._region,
                    "visit": visit_id,
                    "technician": technician,
                    "start_s": start_s,
                    "end_s": end_s,
                }
            )

    def _contacts(self, customer_id: str, customer: Any) -> None:
        """Adds the contacts of a new customer."""
        self._changes.appends.setdefault("customer_contact", []).extend(
            {"region": self._region, "kind": kind, "value": value, "customer": customer_id}
            for kind, value in contacts_of(customer)
        )

    def _appends(self) -> None:
        """Adds imported rows, answers and events."""
        region, working = self._region, self._working
        if working.rows:
            self._changes.appends["batch_row"] = [{"region": region, **row._asdict()} for row in working.rows.values()]
        if working.results:
            self._changes.appends["request_result"] = [
                {
                    "region": region,
                    "request_id": request_id,
                    "method": result.method,
                    "digest": result.digest,
                    "answer": result.answer,
                    "create_time_ms": working.now_ms,
                }
                for request_id, result in working.results.items()
            ]
        if working.events:
            self._changes.appends["event"] = [{"region": region, **event._asdict()} for event in working.events]


def _standing(sequence: int, visit_id: str, visit: Visit) -> Standing:
    """Returns where a visit was before the change of this number."""
    return Standing(sequence, visit_id, visit.placement.technician, visit.placement.start_time.seconds)


def _interval(visit: Visit | None) -> tuple[str, int, int] | None:
    """Returns technician, start and end of an open visit's placement, None when it has none."""
    if visit is None or not visit.HasField("placement") or not is_open(visit):
        return None
    placement = visit.placement
    return names.id_of(placement.technician), placement.start_time.seconds, placement.end_time.seconds
