"""Decides about disruptions: the engine finds the smallest change that mends the plan."""

from __future__ import annotations

from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import BoundedCommand, Command
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.dispatch_service_pb2 import ReportDisruptionRequest, ReportDisruptionResponse
from pydispatch_protos.dispatch.v1.technician_service_pb2 import Technician

from pydispatch_server import names
from pydispatch_server.commands.technicians import put_availability, sort_changes
from pydispatch_server.commands.visits import refuse_final
from pydispatch_server.delta import delta_of
from pydispatch_server.working import Transaction

# Disruptions after which a technician is OFFLINE.
_GONE: Final = frozenset(("technician_offline", "technician_sick", "vehicle_breakdown"))


def report_disruption(tx: Transaction, request: ReportDisruptionRequest) -> ReportDisruptionResponse:
    """Mends the plan after life broke it."""
    technician = subject_of(tx, request)
    most = request.max_moved_visits if request.HasField("max_moved_visits") else None
    outcome = tx.apply(Command(bounded=BoundedCommand(command=Command(disruption=request), max_moves=most)))
    if technician is not None:
        put_availability(tx, technician, types.AVAILABILITY_STATE_OFFLINE)
    moved, unassigned, retimed = sort_changes(tx, outcome)
    return ReportDisruptionResponse(
        moved_visits=moved,
        unassigned_visits=unassigned,
        retimed_visits=retimed,
        visits=[tx.find(names.VISITS, change.visit_id) for change in outcome.changes],
        delta=delta_of(tx, outcome),
    )


def subject_of(tx: Transaction, request: ReportDisruptionRequest) -> Technician | None:
    """Finds the technician who cannot work any more; None when the disruption is about a visit.

    Raises:
        NotFound: There is no such technician or visit.
        IllegalTransition: The visit is in a final state.
    """
    kind = request.WhichOneof("disruption") or ""
    what = getattr(request, kind)
    if kind in _GONE:
        technician: Technician = tx.get(names.TECHNICIANS, what.technician)
        return technician
    refuse_final(tx.get(names.VISITS, what.visit), kind.removeprefix("visit_").removeprefix("customer_").upper())
    return None
