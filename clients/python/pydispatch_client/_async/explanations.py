"""Explanations: who and why, why not, and what an order of visits would cost. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.plan_changes import AsyncPlanChanges


class AsyncExplanations(AsyncPlanChanges):
    """The part of the dispatch service that answers why."""

    async def explain_assignment(
        self,
        name: str,
        *,
        max_candidates: int = 0,
        max_misses: int = 0,
        technicians: Iterable[str] = (),
        timeout_s: float | None = None,
    ) -> m.ExplainAssignmentResponse:
        """Says who could take a visit at what price, and what keeps the others from it and by how much.

        Args:
            name: "regions/{region}/visits/{visit}" of an open visit that nobody has set out for.
            max_candidates: Most candidates told, 1 to 50; 0 means 3.
            max_misses: Most misses told, 1 to 1,000; 0 means 10.
            technicians: Who is told in any case, by resource name.
            timeout_s: Deadline; None takes the default of planning.
        """
        request = m.ExplainAssignmentRequest(
            name=name, max_candidates=max_candidates, max_misses=max_misses, technicians=technicians
        )
        return await self._transport.unary(methods.EXPLAIN_ASSIGNMENT, request, timeout_s)

    async def explain_unassigned(
        self, name: str, *, max_misses: int = 0, timeout_s: float | None = None
    ) -> m.ExplainUnassignedResponse:
        """Says why nobody has a visit: counts by rule, the nearest misses, and what would have to give."""
        request = m.ExplainUnassignedRequest(name=name, max_misses=max_misses)
        return await self._transport.unary(methods.EXPLAIN_UNASSIGNED, request, timeout_s)

    async def compare_candidates(
        self, name: str, technician: str, other_technician: str, *, timeout_s: float | None = None
    ) -> m.CompareCandidatesResponse:
        """Compares two technicians (by resource name) for one visit, term by term."""
        request = m.CompareCandidatesRequest(name=name, technician=technician, other_technician=other_technician)
        return await self._transport.unary(methods.COMPARE_CANDIDATES, request, timeout_s)

    async def evaluate_plan(
        self, name: str, orders: Mapping[str, Iterable[str]], *, timeout_s: float | None = None
    ) -> m.EvaluatePlanResponse:
        """Evaluates a given order of visits without any search: times, price by term, and every broken rule.

        Args:
            name: "regions/{region}/plan".
            orders: Visits in order by technician, all by resource name.
            timeout_s: Deadline; None takes the default of planning.
        """
        asked = [m.VisitOrder(technician=technician, visits=visits) for technician, visits in orders.items()]
        request = m.EvaluatePlanRequest(name=name, orders=asked)
        return await self._transport.unary(methods.EVALUATE_PLAN, request, timeout_s)
