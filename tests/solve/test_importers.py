"""Files come in as they are meant, and what cannot be expressed is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pydispatch.errors import InvalidRequest
from pydispatch.importers import load, read, read_solomon
from pydispatch.problem import Matrix, Plane, Price, Restock, Window

DATA = Path(__file__).resolve().parents[1] / "data" / "solve"


def test_solomon_file_becomes_equal_vehicles_with_distance_costs():
    problem = load(DATA / "five.solomon.txt")
    assert problem.name == "five"
    assert [member.capacity for member in problem.technicians] == [(10,), (10,)]
    assert problem.technicians[0].price == Price(per_distance=1)
    assert problem.technicians[0].back_by == 100_000
    assert len(problem.visits) == 5
    assert problem.visits[3].windows == (Window(20_000, 30_000),)
    assert problem.visits[3].service == 5_000
    assert problem.units == problem.cost_units == 1000


def test_dimacs_convention_cuts_to_one_decimal():
    problem = read_solomon((DATA / "five.solomon.txt").read_text(), "dimacs")
    assert problem.travel == Plane([(0, 0), (3, 4), (6, 8), (-3, 4), (-6, 8), (0, -10)], 10, "down")
    assert problem.units == 10


def test_trsp_file_keeps_skills_tools_parts_and_the_depot():
    problem = load(DATA / "two.trsp.txt")
    assert problem.restock == Restock(0)
    one, two = problem.technicians
    assert (one.start, one.end, one.skills, one.tools, one.parts) == (1, 1, (0,), (0,), (1,))
    assert (two.skills, two.tools, two.parts) == ((0, 1), (), (0,))
    assert one.price == Price(per_span=1)
    assert [visit.name for visit in problem.visits] == ["3", "4", "5", "6"]
    assert problem.visits[2].windows == (Window(50_000, 60_000),)


def test_trsp_matrices_replace_coordinates():
    text = (DATA / "two.trsp.txt").read_text()
    rows = "\n".join(";".join([str(row), *(["1.5"] * 9), ""]) for row in range(9))
    problem = read(f"{text}\nDISTANCES\n{rows}\nTRAVEL TIMES\n{rows}\n")
    assert isinstance(problem.travel, Matrix)
    assert problem.travel.durations == [[1500] * 7] * 7


def test_vroom_file_keeps_prices_windows_and_priorities():
    problem = load(DATA / "three.vroom.json")
    one, two = problem.technicians
    assert (one.name, one.start, one.end, one.skills) == ("7", 0, 0, (1,))
    assert (two.end, two.max_visits) == (None, 1)
    per_second = one.price.per_travel
    assert two.price == Price(fixed=50 * problem.cost_units, per_travel=2 * per_second)
    assert per_second == problem.cost_units
    first, second, third = problem.visits
    assert second.windows == (Window(0, 50), Window(300, 400))
    assert first.prize is not None
    assert third.prize == 6 * first.prize


def test_lilim_file_with_pairs_is_refused_with_the_first_pair_named():
    with pytest.raises(InvalidRequest) as caught:
        load(DATA / "four.lilim.txt")
    assert [(each.field, each.reason) for each in caught.value.violations] == [("tasks[3]", "UNSUPPORTED")]


def test_lilim_file_without_pairs_is_read():
    lines = (DATA / "four.lilim.txt").read_text().splitlines()[:4]
    assert len(read("\n".join(lines)).visits) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"shipments": [{"amount": [1]}]}, "shipments"),
        ({"vehicles": [{"id": 1, "start_index": 0, "breaks": [{"id": 1}]}]}, "vehicles[0].breaks"),
        ({"vehicles": [{"id": 1, "start": [2.3, 48.7]}]}, "vehicles[0].start"),
        ({"jobs": [{"id": 1, "location_index": 1, "setup": 60}]}, "jobs[0].setup"),
        ({"matrices": {}}, "matrices.car"),
    ],
)
def test_what_vroom_can_say_and_the_solver_cannot_is_refused(change: dict[str, object], field: str):
    source = json.loads((DATA / "three.vroom.json").read_text())
    with pytest.raises(InvalidRequest) as caught:
        read(json.dumps(source | change))
    assert [each.field for each in caught.value.violations] == [field]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "UNKNOWN_FORMAT"),
        ("hello", "UNKNOWN_FORMAT"),
        ('{"vehicles": 3}', "MALFORMED_MESSAGE"),
        ('{"vehicles": [', "MALFORMED_MESSAGE"),
        ("x\nVEHICLE\nCUSTOMER\n1 2 3\n", "MALFORMED_MESSAGE"),
        ("x\nINFO\nCREW COUNT\n", "MALFORMED_MESSAGE"),
    ],
)
def test_text_of_no_format_is_refused(text: str, reason: str):
    with pytest.raises(InvalidRequest) as caught:
        read(text)
    assert caught.value.reason == reason
