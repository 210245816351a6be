"""TechnicianService."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1 import technician_service_pb2 as pb

from pydispatch_server import names, reasons
from pydispatch_server.commands import technicians
from pydispatch_server.errors import invalid_field
from pydispatch_server.paging import page
from pydispatch_server.rpc import Context, checks_itself
from pydispatch_server.services.base import Servicer


class TechnicianServicer(Servicer):
    """Keeps the technicians of a region."""

    async def create_technician(self, request: pb.CreateTechnicianRequest, context: Context) -> bytes:
        """Creates one technician."""
        return await self.change(request.parent, technicians.create_technician, request, context)

    async def batch_create_technicians(self, request: pb.BatchCreateTechniciansRequest, context: Context) -> bytes:
        """Creates many technicians, all or none."""
        return await self.change(request.parent, technicians.batch_create_technicians, request, context)

    async def get_technician(self, request: pb.GetTechnicianRequest, _: Context) -> pb.GetTechnicianResponse:
        """Reads one technician."""
        technician = self.state(request.name).get(names.TECHNICIANS, request.name)
        return pb.GetTechnicianResponse(technician=technician)

    async def list_technicians(self, request: pb.ListTechniciansRequest, _: Context) -> pb.ListTechniciansResponse:
        """Lists technicians ordered by name."""
        state = self.state(request.parent)
        found, token = page(request, lambda last_id: state.walk(names.TECHNICIANS, last_id))
        return pb.ListTechniciansResponse(technicians=found, next_page_token=token)

    @checks_itself
    async def update_technician(self, request: pb.UpdateTechnicianRequest, context: Context) -> bytes:
        """Changes the masked fields of a technician."""
        if names.parse(request.technician.name, names.TECHNICIANS) is None:
            raise invalid_field("technician.name", reasons.BAD_FORMAT, "must be regions/{region}/technicians/{id}")
        return await self.change(request.technician.name, technicians.update_technician, request, context)

    async def delete_technician(self, request: pb.DeleteTechnicianRequest, context: Context) -> bytes:
        """Deletes a technician."""
        return await self.change(request.name, technicians.delete_technician, request, context)

    async def set_availability(self, request: pb.SetAvailabilityRequest, context: Context) -> bytes:
        """Sets whether a technician may be given work."""
        return await self.change(request.name, technicians.set_availability, request, context)
