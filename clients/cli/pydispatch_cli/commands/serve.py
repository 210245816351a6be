"""`pydispatch serve` and `pydispatch db`: hand over to the server."""

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
    _hand_over(context.args)


def db(context: typer.Context) -> None:
    """Look after a server's database: upgrade, backup, verify, restore. `pydispatch db --help` says more.

    Works on the database itself (--database-url, PYDISPATCH_DATABASE_URL), beside a running server or without one.
    """
    _hand_over(["db", *context.args])


def _hand_over(arguments: list[str]) -> None:
    """Becomes the server's process."""
    if importlib.util.find_spec(SERVER_MODULE) is None:
        console(to_stderr=True).print(
            "[bold red]error:[/] the server is not installed in this environment: `pip install pydispatch-server`, "
            "or name a running one with --server in the other commands"
        )
        raise typer.Exit(USAGE)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", SERVER_MODULE, *arguments])
