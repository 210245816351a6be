"""All technicians of a run; wakes each body only when something may happen to it."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf

from pydispatch_cli.simulate.ledger import Ledger, Progress, Step
from pydispatch_cli.simulate.technicians import Activity, Body, LateNotice, Order
from pydispatch_cli.simulate.travel import Place
from pydispatch_cli.simulate.truth import Truth
from pydispatch_cli.simulate.world import Day

_PHASE = {Step.ACCEPT: 0, Step.DEPART: 1, Step.ARRIVE: 2, Step.START: 3, Step.COMPLETE: 4, Step.DECLINE: 5}


class Fleet:
    """The bodies of one run."""

    def __init__(self, day: Day, truth: Truth, ledger: Ledger) -> None:
        calls = {call.call_id: call for call in day.calls}
        self.bodies: dict[str, Body] = {
            spec.technician_id: Body(spec, truth, calls, ledger.technicians[spec.technician_id])
            for spec in day.technicians
        }
        self._roamers = [body for body in self.bodies.values() if body.roaming]
        self._order = {name: index for index, name in enumerate(self.bodies)}
        self._wakes: list[tuple[float, int, str]] = []
        self._awake: set[str] = set()
        for spec in day.technicians:
            self._wake_at(spec.shift_start_s, spec.technician_id)

    def advance(self, now_s: float) -> list[Progress]:
        """Lets everything physical happen that is due, and returns the steps of visits ordered by time."""
        while self._wakes and self._wakes[0][0] <= now_s:
            self._awake.add(heapq.heappop(self._wakes)[2])
        progress = [step for name in self._in_order(self._awake) for step in self.bodies[name].advance(now_s)]
        return sorted(progress, key=lambda step: step.at_s)

    def advance_traces(self, since_s: float, now_s: float) -> Mapping[str, list[tuple[float, Place]]]:
        """Moves those who follow a recorded trace; returns the raw positions to report of each technician."""
        passed = {body.spec.technician_id: body.advance_trace(since_s, now_s) for body in self._roamers}
        return {name: points for name, points in passed.items() if points}

    def late_notices(self, now_s: float) -> list[LateNotice]:
        """Returns what technicians have to say about overruns."""
        notices = [self.bodies[name].late_notice(now_s) for name in self._in_order(self._awake)]
        return [notice for notice in notices if notice]

    def decide(self, now_s: float, changed: Iterable[str], orders: Callable[[str], Sequence[Order]]) -> list[Progress]:
        """Lets those answer, leave, pause or go home for whom something has changed or is due.

        Returns:
            Steps in an order in which they can be reported: refusals last, as they may move the visits of others.
        """
        self._awake.update(changed)
        progress: list[Progress] = []
        for name in self._in_order(self._awake):
            body, route = self.bodies[name], orders(name)
            progress.extend(body.decide(now_s, route))
            self._wake_at(body.next_wake_s(now_s, route), name)
        self._awake.clear()
        return sorted(progress, key=lambda step: _PHASE[step.step])

    def fall_ill(self, technician_id: str, now_s: float) -> str:
        """Sends a technician home sick; returns the call left undone on the way to it, empty for none."""
        self._awake.add(technician_id)
        return self.bodies[technician_id].fall_ill(now_s)

    def place(self, technician_id: str, now_s: float) -> Place:
        """Returns where a technician is."""
        return self.bodies[technician_id].place(now_s)

    def is_free(self, technician_id: str) -> bool:
        """Tells whether a technician is at work with nothing to do."""
        body = self.bodies[technician_id]
        return body.activity is Activity.FREE and not body.is_sick

    def is_quiet(self) -> bool:
        """Tells whether everybody has gone home."""
        return all(body.activity is Activity.OFF for body in self.bodies.values())

    def _wake_at(self, at_s: float, name: str) -> None:
        if at_s < inf:
            heapq.heappush(self._wakes, (at_s, self._order[name], name))

    def _in_order(self, names: Iterable[str]) -> list[str]:
        return sorted(names, key=self._order.__getitem__)
