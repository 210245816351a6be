"""EnterpriseBatchService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as pb

from pydispatch.errors import InvalidRequest, Violation
from pydispatch_server import names, reasons, rules
from pydispatch_server.clock import Clock
from pydispatch_server.commands import batches
from pydispatch_server.errors import invalid
from pydispatch_server.importing import Importer
from pydispatch_server.owner import RegionOwner
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context, remaining_deadline_s
from pydispatch_server.services.base import Servicer

# A quiet batch is looked at this often, so that a stream notices that the server stops.
WATCH_WAIT_S: Final = 5.0
MAX_ROWS_PER_MESSAGE: Final = 1000


class BatchServicer(Servicer):
    """Imports, plans and watches batches.

    Args:
        placement: Finds the owner of a region.
        clock: Where `now` comes from.
    """

    def __init__(self, placement: Placement, clock: Clock) -> None:
        super().__init__(placement)
        self._clock = clock

    async def import_batch(
        self, requests: AsyncIterator[pb.ImportBatchRequest], context: Context
    ) -> pb.ImportBatchResponse:
        """Imports rows as drafts, message by message, and reports every bad one."""
        importer: Importer | None = None
        async for request in requests:
            self._check_message(request, is_first=importer is None)
            if importer is None:
                owner = self.placement.owner(names.region_of(request.header.parent))
                importer = Importer(owner, request.header, self._clock, remaining_deadline_s(context))
            await importer.take(list(request.rows))
        if importer is None:
            raise InvalidRequest("the import has no message", reason=reasons.HEADER_MISSING)
        return await importer.finish()

    async def plan_batch(self, request: pb.PlanBatchRequest, context: Context) -> bytes:
        """Plans every draft, in steps between which other commands have their turn."""
        owner = self.placement.owner(names.region_of(request.name))
        deadline_s = remaining_deadline_s(context)
        if not await self._is_answered(owner, request):
            await owner.submit(batches.begin_planning, request, deadline_s=deadline_s)
            while await owner.submit(batches.plan_step, request, deadline_s=deadline_s):
                pass  # an empty answer says that no draft is left
        return await owner.submit(
            batches.finish_planning, request, request_id=request.request_id, deadline_s=deadline_s
        )

    async def get_batch(self, request: pb.GetBatchRequest, _: Context) -> pb.GetBatchResponse:
        """Reads a batch."""
        return pb.GetBatchResponse(batch=self.state(request.name).get(names.BATCHES, request.name))

    async def watch_batch_progress(
        self, request: pb.WatchBatchProgressRequest, _: Context
    ) -> AsyncIterator[pb.WatchBatchProgressResponse]:
        """Sends the batch as it is, then whenever it has changed, until it is finished."""
        owner = self.placement.owner(names.region_of(request.name))
        batch_id = names.id_of(request.name)
        changed = owner.feed.watch_batch(batch_id)
        try:
            told: pb.Batch | None = None
            while not owner.feed.is_closed:
                changed.clear()
                batch: pb.Batch = owner.state.get(names.BATCHES, request.name)
                if batch != told:
                    told = batch
                    yield pb.WatchBatchProgressResponse(batch=batch)
                if batch.state == pb.BATCH_STATE_FINISHED:
                    return
                await _wait(changed)
        finally:
            owner.feed.unwatch_batch(batch_id, changed)

    def _check_message(self, request: pb.ImportBatchRequest, *, is_first: bool) -> None:
        """Checks one message of an import apart from its rows, which are reported one by one."""
        if is_first and not request.HasField("header"):
            raise InvalidRequest(
                "the first message of an import carries the header",
                reason=reasons.HEADER_MISSING,
                violations=[Violation("header", reasons.REQUIRED, "is missing in the first message")],
            )
        if not is_first and request.HasField("header"):
            raise InvalidRequest(
                "only the first message of an import carries a header",
                reason=reasons.HEADER_REPEATED,
                violations=[Violation("header", reasons.HEADER_REPEATED, "only the first message carries it")],
            )
        found = rules.violations(request.header, self._clock.now_ms()) if is_first else []
        found = [
            Violation(f"header.{item.field.removeprefix('header.')}", item.reason, item.description) for item in found
        ]
        if len(request.rows) > MAX_ROWS_PER_MESSAGE:
            found.append(Violation("rows", reasons.TOO_MANY_ITEMS, f"at most {MAX_ROWS_PER_MESSAGE} rows a message"))
        if found:
            raise invalid(*found)

    @staticmethod
    async def _is_answered(owner: RegionOwner, request: pb.PlanBatchRequest) -> bool:
        """Tells whether this request_id has been answered, so that nothing is to be planned for it."""
        return bool(request.request_id) and await owner.has_result(request.request_id)


async def _wait(event: asyncio.Event) -> None:
    """Waits for an event, a while at most."""
    try:
        async with asyncio.timeout(WATCH_WAIT_S):
            await event.wait()
    except TimeoutError:
        return
