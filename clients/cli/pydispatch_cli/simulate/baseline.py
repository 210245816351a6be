"""The baseline: nearest free technician, first come first served.

Each call, in the order of their coming, goes to the nearest technician (straight line, true position) who is free at
that moment, is qualified, and expects to finish within the shift; where there is none, it waits its turn. A call for a
window comes up a little before the window opens. The baseline obeys the same hard rules as the server and lives in the
same world: the same positions, driving times, working times, answers, breaks and sick leaves. It plans nothing ahead
and moves nothing.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydispatch_cli.simulate.dispatcher import News, Observed
from pydispatch_cli.simulate.fleet import Fleet
from pydispatch_cli.simulate.ledger import Ledger, Progress, Step
from pydispatch_cli.simulate.technicians import Order
from pydispatch_cli.simulate.travel import Place, straight_m
from pydispatch_cli.simulate.world import Call, Day, TechnicianSpec

WINDOW_LEAD_S = 1800
"""A call for a window comes up this long before the window opens."""


@dataclass(order=True, slots=True)
class _Waiting:
    """A call in the queue, ordered by when it came up."""

    up_s: int
    number: int
    call: Call = field(compare=False)
    refused_by: set[str] = field(default_factory=set, compare=False)


class NearestFree:
    """The baseline dispatcher. One step costs O(waiting calls x free qualified technicians)."""

    def __init__(self, day: Day, fleet: Fleet, ledger: Ledger) -> None:
        self._day = day
        self._fleet = fleet
        self._ledger = ledger
        self._qualified: dict[str, list[TechnicianSpec]] = {
            service.service_id: [spec for spec in day.technicians if spec.holds(service, day.start_s)]
            for service in day.services.values()
        }
        self._queue: list[_Waiting] = []
        self._later: list[_Waiting] = []
        self._taken: dict[str, _Waiting] = {}
        self._route: dict[str, str] = {}
        self._changed: set[str] = set()
        self._places: dict[str, Place] = {}
        self._count = 0

    async def observe(self, now_s: int, observed: Observed) -> None:
        """Takes nothing: the baseline is given the true positions."""

    async def take(self, now_s: int, news: News) -> None:
        """Takes calls, cancellations, sick leaves and finished visits."""
        self._finish(news.progress)
        for name in news.sick:
            call_id = self._route.get(name, "")
            if call_id and not self._is_at_site(call_id):
                self._give_back(name)
        for call_id in news.cancelled:
            self._forget(call_id)
        for call in news.calls:
            up_s = max(call.request_s, call.window[0] - WINDOW_LEAD_S) if call.window else call.request_s
            self._count += 1
            heapq.heappush(self._later, _Waiting(up_s, self._count, call))

    async def settle(self, now_s: int) -> set[str]:
        """Gives each waiting call, in order, to the nearest who can take it now."""
        while self._later and self._later[0].up_s <= now_s:
            heapq.heappush(self._queue, heapq.heappop(self._later))
        self._places.clear()
        free: dict[str, list[TechnicianSpec]] = {}
        waiting: list[_Waiting] = []
        for entry in sorted(self._queue):
            service_id = entry.call.service_id
            if service_id not in free:
                free[service_id] = [spec for spec in self._qualified[service_id] if self._is_free(spec)]
            if now_s > entry.call.latest_start_s:
                self._ledger.visits[entry.call.call_id].unserved_reason = "nobody free in time"
            elif chosen := self._nearest(now_s, entry, free[service_id]):
                self._give(chosen.technician_id, entry)
                for specs in free.values():
                    if chosen in specs:
                        specs.remove(chosen)
            else:
                waiting.append(entry)
        self._queue = waiting
        changed, self._changed = self._changed, set()
        return changed

    def orders(self, technician_id: str) -> Sequence[Order]:
        """Returns the one visit a technician is on, if any; it is left for at once."""
        call_id = self._route.get(technician_id)
        return (Order(call_id, 0.0),) if call_id else ()

    async def confirm(self, now_s: int, progress: Sequence[Progress]) -> None:
        """Takes refusals: the call goes back to its place in the queue, and never to the same technician."""
        for step in progress:
            if step.step is Step.DECLINE:
                self._taken[step.call_id].refused_by.add(step.technician_id)
                self._give_back(step.technician_id)

    def _finish(self, progress: Sequence[Progress]) -> None:
        for step in progress:
            if step.step is Step.COMPLETE:
                self._route.pop(step.technician_id, None)
                self._taken.pop(step.call_id, None)
                self._changed.add(step.technician_id)

    def _is_free(self, spec: TechnicianSpec) -> bool:
        return spec.technician_id not in self._route and self._fleet.is_free(spec.technician_id)

    def _is_at_site(self, call_id: str) -> bool:
        return self._ledger.visits[call_id].arrived_s is not None

    def _nearest(self, now_s: int, entry: _Waiting, free: Sequence[TechnicianSpec]) -> TechnicianSpec | None:
        """Returns the nearest of `free` who may and can take the call; ties go by the order of hiring."""
        call, travel = entry.call, self._day.travel
        seconds_per_m = travel.detour_factor / travel.speed_mps_by_hour[travel.local_hour(now_s)]
        spare_s = now_s + travel.fixed_leg_s + call.duration_s
        near: list[tuple[float, int]] = []
        for index, spec in enumerate(free):
            if spec.shift_end_s < spare_s:
                continue
            distance_m = straight_m(self._place(spec.technician_id, now_s), call.place)
            if spare_s + distance_m * seconds_per_m <= spec.shift_end_s:
                near.append((distance_m, index))
        for _, index in sorted(near):
            spec = free[index]
            if spec.technician_id not in entry.refused_by and self._fits(now_s, call, spec):
                return spec
        return None

    def _place(self, technician_id: str, now_s: int) -> Place:
        """Returns where a technician is, asking once a step."""
        place = self._places.get(technician_id)
        if place is None:
            place = self._places[technician_id] = self._fleet.place(technician_id, now_s)
        return place

    def _fits(self, now_s: int, call: Call, spec: TechnicianSpec) -> bool:
        travel = self._day.travel
        arrive_s = now_s + travel.leg(self._place(spec.technician_id, now_s), call.place, now_s).duration_s
        end_s = max(arrive_s, call.earliest_start_s) + call.duration_s
        home_s = travel.leg(call.place, spec.end_place, end_s).duration_s if spec.end_place else 0.0
        return (
            arrive_s <= call.latest_start_s
            and end_s + home_s <= spec.shift_end_s
            and spec.holds(self._day.services[call.service_id], end_s)
        )

    def _give(self, technician_id: str, entry: _Waiting) -> None:
        self._route[technician_id] = entry.call.call_id
        self._taken[entry.call.call_id] = entry
        self._changed.add(technician_id)

    def _give_back(self, technician_id: str) -> None:
        call_id = self._route.pop(technician_id)
        heapq.heappush(self._queue, self._taken.pop(call_id))
        self._changed.add(technician_id)

    def _forget(self, call_id: str) -> None:
        self._queue = [entry for entry in self._queue if entry.call.call_id != call_id]
        self._later = [entry for entry in self._later if entry.call.call_id != call_id]
        heapq.heapify(self._later)
        for name in [name for name, taken in self._route.items() if taken == call_id]:
            del self._route[name]
            self._changed.add(name)
        self._taken.pop(call_id, None)
