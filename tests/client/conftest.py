"""Fixtures of the client's tests: a scripted server and clients that never wait long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from pydispatch_client import AsyncDispatchClient, Backoff, ClientOptions, Deadlines, DispatchClient, RetryPolicy

from tests.client.scripted_server import ScriptedServer

QUICK = ClientOptions(
    deadlines=Deadlines(read_s=5, search_s=5, write_s=5, plan_s=5, import_s=5, clock_s=5),
    retry=RetryPolicy(initial_backoff_s=0.01, max_backoff_s=0.05),
    backoff=Backoff(initial_s=0.01, max_s=0.05, give_up_after_s=2.0),
    seed=1,
)


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture
def address(scripted: ScriptedServer) -> str:
    return scripted.start()


@pytest.fixture
def client(address: str) -> Iterator[DispatchClient]:
    with DispatchClient(address, QUICK) as client:
        yield client


@pytest.fixture
async def async_client(address: str) -> AsyncIterator[AsyncDispatchClient]:
    async with AsyncDispatchClient(address, QUICK) as client:
        yield client
