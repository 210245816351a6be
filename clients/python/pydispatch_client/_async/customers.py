"""Customers: one person or company across channels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.paging import walk
from pydispatch_client.transport import AsyncTransport


class AsyncCustomers:
    """Keeps the customers of a region."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        parent: str,
        customer: m.Customer,
        *,
        customer_id: str = "",
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Customer:
        """Creates a customer.

        Args:
            parent: "regions/{region}".
            customer: The customer; `name` is ignored.
            customer_id: Identifier of the new customer; empty lets the server choose.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.
        """
        request = m.CreateCustomerRequest(
            parent=parent,
            customer_id=customer_id,
            customer=customer,
            request_id=self._transport.request_id(request_id),
        )
        return (await self._transport.unary(methods.CREATE_CUSTOMER, request, timeout_s)).customer

    async def get(self, name: str, *, timeout_s: float | None = None) -> m.Customer:
        """Reads the customer "regions/{region}/customers/{customer}"."""
        return (await self._transport.unary(methods.GET_CUSTOMER, m.GetCustomerRequest(name=name), timeout_s)).customer

    async def list_page(
        self, parent: str, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> m.ListCustomersResponse:
        """Reads one page of the customers of "regions/{region}", ordered by name."""
        request = m.ListCustomersRequest(parent=parent, page_size=page_size, page_token=page_token)
        return await self._transport.unary(methods.LIST_CUSTOMERS, request, timeout_s)

    async def list(
        self, parent: str, *, page_size: int = 0, timeout_s: float | None = None
    ) -> AsyncIterator[m.Customer]:
        """Yields all customers of "regions/{region}", ordered by name; `timeout_s` is for each page."""
        async for page in walk(
            lambda token: self.list_page(parent, page_size=page_size, page_token=token, timeout_s=timeout_s)
        ):
            for customer in page.customers:
                yield customer

    async def resolve_phone_number(
        self, parent: str, phone_number: str, *, timeout_s: float | None = None
    ) -> Sequence[m.Customer]:
        """Returns the customers of "regions/{region}" that hold exactly this phone number, ordered by name."""
        request = m.ResolveIdentityRequest(parent=parent, phone_number=phone_number)
        return (await self._transport.unary(methods.RESOLVE_IDENTITY, request, timeout_s)).customers

    async def resolve_email_address(
        self, parent: str, email_address: str, *, timeout_s: float | None = None
    ) -> Sequence[m.Customer]:
        """Returns the customers of "regions/{region}" that hold exactly this e-mail address, ordered by name."""
        request = m.ResolveIdentityRequest(parent=parent, email_address=email_address)
        return (await self._transport.unary(methods.RESOLVE_IDENTITY, request, timeout_s)).customers
