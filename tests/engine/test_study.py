"""A study improves a copy of the plan; what still stands of it is adopted by a command."""

from __future__ import annotations

import pytest
from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb
from pydispatch_protos.dispatch.v1 import types_pb2 as types

from pydispatch import InvalidRequest
from tests.engine.city import HOUR_S, NOW_MS, City, place, technician, visit, window

EAST, WEST = place(east_m=9_000), place(east_m=-9_000)


def study(city: City, **fields: int) -> bytes:
    """Has a part of the plan studied."""
    request = epb.StudyRequest(**{"seed": 1, "iterations": 2_000, "budget_ms": 60_000, "max_moves": 100, **fields})
    return city.engine.study(request.SerializeToString(), NOW_MS)


@pytest.fixture
def crossed() -> City:
    """Two technicians at opposite ends of the city, each with a day full of visits at the other's end."""
    city = City()
    city.put(technician("east", EAST), technician("west", WEST))
    for side, where in (("east", WEST), ("west", EAST)):
        city.apply(
            set_availability={
                "name": f"regions/sf/technicians/{'west' if side == 'east' else 'east'}",
                "availability": types.AVAILABILITY_STATE_PAUSED,
            }
        )
        for number in range(4):
            opens_s = (2 + number) * HOUR_S
            made = visit(f"{side}-{number}", where, start_windows=[window(opens_s, opens_s + 1_800)])
            made.ClearField("due_time")
            city.add(made)
        city.apply(
            set_availability={
                "name": f"regions/sf/technicians/{'west' if side == 'east' else 'east'}",
                "availability": types.AVAILABILITY_STATE_AVAILABLE,
            }
        )
    return city


def holders(city: City) -> dict[str, str]:
    """Says who has which visit."""
    return {
        stop.visit.rpartition("/")[2]: route.technician.rpartition("/")[2]
        for route in city.plan().routes
        for stop in route.stops
    }


def test_two_days_are_exchanged(crossed: City) -> None:
    before = holders(crossed)
    found = epb.AdoptOrders.FromString(study(crossed))
    assert holders(crossed) == before, "a study changes nothing"
    changes = crossed.apply(adopt_orders=found)
    assert {change.kind for change in changes.values()} == {epb.CHANGE_KIND_MOVED}
    assert holders(crossed) == {visit_id: {"east": "west", "west": "east"}[had] for visit_id, had in before.items()}
    assert not crossed.check().violations


def test_orders_of_a_route_that_has_changed_meanwhile_are_left_alone(crossed: City) -> None:
    found = epb.AdoptOrders.FromString(study(crossed))
    crossed.apply(cancel_visit_id="east-0")
    before = holders(crossed)
    assert crossed.apply(adopt_orders=found) == {}
    assert holders(crossed) == before


def test_no_more_visits_move_than_may(crossed: City) -> None:
    assert study(crossed, max_moves=0) == b""


def test_a_bad_request_is_refused_with_every_field(crossed: City) -> None:
    with pytest.raises(InvalidRequest) as refused:
        study(crossed, iterations=0, budget_ms=60_001, max_moves=-1)
    assert {violation.field for violation in refused.value.violations} == {"iterations", "budget_ms", "max_moves"}
