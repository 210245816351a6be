"""The counts of a batch, kept with every change of one of its visits. They add up to booking_count."""

from __future__ import annotations

from typing import Final

from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.enterprise_batch_service_pb2 import Batch

from pydispatch_server.messages import set_ms

# State of a visit -> the count it belongs to; None stands for a booking that is still a draft.
_COUNT_OF: Final[dict[int | None, str]] = {
    None: "draft_count",
    types.VISIT_STATE_UNASSIGNED: "unassigned_count",
    types.VISIT_STATE_PLANNED: "planned_count",
    types.VISIT_STATE_ACCEPTED: "planned_count",
    types.VISIT_STATE_EN_ROUTE: "active_count",
    types.VISIT_STATE_ARRIVED: "active_count",
    types.VISIT_STATE_IN_SERVICE: "active_count",
    types.VISIT_STATE_COMPLETED: "completed_count",
    types.VISIT_STATE_FAILED: "failed_count",
    types.VISIT_STATE_CANCELLED: "failed_count",
    types.VISIT_STATE_EXPIRED: "failed_count",
}


def add_draft(batch: Batch) -> None:
    """Counts one imported booking."""
    batch.booking_count += 1
    batch.draft_count += 1


def move(batch: Batch, before: int | None, after: int, now_ms: int) -> None:
    """Moves one booking of a batch from one count to another, and the batch's state with it.

    Args:
        batch: The batch, which the caller may change.
        before: State of the visit before, None when the booking was a draft.
        after: State of the visit now.
        now_ms: Present time in milliseconds since the Unix epoch.
    """
    lost, gained = _COUNT_OF[before], _COUNT_OF[after]
    setattr(batch, lost, getattr(batch, lost) - 1)
    setattr(batch, gained, getattr(batch, gained) + 1)
    set_ms(batch.update_time, now_ms)
    settle(batch)


def settle(batch: Batch) -> None:
    """Sets whether a planned batch is finished."""
    if batch.state in (batches.BATCH_STATE_PLANNED, batches.BATCH_STATE_FINISHED):
        is_finished = batch.completed_count + batch.failed_count == batch.booking_count
        batch.state = batches.BATCH_STATE_FINISHED if is_finished else batches.BATCH_STATE_PLANNED
