"""What every servicer does: find the region's owner and hand it a command."""

from __future__ import annotations

from typing import Any

from pydispatch_server import names
from pydispatch_server.batch_run import Handler
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context, remaining_deadline_s
from pydispatch_server.state import RegionState


class Servicer:
    """Base of the servicers.

    Args:
        placement: Finds the owner of a region.
    """

    def __init__(self, placement: Placement) -> None:
        self.placement = placement

    async def change(self, name: str, handler: Handler, request: Any, context: Context) -> bytes:
        """Submits a change of the region that `name` belongs to and returns the serialised answer.

        Args:
            name: Any resource name in the region.
            handler: Decides the change.
            request: The request, checked; its request_id makes retries safe.
            context: The call.
        """
        owner = self.placement.owner(names.region_of(name))
        return await owner.submit(
            handler, request, request_id=request.request_id, deadline_s=remaining_deadline_s(context)
        )

    def state(self, name: str) -> RegionState:
        """Returns what is committed of the region that `name` belongs to.

        Raises:
            NotFound: There is no such region.
        """
        return self.placement.owner(names.region_of(name)).state
