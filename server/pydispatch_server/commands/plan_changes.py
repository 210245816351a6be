"""Decides about changes of the plan that people ask for: assignments by hand, emergencies, proposals."""

from __future__ import annotations

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import (
    AddVisits,
    BoundedCommand,
    Command,
    CommitCommand,
    Outcome,
    PinVisit,
)
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as pb
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.booking_service_pb2 import Booking
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch.errors import Conflict, IllegalTransition, NotFound, Violation
from pydispatch_server import errors, names, reasons
from pydispatch_server.batch_run import Handler
from pydispatch_server.commands import bookings
from pydispatch_server.commands.common import check_etag, missing_references, refuse_existing
from pydispatch_server.commands.disruption import subject_of
from pydispatch_server.commands.technicians import put_availability
from pydispatch_server.commands.visits import refuse_final
from pydispatch_server.delta import delta_of, joined
from pydispatch_server.messages import copy_of
from pydispatch_server.proposals import Part, Proposal, Proposals
from pydispatch_server.working import Transaction


def assign_visit(tx: Transaction, request: pb.AssignVisitRequest) -> pb.AssignVisitResponse:
    """Puts a visit with a technician; the engine refuses what would break a hard rule."""
    check_assign(tx, request)
    outcome = tx.apply(bounded(Command(assign_visit=request)))
    visit = tx.find(names.VISITS, names.id_of(request.name))
    return pb.AssignVisitResponse(visit=visit, delta=delta_of(tx, outcome))


def check_assign(tx: Transaction, request: pb.AssignVisitRequest) -> None:
    """Refuses an assignment by hand that the records alone forbid."""
    visit: Visit = tx.get(names.VISITS, request.name)
    refuse_final(visit, "ASSIGNED")
    check_etag(visit, request.etag)
    if found := missing_references(tx, [("technician", names.TECHNICIANS, request.technician)]):
        raise errors.invalid(*found)


def unassign_visit(tx: Transaction, request: pb.UnassignVisitRequest) -> pb.UnassignVisitResponse:
    """Takes a visit off its route."""
    check_unassign(tx, request)
    outcome = tx.apply(bounded(Command(unassign_visit=request)))
    visit = tx.find(names.VISITS, names.id_of(request.name))
    return pb.UnassignVisitResponse(visit=visit, delta=delta_of(tx, outcome))


def check_unassign(tx: Transaction, request: pb.UnassignVisitRequest) -> None:
    """Refuses to take off its route what the records alone forbid."""
    visit: Visit = tx.get(names.VISITS, request.name)
    refuse_final(visit, "UNASSIGNED")
    check_etag(visit, request.etag)


def pin_visit(tx: Transaction, request: pb.PinVisitRequest) -> pb.PinVisitResponse:
    """Pins parts of a visit as they are planned; the engine refuses what cannot be pinned."""
    _check_pinning(tx, request, "PINNED")
    visit_id = names.id_of(request.name)
    parts = PinVisit(
        visit_id=visit_id,
        technician=request.pin_technician,
        start_time=request.pin_start_time,
        position=request.pin_position,
    )
    tx.apply(Command(pin_visit=parts))
    return pb.PinVisitResponse(visit=tx.find(names.VISITS, visit_id))


def unpin_visit(tx: Transaction, request: pb.UnpinVisitRequest) -> pb.UnpinVisitResponse:
    """Lets everything go that is pinned about a visit."""
    _check_pinning(tx, request, "UNPINNED")
    visit_id = names.id_of(request.name)
    tx.apply(Command(unpin_visit_id=visit_id))
    return pb.UnpinVisitResponse(visit=tx.find(names.VISITS, visit_id))


def insert_emergency(tx: Transaction, request: pb.InsertEmergencyRequest) -> pb.InsertEmergencyResponse:
    """Books an emergency; its visit is placed at once, and a less urgent one may give way."""
    booking, visit = emergency(tx, request, request.booking_id or tx.new_id("b"))
    tx.put(names.BOOKINGS, booking, "booking.created")
    most = request.max_moved_visits if request.HasField("max_moved_visits") else None
    outcome = tx.apply(bounded(Command(add_visits=AddVisits(visits=(visit,))), most), (visit,))
    booking = tx.find(names.BOOKINGS, names.id_of(booking.name))
    return pb.InsertEmergencyResponse(booking=booking, visit=visit, delta=delta_of(tx, outcome))


