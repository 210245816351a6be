"""One run of one day with one dispatcher, in equal steps of simulated time.

A step to time t:

1. the dispatcher's clock moves to t and takes the positions up to t;
2. what happened up to t is told: arrivals, begins and ends of work, overruns, sick leaves, cancellations, calls;
3. the dispatcher settles its orders;
4. on these orders technicians answer, leave, pause or go home at t, and that is told as well.

So nobody acts on orders that change in the same instant, and two dispatchers meet exactly the same world.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from pydispatch_cli.simulate.dispatcher import Dispatcher, News
from pydispatch_cli.simulate.feed import Feed
from pydispatch_cli.simulate.fleet import Fleet
from pydispatch_cli.simulate.ledger import Ledger
from pydispatch_cli.simulate.truth import Truth, TruthSettings
from pydispatch_cli.simulate.world import Call, Day


@dataclass(slots=True)
class Run:
    """One day under one dispatcher: the world's side of it."""

    day: Day
    step_s: int
    ledger: Ledger
    fleet: Fleet
    feed: Feed
    now_s: int
    disruption_count: int = 0
    _next_call: int = 0
    _next_sick: int = 0
    _cancellations: list[Call] = field(default_factory=list)

    @classmethod
    def of(cls, day: Day, step_s: int, truth: TruthSettings | None = None) -> "Run":
        """Sets up the world of a day before its first second."""
        ledger = Ledger.of(day)
        fleet = Fleet(day, Truth(day.seed, day.travel, truth or TruthSettings()), ledger)
        cancellations = sorted(
            (call for call in day.calls if call.cancel_s is not None), key=lambda call: call.cancel_s or 0, reverse=True
        )
        return cls(day, step_s, ledger, fleet, Feed(fleet, step_s), day.start_s, 0, 0, 0, cancellations)

    async def play(self, dispatcher: Dispatcher, on_step: Callable[["Run"], None] | None = None) -> Ledger:
        """Plays the day to its end and returns what happened."""
        while self.now_s < self.day.end_s and not self._is_over():
            self.now_s += self.step_s
            await self._step(dispatcher)
            if on_step:
                on_step(self)
        return self.ledger

    async def _step(self, dispatcher: Dispatcher) -> None:
        now_s = self.now_s
        progress = self.fleet.advance(now_s)
        self.ledger.apply(progress)
        await dispatcher.observe(now_s, self.feed.observe(now_s))
        news = News(
            progress=progress,
            late=self.fleet.late_notices(now_s),
            sick=self._sick(),
            cancelled=self._cancelled(),
            calls=self._calls(),
        )
        self.disruption_count += len(news.late) + len(news.sick) + len(news.cancelled)
        await dispatcher.take(now_s, news)
        changed = await dispatcher.settle(now_s)
        decided = self.fleet.decide(now_s, changed, dispatcher.orders)
        self.ledger.apply(decided)
        await dispatcher.confirm(now_s, decided)

    def _sick(self) -> list[str]:
        names: list[str] = []
        while self._next_sick < len(self.day.sicknesses) and self.day.sicknesses[self._next_sick].at_s <= self.now_s:
            names.append(self.day.sicknesses[self._next_sick].technician_id)
            self.fleet.fall_ill(names[-1], self.now_s)
            self._next_sick += 1
        return names

    def _cancelled(self) -> list[str]:
        cancelled: list[str] = []
        while self._cancellations and (self._cancellations[-1].cancel_s or 0) <= self.now_s:
            call = self._cancellations.pop()
            record = self.ledger.visits[call.call_id]
            if record.arrived_s is None and call.request_s <= self.now_s - self.step_s:
                self.ledger.cancel(call.call_id, self.now_s)
                cancelled.append(call.call_id)
        return cancelled

    def _calls(self) -> list[Call]:
        begin = self._next_call
        while self._next_call < len(self.day.calls) and self.day.calls[self._next_call].request_s <= self.now_s:
            self._next_call += 1
        return list(self.day.calls[begin : self._next_call])

    def _is_over(self) -> bool:
        return self._next_call == len(self.day.calls) and self.now_s > self.day.start_s and self._everybody_is_home()

    def _everybody_is_home(self) -> bool:
        return all(spec.shift_end_s <= self.now_s for spec in self.day.technicians) and self.fleet.is_quiet()
