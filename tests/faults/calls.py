"""The calls of a simulated day: what is asked, what was answered, and what must follow from that."""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass
from typing import Any

from google.protobuf import message
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as plan_change
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits
from pydispatch_server import names
from pydispatch_server.batch_run import Handler
from pydispatch_server.commands.bookings import cancel_booking, create_booking
from pydispatch_server.commands.disruption import report_disruption
from pydispatch_server.commands.plan_changes import assign_visit, unassign_visit
from pydispatch_server.commands.technicians import set_availability
from pydispatch_server.commands.ticks import tick
from pydispatch_server.commands.visits import report_visit_progress
from pydispatch_server.state import RegionState, is_open

from tests.faults.town import TECHNICIANS, booking_request
from tests.server.harness import REGION

_EVENTS = {
    types.VISIT_STATE_PLANNED: [visits.VISIT_EVENT_ACCEPT, visits.VISIT_EVENT_ACCEPT, visits.VISIT_EVENT_DECLINE],
    types.VISIT_STATE_ACCEPTED: [visits.VISIT_EVENT_DEPART],
    types.VISIT_STATE_EN_ROUTE: [visits.VISIT_EVENT_ARRIVE],
    types.VISIT_STATE_ARRIVED: [visits.VISIT_EVENT_START],
    types.VISIT_STATE_IN_SERVICE: [visits.VISIT_EVENT_COMPLETE, visits.VISIT_EVENT_FAIL],
}


class Outcome(enum.Enum):
    """What the caller of a call knows."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    # Told to try again, or told nothing: it may have been done or not.
    UNKNOWN = "unknown"


@dataclass
class Call:
    """One call."""

    handler: Handler
    request: Any
    request_id: str = ""
    deadline_s: float | None = None
    outcome: Outcome = Outcome.UNKNOWN
    answer: bytes = b""
    error: BaseException | None = None

    @property
    def note(self) -> str:
        """What a new booking can be told by, empty for other calls."""
        return self.request.booking.note if self.handler is create_booking else ""

    def told(self) -> list[tuple[str, int]]:
        """Lists the resources of an acknowledged answer, each as (name, sequence of its change)."""
        return [(item.name, int(item.etag)) for item in self._resources() if item.name and item.etag]

    def _resources(self) -> list[Any]:
        if self.handler is create_booking:
            answer = bookings.CreateBookingResponse.FromString(self.answer)
            return [answer.booking, answer.visit]
        if self.handler is cancel_booking:
            return [bookings.CancelBookingResponse.FromString(self.answer).booking]
        if self.handler is report_visit_progress:
            return [visits.ReportVisitProgressResponse.FromString(self.answer).visit]
        if self.handler is assign_visit:
            return [plan_change.AssignVisitResponse.FromString(self.answer).visit]
        if self.handler is unassign_visit:
            return [plan_change.UnassignVisitResponse.FromString(self.answer).visit]
        if self.handler is set_availability:
            return [technicians.SetAvailabilityResponse.FromString(self.answer).technician]
        if self.handler is report_disruption:
            return list(dispatch.ReportDisruptionResponse.FromString(self.answer).visits)
        return []


class Callers:
    """Makes calls by chance, sensible ones for what is committed, with repeats under earlier request_ids."""

    def __init__(self, chance: random.Random) -> None:
        self.calls: list[Call] = []
        self._chance = chance
        self._number = 0

    def next(self, state: RegionState) -> Call:
        """Makes one call."""
        call = self._repeat() or self._new(state)
        if self._chance.random() < 0.05:
            call.deadline_s = 0.0
        self.calls.append(call)
        return call

    def _new(self, state: RegionState) -> Call:
        kinds = (self._book, self._cancel, self._report, self._assign, self._availability, self._disrupt, self._tick)
        made = self._chance.choices(kinds, (10, 3, 8, 3, 3, 1, 2))[0](state)
        return made or self._book(state)

    def _repeat(self) -> Call | None:
        """Sends an earlier call again, now and then with another body under its request_id."""
        earlier = [call for call in self.calls if call.request_id]
        if not earlier or self._chance.random() > 0.15:
            return None
        chosen = self._chance.choice(earlier[-8:])
        request = _copy(chosen.request)
        if chosen.handler is create_booking and self._chance.random() < 0.2:
            request.booking.duration_s += 60
        return Call(chosen.handler, request, chosen.request_id)

    def _key(self) -> str:
        self._number += 1
        return f"key-{self._number}"

    def _book(self, _: RegionState) -> Call:
        key = self._key()
        request = booking_request(key, self._number)
        if self._chance.random() < 0.05:
            request.booking.preferred_technician = f"{REGION}/technicians/nobody"
        return Call(create_booking, request, key)

    def _cancel(self, state: RegionState) -> Call | None:
        found = list(state.walk(names.BOOKINGS, ""))
        if not found:
            return None
        request = bookings.CancelBookingRequest(name=self._chance.choice(found).name)
        return self._keyed(cancel_booking, request)

    def _report(self, state: RegionState) -> Call | None:
        placed = [visit for visit in state.walk(names.VISITS, "") if visit.state in _EVENTS]
        if not placed:
            return None
        visit = self._chance.choice(placed)
        event = self._chance.choice(_EVENTS[visit.state])
        request = visits.ReportVisitProgressRequest(name=visit.name, technician=visit.placement.technician, event=event)
        return self._keyed(report_visit_progress, request)

    def _availability(self, _: RegionState) -> Call:
        wanted = self._chance.choice([types.AVAILABILITY_STATE_AVAILABLE, types.AVAILABILITY_STATE_OFFLINE])
        request = technicians.SetAvailabilityRequest(name=self._technician(), availability=wanted)
        return self._keyed(set_availability, request)

    def _disrupt(self, _: RegionState) -> Call:
        offline = dispatch.TechnicianOffline(technician=self._technician())
        request = dispatch.ReportDisruptionRequest(parent=REGION, technician_offline=offline)
        return self._keyed(report_disruption, request)

    def _assign(self, state: RegionState) -> Call | None:
        """Puts an open visit with somebody by hand, or takes it off its route."""
        found = [visit for visit in state.walk(names.VISITS, "") if is_open(visit)]
        if not found:
            return None
        name = self._chance.choice(found).name
        if self._chance.random() < 0.3:
            return self._keyed(unassign_visit, plan_change.UnassignVisitRequest(name=name))
        request = plan_change.AssignVisitRequest(name=name, technician=self._technician())
        return self._keyed(assign_visit, request)

    def _tick(self, _: RegionState) -> Call:
        return Call(tick, 3)

    def _technician(self) -> str:
        return f"{REGION}/technicians/t{self._chance.randrange(TECHNICIANS)}"

    def _keyed(self, handler: Handler, request: message.Message) -> Call:
        """Gives two calls of three a request_id."""
        key = self._key() if self._chance.random() < 0.67 else ""
        request.request_id = key  # type: ignore[attr-defined]
        return Call(handler, request, key)


def _copy(request: message.Message) -> Any:
    made = type(request)()
    made.CopyFrom(request)
    return made
