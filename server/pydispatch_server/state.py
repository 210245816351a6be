"""What is committed of one region, in memory: every read is answered from here and never waits for the writer.

Only the event loop changes it, between commits, by `merge`; only the region's own worker reads it elsewhere, and the
owner waits for that worker. So there are no locks. Messages in it are never changed in place.

What was read from the store stays serialised until somebody looks at it; what the indexes need stands beside it in the
rows. Two threads may read the same message at once; either result is as good. What is over becomes bytes again, a fifth
of a message's memory: finished bookings and visits pile up, and few are ever asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from google.protobuf import message
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as booking_pb2
from pydispatch_protos.dispatch.v1.booking_service_pb2 import Booking
from pydispatch_protos.dispatch.v1.catalog_service_pb2 import Service
from pydispatch_protos.dispatch.v1.customer_service_pb2 import Customer
from pydispatch_protos.dispatch.v1.enterprise_batch_service_pb2 import Batch
from pydispatch_protos.dispatch.v1.geofence_service_pb2 import Geofence, ListGeofencesResponse
from pydispatch_protos.dispatch.v1.region_service_pb2 import Region
from pydispatch_protos.dispatch.v1.technician_service_pb2 import Technician
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit
from pydispatch_protos.dispatch.v1.webhook_service_pb2 import Webhook

from pydispatch import errors
from pydispatch_server import names, reasons
from pydispatch_server.messages import FINAL_BOOKING_STATES, FINAL_STATES
from pydispatch_server.plan_memory import PlanMemory
from pydispatch_server.rules.customers import normal_email, normal_phone
from pydispatch_server.sorted_ids import SortedIds
from pydispatch_server.store.interface import BatchRowKey, Ownership, RegionRecords

MessageT = TypeVar("MessageT", bound=message.Message)

# Collection -> what one member is.
KINDS: Final[dict[str, type[message.Message]]] = {
    names.TECHNICIANS: Technician,
    names.SERVICES: Service,
    names.CUSTOMERS: Customer,
    names.BOOKINGS: Booking,
    names.VISITS: Visit,
    names.BATCHES: Batch,
    names.GEOFENCES: Geofence,
    names.WEBHOOKS: Webhook,
}
_NOT_FOUND: Final = {
    names.TECHNICIANS: reasons.TECHNICIAN_NOT_FOUND,
    names.SERVICES: reasons.SERVICE_NOT_FOUND,
    names.CUSTOMERS: reasons.CUSTOMER_NOT_FOUND,
    names.BOOKINGS: reasons.BOOKING_NOT_FOUND,
    names.VISITS: reasons.VISIT_NOT_FOUND,
    names.BATCHES: reasons.BATCH_NOT_FOUND,
    names.GEOFENCES: reasons.GEOFENCE_NOT_FOUND,
    names.WEBHOOKS: reasons.WEBHOOK_NOT_FOUND,
}


def not_found(collection: str, name: str) -> errors.NotFound:
    """Makes the error of a resource that does not exist."""
    kind = names.SINGULAR[collection]
    return errors.NotFound(
        f"there is no {kind} {name}", reason=_NOT_FOUND[collection], resource_type=kind, resource_name=name
    )


def is_open(visit: Visit) -> bool:
    """Tells whether a visit is not in a final state."""
    return visit.state not in FINAL_STATES


def is_over(collection: str, resource: Any) -> bool:
    """Tells whether a resource is a booking or a visit in a final state."""
    if collection == names.VISITS:
        return resource.state in FINAL_STATES
    return collection == names.BOOKINGS and resource.state in FINAL_BOOKING_STATES


def contacts_of(customer: Customer) -> Iterator[tuple[str, str]]:
    """Lists the normalised contacts of a customer, each as (kind, value)."""
    for number in customer.phone_numbers:
        yield "phone", normal_phone(number) or number
    for address in customer.email_addresses:
        yield "email", normal_email(address)


class RegionState:
    """The committed records of one region with the indexes that reads need.

    Args:
        region: The region.
        ownership: Epoch under which it is owned, and the sequence of its newest event.
        records: Everything kept of it.
    """

    def __init__(self, region: Region, ownership: Ownership, records: RegionRecords) -> None:
        self.region = region
        self.id = names.id_of(region.name)
        self.epoch = ownership.epoch
        self.sequence = ownership.sequence
        self.memory = PlanMemory(ownership.sequence)
        # Collection -> identifier -> message, or its bytes while nobody has looked at it.
        self._tables: dict[str, dict[str, Any]] = {}
        self._ids: dict[str, SortedIds] = {}
        self._customers_by_contact: dict[tuple[str, str], set[str]] = {}
        self._open: set[str] = set()
        self._placed: dict[str, set[str]] = {}
        self._bookings_by_batch: dict[str, SortedIds] = {}
        self._drafts: dict[str, dict[str, None]] = {}
        self._rows: dict[str, dict[str, BatchRowKey]] = {}
        for collection in names.COLLECTIONS:
            table = {row[0]: row[1] for row in getattr(records, collection)}
            self._tables[collection] = table
            self._ids[collection] = SortedIds(table)
        self._index_stored(records)
        self.add_batch_rows(records.batch_rows)

    # --- reading ---------------------------------------------------------------------------------------------------

    def find(self, collection: str, resource_id: str) -> Any:
        """Returns a resource, or None. The message must not be changed."""
        table = self._tables[collection]
        found = table.get(resource_id)
        if found.__class__ is bytes:
            found = KINDS[collection].FromString(found)
            if not is_over(collection, found):
                # An assignment to a key that is there: nobody who walks the table meanwhile notices.
                table[resource_id] = found
        return found

    def get(self, collection: str, name: str) -> Any:
        """Returns the resource of a full name.

        Raises:
            NotFound: There is none.
        """
        found = self.find(collection, names.id_of(name))
        if found is None:
            raise not_found(collection, name)
        return found

    def has(self, collection: str, resource_id: str) -> bool:
        """Tells whether there is a resource."""
        return resource_id in self._tables[collection]

    def count(self, collection: str) -> int:
        """Returns how many members a collection has."""
        return len(self._tables[collection])

    def walk(self, collection: str, last_id: str) -> Iterator[Any]:
        """Walks a collection in the order of names, after `last_id`."""
        return (self.find(collection, member) for member in self._ids[collection].after(last_id))

    def walk_batch(self, batch_id: str, last_id: str) -> Iterator[Booking]:
        """Walks the bookings of a batch in the order of names, after `last_id`."""
        members = self._bookings_by_batch.get(batch_id, SortedIds()).after(last_id)
        return (self.find(names.BOOKINGS, member) for member in members)

    def walk_placed(self, technician_id: str, last_id: str) -> Iterator[Visit]:
        """Walks the visits placed with a technician, finished ones included, in the order of names."""
        placed = self._placed.get(technician_id, ())
        return (self.find(names.VISITS, member) for member in sorted(placed) if member > last_id)

    def route(self, technician_id: str) -> list[Visit]:
        """Lists a technician's open visits in the order of the route. O(n log n) in the visits of one technician."""
        placed = self._placed.get(technician_id, ())
        visits: list[Visit] = [self.find(names.VISITS, member) for member in placed if member in self._open]
        visits.sort(key=lambda visit: (visit.placement.position, visit.placement.start_time.seconds, visit.name))
        return visits

    def routed_technicians(self) -> list[str]:
        """Lists the identifiers of technicians who have or had a visit, in order."""
        return sorted(self._placed)

    def open_visits(self) -> list[Visit]:
        """Lists the visits that are not final, in no order. O(V)."""
        return [self.find(names.VISITS, visit_id) for visit_id in self._open]

    def open_ids(self) -> list[str]:
        """Lists the identifiers of the visits that are not final, in no order."""
        return list(self._open)

    def read_ahead(self, visit_ids: Iterable[str]) -> None:
        """Reads visits that nobody may have looked at yet, so that whoever does need not wait. For any thread."""
        for visit_id in visit_ids:
            self.find(names.VISITS, visit_id)

    def drafts(self, batch_id: str) -> Iterator[str]:
        """Walks the identifiers of a batch's drafts in the order of their import."""
        return iter(self._drafts.get(batch_id, ()))

    def row(self, batch_id: str, external_id: str) -> BatchRowKey | None:
        """Returns what a batch's row was imported as, or None."""
        return self._rows.get(batch_id, {}).get(external_id)

    def customers_by_contact(self, kind: str, value: str) -> list[Customer]:
        """Lists the customers that hold a normalised contact, ordered by name."""
        ids = self._customers_by_contact.get((kind, value), ())
        return [self.find(names.CUSTOMERS, customer_id) for customer_id in sorted(ids)]

    def geofences(self) -> ListGeofencesResponse:
        """Returns every geofence, for an engine to begin with."""
        return ListGeofencesResponse(geofences=self.walk(names.GEOFENCES, ""))

    # --- changing: only after a commit -----------------------------------------------------------------------------

    def merge(self, changed: Mapping[str, Mapping[str, Any]], rows: Iterable[BatchRowKey], sequence: int) -> None:
        """Takes over what has been committed.

        Args:
            changed: Collection -> identifier -> new message, None for a removed one.
            rows: Imported rows of batches.
            sequence: Sequence of the newest event.
        """
        for collection, members in changed.items():
            for resource_id, new in members.items():
                self._put(collection, resource_id, new)
        self.add_batch_rows(rows)
        self.sequence = sequence

    def add_batch_rows(self, rows: Iterable[BatchRowKey]) -> None:
        """Remembers imported rows."""
        for row in rows:
            self._rows.setdefault(row.batch, {})[row.external_id] = row

    def _index_stored(self, records: RegionRecords) -> None:
        """Makes the indexes of what was read, from the columns beside the messages."""
        for visit_id, _, state, technician_id in records.visits:
            if state not in FINAL_STATES:
                self._open.add(visit_id)
            if technician_id:
                self._placed.setdefault(technician_id, set()).add(visit_id)
        batched: dict[str, list[str]] = {}
        for booking_id, _, state, batch_id in records.bookings:
            if batch_id:
                batched.setdefault(batch_id, []).append(booking_id)
                if state == booking_pb2.BOOKING_STATE_DRAFT:
                    self._drafts.setdefault(batch_id, {})[booking_id] = None
        self._bookings_by_batch = {batch_id: SortedIds(members) for batch_id, members in batched.items()}
        for kind, value, customer_id in records.contacts:
            self._customers_by_contact.setdefault((kind, value), set()).add(customer_id)

    def _put(self, collection: str, resource_id: str, new: message.Message | None) -> None:
        """Replaces, adds or removes one member and keeps the indexes right."""
        table = self._tables[collection]
        old = self.find(collection, resource_id)
        if new is not None:
            table[resource_id] = new.SerializeToString() if is_over(collection, new) else new
            if old is None:
                self._ids[collection].add(resource_id)
        elif old is not None:
            del table[resource_id]
            self._ids[collection].remove(resource_id)
        self._index(collection, resource_id, old, new)

    def _index(self, collection: str, resource_id: str, old: Any, new: Any) -> None:
        """Keeps the indexes of one collection right."""
        if collection == names.VISITS:
            self._index_visit(resource_id, old, new)
        elif collection == names.BOOKINGS and new is not None and new.batch:
            self._index_booking(resource_id, old, new)
        elif collection == names.CUSTOMERS and new is not None:
            for contact in contacts_of(new):
                self._customers_by_contact.setdefault(contact, set()).add(resource_id)

    def _index_visit(self, visit_id: str, old: Visit | None, new: Visit | None) -> None:
        """Keeps the visits of each technician, and which are open."""
        before = names.id_of(old.placement.technician) if old is not None else ""
        after = names.id_of(new.placement.technician) if new is not None else ""
        if before and before != after:
            self._placed[before].discard(visit_id)
            if not self._placed[before]:
                del self._placed[before]
        if after:
            self._placed.setdefault(after, set()).add(visit_id)
        if new is not None and is_open(new):
            self._open.add(visit_id)
        else:
            self._open.discard(visit_id)

    def _index_booking(self, booking_id: str, old: Booking | None, new: Booking) -> None:
        """Keeps the bookings and the drafts of each batch."""
        batch_id = names.id_of(new.batch)
        if old is None:
            self._bookings_by_batch.setdefault(batch_id, SortedIds()).add(booking_id)
        drafts = self._drafts.setdefault(batch_id, {})
        if new.state == booking_pb2.BOOKING_STATE_DRAFT:
            drafts[booking_id] = None
        else:
            drafts.pop(booking_id, None)
