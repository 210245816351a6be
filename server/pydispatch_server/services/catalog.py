"""CatalogService."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as pb

from pydispatch_server import names, reasons
from pydispatch_server.commands import catalog
from pydispatch_server.errors import invalid_field
from pydispatch_server.paging import page
from pydispatch_server.rpc import Context, checks_itself
from pydispatch_server.services.base import Servicer


class CatalogServicer(Servicer):
    """Keeps the catalogue of a region."""

    async def create_service(self, request: pb.CreateServiceRequest, context: Context) -> bytes:
        """Creates a service."""
        return await self.change(request.parent, catalog.create_service, request, context)

    async def get_service(self, request: pb.GetServiceRequest, _: Context) -> pb.GetServiceResponse:
        """Reads a service."""
        return pb.GetServiceResponse(service=self.state(request.name).get(names.SERVICES, request.name))

    async def list_services(self, request: pb.ListServicesRequest, _: Context) -> pb.ListServicesResponse:
        """Lists services ordered by name."""
        state = self.state(request.parent)
        found, token = page(request, lambda last_id: state.walk(names.SERVICES, last_id))
        return pb.ListServicesResponse(services=found, next_page_token=token)

    @checks_itself
    async def update_service(self, request: pb.UpdateServiceRequest, context: Context) -> bytes:
        """Changes the masked fields of a service."""
        if names.parse(request.service.name, names.SERVICES) is None:
            raise invalid_field("service.name", reasons.BAD_FORMAT, "must be regions/{region}/services/{id}")
        return await self.change(request.service.name, catalog.update_service, request, context)

    async def delete_service(self, request: pb.DeleteServiceRequest, context: Context) -> bytes:
        """Deletes a service."""
        return await self.change(request.name, catalog.delete_service, request, context)
