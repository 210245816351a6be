"""Decides about the catalogue of services."""

from __future__ import annotations

from typing import Final

from google.protobuf.empty_pb2 import Empty
from pydispatch_protos.dispatch.engine.v1.engine_pb2 import Command
from pydispatch_protos.dispatch.v1.catalog_service_pb2 import (
    CreateServiceRequest,
    CreateServiceResponse,
    DeleteServiceRequest,
    Service,
    UpdateServiceRequest,
    UpdateServiceResponse,
)

from pydispatch_server import names, rules
from pydispatch_server.commands.common import check_etag, merge_masked, refuse_existing
from pydispatch_server.messages import copy_of, set_ms
from pydispatch_server.working import Transaction

MUTABLE: Final = frozenset(
    (
        "display_name",
        "required_skills",
        "required_certificates",
        "duration_s",
        "priority",
        "roles",
        "max_start_spread_s",
        "response_target_s",
        "response_limit_s",
        "partners",
        "parts",
    )
)


def create_service(tx: Transaction, request: CreateServiceRequest) -> CreateServiceResponse:
    """Creates a service."""
    refuse_existing(tx, names.SERVICES, request.service_id)
    service = copy_of(request.service)
    service.name = tx.name(names.SERVICES, request.service_id)
    set_ms(service.create_time, tx.now_ms)
    set_ms(service.update_time, tx.now_ms)
    tx.apply(Command(put_service=service))
    tx.put(names.SERVICES, service, "service.created")
    return CreateServiceResponse(service=service)


def update_service(tx: Transaction, request: UpdateServiceRequest) -> UpdateServiceResponse:
    """Changes the masked fields of a service; bookings already made keep what they were promised."""
    stored: Service = tx.get(names.SERVICES, request.service.name)
    check_etag(stored, request.service.etag)
    service = merge_masked(stored, request.service, request.update_mask, MUTABLE)
    rules.check(UpdateServiceRequest(service=service, request_id=request.request_id), tx.now_ms)
    set_ms(service.update_time, tx.now_ms)
    tx.apply(Command(put_service=service))
    tx.put(names.SERVICES, service, "service.updated")
    return UpdateServiceResponse(service=service)


def delete_service(tx: Transaction, request: DeleteServiceRequest) -> Empty:
    """Deletes a service; bookings already made stay."""
    stored: Service = tx.get(names.SERVICES, request.name)
    check_etag(stored, request.etag)
    tx.apply(Command(delete_service_id=names.id_of(request.name)))
    tx.delete(names.SERVICES, request.name, "service.deleted")
    return Empty()
