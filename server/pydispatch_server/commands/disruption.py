"""Decides about disruptions: the engine finds the smallest change that mends the plan."""

from __future__ import annotations

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import Command
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.dispatch_service_pb2 import ReportDisruptionRequest, ReportDisruptionResponse

from pydispatch_server import names
from pydispatch_server.commands.technicians import put_availability, sort_changes
from pydispatch_server.commands.visits import refuse_final
from pydispatch_server.working import Transaction


def report_disruption(tx: Transaction, request: ReportDisruptionRequest) -> ReportDisruptionResponse:
    """Mends the plan after a technician went offline or a visit became late."""
    technician = None
    if request.WhichOneof("disruption") == "technician_offline":
        technician = tx.get(names.TECHNICIANS, request.technician_offline.technician)
    else:
        refuse_final(tx.get(names.VISITS, request.visit_late.visit), "LATE")
    outcome = tx.apply(Command(disruption=request))
    if technician is not None:
        put_availability(tx, technician, types.AVAILABILITY_STATE_OFFLINE)
    moved, unassigned, retimed = sort_changes(tx, outcome)
    return ReportDisruptionResponse(
        moved_visits=moved,
        unassigned_visits=unassigned,
        retimed_visits=retimed,
        visits=[tx.find(names.VISITS, change.visit_id) for change in outcome.changes],
    )
