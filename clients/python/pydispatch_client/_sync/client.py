# Made from _async/client.py by `make client-sync`: edit that file.
"""The client: one channel, one attribute for each service of the contract."""

from __future__ import annotations

import time
from time import sleep
from types import TracebackType

import grpc

from pydispatch_client._sync.audit import Audit
from pydispatch_client._sync.batches import Batches
from pydispatch_client._sync.bookings import Bookings
from pydispatch_client._sync.catalog import Catalog
from pydispatch_client._sync.clock import Clock
from pydispatch_client._sync.customers import Customers
from pydispatch_client._sync.dispatch import Dispatch
from pydispatch_client._sync.geofences import Geofences
from pydispatch_client._sync.locations import Locations
from pydispatch_client._sync.regions import Regions
from pydispatch_client._sync.technicians import Technicians
from pydispatch_client._sync.visits import Visits
from pydispatch_client._sync.webhooks import Webhooks
from pydispatch_client.errors import Failure, Unavailable
from pydispatch_client.options import DEFAULT_OPTIONS, ClientOptions
from pydispatch_client.transport import Transport

# Pause between two health checks of a server that answers but is not serving yet.
READY_POLL_S = 0.05


class DispatchClient:
    """Talks to a pydispatch server; synchronous.

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
        self._transport = Transport(server, options)
        self.regions = Regions(self._transport)
        self.technicians = Technicians(self._transport)
        self.locations = Locations(self._transport)
        self.geofences = Geofences(self._transport)
        self.webhooks = Webhooks(self._transport)
        self.catalog = Catalog(self._transport)
        self.customers = Customers(self._transport)
        self.bookings = Bookings(self._transport)
        self.visits = Visits(self._transport)
        self.dispatch = Dispatch(self._transport)
        self.batches = Batches(self._transport)
        self.audit = Audit(self._transport)
        self.clock = Clock(self._transport)

    @property
    def server(self) -> str:
        """The address given."""
        return self._transport.server

    def wait_until_ready(self, timeout_s: float = 30.0) -> None:
        """Waits until the server says that it is serving.

        Raises:
            Unavailable: It did not within `timeout_s` seconds.
        """
        deadline_s = time.monotonic() + timeout_s
        while (remaining_s := deadline_s - time.monotonic()) > 0:
            if self._transport.health(remaining_s):
                return
            sleep(READY_POLL_S)
        message = f"{self.server} was not serving within {timeout_s:g} s"
        raise Unavailable(Failure(grpc.StatusCode.UNAVAILABLE, message))

    def close(self) -> None:
        """Closes the connection; calls under way are cancelled."""
        self._transport.close()

    def __enter__(self) -> DispatchClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
