"""How a technician without a visit follows a recorded trace, leaves it, and meets it again.

Policy: after a visit the technician stays at the site until the recorded trace passes within `REJOIN_M`, and goes on
with it from there. The metres to the trace count as repositioning, those along it as roaming.
"""

from collections.abc import Sequence

from pydispatch_cli.simulate.travel import Place, straight_m
from pydispatch_cli.simulate.world import TracePoint

REJOIN_M = 400.0


class Roaming:
    """One technician's recorded trace and whether it is being followed."""

    def __init__(self, trace: Sequence[TracePoint]) -> None:
        self.is_following = True
        self.place: Place | None = None
        self._trace = trace
        self._next = 0
        self._roamed_m = 0.0
        self._rejoined_m = 0.0

    def advance(self, now_s: float, parked: Place | None) -> list[TracePoint]:
        """Moves to `now_s` and returns the points passed meanwhile.

        Args:
            now_s: Epoch seconds, not before those of the last call.
            parked: Where a technician waits who may join the trace when it passes, None when there is none.
        """
        begin = self._next
        while self._next < len(self._trace) and self._trace[self._next].at_s <= now_s:
            point = self._trace[self._next]
            self._next += 1
            if point.is_plausible:
                self._pass(point.place, parked)
        return list(self._trace[begin : self._next])

    def leave(self) -> None:
        """Leaves the trace for a visit or a break."""
        self.is_following = False

    def take_roamed_m(self) -> float:
        """Returns the metres along the trace since this was last asked."""
        metres, self._roamed_m = self._roamed_m, 0.0
        return metres

    def take_rejoined_m(self) -> float:
        """Returns the metres driven back to the trace since this was last asked."""
        metres, self._rejoined_m = self._rejoined_m, 0.0
        return metres

    def _pass(self, place: Place, parked: Place | None) -> None:
        if self.is_following:
            if self.place is not None and parked is not None:
                self._roamed_m += straight_m(self.place, place)
            self.place = place
        elif parked is not None and straight_m(parked, place) <= REJOIN_M:
            self.is_following = True
            self._rejoined_m += straight_m(parked, place)
            self.place = place
