"""The part of DispatchService about what became of the plan: revisions, and searches that go on for long."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pydispatch_protos.dispatch.v1 import plan_change_pb2 as changes
from pydispatch_protos.dispatch.v1 import plan_history_pb2 as pb

from pydispatch import audit
from pydispatch_server import names
from pydispatch_server.clock import Clock
from pydispatch_server.commands import plan_changes as commands
from pydispatch_server.commands.revert import revert_plan
from pydispatch_server.messages import timestamp
from pydispatch_server.operations import Operations
from pydispatch_server.paging import page
from pydispatch_server.placement import Placement
from pydispatch_server.proposals import parts_of
from pydispatch_server.rpc import Context, remaining_deadline_s
from pydispatch_server.services.explanations import Explainer
from pydispatch_server.store.audit import AuditReader

DEFAULT_WAIT_MS: Final = 30_000
# Audit records read at a time.
CHUNK: Final = 512
# Visits told by name in one revision.
VISITS_MAX: Final = 100
_VISIT_EVENT: Final = "visit."
_COUNTS: Final = {
    "visit.assigned": "assigned_count",
    "visit.moved": "moved_count",
    "visit.retimed": "retimed_count",
    "visit.unassigned": "unassigned_count",
    "visit.progressed": "progressed_count",
}


class PlanHistorian(Explainer):
    """Tells what became of plans and searches for better ones beside everything else.

    Args:
        placement: Finds the owner of a region.
        clock: Where `now` comes from.
        pool: Threads for long calls.
        reader: Reads the audit, out of which revisions are told.
    """

    def __init__(self, placement: Placement, clock: Clock, pool: ThreadPoolExecutor, reader: AuditReader) -> None:
        super().__init__(placement, clock, pool)
        self._reader = reader
        self._operations = Operations(clock)

    async def list_plan_revisions(
        self, request: pb.ListPlanRevisionsRequest, _: Context
    ) -> pb.ListPlanRevisionsResponse:
        """Lists the decisions that changed a visit, oldest first, out of the audit."""
        region = names.region_of(request.parent)
        self.placement.owner(region)

        def walk(last_id: str) -> Iterator[pb.PlanRevision]:
            return revisions(self._reader, region, max(int(last_id or 0), request.after_sequence))

        call = lambda: page(request, walk)  # noqa: E731 - runs in the pool
        found, token = await asyncio.get_running_loop().run_in_executor(self._pool, call)
        return pb.ListPlanRevisionsResponse(plan_revisions=found, next_page_token=token)

    async def revert_plan(self, request: pb.RevertPlanRequest, context: Context) -> bytes:
        """Gives visits back to those who had them at a revision."""
        return await self.change(request.name, revert_plan, request, context)

    async def start_plan_operation(
        self, request: pb.StartPlanOperationRequest, _: Context
    ) -> pb.StartPlanOperationResponse:
        """Begins a search that goes on by itself."""
        region = names.region_of(request.parent)
        self.placement.owner(region)

        async def search(budget_ms: int, seed: int) -> changes.ReoptimizePlanResponse:
            asked = changes.ReoptimizePlanRequest()
            asked.CopyFrom(request.reoptimize_plan)
            asked.budget_ms, asked.seed, asked.request_id = budget_ms, seed, ""
            owner = self.placement.owner(region)
            parts = parts_of(await self._search(owner, asked, None))
            answer = await owner.submit(commands.reoptimizing(parts), asked)
            return changes.ReoptimizePlanResponse.FromString(answer)

        seed = request.reoptimize_plan.seed
        operation = self._operations.start(region, request.budget_ms, seed, search)
        return pb.StartPlanOperationResponse(plan_operation=operation.message)

    async def get_plan_operation(self, request: pb.GetPlanOperationRequest, _: Context) -> pb.GetPlanOperationResponse:
        """Reads an operation."""
        return pb.GetPlanOperationResponse(plan_operation=self._operations.get(request.name).message)

    async def list_plan_operations(
        self, request: pb.ListPlanOperationsRequest, _: Context
    ) -> pb.ListPlanOperationsResponse:
        """Lists the operations of a region by name."""
        region = names.region_of(request.parent)
        self.placement.owner(region)
        found, token = page(request, lambda last: self._operations.walk(region, last))
        told = [operation.message for operation in found]
        return pb.ListPlanOperationsResponse(plan_operations=told, next_page_token=token)

    async def cancel_plan_operation(
        self, request: pb.CancelPlanOperationRequest, _: Context
    ) -> pb.CancelPlanOperationResponse:
        """Ends an operation with the round at work."""
        operation = self._operations.get(request.name)
        operation.cancel()
        return pb.CancelPlanOperationResponse(plan_operation=operation.message)

    async def wait_plan_operation(
        self, request: pb.WaitPlanOperationRequest, context: Context
    ) -> pb.WaitPlanOperationResponse:
        """Waits for an operation to end, at most for some time."""
        operation = self._operations.get(request.name)
        wait_s = (request.timeout_ms or DEFAULT_WAIT_MS) / 1000
        deadline_s = remaining_deadline_s(context)
        if deadline_s is not None:
            wait_s = max(0.0, min(wait_s, deadline_s - time.monotonic() - 0.1))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(operation.ended.wait(), wait_s)
        return pb.WaitPlanOperationResponse(plan_operation=operation.message)


def revisions(reader: AuditReader, region: str, after: int) -> Iterator[pb.PlanRevision]:
    """Walks the decisions that changed a visit, each once it is known whole."""
    present: pb.PlanRevision | None = None
    for record in _records(reader, region, after):
        if present is None or record.decision_id != present.decision_id:
            if present is not None and _touches_visits(present):
                yield present
            present = pb.PlanRevision(
                decision_id=record.decision_id, actor=record.actor, policy_revision=record.policy_revision
            )
        _take(present, region, record)
    if present is not None and _touches_visits(present):
        yield present


def _records(reader: AuditReader, region: str, after: int) -> Iterator[audit.Record]:
    """Walks the audit records after a sequence. One that cannot be read is left out; VerifyAudit tells it."""
    while rows := reader.rows(region, after, CHUNK):
        for row in rows:
            after = row.sequence
            with contextlib.suppress(ValueError):
                yield audit.read_record(row.record)


def _take(revision: pb.PlanRevision, region: str, record: audit.Record) -> None:
    """Adds one record to its decision."""
    revision.name, revision.sequence = f"regions/{region}/planRevisions/{record.sequence}", record.sequence
    revision.revision_time.CopyFrom(timestamp(record.time_ms))
    if not record.event_type.startswith(_VISIT_EVENT):
        if record.event_type not in revision.causes:
            revision.causes.append(record.event_type)
        return
    field = _COUNTS.get(record.event_type)
    if field is not None:
        setattr(revision, field, getattr(revision, field) + 1)
    if len(revision.visits) < VISITS_MAX and record.resource not in revision.visits:
        revision.visits.append(record.resource)


def _touches_visits(revision: pb.PlanRevision) -> bool:
    """Tells whether a decision changed a visit."""
    return bool(revision.visits)
