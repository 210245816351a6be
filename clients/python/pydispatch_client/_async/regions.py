"""Regions: the unit everything else lives in."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.paging import walk
from pydispatch_client.transport import AsyncTransport


class AsyncRegions:
    """Creates and reads regions."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(self, region_id: str, region: m.Region, *, timeout_s: float | None = None) -> m.Region:
        """Creates a region with its own engine, plan and owner.

        Args:
            region_id: Identifier of the new region.
            region: The region; `name` is ignored, `center` is required.
            timeout_s: Deadline; None takes the default of writes.

        Raises:
            AlreadyExists: The region exists.
        """
        request = m.CreateRegionRequest(region_id=region_id, region=region)
        return (await self._transport.unary(methods.CREATE_REGION, request, timeout_s)).region

    async def get(self, name: str, *, timeout_s: float | None = None) -> m.Region:
        """Reads the region "regions/{region}"."""
        return (await self._transport.unary(methods.GET_REGION, m.GetRegionRequest(name=name), timeout_s)).region

    async def list_page(
        self, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> m.ListRegionsResponse:
        """Reads one page of the regions of this server, ordered by name."""
        request = m.ListRegionsRequest(page_size=page_size, page_token=page_token)
        return await self._transport.unary(methods.LIST_REGIONS, request, timeout_s)

    async def list(self, *, page_size: int = 0, timeout_s: float | None = None) -> AsyncIterator[m.Region]:
        """Yields all regions of this server, ordered by name; `timeout_s` is for each page."""
        async for page in walk(
            lambda token: self.list_page(page_size=page_size, page_token=token, timeout_s=timeout_s)
        ):
            for region in page.regions:
                yield region
