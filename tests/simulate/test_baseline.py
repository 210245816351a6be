"""Nearest free, first come: small days worked out by hand. Steps are 10 s, speed is 10 m/s, an answer takes 10 s."""

from __future__ import annotations

import pytest
from pydispatch_cli.simulate.baseline import WINDOW_LEAD_S, NearestFree
from pydispatch_cli.simulate.ledger import Ledger, Outcome
from pydispatch_cli.simulate.world import Day, ServiceSpec, Sickness

from tests.simulate.makers import HOUR_S, START_S, call, day, run_of, technician


async def play(of_day: Day) -> Ledger:
    run = run_of(of_day)
    return await run.play(NearestFree(of_day, run.fleet, run.ledger))


async def test_the_nearest_free_technician_goes_at_once() -> None:
    ledger = await play(day([technician("far", 5000), technician("near", 1000)], [call("a", 0, after_s=100)]))

    visit = ledger.visits["a"]
    assert visit.technician_id == "near"
    assert visit.accepted_s == START_S + 110
    assert visit.departed_s == START_S + 110
    assert visit.arrived_s == pytest.approx(START_S + 210, abs=1)
    assert visit.completed_s == pytest.approx(START_S + 810, abs=1)


async def test_calls_wait_their_turn_even_when_a_later_one_is_nearer() -> None:
    calls = [call("first", 0, 100), call("second", 9000, 110), call("third", 10, 120)]
    ledger = await play(day([technician("only")], calls))

    assert [ledger.visits[name].technician_id for name in ("first", "second", "third")] == ["only"] * 3
    assert ledger.visits["first"].completed_s < ledger.visits["second"].departed_s
    assert ledger.visits["second"].completed_s < ledger.visits["third"].departed_s


async def test_skill_level_and_certificate_are_hard() -> None:
    gas = ServiceSpec("gas", "Gas", {"repair": 3}, ("gas-safe",), 600)
    crew = [
        technician("low", 0, skills={"repair": 2}, certificates={"gas-safe": None}),
        technician("expired", 10, certificates={"gas-safe": START_S - 1}),
        technician("expires-during-the-visit", 20, certificates={"gas-safe": START_S + 600}),
        technician("good", 20_000, certificates={"gas-safe": START_S + HOUR_S * 9}),
    ]
    ledger = await play(day(crew, [call("a", 0, 100, service=gas)], services=(gas,)))

    assert ledger.visits["a"].technician_id == "good"


async def test_nobody_is_sent_who_could_not_finish_in_the_shift() -> None:
    short = technician("short", 0, shift_end_s=START_S + 650)
    ledger = await play(day([short, technician("long", 8000)], [call("a", 0, 100)]))

    assert ledger.visits["a"].technician_id == "long"


async def test_a_call_nobody_can_take_in_time_stays_undone_with_a_reason() -> None:
    ledger = await play(day([technician("other", skills={"cleaning": 5})], [call("a", 0, 100)]))

    assert ledger.visits["a"].outcome is Outcome.UNSERVED
    assert ledger.visits["a"].unserved_reason == "nobody free in time"


async def test_a_window_comes_up_half_an_hour_before_it_opens() -> None:
    window = (START_S + 2 * HOUR_S, START_S + 3 * HOUR_S)
    ledger = await play(day([technician("only", 1000)], [call("a", 0, 0, window=window)]))

    visit = ledger.visits["a"]
    assert visit.departed_s == window[0] - WINDOW_LEAD_S + 10
    assert visit.started_s == window[0]
    assert ledger.technicians["only"].waiting_s == pytest.approx(WINDOW_LEAD_S - 10 - 100, abs=1)


async def test_a_cancelled_drive_is_abandoned_and_counted() -> None:
    ledger = await play(day([technician("only", 5000)], [call("a", 0, 100, cancel_s=START_S + 310)]))

    assert ledger.visits["a"].outcome is Outcome.CANCELLED
    assert ledger.technicians["only"].abandoned_m == pytest.approx(2000, abs=1)
    assert ledger.technicians["only"].serving_m == 0


async def test_sick_leave_gives_the_call_back_to_the_queue() -> None:
    crew = [technician("ill", 3000), technician("healthy", 9000)]
    ledger = await play(day(crew, [call("a", 0, 100)], sick=(Sickness("ill", START_S + 200),)))

    assert ledger.visits["a"].technician_id == "healthy"
    assert ledger.visits["a"].outcome is Outcome.COMPLETED
    assert ledger.technicians["ill"].paid_s == 200
    assert ledger.technicians["ill"].abandoned_m > 0
