"""The part of DispatchService that changes the plan: at once, as a proposal first, or by searching for a better one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import AddVisits, Command, Preview
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as pb
from pydispatch_protos.dispatch.v1.booking_service_pb2 import Booking
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch_server import names
from pydispatch_server.clock import Clock
from pydispatch_server.commands import plan_changes as commands
from pydispatch_server.commands.disruption import subject_of
from pydispatch_server.delta import plan_delta
from pydispatch_server.messages import set_ms
from pydispatch_server.owner import RegionOwner
from pydispatch_server.placement import Placement
from pydispatch_server.proposals import PROPOSAL_LIFE_MS, Part, Proposal, Proposals, new_id, parts_of
from pydispatch_server.rpc import Context, remaining_deadline_s
from pydispatch_server.services.base import Servicer
from pydispatch_server.working import Transaction, Working

DEFAULT_BUDGET_MS: Final = 1000
# Time left to a caller for making durable what was found.
COMMIT_MS: Final = 250
# Searches for a better plan at a time: each keeps a thread of the pool and a processor busy.
SEARCHES_MAX: Final = 1


class PlanChanger(Servicer):
    """Changes plans.

    Args:
        placement: Finds the owner of a region.
        clock: Where `now` comes from.
        pool: Threads for long calls.
    """

    def __init__(self, placement: Placement, clock: Clock, pool: ThreadPoolExecutor) -> None:
        super().__init__(placement)
        self._clock = clock
        self._pool = pool
        self._proposals = Proposals()
        self._searching = asyncio.Semaphore(SEARCHES_MAX)

    async def assign_visit(self, request: pb.AssignVisitRequest, context: Context) -> bytes:
        """Puts a visit with a technician."""
        return await self.change(request.name, commands.assign_visit, request, context)

    async def unassign_visit(self, request: pb.UnassignVisitRequest, context: Context) -> bytes:
        """Takes a visit off its route."""
        return await self.change(request.name, commands.unassign_visit, request, context)

    async def pin_visit(self, request: pb.PinVisitRequest, context: Context) -> bytes:
        """Pins what is planned of a visit."""
        return await self.change(request.name, commands.pin_visit, request, context)

    async def unpin_visit(self, request: pb.UnpinVisitRequest, context: Context) -> bytes:
        """Lets everything go that is pinned about a visit."""
        return await self.change(request.name, commands.unpin_visit, request, context)

    async def insert_emergency(self, request: pb.InsertEmergencyRequest, context: Context) -> bytes:
        """Books an emergency and places it at once."""
        return await self.change(request.parent, commands.insert_emergency, request, context)

    async def commit_plan_proposal(self, request: pb.CommitPlanProposalRequest, context: Context) -> bytes:
        """Makes a proposed change exactly as it was proposed."""
        return await self.change(request.name, commands.committing(self._proposals), request, context)

    async def preview_plan_change(
        self, request: dispatch.PreviewPlanChangeRequest, context: Context
    ) -> pb.PreviewPlanChangeResponse:
        """Works out a change on a copy of the plan, in the pool."""
        owner = self.placement.owner(names.region_of(request.parent))
        now_ms, etag = self._clock.now_ms(), str(owner.state.sequence)
        view = _Change(owner, request, now_ms)
        if request.WhichOneof("change") == "reoptimize_plan":
            preview = await self._search(owner, request.reoptimize_plan, context)
        else:
            preview = await self._preview(owner, lambda: owner.engine.preview(view.command.SerializeToString(), now_ms))
        message = pb.PlanProposal(name=f"{request.parent}/planProposals/{view.proposal_id}", etag=etag)
        set_ms(message.create_time, now_ms)
        set_ms(message.expire_time, now_ms + PROPOSAL_LIFE_MS)
        revision = owner.engine.policy_revision()
        message.delta.CopyFrom(plan_delta(owner.state.id, preview.outcome, view.before, revision))
        self._proposals.add(view.proposal(message, preview))
        return pb.PreviewPlanChangeResponse(proposal=message)

    async def reoptimize_plan(self, request: pb.ReoptimizePlanRequest, context: Context) -> bytes:
        """Searches for a better plan on a copy, then makes what still fits."""
        owner = self.placement.owner(names.region_of(request.name))
        parts: list[Part] = []
        # A repeated request gets the answer that it once got.
        if not request.request_id or not await owner.has_result(request.request_id):
            parts = parts_of(await self._search(owner, request, context))
        return await self.change(request.name, commands.reoptimizing(parts), request, context)

    async def _search(self, owner: RegionOwner, request: pb.ReoptimizePlanRequest, context: Context | None) -> Preview:
        """Searches for a better plan within the budget and what the caller's deadline leaves, if a caller waits."""
        most = request.max_moved_visits if request.HasField("max_moved_visits") else None
        deadline_s = remaining_deadline_s(context) if context is not None else None
        async with self._searching:
            budget_ms = request.budget_ms or DEFAULT_BUDGET_MS
            if deadline_s is not None:
                budget_ms = max(1, min(budget_ms, int((deadline_s - time.monotonic()) * 1000) - COMMIT_MS))
            engine, now_ms = owner.engine, self._clock.now_ms()
            return await self._preview(owner, lambda: engine.reoptimize(budget_ms, request.seed, most, now_ms))

    async def _preview(self, owner: RegionOwner, call: Callable[[], bytes]) -> Preview:
        """Calls the engine in the pool and reads what it would change of a plan that is durable."""
        loop = asyncio.get_running_loop()
        return Preview.FromString(await owner.durable(lambda: loop.run_in_executor(self._pool, call)))


