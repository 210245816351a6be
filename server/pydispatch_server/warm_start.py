"""Warm positions: where Redis is configured, live positions outlive a restart there.

They are observation, not record: a snapshot is at most `SAVE_EVERY_S` old when the server is killed, and loading it is
no more than telling the engine old fixes, so the newest event time wins and what is too old is left out. Without Redis,
or while it is away, positions are relearned from the next fixes; how many have been, the log says either way.

A region is a hash; each field holds the positions of up to 1,000 technicians as a BatchReportLocationsRequest.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import structlog
from pydispatch_protos.dispatch.engine.v1.engine_pb2 import Stats

from pydispatch import PositionSnapshot
from pydispatch.errors import InvalidRequest, Unavailable
from pydispatch_server.clock import Clock
from pydispatch_server.owner import OwnerState, RegionOwner
from pydispatch_server.placement import Placement
from pydispatch_server.redis_link import RedisDown, RedisLink

if TYPE_CHECKING:
    from redis.asyncio import Redis

# Age that a snapshot may reach, and so the staleness of what a killed server comes back with.
SAVE_EVERY_S: Final = 5.0
# A start, or a stop, waits no longer than this for Redis.
LOAD_WITHIN_S: Final = 5.0
LAST_SAVE_WITHIN_S: Final = 3.0
# Parts in one command: about 500 kB.
PARTS_AT_ONCE: Final = 10
# Redis forgets a region that nobody saves any more after as long as a search can ask back.
KEEP_S: Final = 86_400
# When the log tells how many positions there are again, in seconds after the start.
REPORT_AFTER_S: Final = (10.0, 60.0, 600.0)

_log = structlog.get_logger(__name__)


class WarmStart:
    """Saves and loads live positions. `load`, then `begin`, then `stop`.

    Args:
        link: The connection to Redis, None where none is configured.
        placement: Finds every region's owner.
        clock: Where `now` comes from.
        pool: Threads for reading the index.
    """

    def __init__(self, link: RedisLink | None, placement: Placement, clock: Clock, pool: ThreadPoolExecutor) -> None:
        self._link = link
        self._placement = placement
        self._clock = clock
        self._pool = pool
        self._savers: dict[str, _Saver] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def load(self) -> None:
        """Tells every region's engine the positions of its snapshot. Gives up, and says so, when Redis cannot help."""
        if self._link is None:
            return
        begin_s = time.monotonic()
        try:
            async with asyncio.timeout(LOAD_WITHIN_S):
                for owner in self._placement.owners():
                    await self._load_one(self._link, owner)
        except (RedisDown, TimeoutError) as error:
            _log.warning("positions not warmed", error=str(error), seconds=round(time.monotonic() - begin_s, 3))

    def begin(self) -> None:
        """Begins to save and to report."""
        self._tasks.append(asyncio.create_task(self._report(), name="positions-report"))
        if self._link is not None:
            self._tasks.append(asyncio.create_task(self._save_always(self._link), name="positions-save"))

    async def stop(self) -> None:
        """Ends both; saves once more, so that a restart that was meant loses nothing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._link is not None:
            try:
                async with asyncio.timeout(LAST_SAVE_WITHIN_S):
                    await self._save(self._link)
            except (RedisDown, TimeoutError) as error:
                _log.warning("positions not saved", error=str(error))

    async def _load_one(self, link: RedisLink, owner: RegionOwner) -> None:
        """Loads the snapshot of one region."""
        key, region, warmed, left_out = _key(owner), owner.state.id, 0, 0
        fields: list[bytes] = await link.call(lambda client: _plain(client.hkeys(key)))
        for some in _by(PARTS_AT_ONCE, fields):
            parts = await link.call(lambda client, some=some: _plain(client.hmget(key, some)))  # type: ignore[misc]
            for part in filter(None, parts):
                try:
                    taken = await self._in_pool(owner.engine.warm_positions, part, self._clock.now_ms())
                except (InvalidRequest, Unavailable) as error:
                    _log.warning("positions unreadable", region=region, error=str(error))
                    continue
                warmed, left_out = warmed + taken[0], left_out + taken[1]
        _log.info("positions warmed", region=region, warmed=warmed, left_out=left_out)

    async def _save_always(self, link: RedisLink) -> None:
        """Saves what has changed, again and again."""
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            try:
                await self._save(link)
            except RedisDown:
                # Its link says so in the log; what could not be saved is saved whole next time.
                await link.pause()

    async def _save(self, link: RedisLink) -> None:
        """Saves what has changed in every region."""
        for owner in self._placement.owners():
            if owner.status is OwnerState.FENCED:
                continue
            saver = self._savers.setdefault(owner.state.id, _Saver(owner))
            try:
                await self._save_one(link, saver)
            except RedisDown:
                del self._savers[owner.state.id]
                raise
            except Unavailable as error:
                _log.warning("positions not saved", region=owner.state.id, error=str(error))

    async def _save_one(self, link: RedisLink, saver: _Saver) -> None:
        """Saves what has changed in one region."""
        count = await self._in_pool(saver.snapshot.parts)
        for numbers in _by(PARTS_AT_ONCE, range(count)):
            changed = await self._in_pool(saver.changed, numbers)
            if changed:
                await link.call(lambda client, changed=changed: saver.write(client, changed))  # type: ignore[misc]
        if not saver.is_tidy:
            await link.call(lambda client: saver.tidy(client, count))

    async def _report(self) -> None:
        """Tells in the log how many positions there are again."""
        begin_s = time.monotonic()
        for after_s in REPORT_AFTER_S:
            await asyncio.sleep(begin_s + after_s - time.monotonic())
            for owner in self._placement.owners():
                stats = Stats.FromString(owner.engine.stats())
                _log.info(
                    "positions relearned",
                    region=owner.state.id,
                    after_s=after_s,
                    technicians=stats.technicians,
                    live=stats.live_positions,
                    warmed=stats.warmed_positions,
                    relearned=stats.relearned_positions,
                )

    async def _in_pool(self, call: Any, *arguments: Any) -> Any:
        """Runs something that takes its time in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call, *arguments)


