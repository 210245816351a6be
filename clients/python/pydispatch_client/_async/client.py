"""The client: one channel, one attribute for each service of the contract."""

from __future__ import annotations

import time
from asyncio import sleep
from types import TracebackType

import grpc

from pydispatch_client._async.audit import AsyncAudit
from pydispatch_client._async.batches import AsyncBatches
from pydispatch_client._async.bookings import AsyncBookings
from pydispatch_client._async.catalog import AsyncCatalog
from pydispatch_client._async.clock import AsyncClock
from pydispatch_client._async.customers import AsyncCustomers
from pydispatch_client._async.dispatch import AsyncDispatch
from pydispatch_client._async.geofences import AsyncGeofences
from pydispatch_client._async.locations import AsyncLocations
from pydispatch_client._async.regions import AsyncRegions
from pydispatch_client._async.technicians import AsyncTechnicians
from pydispatch_client._async.visits import AsyncVisits
from pydispatch_client._async.webhooks import AsyncWebhooks
from pydispatch_client.errors import Failure, Unavailable
from pydispatch_client.options import DEFAULT_OPTIONS, ClientOptions
from pydispatch_client.transport import AsyncTransport

# Pause between two health checks of a server that answers but is not serving yet.
READY_POLL_S = 0.05


class AsyncDispatchClient:
    """Talks to a pydispatch server; asyncio.

    Attributes:
        regions: Regions.
        technicians: Technicians of a region.
        locations: Fixes and nearby search.
        geofences: Geofences of a region and what happens at them.
        webhooks: Webhooks of a region and their deliveries.
        catalog: Services of a region.
        customers: Customers of a region.
        bookings: Bookings of a region.
        visits: Visits of a region.
        dispatch: Recommendations, the plan and disruptions.
        batches: Enterprise batches.
        audit: The audit chain of a region.
        clock: The manual clock of a server that has one.
    """

    def __init__(self, server: str, options: ClientOptions = DEFAULT_OPTIONS) -> None:
        """Prepares a client; nothing is connected before the first call.

        Args:
            server: "host:port", or any other gRPC target.
            options: Deadlines, retries, TLS and the like.
        """
        self._transport = AsyncTransport(server, options)
        self.regions = AsyncRegions(self._transport)
        self.technicians = AsyncTechnicians(self._transport)
        self.locations = AsyncLocations(self._transport)
        self.geofences = AsyncGeofences(self._transport)
        self.webhooks = AsyncWebhooks(self._transport)
        self.catalog = AsyncCatalog(self._transport)
        self.customers = AsyncCustomers(self._transport)
        self.bookings = AsyncBookings(self._transport)
        self.visits = AsyncVisits(self._transport)
        self.dispatch = AsyncDispatch(self._transport)
        self.batches = AsyncBatches(self._transport)
        self.audit = AsyncAudit(self._transport)
        self.clock = AsyncClock(self._transport)

    @property
    def server(self) -> str:
        """The address given."""
        return self._transport.server

    async def wait_until_ready(self, timeout_s: float = 30.0) -> None:
        """Waits until the server says that it is serving.

        Raises:
            Unavailable: It did not within `timeout_s` seconds.
        """
        deadline_s = time.monotonic() + timeout_s
        while (remaining_s := deadline_s - time.monotonic()) > 0:
            if await self._transport.health(remaining_s):
                return
            await sleep(READY_POLL_S)
        message = f"{self.server} was not serving within {timeout_s:g} s"
        raise Unavailable(Failure(grpc.StatusCode.UNAVAILABLE, message))

    async def close(self) -> None:
        """Closes the connection; calls under way are cancelled."""
        await self._transport.close()

    async def __aenter__(self) -> AsyncDispatchClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
