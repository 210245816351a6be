"""A slice of the simulation of faults, and that it finds what it is there to find."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pydispatch_server.batch_run import BatchRun
from pydispatch_server.store.interface import Changes, StoreDown

from tests.faults.faults import FaultyStore
from tests.faults.loop import SimulatedLoop, Stuck
from tests.faults.simulate import Simulation
from tests.faults.town import TOWN

SEEDS = 100
# A planted defect shows itself within so many seeds.
FOUND_WITHIN = 40


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    made = Simulation()
    yield made
    made.close()


def test_no_seed_breaks_an_invariant(simulation: Simulation) -> None:
    stories = {seed: simulation.play(seed) for seed in range(1, SEEDS + 1)}
    assert not {seed: "\n".join(stories[seed]) for seed in simulation.broken}
    figures = simulation.figures()
    happened = ("acknowledged", "refused", "unknown", "crash", "fail", "kept_though_failed", "take_over", "slow")
    assert not [name for name in (*happened, "takeovers", "unreadable", "clock_jumps") if not figures[name]]


def test_a_seed_is_the_same_story_every_time(simulation: Simulation) -> None:
    assert simulation.play(11) == simulation.play(11)
    assert simulation.play(12) != simulation.play(11)


def found_within(simulation: Simulation) -> str:
    """Plays seeds until one is broken and returns what was found."""
    for seed in range(1, FOUND_WITHIN + 1):
        simulation.play(seed)
        if seed in simulation.broken:
            return simulation.broken[seed]
    return ""


def test_acknowledging_what_is_not_durable_is_found(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(self: BatchRun, changes: Changes) -> None:
        try:
            self._store.commit(changes)
        except StoreDown:
            return

    monkeypatch.setattr(BatchRun, "_commit", careless)
    # Whichever is looked at first: an acknowledged change that is gone, or a state that is ahead of its store.
    found = found_within(simulation)
    assert "lost" in found or "the store at" in found


def test_an_epoch_that_nobody_checks_is_found(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    def unfenced(self: FaultyStore, changes: Changes) -> None:
        changes.epoch = self._inner.ownership(TOWN).epoch
        self._inner.commit(changes)

    monkeypatch.setattr(FaultyStore, "commit", unfenced)
    assert found_within(simulation)


def test_a_request_id_that_is_forgotten_is_found(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(self: FaultyStore, changes: Changes) -> None:
        changes.appends.pop("request_result", None)
        self._inner.commit(changes)

    monkeypatch.setattr(FaultyStore, "commit", forgetful)
    assert found_within(simulation)


def test_waiting_for_what_never_comes_is_found() -> None:
    loop = SimulatedLoop()
    try:
        with pytest.raises(Stuck):
            loop.run_until_complete(asyncio.Event().wait())
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        loop.close()
