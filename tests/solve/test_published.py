"""Published instances can be read, and short searches come near what is known. Quality itself is benchmarked."""

from __future__ import annotations

import pytest

from pydispatch.importers import read, read_solomon
from pydispatch.planning import Budget, plan
from tests.solve.published import members


@pytest.mark.parametrize(("name", "best_known"), [("C101", 827.3), ("R101", 1637.7), ("RC201", 1261.8)])
def test_solomon_instances_come_near_the_best_known(name: str, best_known: float):
    text = members("vrptw/vrptw_solomon_gh200_gh400_gh1000.tar.xz")[f"solomon/{name}.txt"]
    problem = read_solomon(text, "dimacs")
    found = plan(problem, Budget(iterations=20_000))
    assert found.unassigned == ()
    assert best_known <= found.cost / problem.cost_units <= 1.05 * best_known


def test_every_trsp_instance_can_be_read():
    for name, text in members("technician/trsp_crew25.tar.xz").items():
        problem = read(text)
        assert (len(problem.technicians), len(problem.visits)) == (25, 100), name


def test_every_praxedo_day_can_be_planned():
    for name, text in members("technician/praxedo_R.tar.xz").items():
        problem = read(text)
        found = plan(problem, Budget(iterations=500))
        assert len(found.unassigned) <= len(problem.visits) // 10, name
