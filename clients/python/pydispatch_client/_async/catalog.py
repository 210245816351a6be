"""The catalogue: what can be booked, as configuration."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from google.protobuf.field_mask_pb2 import FieldMask

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.paging import walk
from pydispatch_client.transport import AsyncTransport


class AsyncCatalog:
    """Keeps the services of a region."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        parent: str,
        service_id: str,
        service: m.Service,
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Service:
        """Creates a service.

        Args:
            parent: "regions/{region}".
            service_id: Identifier of the new service.
            service: The service; `name` is ignored, `duration_s` is required.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.
        """
        request = m.CreateServiceRequest(
            parent=parent, service_id=service_id, service=service, request_id=self._transport.request_id(request_id)
        )
        return (await self._transport.unary(methods.CREATE_SERVICE, request, timeout_s)).service

    async def get(self, name: str, *, timeout_s: float | None = None) -> m.Service:
        """Reads the service "regions/{region}/services/{service}"."""
        return (await self._transport.unary(methods.GET_SERVICE, m.GetServiceRequest(name=name), timeout_s)).service

    async def list_page(
        self, parent: str, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> m.ListServicesResponse:
        """Reads one page of the services of "regions/{region}", ordered by name."""
        request = m.ListServicesRequest(parent=parent, page_size=page_size, page_token=page_token)
        return await self._transport.unary(methods.LIST_SERVICES, request, timeout_s)

    async def list(
        self, parent: str, *, page_size: int = 0, timeout_s: float | None = None
    ) -> AsyncIterator[m.Service]:
        """Yields all services of "regions/{region}", ordered by name; `timeout_s` is for each page."""
        async for page in walk(
            lambda token: self.list_page(parent, page_size=page_size, page_token=token, timeout_s=timeout_s)
        ):
            for service in page.services:
                yield service

    async def update(
        self,
        service: m.Service,
        update_mask: Iterable[str] = (),
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Service:
        """Changes the fields named by `update_mask`, or all; bookings already made keep what they were promised."""
        request = m.UpdateServiceRequest(
            service=service,
            update_mask=FieldMask(paths=update_mask),
            request_id=self._transport.request_id(request_id),
        )
        return (await self._transport.unary(methods.UPDATE_SERVICE, request, timeout_s)).service

    async def delete(
        self, name: str, *, etag: str = "", request_id: str | None = None, timeout_s: float | None = None
    ) -> None:
        """Deletes a service; bookings already made stay."""
        request = m.DeleteServiceRequest(name=name, etag=etag, request_id=self._transport.request_id(request_id))
        await self._transport.unary(methods.DELETE_SERVICE, request, timeout_s)