class _Change:
    """A change to be worked out: what the engine is asked, and what must be kept for the commit."""

    def __init__(self, owner: RegionOwner, request: dispatch.PreviewPlanChangeRequest, now_ms: int) -> None:
        self.proposal_id = new_id()
        self.command = Command()
        # Reads what is committed; it is never finished, so that nothing of it is kept.
        self._tx = Transaction(Working.begin(owner.state, owner.engine, now_ms))
        self._first: Command | None = None
        self._request = request
        self._booking: Booking | None = None
        self._visit: Visit | None = None
        kind = request.WhichOneof("change") or ""
        getattr(self, f"_{kind}")(getattr(request, kind))

    def before(self, visit_id: str) -> Visit | None:
        """Returns a visit as it is committed, None for a new one."""
        found: Visit | None = self._tx.find(names.VISITS, visit_id)
        return found

    def proposal(self, message: pb.PlanProposal, preview: Preview) -> Proposal:
        """Makes the proposal that is kept."""
        is_disruption = self._request.WhichOneof("change") == "report_disruption"
        return Proposal(
            message=message,
            whole=Part(preview.before, preview.after),
            first=self._first,
            disruption=self._request.report_disruption if is_disruption else None,
            booking=self._booking,
            visit=self._visit,
        )

    def _assign_visit(self, request: pb.AssignVisitRequest) -> None:
        commands.check_assign(self._tx, request)
        self.command = commands.bounded(Command(assign_visit=request))

    def _unassign_visit(self, request: pb.UnassignVisitRequest) -> None:
        commands.check_unassign(self._tx, request)
        self._happens(Command(unassign_visit=request), None)

    def _insert_emergency(self, request: pb.InsertEmergencyRequest) -> None:
        booking_id = request.booking_id or f"b-{self.proposal_id}"
        self._booking, self._visit = commands.emergency(self._tx, request, booking_id)
        most = request.max_moved_visits if request.HasField("max_moved_visits") else None
        self._happens(Command(add_visits=AddVisits(visits=(self._visit,))), most)

    def _report_disruption(self, request: dispatch.ReportDisruptionRequest) -> None:
        subject_of(self._tx, request)
        most = request.max_moved_visits if request.HasField("max_moved_visits") else None
        self._happens(Command(disruption=request), most)

    def _reoptimize_plan(self, request: pb.ReoptimizePlanRequest) -> None:
        """Nothing happens: the engine searches by itself."""

    def _happens(self, first: Command, most: int | None) -> None:
        """Notes what happens, which the commit must tell the engine again."""
        self._first = first
        self.command = commands.bounded(first, most)
