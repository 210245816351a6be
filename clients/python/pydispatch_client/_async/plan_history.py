"""What became of the plan: its revisions, and searches for a better one that go on for long."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.explanations import AsyncExplanations
from pydispatch_client._async.paging import walk


class AsyncPlanHistory(AsyncExplanations):
    """The part of the dispatch service about what became of the plan."""

    async def list_revisions(
        self, parent: str, *, after_sequence: int = 0, page_size: int = 0, timeout_s: float | None = None
    ) -> AsyncIterator[m.PlanRevision]:
        """Yields the decisions that changed the plan of "regions/{region}", oldest first.

        Args:
            parent: The region.
            after_sequence: Only those after this sequence, such as that of a plan read earlier.
            page_size: Revisions read at once, 0 to 1000; 0 means 100.
            timeout_s: Deadline of each page; None takes the default of reads.
        """

        async def fetch(token: str) -> m.ListPlanRevisionsResponse:
            request = m.ListPlanRevisionsRequest(
                parent=parent, after_sequence=after_sequence, page_size=page_size, page_token=token
            )
            return await self._transport.unary(methods.LIST_PLAN_REVISIONS, request, timeout_s)

        async for page in walk(fetch):
            for revision in page.plan_revisions:
                yield revision

    async def revert(
        self, name: str, sequence: int, *, request_id: str | None = None, timeout_s: float | None = None
    ) -> m.RevertPlanResponse:
        """Gives visits back to the technicians who had them at an earlier revision.

        Args:
            name: "regions/{region}/plan".
            sequence: The revision, as `list_revisions` and `get_plan` tell it.
            request_id: Key for safe retries; None makes one.
            timeout_s: Deadline; None takes the default of writes.

        Returns:
            What changed, and the visits that hard rules or pins keep where they are.

        Raises:
            NotFound: The revision does not exist, or is too long ago to be known.
        """
        key = self._transport.request_id(request_id)
        request = m.RevertPlanRequest(name=name, sequence=sequence, request_id=key)
        return await self._transport.unary(methods.REVERT_PLAN, request, timeout_s)

    async def start_operation(
        self,
        parent: str,
        budget_ms: int,
        *,
        max_moved_visits: int | None = None,
        seed: int = 0,
        timeout_s: float | None = None,
    ) -> m.PlanOperation:
        """Begins a search for a better plan that goes on beside everything else.

        Args:
            parent: "regions/{region}".
            budget_ms: Time to search, 1 to 3,600,000.
            max_moved_visits: Most visits that each round may move to other technicians; None sets no bound.
            seed: Where the search begins.
            timeout_s: Deadline; None takes the default of writes.
        """
        search = m.ReoptimizePlanRequest(name=f"{parent}/plan", max_moved_visits=max_moved_visits, seed=seed)
        request = m.StartPlanOperationRequest(parent=parent, budget_ms=budget_ms, reoptimize_plan=search)
        return (await self._transport.unary(methods.START_PLAN_OPERATION, request, timeout_s)).plan_operation

    async def get_operation(self, name: str, *, timeout_s: float | None = None) -> m.PlanOperation:
        """Reads a search as it stands."""
        request = m.GetPlanOperationRequest(name=name)
        return (await self._transport.unary(methods.GET_PLAN_OPERATION, request, timeout_s)).plan_operation

    async def list_operations(
        self, parent: str, *, page_size: int = 0, timeout_s: float | None = None
    ) -> AsyncIterator[m.PlanOperation]:
        """Yields the searches of "regions/{region}", by name."""

        async def fetch(token: str) -> m.ListPlanOperationsResponse:
            request = m.ListPlanOperationsRequest(parent=parent, page_size=page_size, page_token=token)
            return await self._transport.unary(methods.LIST_PLAN_OPERATIONS, request, timeout_s)

        async for page in walk(fetch):
            for operation in page.plan_operations:
                yield operation

    async def cancel_operation(self, name: str, *, timeout_s: float | None = None) -> m.PlanOperation:
        """Ends a search with the round at work; what it has found stays."""
        request = m.CancelPlanOperationRequest(name=name)
        return (await self._transport.unary(methods.CANCEL_PLAN_OPERATION, request, timeout_s)).plan_operation

    async def wait_operation(self, name: str, *, wait_ms: int = 0, timeout_s: float | None = None) -> m.PlanOperation:
        """Waits until a search has ended, at most `wait_ms` milliseconds; 0 means 30,000."""
        request = m.WaitPlanOperationRequest(name=name, timeout_ms=wait_ms)
        return (await self._transport.unary(methods.WAIT_PLAN_OPERATION, request, timeout_s)).plan_operation
