"""DispatchService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as pb

from pydispatch import request_region
from pydispatch_server import plan_view
from pydispatch_server.clock import Clock
from pydispatch_server.commands.disruption import report_disruption
from pydispatch_server.commands.plan import check_plan
from pydispatch_server.names import region_of
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context, raw, remaining_deadline_s
from pydispatch_server.services.plan_history import PlanHistorian
from pydispatch_server.store.audit import AuditReader
from pydispatch_server.watch import PlanWatch


class DispatchServicer(PlanHistorian):
    """Answers who, when and why, and repairs the plan.

    What else changes it is in `plan_changes`, what explains it in `explanations`, what became of it in `plan_history`.

    Args:
        placement: Finds the owner of a region.
        clock: Where `now` comes from.
        pool: Threads for long calls.
        watch: Makes the streams of WatchPlan.
        reader: Reads the audit, out of which revisions are told.
    """

    def __init__(
        self,
        placement: Placement,
        clock: Clock,
        pool: ThreadPoolExecutor,
        watch: PlanWatch,
        reader: AuditReader,
    ) -> None:
        super().__init__(placement, clock, pool, reader)
        self._watch = watch

    @raw
    async def recommend_technicians(self, request: bytes, _: Context) -> bytes:
        """Ranks the technicians who could take a visit.

        Always in the pool: the planner may be busy with a micro-batch, and nobody else should wait for that.
        """
        owner, now_ms = self.placement.owner(request_region(request)), self._clock.now_ms()
        loop, recommend = asyncio.get_running_loop(), owner.engine.recommend
        return await owner.durable(lambda: loop.run_in_executor(self._pool, recommend, request, now_ms))

    async def get_plan(self, request: pb.GetPlanRequest, _: Context) -> bytes:
        """Reads the plan as committed."""
        owner = self.placement.owner(region_of(request.name))
        view = plan_view.collect(owner.state, owner.feed.newest_sequence, request, self._clock.now_ms())
        build = plan_view.build
        return await asyncio.get_running_loop().run_in_executor(self._pool, build, view, owner.engine)

    def watch_plan(self, request: pb.WatchPlanRequest, _: Context) -> AsyncIterator[bytes]:
        """Sends the open visits, then every change."""
        return self._watch.stream(self.placement.owner(region_of(request.name)), request)

    async def report_disruption(self, request: pb.ReportDisruptionRequest, context: Context) -> bytes:
        """Mends the plan after a disruption."""
        return await self.change(request.parent, report_disruption, request, context)

    async def check_plan(self, request: pb.CheckPlanRequest, context: Context) -> bytes:
        """Recomputes the feasibility of the plan, in the owner's queue so that records and engine agree."""
        owner = self.placement.owner(region_of(request.name))
        return await owner.submit(check_plan, request, deadline_s=remaining_deadline_s(context))
