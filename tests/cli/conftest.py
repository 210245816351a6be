"""Fixtures of the command's tests: a scripted server and a way to run the command against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pydispatch_cli.main import app
from typer.testing import CliRunner, Result

from tests.client.scripted_server import ScriptedServer

Run = Callable[..., Result]


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture
def run(scripted: ScriptedServer) -> Run:
    """Runs `pydispatch` with these arguments against the scripted server."""
    address = scripted.start()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, env={"PYDISPATCH_SERVER": address, "PYDISPATCH_REGION": "sf"})

    return run
