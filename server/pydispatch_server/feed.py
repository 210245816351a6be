"""Tells watchers what has been committed: a ring of the newest changes, and one bounded coalescing queue a watcher.

A slow watcher never holds up the writer or another watcher: its queue keeps only the newest change of each visit, and
when even that is too much, it is told to begin again. Watchers who take bundles have no queue: each stands somewhere in
the ring, and what is between there and the newest change is gathered for all who stand at the same place.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from pydispatch.errors import Overloaded
from pydispatch_server import reasons
from pydispatch_server.working import VisitChanged

RETRY_AFTER_S = 5.0
# Time that a period of bundles leaves for each watcher: what sending costs, and as much again for everything else.
WATCHER_SHARE_MS = 0.4
# Different periods of bundles that are remembered at a time.
PERIODS_MAX = 64


class Subscription:
    """What one watcher has still to hear.

    Args:
        wants: Tells whether a change is for this watcher; None for one who reads the ring and queues nothing.
        queue_max: Most changed visits waiting.
    """

    def __init__(self, wants: Callable[[VisitChanged], bool] | None, queue_max: int) -> None:
        self._wants = wants
        self._queue_max = queue_max
        self._waiting: OrderedDict[str, VisitChanged] = OrderedDict()
        self._wake = asyncio.Event()
        self.is_lost = False
        self.is_closed = False

    def offer(self, change: VisitChanged) -> None:
        """Queues a change; an older one of the same visit is forgotten."""
        if self.is_lost or self._wants is None or not self._wants(change):
            return
        self._waiting[change.visit.name] = change
        self._waiting.move_to_end(change.visit.name)
        if len(self._waiting) > self._queue_max:
            self.lose()
        self._wake.set()

    def lose(self) -> None:
        """Forgets everything: the watcher must begin again."""
        self._waiting.clear()
        self.is_lost = True
        self._wake.set()

    def close(self) -> None:
        """Ends the stream after what is queued."""
        self.is_closed = True
        self._wake.set()

    def begin_again(self) -> None:
        """Takes changes again, from now on."""
        self._waiting.clear()
        self.is_lost = False

    async def wait(self, timeout_s: float) -> bool:
        """Waits until there is something to hear; False when nothing came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    def take(self) -> list[VisitChanged]:
        """Returns everything queued, ordered by sequence, and forgets it."""
        self._wake.clear()
        taken = list(self._waiting.values())
        self._waiting.clear()
        return taken


class Feed:
    """The changes of one region as they become durable.

    Args:
        ring_max: Newest changes kept in memory.
        queue_max: Most changed visits waiting for one watcher.
        watchers_max: Most watchers.
    """

    def __init__(self, ring_max: int, queue_max: int, watchers_max: int) -> None:
        self._ring: deque[VisitChanged] = deque(maxlen=ring_max)
        self._queue_max = queue_max
        self._watchers_max = watchers_max
        self._subscriptions: set[Subscription] = set()
        self._queueing: set[Subscription] = set()
        self._ticks: dict[int, tuple[int, int]] = {}
        self._batch_waiters: dict[str, set[asyncio.Event]] = {}
        # Everything after this sequence that was about a visit is in the ring.
        self._complete_after = 0
        self.is_closed = False

    @property
    def newest_sequence(self) -> int:
        """Sequence of the newest change of a visit; whoever watches hears it, whatever else has happened since."""
        return self._ring[-1].sequence if self._ring else self._complete_after

    def reset(self, sequence: int) -> None:
        """Forgets the ring, at the start and after a rebuild: it is complete from `sequence` on."""
        self._ring.clear()
        self._complete_after = sequence

    def lose_all(self) -> None:
        """Tells every watcher to begin again."""
        for subscription in self._subscriptions:
            subscription.lose()
        self.wake_batches(list(self._batch_waiters))

    def publish(self, changes: Sequence[VisitChanged]) -> None:
        """Tells committed changes, ordered by sequence, to everyone who wants them."""
        for change in changes:
            if len(self._ring) == self._ring.maxlen:
                self._complete_after = self._ring[0].sequence
            self._ring.append(change)
        for subscription in self._queueing:
            for change in changes:
                subscription.offer(change)

    def after(self, sequence: int, up_to: int | None = None) -> list[VisitChanged] | None:
        """Lists the changes after `sequence`, each visit once, ordered by sequence. Costs O(changes after it).

        Args:
            sequence: Where the watcher stands.
            up_to: Last change to look at, None for the newest.

        Returns:
            The changes; None when the ring does not reach back so far.
        """
        if sequence < self._complete_after:
            return None
        newest: dict[str, VisitChanged] = {}
        for change in reversed(self._ring):
            if change.sequence <= sequence:
                break
            if up_to is None or change.sequence <= up_to:
                newest.setdefault(change.visit.name, change)
        return list(reversed(newest.values()))

    def period_ms(self, asked_ms: int) -> int:
        """Returns how long a bundle's period is: as asked, doubled as often as many watchers make it necessary.

        Watchers that would take all the time get their changes later and in fewer messages, so that they do not hold up
        who writes. Doubling keeps the moments few at which periods end.
        """
        period_ms = max(1, asked_ms)
        while period_ms < len(self._subscriptions) * WATCHER_SHARE_MS:
            period_ms *= 2
        return period_ms

    def tick(self, period_ms: int, now_s: float) -> int:
        """Returns the sequence up to which everyone with this period is told in this one, so that all get the same."""
        number = int(now_s * 1000) // period_ms
        known = self._ticks.get(period_ms)
        if known is None or known[0] != number:
            if len(self._ticks) >= PERIODS_MAX:
                self._ticks.clear()
            known = self._ticks[period_ms] = (number, self.newest_sequence)
        return known[1]

    def subscribe(self, wants: Callable[[VisitChanged], bool] | None) -> Subscription:
        """Adds a watcher, for None one who reads the ring; `unsubscribe` must follow.

        Raises:
            Overloaded: There are as many watchers as are taken.
        """
        if len(self._subscriptions) >= self._watchers_max:
            raise Overloaded(
                "the region has as many watchers as it takes",
                reason=reasons.TOO_MANY_WATCHERS,
                retry_after_s=RETRY_AFTER_S,
            )
        subscription = Subscription(wants, self._queue_max)
        subscription.is_closed = self.is_closed
        self._subscriptions.add(subscription)
        if wants is not None:
            self._queueing.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Removes a watcher."""
        self._subscriptions.discard(subscription)
        self._queueing.discard(subscription)

    def watch_batch(self, batch_id: str) -> asyncio.Event:
        """Returns an event that is set whenever the batch changes; `unwatch_batch` must follow."""
        event = asyncio.Event()
        self._batch_waiters.setdefault(batch_id, set()).add(event)
        return event

    def unwatch_batch(self, batch_id: str, event: asyncio.Event) -> None:
        """Removes what `watch_batch` gave."""
        waiters = self._batch_waiters.get(batch_id, set())
        waiters.discard(event)
        if not waiters:
            self._batch_waiters.pop(batch_id, None)

    def wake_batches(self, batch_ids: Sequence[str]) -> None:
        """Tells the watchers of these batches that something changed."""
        for batch_id in batch_ids:
            for event in self._batch_waiters.get(batch_id, ()):
                event.set()

    def close(self) -> None:
        """Ends every stream, for a server that stops."""
        self.is_closed = True
        for subscription in self._subscriptions:
            subscription.close()
        self.wake_batches(list(self._batch_waiters))
