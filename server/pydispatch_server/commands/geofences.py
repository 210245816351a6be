"""Decides about geofences."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from pydispatch_protos.dispatch.v1.geofence_service_pb2 import (
    CreateGeofenceRequest,
    CreateGeofenceResponse,
    DeleteGeofenceRequest,
    Geofence,
    UpdateGeofenceRequest,
    UpdateGeofenceResponse,
)

from pydispatch_server import names
from pydispatch_server.commands.common import check_etag, refuse_existing
from pydispatch_server.messages import copy_of, set_ms
from pydispatch_server.working import Transaction


def create_geofence(tx: Transaction, request: CreateGeofenceRequest) -> CreateGeofenceResponse:
    """Creates a geofence."""
    refuse_existing(tx, names.GEOFENCES, request.geofence_id)
    geofence = copy_of(request.geofence)
    geofence.name = tx.name(names.GEOFENCES, request.geofence_id)
    set_ms(geofence.create_time, tx.now_ms)
    tx.put_geofence(geofence, "geofence.created")
    return CreateGeofenceResponse(geofence=geofence)


def update_geofence(tx: Transaction, request: UpdateGeofenceRequest) -> UpdateGeofenceResponse:
    """Replaces a geofence; only its name and its age remain."""
    stored: Geofence = tx.get(names.GEOFENCES, request.geofence.name)
    check_etag(stored, request.geofence.etag)
    geofence = copy_of(request.geofence)
    geofence.create_time.CopyFrom(stored.create_time)
    tx.put_geofence(geofence, "geofence.updated")
    return UpdateGeofenceResponse(geofence=geofence)


def delete_geofence(tx: Transaction, request: DeleteGeofenceRequest) -> Empty:
    """Deletes a geofence; nobody is told to have left it."""
    check_etag(tx.get(names.GEOFENCES, request.name), request.etag)
    tx.delete_geofence(request.name)
    return Empty()
