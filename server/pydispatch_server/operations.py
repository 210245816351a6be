"""Searches for a better plan that go on for long, in memory: bounded in number, each a task of the event loop.

A search works in rounds. Each is made durable by itself through the owner's queue, so that a stop at any moment loses
nothing that was found, and everybody else has the region between the rounds.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from pydispatch_protos.dispatch.v1 import plan_change_pb2 as changes
from pydispatch_protos.dispatch.v1 import plan_history_pb2 as pb

from pydispatch.errors import DispatchError, NotFound, Overloaded
from pydispatch_server import names, reasons
from pydispatch_server.clock import Clock
from pydispatch_server.messages import set_ms

# Most operations kept of one region, ended ones included; of these the oldest make room.
OPERATIONS_MAX: Final = 64
# Most searches of one region at a time.
RUNNING_MAX: Final = 4
# Longest round. Short ones see fresh routes; long ones pay for fewer copies of the plan.
ROUND_MS: Final = 500
OVERLOAD_RETRY_S: Final = 1.0

# Searches once with a budget in milliseconds and a seed, and makes what is found.
Search = Callable[[int, int], Awaitable[changes.ReoptimizePlanResponse]]


class Operation:
    """One search.

    Args:
        message: It as told; kept up to date here.
        search: Does one round.
        clock: Where `now` comes from.
        seed: Seed of the first round.
    """

    def __init__(self, message: pb.PlanOperation, search: Search, clock: Clock, seed: int) -> None:
        self.message = message
        self._search = search
        self._clock = clock
        self._seed = seed
        self._is_cancelled = False
        self.ended = asyncio.Event()
        self.task = asyncio.create_task(self._run(), name=message.name)

    @property
    def name(self) -> str:
        """Its resource name."""
        return self.message.name

    def cancel(self) -> None:
        """Ends it after the round at work."""
        self._is_cancelled = True

    async def _run(self) -> None:
        """Searches round after round until the time is over, nothing is found or somebody cancels."""
        message = self.message
        try:
            state = await self._rounds()
        except DispatchError as error:
            state, message.error_reason = pb.PLAN_OPERATION_STATE_FAILED, error.reason
        except asyncio.CancelledError:
            state = pb.PLAN_OPERATION_STATE_CANCELLED
        message.state = state
        set_ms(message.end_time, self._clock.now_ms())
        self.ended.set()

    async def _rounds(self) -> pb.PlanOperationState:
        """Does the rounds and says how it ended."""
        message = self.message
        while message.searched_ms < message.budget_ms:
            if self._is_cancelled:
                return pb.PLAN_OPERATION_STATE_CANCELLED
            budget_ms = min(ROUND_MS, message.budget_ms - message.searched_ms)
            answer = await self._search(budget_ms, (self._seed + message.round_count) % 2**32)
            message.searched_ms += budget_ms
            message.round_count += 1
            message.moved_count += answer.delta.moved_count
            message.retimed_count += answer.delta.retimed_count
            message.cost_change_milli += answer.delta.cost_change_milli
            message.stale_count += answer.stale_count
            if not answer.delta.visits and not answer.stale_count:
                return pb.PLAN_OPERATION_STATE_SUCCEEDED
        return pb.PLAN_OPERATION_STATE_SUCCEEDED


class Operations:
    """The operations of all regions. Used on the event loop alone.

    Args:
        clock: Where `now` comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_region: dict[str, dict[str, Operation]] = {}

    def start(self, region: str, budget_ms: int, seed: int, search: Search) -> Operation:
        """Begins a search.

        Raises:
            Overloaded: The region has as many under way as it may.
        """
        known = self._by_region.setdefault(region, {})
        if sum(not operation.ended.is_set() for operation in known.values()) >= RUNNING_MAX:
            raise Overloaded(
                f"region {region} has {RUNNING_MAX} searches under way",
                reason=reasons.TOO_MANY_OPERATIONS,
                retry_after_s=OVERLOAD_RETRY_S,
            )
        self._make_room(known)
        name = f"regions/{region}/planOperations/{secrets.token_hex(8)}"
        message = pb.PlanOperation(name=name, state=pb.PLAN_OPERATION_STATE_RUNNING, budget_ms=budget_ms)
        set_ms(message.create_time, self._clock.now_ms())
        operation = known[name] = Operation(message, search, self._clock, seed)
        return operation

    def get(self, name: str) -> Operation:
        """Returns the operation of a name.

        Raises:
            NotFound: There is none.
        """
        found = self._by_region.get(names.region_of(name), {}).get(name)
        if found is None:
            raise NotFound(
                f"there is no plan operation {name}, or not any more",
                reason=reasons.OPERATION_NOT_FOUND,
                resource_type="plan operation",
                resource_name=name,
            )
        return found

    def walk(self, region: str, last_id: str) -> Iterator[Operation]:
        """Walks the operations of a region in the order of names, after `last_id`."""
        known = self._by_region.get(region, {})
        return (known[name] for name in sorted(known) if names.id_of(name) > last_id)

    def _make_room(self, known: dict[str, Operation]) -> None:
        """Forgets the oldest ended operations."""
        ended = [name for name, operation in known.items() if operation.ended.is_set()]
        for name in ended[: max(0, len(known) - OPERATIONS_MAX + 1)]:
            del known[name]
