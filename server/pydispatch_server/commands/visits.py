"""Decides about what technicians report of their visits."""

from __future__ import annotations

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import Command
from pydispatch_protos.dispatch.v1.visit_service_pb2 import ReportVisitProgressRequest, ReportVisitProgressResponse

from pydispatch_server import names
from pydispatch_server.commands.common import missing_references
from pydispatch_server.errors import invalid
from pydispatch_server.working import Transaction


def report_visit_progress(tx: Transaction, request: ReportVisitProgressRequest) -> ReportVisitProgressResponse:
    """Takes one step of a visit. The engine knows the legal steps and refuses the others."""
    tx.get(names.VISITS, request.name)
    if found := missing_references(tx, [("technician", names.TECHNICIANS, request.technician)]):
        raise invalid(*found)
    tx.apply(Command(visit_progress=request))
    return ReportVisitProgressResponse(visit=tx.find(names.VISITS, names.id_of(request.name)))
