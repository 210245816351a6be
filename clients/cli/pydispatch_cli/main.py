"""The `pydispatch` command: one Typer app, one file a command group."""

from __future__ import annotations

import typer

from pydispatch_cli.commands import (
    audit,
    batch,
    bookings,
    explanations,
    plan,
    plan_changes,
    plan_history,
    regions,
    search,
    services,
    technicians,
    webhooks,
)
from pydispatch_cli.commands.serve import db, serve
from pydispatch_cli.commands.solve import solve
from pydispatch_cli.simulate.commands import demo, replay

app = typer.Typer(
    help="Run, drive and inspect a pydispatch server.", no_args_is_help=True, pretty_exceptions_enable=False
)

# Every flag is the server's or the solver's, --help among them.
_HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
app.command(context_settings=_HANDED_ON, add_help_option=False)(serve)
app.command(context_settings=_HANDED_ON, add_help_option=False)(db)
app.command(context_settings=_HANDED_ON, add_help_option=False)(solve)
app.command()(demo)
app.command()(replay)
app.command()(search.nearby)
app.command()(search.recommend)
app.add_typer(regions.app, name="regions")
app.add_typer(services.app, name="services")
app.add_typer(technicians.app, name="technicians")
app.add_typer(bookings.app, name="bookings")
plan_changes.add_to(plan.app)
explanations.add_to(plan.app)
plan_history.add_to(plan.app)
app.add_typer(plan.app, name="plan")
app.add_typer(batch.app, name="batch")
app.add_typer(audit.app, name="audit")
app.add_typer(webhooks.app, name="webhooks")


@app.callback()
def root() -> None:
    """Run, drive and inspect a pydispatch server."""
