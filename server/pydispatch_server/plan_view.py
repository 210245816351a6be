"""The plan as committed: routes and unassigned visits from the state, decorated with what only the engine knows.

`collect` runs on the event loop and only gathers references; `build` writes the messages and runs in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as pb
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch import Engine
from pydispatch_server import names
from pydispatch_server.messages import set_ms
from pydispatch_server.state import RegionState


@dataclass(frozen=True, slots=True)
class PlanView:
    """One consistent look at the committed plan.

    Attributes:
        request: What was asked.
        sequence: Sequence of the newest change of a visit in it, as told to watchers.
        now_ms: When it was read.
        routes: (technician, open visits in the order of the route) of each route with a stop.
        unassigned: Visits on no route, ordered by name.
    """

    request: pb.GetPlanRequest
    sequence: int
    now_ms: int
    routes: list[tuple[str, list[Visit]]]
    unassigned: list[Visit]


def collect(state: RegionState, sequence: int, request: pb.GetPlanRequest, now_ms: int) -> PlanView:
    """Gathers the plan from the state, as of the newest change told to watchers. O(V)."""
    wanted = sorted({names.id_of(name) for name in request.technicians}) or state.routed_technicians()
    routes = [(technician, visits) for technician in wanted if (visits := state.route(technician))]
    unassigned = [visit for visit in state.open_visits() if visit.state == types.VISIT_STATE_UNASSIGNED]
    unassigned.sort(key=lambda visit: visit.name)
    return PlanView(request, sequence, now_ms, routes, unassigned)


def build(view: PlanView, engine: Engine) -> bytes:
    """Writes a plan as a serialised GetPlanResponse.

    Slack and the end of the way home are the engine's; they are left out where the engine has moved on meanwhile.
    """
    asked = view.request.SerializeToString()
    known = pb.GetPlanResponse.FromString(engine.plan(asked, view.now_ms)).plan
    engine_routes = {route.technician: route for route in known.routes}
    plan = pb.Plan(name=view.request.name, sequence=view.sequence, policy_revision=known.policy_revision)
    set_ms(plan.read_time, view.now_ms)
    for _, visits in view.routes:
        technician = visits[0].placement.technician
        _write_route(plan.routes.add(technician=technician), visits, engine_routes.get(technician))
    for visit in view.unassigned:
        plan.unassigned_visits.add(visit=visit.name, reasons=visit.unassigned_reasons)
    return pb.GetPlanResponse(plan=plan).SerializeToString()


def _write_route(route: pb.Route, visits: list[Visit], known: pb.Route | None) -> None:
    """Writes the stops of one route."""
    slack_s = {(stop.visit, stop.start_time.seconds): stop.slack_s for stop in known.stops} if known else {}
    is_same = known is not None and [stop.visit for stop in known.stops] == [visit.name for visit in visits]
    for visit in visits:
        placement = visit.placement
        route.stops.add(
            visit=visit.name,
            state=visit.state,
            arrival_time=placement.arrival_time,
            start_time=placement.start_time,
            end_time=placement.end_time,
            slack_s=slack_s.get((visit.name, placement.start_time.seconds), 0),
        )
    route.end_time.CopyFrom(known.end_time if known is not None and is_same else visits[-1].placement.end_time)
