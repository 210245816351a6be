"""Decides about going back to an earlier revision of the plan."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import (
    Arrangement,
    ChangeKind,
    Command,
    CommitCommand,
    Outcome,
    ShiftOrder,
    VisitChange,
)
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as changes
from pydispatch_protos.dispatch.v1 import plan_history_pb2 as pb
from pydispatch_protos.dispatch.v1.technician_service_pb2 import Technician
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch.errors import DispatchError, IllegalTransition, NotFound
from pydispatch_server import errors, names, reasons
from pydispatch_server.commands.plan_changes import bounded
from pydispatch_server.delta import delta_of
from pydispatch_server.messages import MOVABLE_STATES
from pydispatch_server.plan_memory import Standing
from pydispatch_server.working import Transaction


def revert_plan(tx: Transaction, request: pb.RevertPlanRequest) -> pb.RevertPlanResponse:
    """Gives visits back to the technicians who had them at a revision, each at the cheapest place there.

    Visits that have begun or ended, and those that came later, stay as they are. What a rule or a pin keeps is told.
    """
    memory = tx.memory
    if request.sequence > tx.sequence or not memory.knows(request.sequence):
        raise NotFound(
            f"revision {request.sequence} of the plan is not known",
            reason=reasons.REVISION_NOT_FOUND,
            resource_type="planRevision",
            resource_name=f"{request.name.removesuffix('/plan')}/planRevisions/{request.sequence}",
        )
    left = sorted(_displaced(tx, memory.since(request.sequence).values()), key=lambda then: (then.start_s, then.visit))
    outcomes: list[Outcome] = []
    kept: list[pb.KeptVisit] = []
    while left:
        refused: list[tuple[Standing, DispatchError]] = []
        for then in left:
            tried = _tried(tx, _back(tx, then))
            if isinstance(tried, Outcome):
                outcomes.append(tried)
            else:
                refused.append((then, tried))
        stuck = [then for then, _ in refused]
        if len(stuck) == len(left):
            # Nobody can go alone. Those who wait for one another may go together.
            outcome, left = _together(tx, stuck)
            if outcome is None:
                kept = [_kept(tx, then, error) for then, error in refused]
                break
            outcomes.append(outcome)
            stuck = left
        left = stuck
    return pb.RevertPlanResponse(delta=delta_of(tx, _merged(tx, outcomes)), kept=kept)


def _tried(tx: Transaction, command: Command) -> Outcome | DispatchError:
    """Has the engine make a change, or tells why it refuses."""
    outcome, error = errors.attempt(lambda: tx.apply(command))
    if outcome is not None:
        return outcome
    if isinstance(error, DispatchError) and error.reason != reasons.REBUILDING:
        return error
    assert error is not None, "Invariant: what has no outcome has an error"  # noqa: S101 - one of both is there
    raise error


def _together(tx: Transaction, stuck: list[Standing]) -> tuple[Outcome | None, list[Standing]]:
    """Brings visits back at once, as many as can be, each in the order of the starts that they had.

    Returns:
        What it did, None when no two can, and the visits that are left.
    """
    going = [then for then in stuck if then.technician]
    while len(going) > 1:
        tried = _tried(tx, _arranged(tx, going))
        if isinstance(tried, Outcome):
            return tried, [then for then in stuck if then not in going]
        blocked = names.id_of(tried.subject) if isinstance(tried, IllegalTransition) else ""
        fewer = [then for then in going if then.visit != blocked]
        if len(fewer) == len(going):
            break
        going = fewer
    return None, stuck


def _arranged(tx: Transaction, going: list[Standing]) -> Command:
    """Makes the command that takes visits out of the shifts they are in and puts them into those they were in."""
    back = {then.visit: then for then in going}
    visits = tx.open_visits()
    concerned = {then.technician for then in going} | {visits[then.visit].placement.technician for then in going}
    before: dict[tuple[str, int], list[str]] = {}
    after: dict[tuple[str, int], list[tuple[int, str]]] = {}
    unassigned: list[str] = []
    for visit_id in sorted(visits, key=lambda visit_id: visits[visit_id].placement.position):
        visit = visits[visit_id]
        has, start_s = visit.placement.technician, visit.placement.start_time.seconds
        if visit.state in MOVABLE_STATES and has in concerned:
            before.setdefault(_shift(tx, has, start_s), []).append(visit_id)
        elif visit_id in back:
            unassigned.append(visit_id)
        then = back.get(visit_id)
        if then is not None:
            has, start_s = then.technician, then.start_s
        if visit.state in MOVABLE_STATES and has in concerned:
            after.setdefault(_shift(tx, has, start_s), []).append((start_s, visit_id))
    shifts = sorted(before.keys() | after.keys())
    expected = [_order(shift, before.get(shift, [])) for shift in shifts]
    arranged = [_order(shift, [visit_id for _, visit_id in sorted(after.get(shift, []))]) for shift in shifts]
    commit = CommitCommand(
        expected=Arrangement(orders=expected, unassigned_visit_ids=unassigned), arrangement=Arrangement(orders=arranged)
    )
    return Command(commit=commit)


def _order(shift: tuple[str, int], visit_ids: Iterable[str]) -> ShiftOrder:
    """Makes the order of one shift."""
    technician, index = shift
    return ShiftOrder(technician_id=names.id_of(technician), shift=index, visit_ids=visit_ids)


def _shift(tx: Transaction, technician: str, start_s: int) -> tuple[str, int]:
    """Returns a technician with the index of the shift to which a start belongs."""
    found: Technician | None = tx.find(names.TECHNICIANS, names.id_of(technician))
    ends_s = [shift.window.end_time.seconds for shift in found.shifts] if found is not None else []
    return technician, min(bisect_left(ends_s, start_s), max(len(ends_s) - 1, 0))


def _displaced(tx: Transaction, standings: Iterable[Standing]) -> Iterable[Standing]:
    """Walks those of the visits that could be given back and are with somebody else now."""
    for then in standings:
        visit: Visit | None = tx.find(names.VISITS, then.visit)
        if visit is not None and visit.state in MOVABLE_STATES and visit.placement.technician != then.technician:
            yield then


def _back(tx: Transaction, then: Standing) -> Command:
    """Makes the command that brings a visit to where it was."""
    name = tx.name(names.VISITS, then.visit)
    if not then.technician:
        return bounded(Command(unassign_visit=changes.UnassignVisitRequest(name=name)))
    return bounded(Command(assign_visit=changes.AssignVisitRequest(name=name, technician=then.technician)))


def _merged(tx: Transaction, outcomes: Iterable[Outcome]) -> Outcome:
    """Makes one outcome of several that may have changed the same visits: from where each was to where it is."""
    whole = Outcome()
    newest: dict[str, VisitChange] = {}
    for outcome in outcomes:
        whole.cost_change_milli += outcome.cost_change_milli
        for change in outcome.changes:
            earlier = newest.get(change.visit_id)
            if earlier is not None:
                change.disruption_milli += earlier.disruption_milli
                change.kind = _kind(tx.before(change.visit_id), change)
            newest[change.visit_id] = change
    whole.changes.extend(newest[visit_id] for visit_id in sorted(newest))
    return whole


def _kind(before: Visit | None, change: VisitChange) -> ChangeKind:
    """Tells what a visit changed several times has become in all."""
    had = before.placement.technician if before is not None else ""
    has = change.placement.technician
    if had == has:
        return ChangeKind.CHANGE_KIND_RETIMED if has else ChangeKind.CHANGE_KIND_UNASSIGNED
    if not had:
        return ChangeKind.CHANGE_KIND_ASSIGNED
    return ChangeKind.CHANGE_KIND_MOVED if has else ChangeKind.CHANGE_KIND_UNASSIGNED


def _kept(tx: Transaction, then: Standing, error: DispatchError) -> pb.KeptVisit:
    """Tells of a visit that stays where it is."""
    return pb.KeptVisit(
        visit=tx.name(names.VISITS, then.visit), technician=then.technician, reason=error.reason, detail=error.message
    )
