"""The synthetic city: the same from the same seed, and as rich as promised."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pydispatch_cli.simulate.city import GAS, CitySettings, build_city
from pydispatch_cli.simulate.travel import straight_m
from pydispatch_cli.simulate.world import Priority

SMALL = CitySettings(technicians=300, batch_visits=40)


def test_the_same_seed_gives_the_same_city() -> None:
    assert build_city(SMALL) == build_city(SMALL)


def test_another_seed_gives_another_city() -> None:
    assert build_city(SMALL).calls != build_city(CitySettings(technicians=300, batch_visits=40, seed=2)).calls


def test_the_default_city_has_two_thousand_technicians_and_a_batch_of_three_hundred() -> None:
    city = build_city(CitySettings())

    assert len(city.technicians) == 2000
    assert sum(call.batch_id == "enterprise" for call in city.calls) == 300
    assert len({call.call_id for call in city.calls}) == len(city.calls)


def test_calls_come_in_order_inside_the_day_and_promise_what_they_may() -> None:
    city = build_city(SMALL)

    assert all(earlier.request_s <= later.request_s for earlier, later in pairwise(city.calls))
    for call in city.calls:
        assert city.start_s <= call.request_s < city.end_s
        assert call.earliest_start_s <= call.latest_start_s
        assert call.due_s <= call.latest_start_s
        assert straight_m(call.place, city.center) < 50_000
        assert call.service_id in city.services


def test_life_is_in_it() -> None:
    city = build_city(CitySettings(technicians=1000))
    gas = [spec.certificates[GAS] for spec in city.technicians if GAS in spec.certificates]
    shifts = {spec.technician_id: spec for spec in city.technicians}

    assert any(valid_s is not None and valid_s < city.start_s for valid_s in gas)
    assert any(spec.shift_start_s < (spec.certificates.get(GAS) or 0) < spec.shift_end_s for spec in city.technicians)
    assert {call.priority for call in city.calls} == set(Priority)
    assert any(call.cancel_s for call in city.calls)
    assert any(call.window for call in city.calls)
    assert any(call.window is None for call in city.calls)
    assert any(spec.silences for spec in city.technicians)
    assert city.sicknesses
    for sickness in city.sicknesses:
        spec = shifts[sickness.technician_id]
        assert spec.shift_start_s <= sickness.at_s <= spec.shift_end_s


@pytest.mark.parametrize("hours", [(8, 12), (8, 9), (0, 3), (0, 24), (22, 24)])
def test_a_city_of_any_hours_keeps_to_them(hours: tuple[int, int]) -> None:
    city = build_city(CitySettings(technicians=60, hours=hours, batch_visits=5))

    assert all(spec.shift_start_s < spec.shift_end_s <= city.end_s for spec in city.technicians)
    assert all(call.request_s < city.end_s for call in city.calls)
