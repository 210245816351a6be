"""`pydispatch serve`: hands over to the server."""

from __future__ import annotations

import importlib.util
import os
import sys

import typer

from pydispatch_cli.session import USAGE, console

SERVER_MODULE = "pydispatch_server"


def serve(context: typer.Context) -> None:
    """Run a server in this process. All flags are the server's own: `pydispatch serve --help` lists them.

    Without flags it listens on 127.0.0.1:50051 and keeps its records in ./pydispatch-data.
    """
    if importlib.util.find_spec(SERVER_MODULE) is None:
        console(to_stderr=True).print(
            "[bold red]error:[/] the server is not installed in this environment: `pip install pydispatch-server`, "
            "or name a running one with --server in the other commands"
        )
        raise typer.Exit(USAGE)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", SERVER_MODULE, *context.args])
