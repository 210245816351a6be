"""Which positions are reported when: recorded ones as they are, others every minute, none where there is no radio."""

from collections.abc import Iterator

from pydispatch_cli.simulate.dispatcher import Observed
from pydispatch_cli.simulate.fleet import Fleet
from pydispatch_cli.simulate.technicians import Activity, Body
from pydispatch_cli.simulate.travel import Place

FIX_INTERVAL_S = 60
"""A technician off the recorded trace reports this often."""

MAX_HELD = 100
"""Most fixes a radio keeps while it is out of reach; older ones are lost."""


class Feed:
    """The radios of a fleet."""

    def __init__(self, fleet: Fleet, step_s: int) -> None:
        self._fleet = fleet
        self._step_s = step_s
        self._groups = max(1, FIX_INTERVAL_S // step_s)
        self._bodies = list(fleet.bodies.items())
        self._held: dict[str, list[tuple[float, Place]]] = {}
        self._turn = 0

    def observe(self, now_s: int) -> Observed:
        """Returns the fixes that arrive in the step that ends at `now_s`."""
        fixes = dict(self._fleet.advance_traces(now_s - self._step_s, now_s))
        for name, body in self._turn_of(now_s):
            if name not in fixes:
                fixes[name] = [(now_s, body.place(now_s))]
        for name, points in list(fixes.items()):
            if self._is_silent(self._fleet.bodies[name], now_s):
                self._held.setdefault(name, []).extend(fixes.pop(name))
                del self._held[name][:-MAX_HELD]
            elif name in self._held:
                fixes[name] = self._held.pop(name) + points
        return Observed(fixes)

    def _turn_of(self, now_s: int) -> Iterator[tuple[str, Body]]:
        """Yields those whose minute it is and who do not report from a recorded trace."""
        self._turn = (self._turn + 1) % self._groups
        for name, body in self._bodies[self._turn :: self._groups]:
            is_on_trace = body.roaming is not None and body.roaming.is_following and body.activity is Activity.FREE
            if body.activity is not Activity.OFF and not is_on_trace:
                yield name, body

    @staticmethod
    def _is_silent(body: Body, now_s: int) -> bool:
        return any(begin_s <= now_s < end_s for begin_s, end_s in body.spec.silences)
