"""`pydispatch plan`: the plan as it stands and as it changes."""

from __future__ import annotations

from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names
from rich.markup import escape

from pydispatch_cli import options, output
from pydispatch_cli.session import connected, console

app = typer.Typer(help="The plan: every technician's route, and what nobody can take.", no_args_is_help=True)

Technicians = Annotated[list[str], typer.Option("--technician", metavar="ID", help="Only this technician; repeatable.")]


@app.command()
def show(
    technician: Technicians = [],  # noqa: B006 - Typer copies it
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Show the routes and the unassigned visits."""
    with connected(server, as_json=as_json) as client:
        plan = client.dispatch.get_plan(
            names.plan(region), technicians=[names.technician(region, key) for key in technician]
        )
    if as_json:
        output.print_document(plan)
        return
    rows = [
        (
            names.last_id(route.technician) if number == 1 else "",
            str(number),
            names.last_id(stop.visit),
            output.visit_state(stop.state),
            output.instant(stop.arrival_time),
            output.instant(stop.start_time),
            output.instant(stop.end_time),
            output.duration(stop.slack_s),
        )
        for route in plan.routes
        for number, stop in enumerate(route.stops, start=1)
    ]
    columns = ["technician", "stop>", "visit", "state", "arrival", "start", "end", "slack>"]
    title = f"Plan of {region} at {output.instant(plan.read_time)}, change {plan.sequence}"
    output.print_table(columns, rows, title=title, empty="Nobody has a visit.")
    if plan.unassigned_visits:
        unassigned = [(names.last_id(visit.visit), output.reasons(visit.reasons)) for visit in plan.unassigned_visits]
        output.print_table(["unassigned visit", "why nobody"], unassigned)


@app.command()
def watch(
    technician: Technicians = [],  # noqa: B006 - Typer copies it
    batch: Annotated[str, typer.Option(metavar="ID", help="Only visits of this batch.")] = "",
    resume_token: Annotated[str, typer.Option(help="Go on after the event with this token.")] = "",
    count: Annotated[int, typer.Option(metavar="COUNT", help="End after this many events; 0 never ends.")] = 0,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Print the open visits as they are, then every change, a line each, until Ctrl-C."""
    with connected(server, as_json=as_json) as client:
        events = client.dispatch.watch_plan(
            names.plan(region),
            technicians=[names.technician(region, key) for key in technician],
            batch=names.batch(region, batch) if batch else "",
            resume_token=resume_token,
        )
        for number, event in enumerate(events, start=1):
            output.print_line(event) if as_json else _print_event(event)
            if number == count:
                return


def _print_event(event: m.WatchPlanResponse) -> None:
    """Prints an event as one line; heartbeats are silent."""
    out = console()
    match event.type:
        case m.PlanEventType.PLAN_EVENT_TYPE_SYNCED:
            out.print("[dim]that was the present state; changes follow[/]")
        case m.PlanEventType.PLAN_EVENT_TYPE_RESYNC:
            out.print("[yellow]changes were missed; the present state follows again[/]")
        case m.PlanEventType.PLAN_EVENT_TYPE_INITIAL | m.PlanEventType.PLAN_EVENT_TYPE_VISIT_CHANGED:
            out.print(escape(_visit_line(event)), soft_wrap=True)


def _visit_line(event: m.WatchPlanResponse) -> str:
    visit, placement = event.visit, event.visit.placement
    when = output.instant(event.event_time) or "now"
    where = f"{names.last_id(placement.technician)}, starts {output.instant(placement.start_time)}"
    why = output.reasons(visit.unassigned_reasons).replace("\n", "; ")
    return f"{when}  {names.last_id(visit.name)}  {output.visit_state(visit.state):<10}  " + (
        where if placement.technician else why
    )
