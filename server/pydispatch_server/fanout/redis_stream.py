"""Sends the events of one region to a Redis stream.

An entry's id is "{sequence}-0", so Redis itself refuses what it has already and says how far the stream goes: there is
no cursor to keep, none to lose, and a repetition leaves no trace. Where events are missing, an entry of type "resync"
with the id "{last missing sequence}-1" says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import structlog

from pydispatch_server.fanout.reader import OutboxReader
from pydispatch_server.redis_link import RedisDown, RedisLink
from pydispatch_server.store.interface import StoreDown
from pydispatch_server.store.outbox import OutboxEvent

if TYPE_CHECKING:
    from redis.asyncio import Redis

# Events of one MULTI.
BATCH_EVENTS: Final = 200
STORE_PAUSE_S: Final = 1.0

_log = structlog.get_logger(__name__)


def stream_key(region: str) -> str:
    """Returns the key of a region's stream."""
    return f"pydispatch:events:{region}"


class RedisStream:
    """Keeps the stream of one region up to date.

    Args:
        region: Identifier of the region.
        reader: The region's events.
        link: The connection to Redis.
        length_max: About how many entries the stream keeps.
    """

    def __init__(self, region: str, reader: OutboxReader, link: RedisLink, length_max: int) -> None:
        self._region = region
        self._key = stream_key(region)
        self._reader = reader
        self._link = link
        self._length_max = length_max

    async def run(self) -> None:
        """Sends events until cancelled; a Redis or a store that is away is waited for.

        Raises:
            Fenced: Another server owns the region.
        """
        while True:
            try:
                await self._follow(await self._begin())
            except RedisDown:
                # It may have taken the last events or not, and may have come back empty: look again.
                await self._link.pause()
            except StoreDown as error:
                _log.warning("event stream waits for the store", region=self._region, error=str(error))
                await asyncio.sleep(STORE_PAUSE_S)

    async def _begin(self) -> int:
        """Returns the sequence up to which the stream has everything."""
        last = await self._link.call(self._last_sequence)
        newest = self._reader.newest_sequence
        if last > newest:
            # The database was set back, by a restore say: these entries are of a time that has not happened.
            aside = f"{self._key}:until-{last}"
            _log.error("event stream set aside: it is ahead of the store", region=self._region, last=last, aside=aside)
            await self._link.call(lambda redis: redis.rename(self._key, aside))
            last = 0
        # What would be trimmed at once need not be sent.
        return max(last, newest - self._length_max)

    async def _follow(self, last: int) -> None:
        """Sends every event after `last` as it comes."""
        while True:
            await self._reader.wait(last)
            newest = self._reader.newest_sequence
            events = await self._reader.after(last, BATCH_EVENTS)
            reached = events[-1].sequence if events else newest
            await self.publish(last, events, reached)
            last = reached

    async def publish(self, last: int, events: Sequence[OutboxEvent], reached: int) -> None:
        """Adds events to the stream, all or none of them, behind a note of those that are missing.

        Args:
            last: Sequence up to which the stream has everything.
            events: The events to add.
            reached: Sequence up to which the stream has everything afterwards.

        Raises:
            RedisDown: They were added or not.
        """
        missing_to = events[0].sequence - 1 if events else reached

        async def add(redis: Redis) -> None:
            async with redis.pipeline(transaction=True) as pipe:
                if missing_to > last:
                    self._queue(pipe, f"{missing_to}-1", self._resync(last + 1, missing_to))
                for event in events:
                    self._queue(pipe, f"{event.sequence}-0", self._entry(event))
                await pipe.execute()

        await self._link.call(add)

    def _queue(self, pipe: Any, entry_id: str, fields: Mapping[str, str | int]) -> None:
        """Queues one entry."""
        pipe.xadd(self._key, fields, id=entry_id, maxlen=self._length_max, approximate=True)

    def _entry(self, event: OutboxEvent) -> dict[str, str | int]:
        """Writes an event as the fields of an entry."""
        return {
            "region": f"regions/{self._region}",
            "sequence": event.sequence,
            "epoch": event.epoch,
            "type": event.type,
            "resource": event.resource,
            "before_digest": event.before.hex(),
            "after_digest": event.after.hex(),
            "decision_id": event.decision_id,
            "policy_revision": event.policy_revision,
            "time_ms": event.time_ms,
        }

    def _resync(self, first: int, last: int) -> dict[str, str | int]:
        """Writes the note that events are missing."""
        region = f"regions/{self._region}"
        return {"region": region, "type": "resync", "first_sequence": first, "last_sequence": last}

    async def _last_sequence(self, redis: Redis) -> int:
        """Reads the sequence of the newest entry there ever was, 0 when there is no stream."""
        if not await redis.exists(self._key):
            return 0
        found: dict[str, Any] = await redis.xinfo_stream(self._key)
        newest = found["last-generated-id"]
        return int((newest.decode() if isinstance(newest, bytes) else newest).partition("-")[0])
