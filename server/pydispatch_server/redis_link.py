"""The connection to Redis, for what is better with it and works without it: warm positions and event streams.

No truth is kept in Redis. Every use goes through `RedisLink.call`, which turns whatever may go wrong into `RedisDown`,
and while Redis is away refuses at once instead of waiting: a broken Redis costs its users nothing but their extra.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

# Longest wait for a connection, and for one reply.
CONNECT_WITHIN_S: Final = 2.0
REPLY_WITHIN_S: Final = 5.0
# After a failure nothing is tried for this long; twice as long after each further one.
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0

_log = structlog.get_logger(__name__)


class RedisUnusable(Exception):
    """Redis cannot be used as configured; the text says why in one sentence."""


class RedisDown(Exception):
    """A call has failed, perhaps after it had its effect, or was not tried because the last one had just failed."""


class RedisLink:
    """A client of one Redis that reconnects by itself. Connects with the first call.

    Calls are never repeated here: whether one may be, its user knows.

    Args:
        url: redis://, rediss:// or unix:// with user, password and database as redis-py reads them.

    Raises:
        RedisUnusable: The redis library is not installed, or the URL is none.
    """

    def __init__(self, url: str) -> None:
        try:
            from redis import exceptions
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff
        except ModuleNotFoundError as error:
            raise RedisUnusable("redis_url needs the redis library: install pydispatch-server[redis]") from error
        self._errors = (exceptions.RedisError, OSError, TimeoutError)
        try:
            self._client: Redis = Redis.from_url(
                url,
                socket_connect_timeout=CONNECT_WITHIN_S,
                socket_timeout=REPLY_WITHIN_S,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise RedisUnusable(f"redis_url cannot be used: {error}") from error
        self._pause_s = 0.0
        self._retry_at_s = 0.0

    @property
    def is_up(self) -> bool:
        """Whether the last call succeeded, or none was made yet."""
        return self._pause_s == 0.0

    async def call(self, use: Callable[[Redis], Awaitable[T]]) -> T:
        """Lets `use` talk to Redis and returns what it returns.

        Raises:
            RedisDown: Redis could not be reached, did not reply in time or refused; or not long ago.
        """
        if time.monotonic() < self._retry_at_s:
            raise RedisDown("Redis was down a moment ago")
        try:
            result = await _undisturbed(use(self._client))
        except self._errors as error:
            await self._fail(error)
            raise RedisDown(f"Redis is down: {error}") from error
        if not self.is_up:
            _log.info("redis back")
        self._pause_s = self._retry_at_s = 0.0
        return result

    async def pause(self) -> None:
        """Sleeps until a call will be tried again, not at all when the last one succeeded."""
        await asyncio.sleep(max(0.0, self._retry_at_s - time.monotonic()))

    async def close(self) -> None:
        """Closes every connection."""
        await self._client.aclose()

    async def _fail(self, error: BaseException) -> None:
        """Notes a failure and drops the connections, of which others may be dead as well."""
        if self.is_up:
            _log.warning("redis lost", error=str(error))
        self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        self._retry_at_s = time.monotonic() + self._pause_s
        pool: Any = self._client.connection_pool
        await pool.disconnect(inuse_connections=False)


async def _undisturbed(call: Awaitable[T]) -> T:
    """Waits for a call that runs to its end, which the time-outs bound, even when whoever waits is cancelled.

    In the middle of a pipeline redis-py 8.1 swallows a cancellation: its task would go on as if nothing had been said.
    """
    running = asyncio.ensure_future(call)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()
        raise
