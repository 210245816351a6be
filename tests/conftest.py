"""Fixtures for every layer of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client.served import Served


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One real server on the system's clock for all tests that leave it alive; each keeps to names of its own."""
    server = Served(tmp_path_factory.mktemp("served"))
    server.start()
    yield server
    server.stop()
