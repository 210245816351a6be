"""Faults by seed: where the server comes to a fail point or reads its store, chance decides what goes wrong there."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from pydispatch_server import fail_points
from pydispatch_server.store.interface import Changes, Ownership, Store, StoreDown

DAY_MS = 86_400_000
# Where another owner may come in between: outside of any transaction.
BETWEEN = (fail_points.BEFORE_APPLY, fail_points.AFTER_APPLY, fail_points.BEFORE_ACK)


class Crash(BaseException):
    """The process has ended here. Nobody may catch it."""


class Faults:
    """Decides what happens at each place, and counts it.

    Args:
        chance: Where every decision comes from.
        intensity: Chance of a fault at one place.
        slow: Lets the clock go on while the server works.
        take_over: Lets another owner take the region over.
    """

    def __init__(
        self, chance: random.Random, intensity: float, slow: Callable[[int], None], take_over: Callable[[], None]
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.is_crashed = False
        self.is_quiet = True
        self.story: list[str] = []
        self._chance = chance
        self._intensity = intensity
        self._slow = slow
        self._take_over = take_over

    def hit(self, point: str) -> None:
        """Stands in for `fail_points.hit`."""
        if self.is_crashed:
            raise Crash
        if self.is_quiet or self._chance.random() >= self._intensity:
            return
        kinds = ["crash", "slow"]
        if point in fail_points.MAY_RAISE:
            kinds += ["fail", "fail"]
        if point in BETWEEN:
            kinds.append("take over")
        self._strike(self._chance.choice(kinds), point)

    def read(self, what: str) -> None:
        """Decides whether the store can be read."""
        if self.is_crashed:
            raise Crash
        if not self.is_quiet and self._chance.random() < self._intensity:
            self._tell("unreadable", what)
            raise StoreDown(f"{what} cannot be read")

    def _strike(self, kind: str, point: str) -> None:
        if kind == "fail" and point == fail_points.AFTER_FSYNC:
            kind = "kept though failed"
        self._tell(kind, point)
        match kind:
            case "crash":
                self.is_crashed = True
                raise Crash
            case "slow":
                self._slow(self._chance.randrange(1, 30_000))
            case "take over":
                self._take_over()
            case _:
                raise StoreDown(f"{kind} at {point}")

    def _tell(self, kind: str, where: str) -> None:
        self.counts[kind] += 1
        self.story.append(f"    {kind} at {where}")


class FaultyStore:
    """A store that sometimes cannot be read; what it does with a commit is decided at the fail points inside it."""

    def __init__(self, inner: Store, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def load(self, region: str) -> Any:
        self._faults.read("the region")
        return self._inner.load(region)

    def ownership(self, region: str) -> Ownership:
        self._faults.read("the ownership")
        return self._inner.ownership(region)

    def results(self, region: str, request_ids: list[str]) -> Any:
        self._faults.read("the earlier answers")
        return self._inner.results(region, request_ids)

    def commit(self, changes: Changes) -> None:
        self._inner.commit(changes)
