"""The `pydispatch` command: one Typer app, one file a command group."""

import typer

app = typer.Typer(help="Run, drive and inspect a pydispatch server.", no_args_is_help=True)


@app.callback()
def root() -> None:
    """Run, drive and inspect a pydispatch server."""
