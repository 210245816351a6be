# Made from _async/regions.py by `make client-sync`: edit that file.
"""Regions: the unit everything else lives in."""

from __future__ import annotations

from collections.abc import Iterator

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._sync.paging import walk
from pydispatch_client.transport import Transport


class Regions:
    """Creates and reads regions."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, region_id: str, region: m.Region, *, timeout_s: float | None = None) -> m.Region:
        """Creates a region with its own engine, plan and owner.

        Args:
            region_id: Identifier of the new region.
            region: The region; `name` is ignored, `center` is required.
            timeout_s: Deadline; None takes the default of writes.

        Raises:
            AlreadyExists: The region exists.
        """
        request = m.CreateRegionRequest(region_id=region_id, region=region)
        return (self._transport.unary(methods.CREATE_REGION, request, timeout_s)).region

    def get(self, name: str, *, timeout_s: float | None = None) -> m.Region:
        """Reads the region "regions/{region}"."""
        return (self._transport.unary(methods.GET_REGION, m.GetRegionRequest(name=name), timeout_s)).region

    def list_page(
        self, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> m.ListRegionsResponse:
        """Reads one page of the regions of this server, ordered by name."""
        request = m.ListRegionsRequest(page_size=page_size, page_token=page_token)
        return self._transport.unary(methods.LIST_REGIONS, request, timeout_s)

    def list(self, *, page_size: int = 0, timeout_s: float | None = None) -> Iterator[m.Region]:
        """Yields all regions of this server, ordered by name; `timeout_s` is for each page."""
        for page in walk(lambda token: self.list_page(page_size=page_size, page_token=token, timeout_s=timeout_s)):
            yield from page.regions
