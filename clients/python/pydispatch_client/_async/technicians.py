"""Technicians: who they are, what they may do and when they work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from google.protobuf.field_mask_pb2 import FieldMask

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.paging import walk
from pydispatch_client.transport import AsyncTransport


class AsyncTechnicians:
    """Keeps the technicians of a region."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        parent: str,
        technician_id: str,
        technician: m.Technician,
        *,
        validate_only: bool = False,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Technician:
        """Creates one technician.

        Args:
            parent: "regions/{region}".
            technician_id: Identifier of the new technician.
            technician: The technician; `name` is ignored, `home_location` is required.
            validate_only: True only checks the request.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.

        Raises:
            AlreadyExists: The technician exists.
            InvalidArgument: `violations` names every refused field.
        """
        request = m.CreateTechnicianRequest(
            parent=parent,
            technician_id=technician_id,
            technician=technician,
            request_id=self._transport.request_id(request_id),
            validate_only=validate_only,
        )
        return (await self._transport.unary(methods.CREATE_TECHNICIAN, request, timeout_s)).technician

    async def batch_create(
        self,
        parent: str,
        technicians: Mapping[str, m.Technician] | Iterable[tuple[str, m.Technician]],
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> Sequence[m.Technician]:
        """Creates up to 1,000 technicians in one transaction: all or none.

        Args:
            parent: "regions/{region}".
            technicians: Identifier and technician of each.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.

        Returns:
            The technicians as stored, in the same order.
        """
        pairs = technicians.items() if isinstance(technicians, Mapping) else technicians
        request = m.BatchCreateTechniciansRequest(
            parent=parent,
            technicians=[m.NewTechnician(technician_id=key, technician=technician) for key, technician in pairs],
            request_id=self._transport.request_id(request_id),
        )
        return (await self._transport.unary(methods.BATCH_CREATE_TECHNICIANS, request, timeout_s)).technicians

    async def get(self, name: str, *, timeout_s: float | None = None) -> m.Technician:
        """Reads the technician "regions/{region}/technicians/{technician}"."""
        request = m.GetTechnicianRequest(name=name)
        return (await self._transport.unary(methods.GET_TECHNICIAN, request, timeout_s)).technician

    async def list_page(
        self, parent: str, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> m.ListTechniciansResponse:
        """Reads one page of the technicians of "regions/{region}", ordered by name."""
        request = m.ListTechniciansRequest(parent=parent, page_size=page_size, page_token=page_token)
        return await self._transport.unary(methods.LIST_TECHNICIANS, request, timeout_s)

    async def list(
        self, parent: str, *, page_size: int = 0, timeout_s: float | None = None
    ) -> AsyncIterator[m.Technician]:
        """Yields all technicians of "regions/{region}", ordered by name; `timeout_s` is for each page."""
        async for page in walk(
            lambda token: self.list_page(parent, page_size=page_size, page_token=token, timeout_s=timeout_s)
        ):
            for technician in page.technicians:
                yield technician

    async def update(
        self,
        technician: m.Technician,
        update_mask: Iterable[str] = (),
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Technician:
        """Changes a technician; visits that no longer fit are moved or unassigned.

        Args:
            technician: The new values; `name` says whom, a set `etag` must match.
            update_mask: Top-level fields to change, such as ["skills"]; none changes every field a caller may set.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.

        Raises:
            Aborted: The etag is not the stored one.
        """
        request = m.UpdateTechnicianRequest(
            technician=technician,
            update_mask=FieldMask(paths=update_mask),
            request_id=self._transport.request_id(request_id),
        )
        return (await self._transport.unary(methods.UPDATE_TECHNICIAN, request, timeout_s)).technician

    async def delete(
        self, name: str, *, etag: str = "", request_id: str | None = None, timeout_s: float | None = None
    ) -> None:
        """Deletes a technician; open visits move to others. Refused while a visit is under way."""
        request = m.DeleteTechnicianRequest(name=name, etag=etag, request_id=self._transport.request_id(request_id))
        await self._transport.unary(methods.DELETE_TECHNICIAN, request, timeout_s)

    async def set_availability(
        self,
        name: str,
        availability: m.AvailabilityState,
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.SetAvailabilityResponse:
        """Sets whether the technician may be given work now; OFFLINE moves the open visits to others."""
        request = m.SetAvailabilityRequest(
            name=name, availability=availability, request_id=self._transport.request_id(request_id)
        )
        return await self._transport.unary(methods.SET_AVAILABILITY, request, timeout_s)
