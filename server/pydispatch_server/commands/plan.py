"""Checks the plan in the owner's queue, where what is decided and what the engine knows must agree."""

from __future__ import annotations

from typing import Final

from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.dispatch_service_pb2 import (
    CheckPlanRequest,
    CheckPlanResponse,
    GetPlanRequest,
    GetPlanResponse,
    PlanViolation,
    Stop,
)
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch_server import names
from pydispatch_server.working import Transaction

# The most differences told; one is one too many.
MAX_DIFFERENCES: Final = 1000

# The engine keeps smaller changes of planned times to itself (`retime_threshold_s` of its policy).
MAX_UNTOLD_S: Final = 60


def check_plan(tx: Transaction, request: CheckPlanRequest) -> CheckPlanResponse:
    """Lets the independent checker look at the engine's plan, then compares that plan with the records."""
    response = CheckPlanResponse.FromString(tx.engine.check(tx.now_ms))
    response.violations.extend(_differences(tx, request.name)[:MAX_DIFFERENCES])
    return response


def _differences(tx: Transaction, plan_name: str) -> list[PlanViolation]:
    """Lists visits that the records and the engine place differently.

    Technician, order and state must agree. Times need not: the engine tells small shifts only when they add up.
    """
    asked = GetPlanRequest(name=plan_name).SerializeToString()
    plan = GetPlanResponse.FromString(tx.engine.plan(asked, tx.now_ms)).plan
    recorded = tx.open_visits()
    found = []
    for route in plan.routes:
        last_position = -1
        for stop in route.stops:
            visit = recorded.pop(names.id_of(stop.visit), None)
            if visit is None or not _agree(visit, route.technician, stop) or visit.placement.position <= last_position:
                found.append(_difference(stop.visit, route.technician))
            last_position = visit.placement.position if visit is not None else last_position
    for unassigned in plan.unassigned_visits:
        visit = recorded.pop(names.id_of(unassigned.visit), None)
        if visit is None or visit.HasField("placement"):
            found.append(_difference(unassigned.visit, ""))
    found += [_difference(visit.name, visit.placement.technician) for visit in recorded.values()]
    return found


def _agree(visit: Visit, technician: str, stop: Stop) -> bool:
    """Tells whether a visit is recorded with the technician and in the state that the engine has it."""
    return visit.state == stop.state and visit.placement.technician == technician


def _difference(visit_name: str, technician_name: str) -> PlanViolation:
    """Says that records and engine disagree about a visit."""
    return PlanViolation(
        rule=types.RULE_REFERENCE,
        visit_id=names.id_of(visit_name),
        technician_id=names.id_of(technician_name),
        detail="the records and the engine disagree about this visit",
    )
