"""Fixtures for every layer of tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.client.served import Served


def pytest_configure() -> None:
    """Lets the programs under test hear Ctrl-C where a shell started the tests in the background.

    Such a shell has SIGINT ignored, children inherit that, and Python then installs no handler.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One real server on the system's clock for all tests that leave it alive; each keeps to names of its own."""
    server = Served(tmp_path_factory.mktemp("served"))
    server.start()
    yield server
    server.stop()
