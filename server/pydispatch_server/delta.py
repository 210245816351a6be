"""What a change of the plan does, told visit by visit: where each was, where it is, and at what price."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import ChangeKind, Outcome, VisitChange
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as pb
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch_server import names
from pydispatch_server.working import Transaction

_TYPES: Final[dict[ChangeKind, pb.VisitChangeType]] = {
    ChangeKind.CHANGE_KIND_ASSIGNED: pb.VISIT_CHANGE_TYPE_ASSIGNED,
    ChangeKind.CHANGE_KIND_MOVED: pb.VISIT_CHANGE_TYPE_MOVED,
    ChangeKind.CHANGE_KIND_RETIMED: pb.VISIT_CHANGE_TYPE_RETIMED,
    ChangeKind.CHANGE_KIND_UNASSIGNED: pb.VISIT_CHANGE_TYPE_UNASSIGNED,
    ChangeKind.CHANGE_KIND_PROGRESSED: pb.VISIT_CHANGE_TYPE_PROGRESSED,
    ChangeKind.CHANGE_KIND_PINNED: pb.VISIT_CHANGE_TYPE_PINNED,
}


def plan_delta(
    region: str, outcome: Outcome, before: Callable[[str], Visit | None], policy_revision: str, decision_id: str = ""
) -> pb.PlanDelta:
    """Tells what an outcome does.

    Args:
        region: Identifier of the region.
        outcome: What the engine changed, or would change.
        before: Finds a visit by identifier as it was before, None for a new one.
        policy_revision: Revision of the policy that decided.
        decision_id: Identifier of the decision in the audit; empty for one not made.
    """
    delta = pb.PlanDelta(cost_change_milli=outcome.cost_change_milli, policy_revision=policy_revision)
    for change in outcome.changes:
        delta.visits.append(_visit_delta(region, change, before(change.visit_id)))
        delta.disruption_milli += change.disruption_milli
        delta.moved_count += change.kind == ChangeKind.CHANGE_KIND_MOVED
        delta.retimed_count += change.kind == ChangeKind.CHANGE_KIND_RETIMED
        delta.unassigned_count += change.kind == ChangeKind.CHANGE_KIND_UNASSIGNED
    if delta.visits:
        delta.decision_id = decision_id
    return delta


def delta_of(tx: Transaction, outcome: Outcome) -> pb.PlanDelta:
    """Tells what a command has changed by an outcome of its own."""
    return plan_delta(tx.region_id, outcome, tx.before, tx.engine.policy_revision(), tx.decision_id)


def joined(deltas: list[pb.PlanDelta]) -> pb.PlanDelta:
    """Makes one delta of several that touch different visits and were decided together."""
    whole = pb.PlanDelta()
    for delta in deltas:
        whole.visits.extend(delta.visits)
        whole.disruption_milli += delta.disruption_milli
        whole.cost_change_milli += delta.cost_change_milli
        whole.moved_count += delta.moved_count
        whole.retimed_count += delta.retimed_count
        whole.unassigned_count += delta.unassigned_count
        whole.policy_revision = delta.policy_revision
        whole.decision_id = whole.decision_id or delta.decision_id
    whole.visits.sort(key=lambda visit: visit.visit)
    return whole


def _visit_delta(region: str, change: VisitChange, before: Visit | None) -> pb.VisitDelta:
    """Tells what happens to one visit."""
    delta = pb.VisitDelta(
        visit=f"regions/{region}/{names.VISITS}/{change.visit_id}",
        type=_TYPES.get(change.kind, pb.VISIT_CHANGE_TYPE_UNSPECIFIED),
        state=change.state,
        disruption_milli=change.disruption_milli,
        unassigned_reasons=change.unassigned_reasons,
    )
    was_placed = before is not None and before.HasField("placement")
    if before is not None and was_placed:
        delta.before.CopyFrom(before.placement)
    if change.HasField("placement"):
        delta.after.CopyFrom(change.placement)
        if was_placed:
            delta.start_shift_s = delta.after.start_time.seconds - delta.before.start_time.seconds
    return delta