def emergency(tx: Transaction, request: pb.InsertEmergencyRequest, booking_id: str) -> tuple[Booking, Visit]:
    """Makes booking and visit of an emergency, neither kept yet."""
    refuse_existing(tx, names.BOOKINGS, booking_id)
    booking = bookings.new_booking(tx, request.booking, booking_id)
    booking.priority = types.PRIORITY_EMERGENCY
    if booking.visits:
        text = "an emergency is attended by one technician; book a crew with CreateBooking and its priority"
        raise errors.invalid(Violation("booking.roles", reasons.CONTRADICTION, text))
    (visit,) = bookings.visits_of(tx, booking, tx.find(names.SERVICES, names.id_of(booking.service)))
    return booking, visit


def committing(proposals: Proposals) -> Handler:
    """Makes the command that commits one of these proposals."""

    def commit_plan_proposal(tx: Transaction, request: pb.CommitPlanProposalRequest) -> pb.CommitPlanProposalResponse:
        proposal = proposals.get(request.name, tx.now_ms)
        if request.etag != proposal.message.etag:
            text = f"{request.name} has another etag"
            raise Conflict(text, reason=reasons.ETAG_MISMATCH, metadata={"resource": request.name})
        new_visits = _record_emergency(tx, proposal)
        outcome = _commit(tx, proposal.first, proposal.whole, new_visits)
        if proposal.disruption is not None:
            technician = subject_of(tx, proposal.disruption)
            if technician is not None:
                put_availability(tx, technician, types.AVAILABILITY_STATE_OFFLINE)
        visits = [tx.find(names.VISITS, change.visit_id) for change in outcome.changes]
        return pb.CommitPlanProposalResponse(delta=delta_of(tx, outcome), visits=visits)

    return commit_plan_proposal


def reoptimizing(parts: list[Part]) -> Handler:
    """Makes the command that has improvements worked out before, each as far as its routes are as they were."""

    def reoptimize_plan(tx: Transaction, _: pb.ReoptimizePlanRequest) -> pb.ReoptimizePlanResponse:
        deltas, stale_count = [], 0
        for part in parts:
            outcome, error = errors.attempt(lambda part=part: _commit(tx, None, part, ()))  # type: ignore[misc]
            if outcome is not None:
                deltas.append(delta_of(tx, outcome))
            elif isinstance(error, Conflict):
                stale_count += 1
            elif error is not None:
                raise error
        return pb.ReoptimizePlanResponse(delta=joined(deltas), stale_count=stale_count)

    return reoptimize_plan


def bounded(command: Command, max_moves: int | None = None) -> Command:
    """Makes a command that is told with its price and moves at most so many visits."""
    return Command(bounded=BoundedCommand(command=command, max_moves=max_moves))


def _check_pinning(tx: Transaction, request: pb.PinVisitRequest | pb.UnpinVisitRequest, step: str) -> None:
    """Refuses to pin or unpin what the records alone forbid."""
    visit: Visit = tx.get(names.VISITS, request.name)
    refuse_final(visit, step)
    check_etag(visit, request.etag)


def _record_emergency(tx: Transaction, proposal: Proposal) -> tuple[Visit, ...]:
    """Keeps the booking of a proposed emergency and returns its visit as it was proposed."""
    if proposal.booking is None or proposal.visit is None:
        return ()
    refuse_existing(tx, names.BOOKINGS, names.id_of(proposal.booking.name))
    tx.put(names.BOOKINGS, copy_of(proposal.booking), "booking.created")
    return (copy_of(proposal.visit),)


def _commit(tx: Transaction, first: Command | None, part: Part, new_visits: tuple[Visit, ...]) -> Outcome:
    """Has the engine make a change worked out before.

    Raises:
        Conflict: The plan has changed since in what the change touches.
    """
    commit = CommitCommand(first=first, expected=part.before, arrangement=part.after)
    try:
        return tx.apply(Command(commit=commit), new_visits)
    except (IllegalTransition, NotFound) as error:
        raise Conflict(
            f"the plan has changed since the change to it was worked out: {error.message}",
            reason=reasons.PLAN_CHANGED,
            metadata=error.metadata,
        ) from error
