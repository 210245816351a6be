"""GeofenceService."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydispatch_protos.dispatch.v1 import geofence_service_pb2 as pb

from pydispatch_server import geofence_watch, names
from pydispatch_server.commands import geofences
from pydispatch_server.paging import page
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context
from pydispatch_server.services.base import Servicer


class GeofenceServicer(Servicer):
    """Keeps the geofences of a region and tells who crosses them.

    Args:
        placement: Finds the owner of a region.
        heartbeat_s: Silence after which a watch stream sends a heartbeat.
    """

    def __init__(self, placement: Placement, heartbeat_s: float) -> None:
        super().__init__(placement)
        self._heartbeat_s = heartbeat_s

    async def create_geofence(self, request: pb.CreateGeofenceRequest, context: Context) -> bytes:
        """Creates a geofence."""
        return await self.change(request.parent, geofences.create_geofence, request, context)

    async def get_geofence(self, request: pb.GetGeofenceRequest, _: Context) -> pb.GetGeofenceResponse:
        """Reads a geofence."""
        return pb.GetGeofenceResponse(geofence=self.state(request.name).get(names.GEOFENCES, request.name))

    async def list_geofences(self, request: pb.ListGeofencesRequest, _: Context) -> pb.ListGeofencesResponse:
        """Lists geofences ordered by name."""
        state = self.state(request.parent)
        found, token = page(request, lambda last_id: state.walk(names.GEOFENCES, last_id))
        return pb.ListGeofencesResponse(geofences=found, next_page_token=token)

    async def update_geofence(self, request: pb.UpdateGeofenceRequest, context: Context) -> bytes:
        """Replaces a geofence."""
        return await self.change(request.geofence.name, geofences.update_geofence, request, context)

    async def delete_geofence(self, request: pb.DeleteGeofenceRequest, context: Context) -> bytes:
        """Deletes a geofence."""
        return await self.change(request.name, geofences.delete_geofence, request, context)

    def watch_geofence_events(self, request: pb.WatchGeofenceEventsRequest, _: Context) -> AsyncIterator[bytes]:
        """Sends what happens at geofences and at the sites of visits."""
        return geofence_watch.stream(self.placement.owner(names.region_of(request.parent)), request, self._heartbeat_s)
