"""The region owner: the one task that changes a region.

Commands queue here, are decided in micro-batches by `batch_run` in the region's own thread, and are answered only when
they are durable.

When a commit fails, nobody is told anything but UNAVAILABLE, and state and engine are rebuilt from the store. When the
epoch has been taken over, the owner stops for good.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import structlog
from pydispatch_protos.dispatch.engine.v1.engine_pb2 import AdoptOrders, StudyRequest
from pydispatch_protos.dispatch.v1.region_service_pb2 import Region

from pydispatch import Engine, errors
from pydispatch_server import fail_points, names, reasons
from pydispatch_server.audit_trail import AuditRules
from pydispatch_server.batch_run import CALLER, Answer, BatchResult, BatchRun, Handler, Job, Poisoned
from pydispatch_server.clock import Clock
from pydispatch_server.commands.ticks import adopt, tick
from pydispatch_server.errors import attempt
from pydispatch_server.feed import Feed
from pydispatch_server.live_feed import Bell, LiveFeed
from pydispatch_server.recovery import Recovered, recover
from pydispatch_server.settings import Settings
from pydispatch_server.state import RegionState
from pydispatch_server.store.interface import Fenced, Ownership, Store

# The actor of what happens because time passes.
CLOCK: Final = "clock"
OVERLOAD_RETRY_S: Final = 0.2
REBUILD_FIRST_WAIT_S: Final = 0.1
REBUILD_LONGEST_WAIT_S: Final = 5.0
# How long an answer is held for the commit that it depends on.
DURABLE_WITHIN_S: Final = 2.0

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class OwnerState(enum.Enum):
    """Whether the owner takes commands."""

    SERVING = "serving"
    REBUILDING = "rebuilding"
    DRAINING = "draining"
    FENCED = "fenced"


class _Waiting:
    """A job together with whoever waits for its answer."""

    __slots__ = ("future", "job")

    def __init__(self, job: Job, future: asyncio.Future[bytes]) -> None:
        self.job = job
        self.future = future

    def settle(self, answer: Answer) -> None:
        """Gives the answer, unless nobody waits any more."""
        if self.future.done():
            return
        if isinstance(answer, bytes):
            self.future.set_result(answer)
        else:
            self.future.set_exception(answer)


class RegionOwner:
    """Owns one region. Create it with `start`.

    Args:
        recovered: State and engine as read from the store under a new epoch.
        store: Where changes become durable.
        clock: Where `now` comes from.
        settings: Bounds of the queue and the batches.
        audit_rules: How the audit is signed.
        on_health: Called whenever the owner begins or stops taking commands.
    """

    def __init__(
        self,
        recovered: Recovered,
        store: Store,
        clock: Clock,
        settings: Settings,
        audit_rules: AuditRules,
        on_health: Callable[[], None],
    ) -> None:
        self.state: RegionState = recovered.state
        self.engine: Engine = recovered.engine
        self._trail = recovered.trail
        self.feed = Feed(settings.event_ring_max, settings.watch_queue_max, settings.watchers_max)
        self.feed.reset(self.state.sequence)
        self.live_feed = LiveFeed(self.engine, settings.watchers_max)
        # Rings when there are new durable events, and when the state was read back.
        self.committed = Bell()
        self.status = OwnerState.SERVING
        # Since when reads may be behind what is durable, in milliseconds since the Unix epoch; None while they are not.
        self.stale_since_ms: int | None = None
        self._store = store
        self._clock = clock
        self._settings = settings
        self._audit_rules = audit_rules
        self._on_health = on_health
        self._runner = BatchRun(store, settings.batch_time_ms / 1000)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"region-{self.state.id}")
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._is_tick_queued = False
        # The micro-batch being decided: done when its fate is known.
        self._in_flight: asyncio.Future[None] | None = None
        # Micro-batches that the engine has seen and the store has not kept, as far as is known.
        self._undone = 0
        self._study_count = 0
        self._next_study_ms = 0
        self._task = asyncio.create_task(self._run(), name=f"owner-{self.state.id}")

    @property
    def region(self) -> Region:
        """The region as stored."""
        return self.state.region

    async def submit(
        self,
        handler: Handler,
        request: Any,
        *,
        request_id: str = "",
        deadline_s: float | None = None,
        actor: str = CALLER,
    ) -> bytes:
        """Queues a command and waits until it is durable.

        Args:
            handler: Decides it.
            request: Its request, checked.
            request_id: The caller's key for safe retries, empty when there is none.
            deadline_s: Monotonic time after which it is not applied, None for never.
            actor: Who asks, as a pseudonym.

        Returns:
            The serialised answer.

        Raises:
            Overloaded: The queue is full.
            Unavailable: The region cannot take commands now, or the change could not be made durable.
            DispatchError: Whatever the command refuses with.
        """
        if self.status is not OwnerState.SERVING:
            raise self._refusal()
        if len(self._queue) >= self._settings.queue_max:
            raise errors.Overloaded(
                f"region {self.state.id} has {len(self._queue)} commands waiting",
                reason=reasons.QUEUE_FULL,
                retry_after_s=OVERLOAD_RETRY_S,
            )
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(Job(handler, request, request_id, deadline_s, future.cancelled, actor), future))
        self._wake.set()
        answer = await future
        fail_points.hit(fail_points.AFTER_ACK)
        return answer

    async def durable(self, read: Callable[[], Awaitable[T]]) -> T:
        """Reads the engine and answers when all that can have been seen there is durable.

        The engine is ahead of the store while a micro-batch is being committed: an answer is held until that batch is
        durable, and thrown away when it is not.

        Args:
            read: Reads the engine once.

        Raises:
            Unavailable: The engine is being rebuilt, or the store does not answer.
        """
        if self.status in (OwnerState.REBUILDING, OwnerState.FENCED):
            raise self._refusal()
        undone = self._undone
        answer = await read()
        if self._in_flight is not None:
            try:
                async with asyncio.timeout(DURABLE_WITHIN_S):
                    await asyncio.shield(self._in_flight)
            except TimeoutError:
                raise self._unavailable(reasons.STORE_UNAVAILABLE, "the store does not answer") from None
        if undone != self._undone:
            raise self._unavailable(reasons.REBUILDING, "was rebuilt while it was read")
        return answer

    async def has_result(self, request_id: str) -> bool:
        """Tells whether a request_id has been answered before.

        Raises:
            Unavailable: The store cannot be read.
        """
        call = lambda: attempt(lambda: self._store.results(self.state.id, [request_id]))  # noqa: E731 - in the thread
        found, _ = await asyncio.get_running_loop().run_in_executor(self._thread, call)
        if found is None:
            raise self._unavailable(reasons.STORE_UNAVAILABLE, "the store cannot be read")
        return request_id in found

    async def tick(self) -> None:
        """Lets time pass in the region and the plan be studied now and then; one tick at most waits at a time.

        Returns when everything is durable.
        """
        if self._is_tick_queued:
            return
        self._is_tick_queued = True
        try:
            await self.submit(tick, self._settings.tick_max_moves, actor=CLOCK)
            self.engine.advance_fences(self._clock.now_ms())
            self.live_feed.ring()
            await self._study()
        finally:
            self._is_tick_queued = False

    def take_probe(self, found: Ownership | None) -> None:
        """Takes what the store has just said of who owns the region, None when it could not say.

        So an owner learns without any command that the store is away, and reads are flagged stale, or that another
        server has taken the region over, and it stops.
        """
        if self.status is not OwnerState.SERVING:
            return
        if found is None:
            self._set_stale(is_stale=True)
        elif found.epoch != self.state.epoch:
            self._fence([])
        else:
            self._set_stale(is_stale=False)

    async def _study(self) -> None:
        """Has a part of the plan improved in another thread while commands go on, and adopts what still stands."""
        now_ms = self._clock.now_ms()
        settings = self._settings
        if settings.study_budget_ms == 0 or now_ms < self._next_study_ms:
            return
        self._next_study_ms = now_ms + settings.study_interval_s * 1000
        self._study_count += 1
        request = StudyRequest(
            seed=self._study_count,
            iterations=settings.study_iterations,
            budget_ms=settings.study_budget_ms,
            max_moves=settings.study_max_moves,
        )
        found = await asyncio.to_thread(self.engine.study, request.SerializeToString(), now_ms)
        if found:
            await self.submit(adopt, AdoptOrders.FromString(found), actor=CLOCK)

    async def drain(self) -> None:
        """Takes nothing new, finishes what is queued, ends watch streams and stops."""
        if self.status is not OwnerState.FENCED:
            self.status = OwnerState.DRAINING
        self.feed.close()
        self.live_feed.close()
        self._wake.set()
        await self._task
        self._thread.shutdown(wait=True)

    async def _run(self) -> None:
        """Takes micro-batches from the queue until the owner is drained or fenced."""
        while self.status is not OwnerState.FENCED:
            if not self._queue:
                if self.status is OwnerState.DRAINING:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._settings.batch_max))]
            await self._serve(batch)

    async def _serve(self, batch: list[_Waiting]) -> None:
        """Decides one micro-batch, then answers and tells what has become durable."""
        loop = asyncio.get_running_loop()
        jobs = [waiting.job for waiting in batch]
        run, trail, now_ms = self._runner.run, self._trail, self._clock.now_ms()
        call = lambda: attempt(lambda: run(jobs, self.state, self.engine, trail, now_ms))  # noqa: E731 - runs in the thread
        self._in_flight = loop.create_future()
        result, error = await loop.run_in_executor(self._thread, call)
        if result is None:
            self._undone += 1
        self._in_flight.set_result(None)
        self._in_flight = None
        if result is not None:
            self._finish(batch, result)
        elif isinstance(error, Poisoned):
            batch.pop(error.index).settle(error.error)
            self._queue.extendleft(reversed(batch))
            await self._rebuild(error)
        elif isinstance(error, Fenced):
            self._fence(batch)
        else:
            lost = self._unavailable(reasons.STORE_UNAVAILABLE, "the change could not be made durable")
            await self._rebuild(error, batch, lost)

    def _finish(self, batch: list[_Waiting], result: BatchResult) -> None:
        """Merges what is durable, answers every caller, tells the watchers and puts back what was not begun."""
        working = result.working
        self._queue.extendleft(reversed(batch[len(result.answers) :]))
        self.state.merge(working.changed, working.rows.values(), working.sequence)
        self.state.memory.extend(working.standings)
        fail_points.hit(fail_points.BEFORE_ACK)
        for waiting, answer in zip(batch, result.answers, strict=False):
            waiting.settle(answer)
        fail_points.hit(fail_points.BEFORE_PUBLISH)
        if result.visits:
            self.feed.publish(result.visits)
        if working.events:
            self.committed.ring()
        self.live_feed.ring()
        if working.changed[names.BATCHES]:
            self.feed.wake_batches(list(working.changed[names.BATCHES]))
        fail_points.hit(fail_points.AFTER_PUBLISH)

    async def _rebuild(
        self, cause: Exception | None, lost: list[_Waiting] | None = None, answer: Exception | None = None
    ) -> None:
        """Reads state and engine back from the store, as often as it takes.

        Args:
            cause: What went wrong, for the log.
            lost: Jobs that are not durable, or not known to be.
            answer: What their callers are told.
        """
        is_draining = self.status is OwnerState.DRAINING
        self._set_stale(is_stale=True)
        self._set_status(OwnerState.REBUILDING)
        _log.error("region rebuilding", region=self.state.id, exc_info=cause)
        for waiting in lost or ():
            waiting.settle(answer or self._refusal())
        begin_s, wait_s = time.monotonic(), REBUILD_FIRST_WAIT_S
        while True:
            recovered, error = await self._read_back()
            if recovered is not None:
                break
            if isinstance(error, Fenced):
                self._fence([])
                return
            self._fail_queue(self._unavailable(reasons.STORE_UNAVAILABLE, "the store cannot be read"))
            if is_draining or self.status is OwnerState.DRAINING:
                # The server stops: what is durable will be read by the next one.
                self.status = OwnerState.DRAINING
                return
            _log.warning("region still rebuilding", region=self.state.id, error=str(error))
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, REBUILD_LONGEST_WAIT_S)
        has_moved = recovered.state.sequence != self.state.sequence
        self.state, self._trail = recovered.state, recovered.trail
        if has_moved:
            # A commit that was reported as failed was kept after all: watchers have missed it.
            self.feed.reset(self.state.sequence)
            self.feed.lose_all()
        self.committed.ring()
        is_draining = is_draining or self.status is OwnerState.DRAINING
        self._set_stale(is_stale=False)
        self._set_status(OwnerState.DRAINING if is_draining else OwnerState.SERVING)
        _log.info("region rebuilt", region=self.state.id, seconds=round(time.monotonic() - begin_s, 3))

    async def _read_back(self) -> tuple[Recovered, None] | tuple[None, Exception]:
        """Reads the region under its present epoch and restores the engine, which keeps its live positions."""
        now_ms = self._clock.now_ms()

        def read() -> Recovered:
            ownership = self._store.ownership(self.state.id)
            if ownership.epoch != self.state.epoch:
                raise Fenced(f"region {self.state.id} was taken over")
            return recover(self._store, self.region, ownership, self.engine, self._audit_rules, now_ms)

        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: attempt(read))

    def _fence(self, batch: list[_Waiting]) -> None:
        """Stops for good: another owner has the region."""
        self._set_stale(is_stale=True)
        self._set_status(OwnerState.FENCED)
        self._wake.set()
        _log.error("region fenced", region=self.state.id, epoch=self.state.epoch)
        for waiting in batch:
            waiting.settle(self._refusal())
        self._fail_queue(self._refusal())
        self.feed.close()
        self.live_feed.close()
        self.committed.ring()

    def _fail_queue(self, error: Exception) -> None:
        """Answers everybody in the queue with an error."""
        while self._queue:
            self._queue.popleft().settle(error)

    def _set_status(self, status: OwnerState) -> None:
        """Changes the status and lets health follow."""
        self.status = status
        self._on_health()

    def _set_stale(self, *, is_stale: bool) -> None:
        """Begins or ends flagging reads and lets health follow."""
        if is_stale == (self.stale_since_ms is not None):
            return
        self.stale_since_ms = self._clock.now_ms() if is_stale else None
        _log.warning("reads stale" if is_stale else "reads no longer stale", region=self.state.id)
        self._on_health()

    def _refusal(self) -> errors.Unavailable:
        """Says why no command is taken now."""
        match self.status:
            case OwnerState.FENCED:
                return self._unavailable(reasons.FENCED, "has been taken over by another server")
            case OwnerState.DRAINING:
                return self._unavailable(reasons.SHUTTING_DOWN, "is served by a server that stops")
            case _:
                return self._unavailable(reasons.REBUILDING, "is being rebuilt from the store")

    def _unavailable(self, reason: str, text: str) -> errors.Unavailable:
        """Makes the error that asks for another try."""
        return errors.Unavailable(f"region {self.state.id}: {text}", reason=reason, retry_after_s=REBUILD_FIRST_WAIT_S)
