"""The part of DispatchService that answers why: exact, changing nothing, always in the pool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from pydispatch_protos.dispatch.v1 import explanation_pb2 as pb

from pydispatch import Engine
from pydispatch_server import names
from pydispatch_server.commands.visits import refuse_final
from pydispatch_server.rpc import Context
from pydispatch_server.services.plan_changes import PlanChanger


class Explainer(PlanChanger):
    """Explains the plan. Every answer is the engine's as it stands, which may be a moment ahead of what is durable."""

    async def explain_assignment(self, request: pb.ExplainAssignmentRequest, _: Context) -> bytes:
        """Says who could take a visit at what price, and what keeps the others from it."""
        return await self._explain(request, Engine.explain_assignment)

    async def explain_unassigned(self, request: pb.ExplainUnassignedRequest, _: Context) -> bytes:
        """Says why nobody has a visit, and what would have to give."""
        return await self._explain(request, Engine.explain_unassigned)

    async def compare_candidates(self, request: pb.CompareCandidatesRequest, _: Context) -> bytes:
        """Compares two technicians for one visit, term by term."""
        return await self._explain(request, Engine.compare_candidates)

    async def evaluate_plan(self, request: pb.EvaluatePlanRequest, _: Context) -> bytes:
        """Evaluates a given order of visits."""
        owner = self.placement.owner(names.region_of(request.name))
        return await self._ask(owner.engine, Engine.evaluate_plan, request)

    async def _explain(self, request: Any, call: Callable[[Engine, bytes, int], bytes]) -> bytes:
        """Asks about a visit that is recorded and open."""
        owner = self.placement.owner(names.region_of(request.name))
        refuse_final(owner.state.get(names.VISITS, request.name), "EXPLAINED")
        return await self._ask(owner.engine, call, request)

    async def _ask(self, engine: Engine, call: Callable[[Engine, bytes, int], bytes], request: Any) -> bytes:
        """Asks the engine in the pool."""
        now_ms, data = self._clock.now_ms(), request.SerializeToString()
        return await asyncio.get_running_loop().run_in_executor(self._pool, call, engine, data, now_ms)
