"""What is remembered of earlier revisions of the plan."""

from __future__ import annotations

from pydispatch_server import plan_memory
from pydispatch_server.plan_memory import PlanMemory, Standing


def test_the_oldest_change_after_a_revision_says_where_a_visit_was() -> None:
    memory = PlanMemory(10)
    changes = [Standing(12, "v", "anna", 5), Standing(15, "v", "bert", 6), Standing(16, "w", "", 0)]
    memory.extend(changes)
    assert memory.since(10) == {"v": changes[0], "w": changes[2]}
    assert memory.since(12) == {"v": changes[1], "w": changes[2]}
    assert memory.since(16) == {}
    assert (memory.knows(9), memory.knows(10)) == (False, True)


def test_it_is_bounded_and_says_from_where_it_knows() -> None:
    memory = PlanMemory(0)
    count = plan_memory.CHANGES_MAX + 3
    memory.extend(Standing(number, "v", "anna", number) for number in range(1, count + 1))
    assert (memory.knows(2), memory.knows(3)) == (False, True)
    assert memory.since(3)["v"].sequence == 4
