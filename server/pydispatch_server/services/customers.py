"""CustomerService."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1 import customer_service_pb2 as pb

from pydispatch_server import names
from pydispatch_server.commands import customers
from pydispatch_server.paging import page
from pydispatch_server.rpc import Context
from pydispatch_server.rules.customers import normal_email, normal_phone
from pydispatch_server.services.base import Servicer


class CustomerServicer(Servicer):
    """Keeps customers and finds them by exact contact."""

    async def create_customer(self, request: pb.CreateCustomerRequest, context: Context) -> bytes:
        """Creates a customer."""
        return await self.change(request.parent, customers.create_customer, request, context)

    async def get_customer(self, request: pb.GetCustomerRequest, _: Context) -> pb.GetCustomerResponse:
        """Reads a customer."""
        return pb.GetCustomerResponse(customer=self.state(request.name).get(names.CUSTOMERS, request.name))

    async def list_customers(self, request: pb.ListCustomersRequest, _: Context) -> pb.ListCustomersResponse:
        """Lists customers ordered by name."""
        state = self.state(request.parent)
        found, token = page(request, lambda last_id: state.walk(names.CUSTOMERS, last_id))
        return pb.ListCustomersResponse(customers=found, next_page_token=token)

    async def resolve_identity(self, request: pb.ResolveIdentityRequest, _: Context) -> pb.ResolveIdentityResponse:
        """Finds the customers that hold a phone number or an e-mail address."""
        state = self.state(request.parent)
        if request.WhichOneof("identity") == "phone_number":
            found = state.customers_by_contact("phone", normal_phone(request.phone_number) or "")
        else:
            found = state.customers_by_contact("email", normal_email(request.email_address))
        return pb.ResolveIdentityResponse(customers=found)