class _Saver:
    """What has been saved of one region by this process."""

    def __init__(self, owner: RegionOwner) -> None:
        self.snapshot: PositionSnapshot = owner.engine.position_snapshot()
        self.is_tidy = False
        self._key = _key(owner)

    def changed(self, numbers: list[int]) -> dict[int, bytes]:
        """Returns the parts among `numbers` that have changed since they were last asked for."""
        parts = ((number, self.snapshot.part(number)) for number in numbers)
        return {number: part for number, part in parts if part is not None}

    async def write(self, client: Redis, changed: dict[int, bytes]) -> None:
        """Writes parts, and removes those that nobody is in any more."""
        pipeline = client.pipeline(transaction=False)
        full = {str(number): part for number, part in changed.items() if part}
        empty = [str(number) for number, part in changed.items() if not part]
        if full:
            pipeline.hset(self._key, items=[item for pair in full.items() for item in pair])
        if empty:
            pipeline.hdel(self._key, *empty)
        pipeline.expire(self._key, KEEP_S)
        await pipeline.execute()

    async def tidy(self, client: Redis, count: int) -> None:
        """Removes the parts that an earlier process left beyond ours."""
        beyond = [field for field in await _plain(client.hkeys(self._key)) if int(field) >= count]
        if beyond:
            await _plain(client.hdel(self._key, *beyond))
        self.is_tidy = True


def _key(owner: RegionOwner) -> str:
    """Returns the name of a region's hash."""
    return f"pydispatch:positions:{owner.state.id}"


def _by(size: int, items: Any) -> Iterator[list[Any]]:
    """Yields the items in lists of at most `size`."""
    rest = iter(items)
    while some := list(itertools.islice(rest, size)):
        yield some


def _plain(reply: Any) -> Any:
    """Forgets a type that redis-py shares between its synchronous and its asyncio half."""
    return reply
