"""Decides about enterprise batches: rows become drafts, drafts become visits in bounded steps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import AddVisits, Command
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.booking_service_pb2 import Booking
from pydispatch_protos.dispatch.v1.enterprise_batch_service_pb2 import (
    Batch,
    BatchRow,
    BatchRowError,
    ImportBatchHeader,
    ImportBatchResponse,
    PlanBatchRequest,
    PlanBatchResponse,
)
from pydispatch_protos.dispatch.v1.ties_pb2 import WITHDRAWAL_CANCEL, Dependency
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch.errors import Violation
from pydispatch_server import batch_counts, errors, names, reasons, ties
from pydispatch_server.commands.bookings import confirm, visits_of
from pydispatch_server.commands.common import missing_references, outside_region
from pydispatch_server.messages import copy_of, set_ms
from pydispatch_server.store.interface import BatchRowKey
from pydispatch_server.working import Transaction

# Visits planned in one step: other commands wait no longer than one step.
PLAN_STEP_VISITS: Final = 50
DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class ImportStep:
    """A part of an import: rows that have passed the rules of their form.

    Attributes:
        header: The import's header.
        rows: Number in the import and content of each.
    """

    header: ImportBatchHeader
    rows: list[tuple[int, BatchRow]] = field(default_factory=list)


def import_rows(tx: Transaction, step: ImportStep) -> ImportBatchResponse:
    """Keeps good rows as drafts and reports the others. The same row again is counted as unchanged.

    Returns:
        The batch, and the counts and errors of these rows alone.
    """
    batch = _open_batch(tx, step.header)
    response = ImportBatchResponse()
    for number, row in step.rows:
        known = tx.find_row(names.id_of(batch.name), row.external_id)
        digest = _digest(row)
        if known is not None and known.digest == digest:
            response.unchanged_count += 1
            continue
        found = _row_faults(tx, row, names.id_of(batch.name), is_known=known is not None)
        if found:
            response.refused_count += 1
            response.errors.extend(row_error(number, row.external_id, violation) for violation in found)
            continue
        booking = _draft(tx, batch, row)
        tx.put(names.BOOKINGS, booking, "booking.imported")
        tx.add_row(BatchRowKey(names.id_of(batch.name), row.external_id, digest, names.id_of(booking.name)))
        batch_counts.add_draft(batch)
        response.imported_count += 1
    if response.imported_count:
        batch.state = batches.BATCH_STATE_IMPORTED
    if response.imported_count or tx.find(names.BATCHES, names.id_of(batch.name)) is None:
        set_ms(batch.update_time, tx.now_ms)
        tx.put(names.BATCHES, batch, "batch.imported")
    response.batch.CopyFrom(batch)
    return response


def begin_planning(tx: Transaction, request: PlanBatchRequest) -> None:
    """Notes that the batch is being planned."""
    _set_state(tx, request.name, batches.BATCH_STATE_PLANNING)


def plan_step(tx: Transaction, request: PlanBatchRequest) -> PlanBatchResponse | None:
    """Plans the next drafts of a batch; None when there were none. Drafts whose window has ended meanwhile expire."""
    chosen: list[Booking] = []
    for booking_id in tx.drafts(names.id_of(request.name)):
        booking: Booking = tx.find(names.BOOKINGS, booking_id)
        if booking.state == bookings.BOOKING_STATE_DRAFT:
            chosen.append(booking)
        if len(chosen) == PLAN_STEP_VISITS:
            break
    fresh: dict[str, list[Visit]] = {}
    for draft in chosen:
        _confirm_draft(tx, draft, fresh)
    visits = [visit for crew in fresh.values() for visit in crew]
    if visits:
        _leave_drafts(tx, request.name, [crew[0].state for crew in fresh.values()])
        tx.apply(Command(add_visits=AddVisits(visits=visits)), visits)
    return PlanBatchResponse(batch=tx.get(names.BATCHES, request.name)) if chosen else None


def finish_planning(tx: Transaction, request: PlanBatchRequest) -> PlanBatchResponse:
    """Notes that every draft has been tried and returns the batch."""
    batch: Batch = tx.get(names.BATCHES, request.name)
    if batch.draft_count == 0 and batch.state == batches.BATCH_STATE_PLANNING:
        _set_state(tx, request.name, batches.BATCH_STATE_PLANNED)
    return PlanBatchResponse(batch=tx.get(names.BATCHES, request.name))


def row_error(number: int, external_id: str, violation: Violation) -> BatchRowError:
    """Writes one violation of one row."""
    return BatchRowError(
        row_number=number,
        external_id=external_id,
        field=violation.field,
        reason=violation.reason,
        description=violation.description,
    )


def _open_batch(tx: Transaction, header: ImportBatchHeader) -> Batch:
    """Returns the batch of an import, new or a copy of the one that is there."""
    stored: Batch | None = tx.find(names.BATCHES, header.batch_id)
    if found := missing_references(tx, [("header.customer", names.CUSTOMERS, header.customer)]):
        raise errors.invalid(*found)
    if stored is not None:
        return copy_of(stored)
    batch = Batch(
        name=tx.name(names.BATCHES, header.batch_id),
        display_name=header.display_name,
        customer=header.customer,
        state=batches.BATCH_STATE_IMPORTED,
    )
    set_ms(batch.create_time, tx.now_ms)
    return batch


def _digest(row: BatchRow) -> bytes:
    """Returns a digest of a row: equal rows have equal digests."""
    return hashlib.blake2b(row.SerializeToString(deterministic=True), digest_size=DIGEST_BYTES).digest()


def _row_faults(tx: Transaction, row: BatchRow, batch_id: str, *, is_known: bool) -> list[Violation]:
    """Lists what is wrong with a row in the light of the records."""
    if is_known:
        text = "was imported before with other content"
        return [Violation("external_id", reasons.EXTERNAL_ID_REUSED, text)]
    service = tx.name(names.SERVICES, row.service_id)
    missing = missing_references(tx, [("service_id", names.SERVICES, service)])
    missing += outside_region(tx, row.site.location, "site.location")
    roles, _ = ties.roles_of(Booking(roles=row.roles), tx.find(names.SERVICES, row.service_id))
    return missing + ties.group_faults(row.group, roles, "group") + _tie_faults(tx, row, batch_id)


def _tie_faults(tx: Transaction, row: BatchRow, batch_id: str) -> list[Violation]:
    """Lists what is wrong with what must come before a row."""
    found: list[Violation] = []
    named: list[Dependency] = []
    for index, dependency in enumerate(row.after):
        kind = dependency.WhichOneof("earlier") or "booking"
        if kind == "external_id":
            if tx.find_row(batch_id, dependency.external_id) is None:
                text = f"the batch has no row {dependency.external_id!r}"
                found.append(Violation(f"after[{index}].external_id", reasons.UNKNOWN_REFERENCE, text))
        elif not getattr(dependency, kind).startswith(f"regions/{tx.region_id}/"):
            text = f"must be in regions/{tx.region_id}"
            found.append(Violation(f"after[{index}].{kind}", reasons.WRONG_REGION, text))
        else:
            named.append(dependency)
    return found + ties.faults(tx.find, named, "after")


def _after(tx: Transaction, row: BatchRow, batch_id: str) -> Iterator[Dependency]:
    """Lists what must come before a row, rows by the names of their bookings."""
    for dependency in row.after:
        made = copy_of(dependency)
        if dependency.WhichOneof("earlier") == "external_id":
            known = tx.find_row(batch_id, dependency.external_id)
            made.booking = tx.name(names.BOOKINGS, known.booking if known is not None else "")
        yield made


def _draft(tx: Transaction, batch: Batch, row: BatchRow) -> Booking:
    """Makes the draft booking of a row."""
    booking = Booking(
        name=tx.name(names.BOOKINGS, tx.new_id("b")),
        customer=batch.customer,
        service=tx.name(names.SERVICES, row.service_id),
        site=row.site,
        start_window=row.start_window,
        duration_s=row.duration_s,
        note=row.note,
        roles=row.roles,
        max_start_spread_s=row.max_start_spread_s,
        after=_after(tx, row, names.id_of(batch.name)),
        group=row.group,
        required_languages=row.required_languages,
        partners=row.partners,
        parts=row.parts,
        blackouts=row.blackouts,
        state=bookings.BOOKING_STATE_DRAFT,
        batch=batch.name,
    )
    set_ms(booking.create_time, tx.now_ms)
    set_ms(booking.update_time, tx.now_ms)
    return booking


def _confirm_draft(tx: Transaction, draft: Booking, fresh: dict[str, list[Visit]]) -> None:
    """Turns a draft into a promise and puts its visits into `fresh`; closes it when it can no longer be planned."""
    booking = copy_of(draft)
    service = tx.find(names.SERVICES, names.id_of(booking.service))
    confirm(tx, booking, service)
    if service is None or booking.start_window.end_time.seconds * 1000 < tx.now_ms:
        _close(tx, booking, bookings.BOOKING_STATE_FAILED, types.VISIT_STATE_EXPIRED)
    elif any(_is_withdrawn_with(tx, dependency, fresh) for dependency in booking.after):
        _close(tx, booking, bookings.BOOKING_STATE_CANCELLED, types.VISIT_STATE_CANCELLED)
    else:
        tx.put(names.BOOKINGS, booking, "booking.confirmed")
        fresh[booking.name] = visits_of(tx, booking, service, fresh)


def _is_withdrawn_with(tx: Transaction, dependency: Dependency, fresh: dict[str, list[Visit]]) -> bool:
    """Tells whether a booking is cancelled because what must come before was withdrawn meanwhile."""
    if dependency.withdrawal != WITHDRAWAL_CANCEL or dependency.booking in fresh:
        return False
    visits = ties.earlier_visits(tx.find, dependency)
    return visits is None or ties.is_withdrawn(visits)


def _close(
    tx: Transaction, booking: Booking, booking_state: bookings.BookingState, visit_state: types.VisitState
) -> None:
    """Closes a draft that cannot be planned, with one visit that says how it ended."""
    booking.state = booking_state
    del booking.visits[:]
    visit = Visit(
        name=booking.visit,
        booking=booking.name,
        service=booking.service,
        site=booking.site,
        priority=types.PRIORITY_ROUTINE,
        start_windows=[booking.start_window],
        duration_s=booking.duration_s,
        state=visit_state,
        batch=booking.batch,
    )
    set_ms(visit.request_time, tx.now_ms)
    set_ms(visit.times.end_time, tx.now_ms)
    tx.put(names.BOOKINGS, booking, "booking.closed")
    tx.put(names.VISITS, visit, "visit.progressed")
    _leave_drafts(tx, booking.batch, [visit_state])


def _leave_drafts(tx: Transaction, batch_name: str, states: list[types.VisitState]) -> None:
    """Counts bookings that are drafts no longer."""
    batch = copy_of(tx.get(names.BATCHES, batch_name))
    for state in states:
        batch_counts.move(batch, None, state, tx.now_ms)
    tx.put(names.BATCHES, batch, "batch.progressed")


def _set_state(tx: Transaction, batch_name: str, state: batches.BatchState) -> None:
    """Stores a batch's new state."""
    stored: Batch = tx.get(names.BATCHES, batch_name)
    if stored.state == state:
        return
    batch = copy_of(stored)
    batch.state = state
    batch_counts.settle(batch)
    set_ms(batch.update_time, tx.now_ms)
    tx.put(names.BATCHES, batch, "batch.progressed")
