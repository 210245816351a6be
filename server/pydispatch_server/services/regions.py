"""RegionService."""

from __future__ import annotations

from collections.abc import Iterator

from pydispatch_protos.dispatch.v1 import region_service_pb2 as pb

from pydispatch_server import names
from pydispatch_server.clock import Clock
from pydispatch_server.messages import copy_of, set_ms
from pydispatch_server.paging import page
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context
from pydispatch_server.services.base import Servicer


def new_region(region_id: str, given: pb.Region, now_ms: int) -> pb.Region:
    """Completes a region to be created."""
    region = copy_of(given)
    region.name = f"regions/{region_id}"
    region.time_zone = region.time_zone or "UTC"
    set_ms(region.create_time, now_ms)
    return region


class RegionServicer(Servicer):
    """Creates and reads regions.

    Args:
        placement: Finds the owner of a region.
        clock: Where `now` comes from.
    """

    def __init__(self, placement: Placement, clock: Clock) -> None:
        super().__init__(placement)
        self._clock = clock

    async def create_region(self, request: pb.CreateRegionRequest, _: Context) -> pb.CreateRegionResponse:
        """Creates a region with its own engine, plan and owner."""
        region = new_region(request.region_id, request.region, self._clock.now_ms())
        owner = await self.placement.create(region)
        return pb.CreateRegionResponse(region=owner.region)

    async def get_region(self, request: pb.GetRegionRequest, _: Context) -> pb.GetRegionResponse:
        """Reads one region."""
        return pb.GetRegionResponse(region=self.state(request.name).region)

    async def list_regions(self, request: pb.ListRegionsRequest, _: Context) -> pb.ListRegionsResponse:
        """Lists all regions, ordered by name."""
        regions = [owner.region for owner in self.placement.owners()]

        def walk(last_id: str) -> Iterator[pb.Region]:
            return (region for region in regions if names.id_of(region.name) > last_id)

        found, token = page(request, walk)
        return pb.ListRegionsResponse(regions=found, next_page_token=token)
