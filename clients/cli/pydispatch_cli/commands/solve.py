"""`pydispatch solve`: hands over to the engine library's stand-alone solver."""

from __future__ import annotations

import importlib.util
import os
import sys

import typer

from pydispatch_cli.session import USAGE, console

LIBRARY = "pydispatch"


def solve(context: typer.Context) -> None:
    """Plan a public instance from a file. All flags are the solver's own: `pydispatch solve --help` lists them.

    Reads Solomon and Gehring-Homberger, TRSP and VROOM files; no server is needed.
    """
    if importlib.util.find_spec(LIBRARY) is None:
        console(to_stderr=True).print(
            "[bold red]error:[/] the engine is not installed in this environment: `pip install pydispatch`"
        )
        raise typer.Exit(USAGE)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", f"{LIBRARY}.solve", *context.args])
