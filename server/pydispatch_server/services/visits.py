"""VisitService."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1 import visit_service_pb2 as pb

from pydispatch_server import names
from pydispatch_server.commands import visits
from pydispatch_server.paging import in_states, page
from pydispatch_server.rpc import Context
from pydispatch_server.services.base import Servicer


class VisitServicer(Servicer):
    """Reads visits and takes what technicians report."""

    async def get_visit(self, request: pb.GetVisitRequest, _: Context) -> pb.GetVisitResponse:
        """Reads one visit."""
        return pb.GetVisitResponse(visit=self.state(request.name).get(names.VISITS, request.name))

    async def list_visits(self, request: pb.ListVisitsRequest, _: Context) -> pb.ListVisitsResponse:
        """Lists visits ordered by name."""
        state = self.state(request.parent)
        if request.technician:
            technician_id = names.id_of(request.technician)
            found, token = page(request, lambda last: state.walk_placed(technician_id, last), in_states(request.states))
        else:
            found, token = page(request, lambda last: state.walk(names.VISITS, last), in_states(request.states))
        return pb.ListVisitsResponse(visits=found, next_page_token=token)

    async def report_visit_progress(self, request: pb.ReportVisitProgressRequest, context: Context) -> bytes:
        """Takes one step of a visit."""
        return await self.change(request.name, visits.report_visit_progress, request, context)
