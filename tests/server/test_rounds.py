"""A slice of the heavy rounds; `make crash`, `make fence` and `make duplicates` play as many as wanted."""

from __future__ import annotations

import pytest

from tests.server import crash_rounds, fence_rounds


@pytest.mark.parametrize(("store", "rounds"), [("sqlite", 8), ("postgresql", 4)])
def test_killed_under_load_again_and_again(store: str, rounds: int) -> None:
    figures = crash_rounds.play(store, rounds, seed=1)
    assert figures["kills"] == rounds
    assert figures["acknowledged"] > 0
    assert not {name: figures[name] for name in crash_rounds.BAD if figures[name]}


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_nothing_is_accepted_from_an_owner_that_was_frozen_and_thawed(store: str) -> None:
    figures = fence_rounds.play(store, 2, seed=1)
    assert figures["rounds"] == 2
    assert figures["acknowledged"] >= 2 * fence_rounds.BESIDE
    assert not {name: figures[name] for name in fence_rounds.BAD if figures[name]}
