"""The bodies: how technicians drive, wait, work, pause and answer. Physics only; where to go is decided elsewhere.

Physical changes (arriving, finishing) happen at their exact second. Decisions (answering, leaving) happen at the steps
of the simulation, on the orders as they stand then: nobody acts on a plan that has changed meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from math import inf
from typing import NamedTuple

from pydispatch_cli.simulate.ledger import Progress, Step, TechnicianRecord
from pydispatch_cli.simulate.roaming import Roaming
from pydispatch_cli.simulate.travel import Leg, Place, between
from pydispatch_cli.simulate.truth import Truth
from pydispatch_cli.simulate.world import Call, TechnicianSpec

LATE_NOTICE_S = 900
"""A technician tells about an overrun of at least this."""


class Activity(Enum):
    """What a technician is doing."""

    OFF = 0
    FREE = 1
    DRIVING = 2
    WAITING = 3
    WORKING = 4
    PAUSING = 5
    RETURNING = 6


class Order(NamedTuple):
    """A visit a technician is to make, and the second before which there is no point in leaving for it."""

    call_id: str
    depart_s: float


class LateNotice(NamedTuple):
    """A technician says that the visit under way will take `delay_s` longer than planned."""

    call_id: str
    delay_s: int


class Body:
    """One technician in the flesh."""

    def __init__(self, spec: TechnicianSpec, truth: Truth, calls: Mapping[str, Call], record: TechnicianRecord) -> None:
        self.spec = spec
        self.record = record
        self.activity = Activity.OFF
        self.is_sick = False
        self.call: Call | None = None
        self.roaming = Roaming(spec.trace) if spec.trace else None
        self._truth = truth
        self._calls = calls
        self._place = spec.home
        self._target = spec.home
        self._leg = Leg(0.0, 0.0)
        self._since_s: float = spec.shift_start_s
        self._until_s: float = spec.shift_start_s
        self._answers: dict[str, float] = {}
        self._accepted: set[str] = set()
        self._declined: set[str] = set()
        self._needs_break = spec.break_spec is not None
        self._notice_at_s = inf

    # Reading

    @property
    def is_on_shift(self) -> bool:
        """Tells whether the technician is at work and not on the way home."""
        return self.activity not in (Activity.OFF, Activity.RETURNING)

    def place(self, now_s: float) -> Place:
        """Returns where the technician is."""
        if self.activity in (Activity.DRIVING, Activity.RETURNING):
            fraction = (now_s - self._since_s) / self._leg.duration_s if self._leg.duration_s else 1.0
            return between(self._place, self._target, min(1.0, fraction))
        if self.activity is Activity.FREE and self.roaming and self.roaming.is_following:
            return self.roaming.place or self._place
        return self._place

    def next_wake_s(self, now_s: float, orders: Sequence[Order]) -> float:
        """Returns the next second at which something may happen without a change of orders; inf for never."""
        times = [self._until_s, self._notice_at_s, *self._answers.values()]
        if self.activity is Activity.FREE:
            times.append(self._leave_for_home_s(now_s))
            times.extend(order.depart_s for order in orders[:1])
            if self._needs_break and self.spec.break_spec:
                times.append(self.spec.break_spec.earliest_s)
        return min((at_s for at_s in times if at_s > now_s), default=inf)

    # Physics

    def advance(self, now_s: float) -> Iterator[Progress]:
        """Lets everything physical happen that is due by `now_s`."""
        while self._until_s <= now_s:
            at_s = self._until_s
            match self.activity:
                case Activity.OFF:
                    self._become(Activity.FREE if not self.is_sick else Activity.OFF, at_s, inf)
                case Activity.DRIVING:
                    yield from self._arrive(at_s)
                case Activity.WAITING:
                    self.record.waiting_s += at_s - self._since_s
                    yield from self._start(at_s)
                case Activity.WORKING:
                    yield from self._complete(at_s)
                case Activity.PAUSING:
                    self.record.break_s += at_s - self._since_s
                    self._become(Activity.FREE, at_s, inf)
                case Activity.RETURNING:
                    self._place = self._target
                    self.record.returning_m += self._leg.distance_m
                    self._become(Activity.OFF, at_s, inf)
                case Activity.FREE:
                    self._until_s = inf

    def advance_trace(self, since_s: float, now_s: float) -> list[tuple[float, Place]]:
        """Moves along the recorded trace and returns the raw positions to report, outliers among them."""
        if self.roaming is None:
            return []
        is_free = self.activity is Activity.FREE
        passed = self.roaming.advance(now_s, self._place if is_free else None)
        if self.roaming.is_following and is_free:
            self.record.roaming_m += self.roaming.take_roamed_m()
            self.record.repositioning_m += self.roaming.take_rejoined_m()
            return [(point.at_s, point.place) for point in passed if point.at_s > since_s]
        return []

    def fall_ill(self, now_s: float) -> str:
        """Sends the technician home sick, after work begun; returns the call left undone, empty for none."""
        self.is_sick = True
        undone = ""
        if self.activity is Activity.DRIVING and self.call:
            undone = self.call.call_id
            self.abandon(now_s)
        if self.activity in (Activity.FREE, Activity.OFF, Activity.PAUSING):
            self.record.paid_s = max(0.0, now_s - self.spec.shift_start_s)
            self._stop_roaming(now_s)
            self._become(Activity.OFF, now_s, inf)
        self._answers.clear()
        return undone

    def abandon(self, now_s: float) -> None:
        """Breaks off the drive to a visit that is cancelled or given to somebody else."""
        here = self.place(now_s)
        fraction = min(1.0, (now_s - self._since_s) / self._leg.duration_s) if self._leg.duration_s else 1.0
        self.record.abandoned_m += self._leg.distance_m * fraction
        self.record.abandoned_travel_s += now_s - self._since_s
        self._place = here
        self.call = None
        self._become(Activity.FREE, now_s, inf)

    def _arrive(self, at_s: float) -> Iterator[Progress]:
        call = self._current()
        self._place = call.place
        self.record.serving_travel_s += self._leg.duration_s
        self.record.serving_m += self._leg.distance_m
        yield Progress(at_s, self.spec.technician_id, call.call_id, Step.ARRIVE)
        if at_s < call.earliest_start_s:
            self._become(Activity.WAITING, at_s, call.earliest_start_s)
        else:
            yield from self._start(at_s)

    def _start(self, at_s: float) -> Iterator[Progress]:
        call = self._current()
        yield Progress(at_s, self.spec.technician_id, call.call_id, Step.START)
        service_s = self._truth.service_s(call)
        if service_s - call.duration_s >= LATE_NOTICE_S:
            self._notice_at_s = at_s + call.duration_s
        self._become(Activity.WORKING, at_s, at_s + service_s)

    def _complete(self, at_s: float) -> Iterator[Progress]:
        call = self._current()
        self.record.service_s += at_s - self._since_s
        yield Progress(at_s, self.spec.technician_id, call.call_id, Step.COMPLETE)
        self.call = None
        self._notice_at_s = inf
        self.record.paid_s = max(self.record.paid_s, at_s - self.spec.shift_start_s)
        self._become(Activity.OFF if self.is_sick else Activity.FREE, at_s, inf)

    # Decisions

    def late_notice(self, now_s: float) -> LateNotice | None:
        """Returns what the technician has to say about an overrun, once a visit."""
        if now_s < self._notice_at_s or self.call is None:
            return None
        delay_s = self._until_s - self._notice_at_s
        self._notice_at_s = inf
        return LateNotice(self.call.call_id, max(1, round(delay_s)))

    def decide(self, now_s: float, orders: Sequence[Order]) -> Iterator[Progress]:
        """Answers, leaves, pauses or goes home, on the orders as they stand."""
        if self.activity is Activity.DRIVING and self._current().call_id not in {order.call_id for order in orders}:
            self.abandon(now_s)
        if not self.is_on_shift or self.is_sick:
            return
        yield from self._answer(now_s, orders)
        if self.activity is not Activity.FREE or self._pause(now_s):
            return
        if not orders:
            if now_s >= self._leave_for_home_s(now_s):
                self._go_home(now_s)
        elif orders[0].call_id in self._accepted and now_s >= orders[0].depart_s:
            yield self._depart(now_s, self._calls[orders[0].call_id])

    def _answer(self, now_s: float, orders: Sequence[Order]) -> Iterator[Progress]:
        wanted = {order.call_id for order in orders}
        self._accepted &= wanted
        self._answers = {call_id: at_s for call_id, at_s in self._answers.items() if call_id in wanted}
        name = self.spec.technician_id
        for order in orders:
            if order.call_id not in self._accepted and order.call_id not in self._answers:
                self._answers[order.call_id] = now_s + self._truth.answer_delay_s(name, order.call_id)
        for call_id in [call_id for call_id, at_s in self._answers.items() if at_s <= now_s]:
            del self._answers[call_id]
            if self._truth.declines(name, call_id) and call_id not in self._declined:
                self._declined.add(call_id)
                yield Progress(now_s, name, call_id, Step.DECLINE)
            else:
                self._accepted.add(call_id)
                yield Progress(now_s, name, call_id, Step.ACCEPT)

    def _pause(self, now_s: float) -> bool:
        """Takes the break at once when its window is open, as everybody plans it."""
        pause = self.spec.break_spec
        if pause is None or not self._needs_break:
            return False
        if now_s < pause.earliest_s or now_s + pause.duration_s > self.spec.shift_end_s:
            return False
        self._needs_break = False
        self._stop_roaming(now_s)
        self._become(Activity.PAUSING, now_s, now_s + pause.duration_s)
        return True

    def _depart(self, now_s: float, call: Call) -> Progress:
        self._stop_roaming(now_s)
        self.call = call
        self._target = call.place
        self._leg = self._truth.drive(self.spec.technician_id, call, self._place, now_s)
        self._become(Activity.DRIVING, now_s, now_s + self._leg.duration_s)
        return Progress(now_s, self.spec.technician_id, call.call_id, Step.DEPART)

    def _go_home(self, now_s: float) -> None:
        self._stop_roaming(now_s)
        if self.spec.end_place is None:
            self._become(Activity.OFF, now_s, inf)
            return
        self._target = self.spec.end_place
        self._leg = self._truth.travel.leg(self._place, self._target, now_s)
        self._become(Activity.RETURNING, now_s, now_s + self._leg.duration_s)

    def _leave_for_home_s(self, now_s: float) -> float:
        if self.spec.end_place is None:
            return self.spec.shift_end_s
        return self.spec.shift_end_s - self._truth.travel.leg(self._place, self.spec.end_place, now_s).duration_s

    # Small things

    def _current(self) -> Call:
        assert self.call is not None, "Invariant: driving, waiting and working are about a call"  # noqa: S101
        return self.call

    def _become(self, activity: Activity, at_s: float, until_s: float) -> None:
        self.activity, self._since_s, self._until_s = activity, at_s, until_s

    def _stop_roaming(self, now_s: float) -> None:
        if self.roaming:
            self._place = self.place(now_s)
            self.roaming.leave()
