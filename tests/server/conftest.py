"""Fixtures of the server's tests: real servers on temporary databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.forked import ForkedServer
from tests.server.harness import START, ServerProcess, Stubs

MANUAL = ("--manual-clock", "--clock-start", START)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for the tests of a module, with a manual clock."""
    process = ServerProcess(tmp_path_factory.mktemp("server"), *MANUAL)
    process.start()
    yield process
    process.close()


@pytest.fixture(scope="module")
def stubs(shared: ServerProcess) -> Stubs:
    return shared.connect()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Makes servers of the test's own with a manual clock and further flags; not started yet, ended with the test."""
    yield from _launching(ServerProcess, tmp_path)


@pytest.fixture
def launch_forked(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """As `launch`, of servers that start fast."""
    yield from _launching(ForkedServer, tmp_path)


def _launching(kind: type[ServerProcess], folder: Path) -> Iterator[Callable[..., ServerProcess]]:
    made: list[ServerProcess] = []

    def make(*flags: str, url: str = "") -> ServerProcess:
        own = folder / f"server-{len(made)}"
        own.mkdir()
        made.append(kind(own, *MANUAL, *flags, url=url))
        return made[-1]

    yield make
    for process in made:
        process.close()


@pytest.fixture
def process(launch: Callable[..., ServerProcess]) -> ServerProcess:
    """A server of the test's own with a manual clock, not started yet."""
    return launch()
