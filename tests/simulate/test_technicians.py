"""The bodies: what a technician does on orders, at which second. Speed is 10 m/s, an answer takes 10 s."""

from __future__ import annotations

import pytest
from pydispatch_cli.simulate.ledger import Progress, Step
from pydispatch_cli.simulate.technicians import Activity, Order
from pydispatch_cli.simulate.truth import Truth, TruthSettings
from pydispatch_cli.simulate.world import BreakSpec, Day

from tests.simulate.makers import HOUR_S, START_S, call, day, east, run_of, technician


class Scripted:
    """A dispatcher that reads its orders from a script: second -> technician -> orders."""

    def __init__(self, script: dict[int, dict[str, list[Order]]]) -> None:
        self.script = script
        self.current: dict[str, list[Order]] = {}
        self.progress: list[Progress] = []
        self.late: list[tuple[int, int]] = []

    async def observe(self, now_s, observed) -> None:
        pass

    async def take(self, now_s, news) -> None:
        self.progress += news.progress
        self.late += [(now_s - START_S, notice.delay_s) for notice in news.late]
        for step in news.progress:
            if step.step is Step.COMPLETE:
                self.current[step.technician_id] = self.current[step.technician_id][1:]

    async def settle(self, now_s) -> set[str]:
        orders = self.script.get(now_s - START_S, {})
        self.current.update(orders)
        return set(orders)

    def orders(self, technician_id) -> list[Order]:
        return self.current.get(technician_id, [])

    async def confirm(self, now_s, progress) -> None:
        self.progress += progress

    def steps(self) -> list[tuple[int, str, Step]]:
        return [(round(step.at_s - START_S), step.call_id, step.step) for step in self.progress]


async def play(of_day: Day, script: dict[int, dict[str, list[Order]]]) -> tuple[Scripted, object]:
    run, dispatcher = run_of(of_day), Scripted(script)
    return dispatcher, await run.play(dispatcher)


async def test_a_visit_goes_through_all_its_steps_in_order() -> None:
    dispatcher, _ = await play(day([technician("t")], [call("a", 1000)]), {100: {"t": [Order("a", 0)]}})

    assert dispatcher.steps() == [
        (110, "a", Step.ACCEPT),
        (110, "a", Step.DEPART),
        (210, "a", Step.ARRIVE),
        (210, "a", Step.START),
        (810, "a", Step.COMPLETE),
    ]


async def test_nobody_leaves_before_it_is_time() -> None:
    orders = [Order("a", START_S + 500)]
    dispatcher, _ = await play(day([technician("t")], [call("a", 1000)]), {100: {"t": orders}})

    assert (500, "a", Step.DEPART) in dispatcher.steps()


async def test_an_order_taken_away_on_the_road_is_abandoned() -> None:
    script = {100: {"t": [Order("a", 0)]}, 150: {"t": []}}
    dispatcher, ledger = await play(day([technician("t")], [call("a", 1000)]), script)

    assert [step for _, _, step in dispatcher.steps()] == [Step.ACCEPT, Step.DEPART]
    assert ledger.technicians["t"].abandoned_m == pytest.approx(400, abs=1)


async def test_an_overrun_is_told_once_when_the_planned_end_has_come() -> None:
    dispatcher, _ = await play(
        day([technician("t")], [call("a", 0, true_duration_s=1500)]), {100: {"t": [Order("a", 0)]}}
    )

    assert dispatcher.late == [(720, 900)]


async def test_a_break_is_taken_once_when_nothing_is_due() -> None:
    pause = BreakSpec(START_S + HOUR_S, START_S + 2 * HOUR_S, 1800)
    _, ledger = await play(day([technician("t", break_spec=pause)], [call("a", 0)]), {})

    assert ledger.technicians["t"].break_s == 1800


async def test_a_break_is_taken_at_once_when_its_window_is_open_between_visits() -> None:
    pause = BreakSpec(START_S + 110, START_S + 300, 1800)
    dispatcher, _ = await play(
        day([technician("t", break_spec=pause)], [call("a", 0), call("b", 0)]),
        {90: {"t": [Order("a", 0), Order("b", 0)]}},
    )

    departs = {name: at for at, name, step in dispatcher.steps() if step is Step.DEPART}
    assert departs["a"] == 100
    assert departs["b"] > 100 + 600 + 1800


async def test_everybody_returns_where_the_shift_ends() -> None:
    of_day = day([technician("t", 0, end_place=east(0))], [call("a", 3000)])
    _, ledger = await play(of_day, {100: {"t": [Order("a", 0)]}})

    assert ledger.technicians["t"].returning_m == pytest.approx(3000, abs=1)
    assert ledger.technicians["t"].paid_s == 8 * HOUR_S


def test_luck_depends_on_names_and_not_on_order() -> None:
    of_day = day([technician("t")], [call("a", 1000), call("b", 1000)])
    truth, again = (Truth(7, of_day.travel, TruthSettings()) for _ in range(2))
    first, second = of_day.calls

    legs = [truth.drive("t", item, east(0), START_S) for item in (first, second)]
    assert legs == [again.drive("t", item, east(0), START_S) for item in (second, first)][::-1]
    assert legs[0] != legs[1]
    assert Truth(8, of_day.travel).drive("t", first, east(0), START_S) != legs[0]


async def test_the_last_technician_ends_the_day() -> None:
    of_day = day([technician("t")], [call("a", 0)])
    run = run_of(of_day)
    await run.play(Scripted({}))

    assert run.fleet.bodies["t"].activity is Activity.OFF
    assert run.now_s < of_day.end_s
