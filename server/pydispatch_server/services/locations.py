"""LocationService: bytes go to the region's engine as they came and bytes come back. Nothing is queued or stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pydispatch_protos.dispatch.v1 import location_service_pb2 as pb

from pydispatch import request_region
from pydispatch_server import location_watch, names
from pydispatch_server.clock import Clock
from pydispatch_server.lane import Lane
from pydispatch_server.location_stream import LocationCall
from pydispatch_server.owner import RegionOwner
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context, duplex, raw

# About 1,200 fixes.
INLINE_LOCATION_BYTES: Final = 64 << 10
INLINE_SEARCH_BYTES: Final = 8 << 10


class LocationServicer:
    """Takes fixes and answers who is near.

    Args:
        placement: Finds the owner of a region.
        clock: Where `now` comes from.
        pool: Threads for long calls.
    """

    def __init__(self, placement: Placement, clock: Clock, pool: ThreadPoolExecutor) -> None:
        self._placement = placement
        self._clock = clock
        self._pool = pool
        self._reports = Lane(pool, INLINE_LOCATION_BYTES)
        self._searches = Lane(pool, INLINE_SEARCH_BYTES)

    @duplex
    async def stream_locations(self, context: Context) -> None:
        """Takes batches of fixes and acknowledges them."""
        await LocationCall(context, self._placement, self._clock, self._reports).serve()

    @raw
    async def batch_report_locations(self, request: bytes, _: Context) -> bytes:
        """Takes one batch of fixes."""
        owner = self._owner(request)
        answer = await self._reports.run(owner.engine.report_locations, request, self._clock.now_ms())
        owner.live_feed.ring()
        return answer

    @raw
    async def search_nearby_technicians(self, request: bytes, _: Context) -> bytes:
        """Finds the technicians nearest to a place."""
        return await self._searches.run(self._owner(request).engine.search_nearby, request, self._clock.now_ms())

    def watch_locations(self, request: pb.WatchLocationsRequest, _: Context) -> AsyncIterator[bytes]:
        """Sends the positions of watched technicians as they change."""
        return location_watch.stream(self._placement.owner(names.region_of(request.parent)), request, self._pool)

    def _owner(self, request: bytes) -> RegionOwner:
        """Finds the owner of the region that a request names.

        Raises:
            InvalidRequest: The bytes name no region.
            NotFound: There is no such region.
        """
        return self._placement.owner(request_region(request))
