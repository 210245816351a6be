"""The connection to Redis: what goes wrong is told as one error, at once while it lasts, and ends by itself."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from pydispatch_server.redis_link import RedisDown, RedisLink, RedisUnusable
from redis.asyncio import Redis

from tests.server.harness import ServerProcess, is_serving
from tests.server.redis_process import RedisProcess


@pytest.fixture
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("r"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
async def link(redis_process: RedisProcess) -> AsyncIterator[RedisLink]:
    link = RedisLink(redis_process.url)
    yield link
    await link.close()


async def test_calls_reach_redis(link: RedisLink) -> None:
    assert await link.call(lambda client: client.set("key", b"value"))
    assert await link.call(lambda client: client.get("key")) == b"value"
    assert link.is_up


async def test_while_redis_is_away_calls_are_refused_at_once_and_it_is_found_again(
    link: RedisLink, redis_process: RedisProcess
) -> None:
    await link.call(lambda client: client.ping())
    redis_process.kill()
    with pytest.raises(RedisDown):
        await link.call(lambda client: client.ping())
    tried: list[bool] = []
    with pytest.raises(RedisDown, match="a moment ago"):
        await link.call(lambda client: _noting(tried))
    assert tried == []
    assert not link.is_up
    redis_process.start()
    deadline_s = time.monotonic() + 30
    while not link.is_up:
        assert time.monotonic() < deadline_s
        await link.pause()
        try:
            await link.call(lambda client: client.ping())
        except RedisDown:
            continue
    assert await link.call(lambda client: client.get("key")) is None


async def _noting(tried: list[bool]) -> None:
    tried.append(True)


async def test_a_refusal_of_redis_is_told_like_its_absence(link: RedisLink) -> None:
    await link.call(lambda client: client.set("text", "no list"))
    with pytest.raises(RedisDown, match="WRONGTYPE"):
        await link.call(lambda client: client.lpush("text", "x"))


async def test_a_redis_that_accepts_and_never_replies_counts_as_down(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = str(tmp_path_factory.mktemp("r") / "silent.sock")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(path)
        silent.listen()
        link = RedisLink(f"unix://{path}?socket_timeout=0.2")
        with pytest.raises(RedisDown):
            await link.call(lambda client: client.ping())
        await link.close()


def test_a_url_that_is_none_is_told_when_the_link_is_made() -> None:
    with pytest.raises(RedisUnusable, match="redis_url"):
        RedisLink("redis://host:port/")


def test_a_server_starts_and_stops_with_a_redis_that_is_not_there(launch: Callable[..., ServerProcess]) -> None:
    process = launch("--redis-url", "unix:///nowhere/redis.sock")
    assert is_serving(process.start())
    assert process.terminate() == 0


async def test_cancelling_amid_a_transaction_ends_the_caller_and_keeps_the_link(link: RedisLink) -> None:
    rounds = 0

    async def write() -> None:
        nonlocal rounds
        while True:
            await link.call(add_some)
            rounds += 1

    async def add_some(client: Redis) -> None:
        async with client.pipeline(transaction=True) as pipe:
            for _ in range(3):
                pipe.xadd("stream", {"a": 1}, maxlen=100)
            await pipe.execute()

    for number in range(60):
        writing = asyncio.create_task(write())
        for _ in range(number):
            await asyncio.sleep(0)
        writing.cancel()
        done, _ = await asyncio.wait([writing], timeout=10)
        assert done, "the cancellation was heard"
    assert await link.call(lambda client: client.ping())
