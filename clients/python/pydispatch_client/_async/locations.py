"""Live positions: fixes in, neighbours out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.resuming import watch
from pydispatch_client.fixes import FixBatch
from pydispatch_client.streaming.aio import AsyncLocationStreamer
from pydispatch_client.streaming.core import DEFAULT_STREAMER_OPTIONS, StreamerOptions
from pydispatch_client.transport import AsyncTransport
from pydispatch_client.watching import LocationPicture


class AsyncLocations:
    """Takes fixes and answers who is near."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def report(
        self, parent: str, fixes: FixBatch | Iterable[m.Fix], *, timeout_s: float | None = None
    ) -> m.FixCounts:
        """Sends one batch of fixes and returns what became of them.

        Args:
            parent: "regions/{region}".
            fixes: 1 to 10,000 fixes; a `FixBatch` is several times cheaper to make than messages.
            timeout_s: Deadline; None takes the default of searches.
        """
        request: m.BatchReportLocationsRequest | bytes = (
            fixes.report_bytes(parent)
            if isinstance(fixes, FixBatch)
            else m.BatchReportLocationsRequest(parent=parent, fixes=fixes)
        )
        return (await self._transport.unary(methods.BATCH_REPORT_LOCATIONS, request, timeout_s)).counts

    def stream(
        self, parent: str, *, label: str = "", options: StreamerOptions = DEFAULT_STREAMER_OPTIONS
    ) -> AsyncLocationStreamer:
        """Returns a streamer that batches, sends and resends fixes of "regions/{region}"; use it in a `with` block.

        Args:
            parent: "regions/{region}".
            label: Begins the stream's name at the server, at most 48 characters; what follows makes it unique.
            options: Batch size, waiting time and bounds.
        """
        return AsyncLocationStreamer(self._transport, parent, label=label, options=options)

    async def search_nearby(
        self,
        parent: str,
        location: m.LatLng,
        *,
        max_results: int = 0,
        radius_m: float = 0.0,
        required_skills: Iterable[m.SkillLevel] = (),
        required_certificates: Iterable[str] = (),
        certificate_time: datetime | Timestamp | None = None,
        states: Iterable[m.AvailabilityState] = (),
        max_staleness_ms: int = 0,
        partners: Iterable[str] = (),
        excluded_technician_ids: Iterable[str] = (),
        order: m.SearchOrder | None = None,
        within: m.Polygon | None = None,
        timeout_s: float | None = None,
    ) -> m.SearchNearbyTechniciansResponse:
        """Finds the technicians nearest to a place.

        Args:
            parent: "regions/{region}".
            location: Where to search.
            max_results: Most technicians, 1 to 1000; 0 means 10.
            radius_m: Farthest distance in metres; 0 means no limit.
            required_skills: Skills that must be held at the level asked.
            required_certificates: Certificates that must be valid at `certificate_time`.
            certificate_time: None means now.
            states: States to include; none means AVAILABLE only.
            max_staleness_ms: Oldest position that counts, in milliseconds; 0 means 120,000.
            partners: Partners to include, "-" for own staff; none means all.
            excluded_technician_ids: Technicians never to return.
            order: None means nearest first.
            within: Only technicians in this area; None means anywhere.
            timeout_s: Deadline; None takes the default of searches.
        """
        request = m.SearchNearbyTechniciansRequest(
            parent=parent,
            location=location,
            max_results=max_results,
            radius_m=radius_m,
            required_skills=required_skills,
            required_certificates=required_certificates,
            certificate_time=certificate_time,
            states=states,
            max_staleness_ms=max_staleness_ms,
            partners=partners,
            excluded_technician_ids=excluded_technician_ids,
            order=order,
            within=within,
        )
        return await self._transport.unary(methods.SEARCH_NEARBY_TECHNICIANS, request, timeout_s)

    async def watch(
        self,
        parent: str,
        *,
        viewport: m.Viewport | None = None,
        technician_ids: Iterable[str] = (),
        min_interval_ms: int = 0,
    ) -> AsyncIterator[m.WatchLocationsResponse]:
        """Yields the positions of technicians as they move, without end.

        A broken stream is opened again after a growing wait. Everybody is then yielded as gone before the positions
        come anew, so that whoever keeps a picture by these messages keeps a true one.

        Args:
            parent: "regions/{region}".
            viewport: Only technicians inside; None means anywhere.
            technician_ids: Only these technicians, by identifier; none means all.
            min_interval_ms: Shortest time between two updates of one technician; 0 means 1,000.

        Raises:
            DispatchClientError: The server refused, or stayed away longer than the options' backoff allows.
        """
        request = m.WatchLocationsRequest(
            parent=parent, viewport=viewport, technician_ids=technician_ids, min_interval_ms=min_interval_ms
        )
        async with aclosing(watch(self._transport, methods.WATCH_LOCATIONS, LocationPicture(request))) as updates:
            async for update in updates:
                yield update
