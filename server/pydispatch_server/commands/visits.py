"""Decides about what technicians report of their visits."""

from __future__ import annotations

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import Command
from pydispatch_protos.dispatch.v1.types_pb2 import VisitState
from pydispatch_protos.dispatch.v1.visit_service_pb2 import (
    ReportVisitProgressRequest,
    ReportVisitProgressResponse,
    Visit,
    VisitEvent,
)

from pydispatch.errors import IllegalTransition
from pydispatch_server import names, reasons
from pydispatch_server.commands.common import missing_references
from pydispatch_server.errors import invalid
from pydispatch_server.state import is_open
from pydispatch_server.working import Transaction


def report_visit_progress(tx: Transaction, request: ReportVisitProgressRequest) -> ReportVisitProgressResponse:
    """Takes one step of a visit. The engine knows the legal steps and refuses the others."""
    refuse_final(tx.get(names.VISITS, request.name), VisitEvent.Name(request.event).removeprefix("VISIT_EVENT_"))
    if found := missing_references(tx, [("technician", names.TECHNICIANS, request.technician)]):
        raise invalid(*found)
    tx.apply(Command(visit_progress=request))
    return ReportVisitProgressResponse(visit=tx.find(names.VISITS, names.id_of(request.name)))


def refuse_final(visit: Visit, step: str) -> None:
    """Refuses a step of a visit in a final state, which the engine has forgotten.

    Raises:
        IllegalTransition: The visit is final.
    """
    if not is_open(visit):
        state = VisitState.Name(visit.state).removeprefix("VISIT_STATE_")
        raise IllegalTransition(
            f"{visit.name} is {state}, which is final",
            reason=reasons.ILLEGAL_TRANSITION,
            subject=visit.name,
            from_state=state,
            to_state=step,
        )
