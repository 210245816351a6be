"""What the server asks of a store, and the plain rows that pass between them. Start at `Store`.

Every method blocks and may be called from any thread; the server calls them from worker threads only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pydispatch_server.store.audit import AuditReader

if TYPE_CHECKING:
    from pydispatch_server.store.outbox import Outbox

# One row to write: column name -> value. Rows of one table in one commit have the same columns.
Row = dict[str, Any]


class StoreDown(Exception):
    """The store did not take a change or could not be read. Whether a change was kept must be read back."""


class Fenced(Exception):
    """Another owner has taken the region over: the change was refused, and so will be every later one."""


class ForeignSchema(Exception):
    """The database holds something that this version of the server must not touch. The text says what to do."""


class Event(NamedTuple):
    """One change as it lies in the outbox."""

    sequence: int
    epoch: int
    type: str
    resource: str
    time_ms: int
    revision: int


class StoredResult(NamedTuple):
    """The answer once given to a request_id."""

    method: str
    digest: bytes
    answer: bytes


class Ownership(NamedTuple):
    """What a new owner learns when it takes a region over."""

    epoch: int
    sequence: int


class BatchRowKey(NamedTuple):
    """One row of a batch as it was imported."""

    batch: str
    external_id: str
    digest: bytes
    booking: str


# A stored resource: its identifier, its serialised message and, of some, what can be known without reading that.
Stored = tuple[str, bytes]
StoredBooking = tuple[str, bytes, int, str | None]
StoredVisit = tuple[str, bytes, int, str | None]


@dataclass(slots=True)
class RegionRecords:
    """Everything kept of one region. Resources stay serialised: most are not looked at soon, many never.

    Attributes:
        technicians: Each as (identifier, bytes), and so are services, customers, batches, geofences and
            webhooks.
        bookings: Each with its state and the identifier of its batch.
        visits: Each with its state and the identifier of the technician it is placed with.
        contacts: Normalised contacts, each as (kind, value, identifier of the customer).
        batch_rows: Imported rows.
    """

    technicians: list[Stored] = field(default_factory=list)
    services: list[Stored] = field(default_factory=list)
    customers: list[Stored] = field(default_factory=list)
    bookings: list[StoredBooking] = field(default_factory=list)
    visits: list[StoredVisit] = field(default_factory=list)
    batches: list[Stored] = field(default_factory=list)
    geofences: list[Stored] = field(default_factory=list)
    webhooks: list[Stored] = field(default_factory=list)
    contacts: list[tuple[str, str, str]] = field(default_factory=list)
    batch_rows: list[BatchRowKey] = field(default_factory=list)


@dataclass(slots=True)
class Changes:
    """What one micro-batch changes. It becomes durable wholly or not at all.

    Attributes:
        region: Identifier of the region.
        epoch: Epoch of the owner that decided.
        sequence: Sequence of the region after these changes.
        puts: Table name -> rows added or replaced.
        deletes: Table name -> identifiers of rows removed.
        appends: Table name -> rows added that cannot exist yet: events, request results, batch rows, contacts,
            audit records.
        unassigned: Identifiers of the visits whose live assignment ends; each may get a new one in `assignments`.
        assignments: Live assignments to add.
    """

    region: str
    epoch: int
    sequence: int
    puts: dict[str, list[Row]] = field(default_factory=dict)
    deletes: dict[str, list[str]] = field(default_factory=dict)
    appends: dict[str, list[Row]] = field(default_factory=dict)
    unassigned: list[str] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tells whether there is anything to write."""
        return bool(self.puts or self.deletes or self.appends)


class Store(Protocol):
    """Keeps records, decides nothing. Every method raises StoreDown when the database cannot be used."""

    @property
    def audit(self) -> AuditReader:
        """Reads the audit chains."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Reads the outbox and keeps the progress of webhooks."""
        ...

    def close(self) -> None:
        """Gives back every connection."""
        ...

    def regions(self) -> list[bytes]:
        """Lists the serialised regions, ordered by identifier."""
        ...

    def create_region(self, region: str, data: bytes, now_ms: int) -> None:
        """Keeps a new region under epoch 0; no effect when it is there already."""
        ...

    def take_over(self, region: str) -> Ownership:
        """Raises the region's epoch, so that every earlier owner is fenced, and returns it."""
        ...

    def load(self, region: str) -> RegionRecords:
        """Reads everything of a region in one snapshot."""
        ...

    def ownership(self, region: str) -> Ownership:
        """Reads the region's present epoch and sequence."""
        ...

    def commit(self, changes: Changes) -> None:
        """Makes changes durable in one transaction.

        Raises:
            Fenced: The epoch is no longer the region's.
            StoreDown: The transaction failed; whether it was kept must be read back.
        """
        ...

    def results(self, region: str, request_ids: list[str]) -> dict[str, StoredResult]:
        """Finds the answers already given to these request_ids."""
        ...

    def events_after(self, region: str, sequence: int, limit: int) -> list[Event]:
        """Lists at most `limit` events after `sequence`, oldest first."""
        ...

    def first_sequence(self, region: str) -> int:
        """Returns the sequence of the oldest event still kept, 0 when there is none."""
        ...

    def prune(self, region: str, results_before_ms: int, events_before_ms: int, limit: int) -> int:
        """Removes at most `limit` answers and events older than given and returns how many went."""
        ...
