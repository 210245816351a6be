"""One seed: a day of calls on a region whose owner crashes, is fenced, loses its store and its sense of time."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pydispatch_server import fail_points, reasons
from pydispatch_server.errors import DeadlinePassed
from pydispatch_server.owner import OwnerState, RegionOwner
from pydispatch_server.store.interface import StoreDown

from pydispatch.errors import DispatchError, Unavailable
from tests.faults.calls import Call, Callers, Outcome
from tests.faults.faults import DAY_MS, Crash, Faults, FaultyStore
from tests.faults.invariants import Broken, Invariants
from tests.faults.town import TOWN, Clock, Town, end, settle

STEPS: Final = 12
CALLS_AT_ONCE: Final = 5
INTENSITIES: Final = (0.0, 0.03, 0.08, 0.2)
# A refusal with one of these says that nothing was done; any other UNAVAILABLE leaves it open.
NOTHING_DONE: Final = {reasons.FENCED, reasons.REBUILDING, reasons.SHUTTING_DOWN}
MAX_STARTS: Final = 1000


class World:
    """Plays one seed.

    Args:
        town: The database, at its beginning.
        seed: Where every decision comes from.
    """

    def __init__(self, town: Town, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.clock = Clock()
        self.faults = Faults(self.chance, self.chance.choice(INTENSITIES), self._slow, self._take_over)
        self.callers = Callers(self.chance)
        self._town = town
        self._store = FaultyStore(town.store, self.faults)
        self.invariants = Invariants(town, self.clock)
        self._started: list[RegionOwner] = []
        # Owners whose process lives on although another has taken the region over.
        self._zombies: list[RegionOwner] = []

    @property
    def story(self) -> list[str]:
        """What has happened so far, a line each."""
        return self.faults.story

    async def play(self) -> None:
        """Plays every step and looks at everything after each.

        Raises:
            Broken: An invariant does not hold.
        """
        with self._faulty():
            owner = await self._start()
            for number in range(STEPS):
                self.story.append(f"step {number} at {self.clock.time_ms}, {owner.status.value}")
                owner = await self._step(owner)
            self.story.append("the end")
            await self._look(await self._whole(owner))

    async def close(self) -> None:
        """Ends every owner, so that nothing of this seed lives on."""
        for owner in self._started:
            end(owner)
            await settle(owner._task)

    async def _step(self, owner: RegionOwner) -> RegionOwner:
        """Lets something happen, looks, and returns who owns the region now."""
        happening = self.chance.random()
        if happening < 0.1:
            self._jump()
        elif happening < 0.15:
            self._zombies.append(owner)
            self.story.append("  another server starts")
            self.counts["takeovers"] += 1
            owner = await self._start()
        self.clock.time_ms += self.chance.randrange(0, 600_000)
        driven = owner
        if self._zombies and self.chance.random() < 0.2:
            driven = self.chance.choice(self._zombies)
            self.story.append("  an owner that was replaced goes on")
        await self._call(driven)
        if driven is not owner and self.faults.is_crashed:
            self.faults.is_crashed = False
            self._zombies.remove(driven)
            end(driven)
            await settle(driven._task)
        owner = await self._whole(owner)
        await self._look(owner)
        return owner

    async def _call(self, owner: RegionOwner) -> None:
        """Lets some callers call at once and waits until nobody can learn any more."""
        self.faults.is_quiet = False
        calls = [self.callers.next(owner.state) for _ in range(self.chance.randrange(1, CALLS_AT_ONCE + 1))]
        tasks = [asyncio.create_task(_submit(owner, call)) for call in calls]
        answered = asyncio.gather(*tasks, return_exceptions=True)
        # An owner that crashes answers nobody; one that was fenced has ended before, and refuses.
        await asyncio.wait([answered] if owner._task.done() else [answered, owner._task], return_when="FIRST_COMPLETED")
        await asyncio.sleep(0)
        answered.cancel()
        await settle(answered)
        self.faults.is_quiet = True
        for call in calls:
            self.counts[call.outcome.value] += 1
            told = f" {type(call.error).__name__} {getattr(call.error, 'reason', '')}" if call.error else ""
            self.story.append(f"  {call.handler.__name__} {call.request_id or call.note}: {call.outcome.value}{told}")

    async def _whole(self, owner: RegionOwner) -> RegionOwner:
        """Waits until the owner serves again; starts another one when it has crashed or was replaced."""
        while not self.faults.is_crashed and owner.status is OwnerState.REBUILDING:  # noqa: ASYNC110 - time is simulated
            await asyncio.sleep(0.05)
        if self.faults.is_crashed:
            self.story.append("  the server starts again")
            end(owner)
            await settle(owner._task)
            return await self._start()
        if owner.status is OwnerState.FENCED or self._town.store.ownership(TOWN).epoch != owner.state.epoch:
            self._zombies.append(owner)
            return await self._start()
        return owner

    async def _start(self) -> RegionOwner:
        """Starts a server until one comes up."""
        for _ in range(MAX_STARTS):
            self.faults.is_crashed, self.faults.is_quiet = False, False
            try:
                owner = self._town.owner(self._store, self.clock)
            except (StoreDown, Crash):
                continue
            self.faults.is_quiet = True
            self.counts["starts"] += 1
            self._started.append(owner)
            self.invariants.started(owner)
            return owner
        raise Broken("no server can be started")

    async def _look(self, owner: RegionOwner) -> None:
        """Checks every invariant while nothing goes wrong."""
        await self.invariants.check(owner, self.callers.calls)
        self.counts["looks"] += 1

    def _jump(self) -> None:
        """Sets the clock a day forward or back."""
        by_ms = self.chance.choice((-DAY_MS, DAY_MS))
        self.clock.time_ms += by_ms
        self.counts["clock_jumps"] += 1
        self.story.append(f"  the clock jumps by {by_ms} ms")

    def _slow(self, by_ms: int) -> None:
        self.clock.time_ms += by_ms

    def _take_over(self) -> None:
        """Raises the epoch as another server does that starts; that server itself comes later."""
        self.faults.is_quiet = True
        self._town.store.take_over(TOWN)
        self.faults.is_quiet = False

    @contextmanager
    def _faulty(self) -> Iterator[None]:
        """Puts chance in the place of the fail points."""
        real, fail_points.hit = fail_points.hit, self.faults.hit
        try:
            yield
        finally:
            fail_points.hit = real


async def _submit(owner: RegionOwner, call: Call) -> None:
    """Makes one call and notes what its caller learns."""
    try:
        call.answer = await owner.submit(
            call.handler, call.request, request_id=call.request_id, deadline_s=call.deadline_s
        )
    except Unavailable as error:
        call.error = error
        call.outcome = Outcome.REFUSED if error.reason in NOTHING_DONE else Outcome.UNKNOWN
    except (DispatchError, DeadlinePassed) as error:
        call.error, call.outcome = error, Outcome.REFUSED
    except Crash as error:
        call.error = error
    else:
        call.outcome = Outcome.ACKNOWLEDGED
