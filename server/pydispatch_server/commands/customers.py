"""Decides about customers."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1.customer_service_pb2 import CreateCustomerRequest, CreateCustomerResponse

from pydispatch_server import names
from pydispatch_server.commands.common import refuse_existing
from pydispatch_server.messages import copy_of, set_ms
from pydispatch_server.rules.customers import normal_phone
from pydispatch_server.working import Transaction


def create_customer(tx: Transaction, request: CreateCustomerRequest) -> CreateCustomerResponse:
    """Creates a customer, with phone numbers in E.164."""
    customer_id = request.customer_id or tx.new_id("c")
    refuse_existing(tx, names.CUSTOMERS, customer_id)
    customer = copy_of(request.customer)
    customer.name = tx.name(names.CUSTOMERS, customer_id)
    customer.phone_numbers[:] = [normal_phone(number) or number for number in request.customer.phone_numbers]
    set_ms(customer.create_time, tx.now_ms)
    tx.put(names.CUSTOMERS, customer, "customer.created")
    return CreateCustomerResponse(customer=customer)
