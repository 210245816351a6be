"""`pydispatch technicians`: who can be sent."""

from __future__ import annotations

from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.session import connected

app = typer.Typer(help="Technicians: who they are, what they may do and when they work.", no_args_is_help=True)

TechnicianId = Annotated[str, typer.Argument(metavar="ID", help="Identifier of the technician.")]


@app.command("list")
def list_technicians(
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """List the technicians of the region."""
    with connected(server, as_json=as_json) as client:
        technicians = client.technicians.list(names.region(region), page_size=1000)
        if as_json:
            output.print_lines(technicians)
            return
        rows = [
            (
                names.last_id(technician.name),
                technician.display_name,
                _availability(technician),
                output.skills(technician.skills),
                ", ".join(certificate.certificate for certificate in technician.certificates),
                str(len(technician.shifts)),
                technician.partner,
            )
            for technician in technicians
        ]
    columns = ["technician", "name", "availability", "skills", "certificates", "shifts>", "partner"]
    output.print_table(columns, rows, empty=f"Region {region} has no technicians.")


@app.command()
def get(
    technician_id: TechnicianId,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Show one technician."""
    with connected(server, as_json=as_json) as client:
        technician = client.technicians.get(names.technician(region, technician_id))
    _show(technician, as_json=as_json)


def _pace(region: str, text: str) -> m.WorkPace:
    """Reads "PERCENT" or "SERVICE:PERCENT"."""
    service, _, percent = text.rpartition(":")
    if not percent.isdecimal():
        raise typer.BadParameter(f'"{text}" is not SERVICE:PERCENT, such as boiler:120')
    return m.WorkPace(service=names.service(region, service) if service else "", percent=int(percent))


@app.command()
def create(
    technician_id: TechnicianId,
    at: options.Place,
    skill: options.Skills = [],  # noqa: B006 - Typer copies it
    certificate: options.Certificates = [],  # noqa: B006 - Typer copies it
    shift: Annotated[
        list[m.TimeWindow],
        typer.Option(
            "--shift", parser=options.window, metavar="START/END", help="A working period, ISO 8601; repeatable."
        ),
    ] = [],  # noqa: B006 - Typer copies it
    display_name: Annotated[str, typer.Option("--name", help="Name for people.")] = "",
    partner: Annotated[str, typer.Option(metavar="ID", help="Partner company; default is own staff.")] = "",
    star_tier: Annotated[int, typer.Option(metavar="0-5", help="Star tier.")] = 0,
    language: options.Languages = [],  # noqa: B006 - Typer copies it
    part: options.Parts = [],  # noqa: B006 - Typer copies it
    pace: Annotated[
        list[str],
        typer.Option(metavar="[SERVICE:]PERCENT", help="How long work takes, of the planned time; repeatable."),
    ] = [],  # noqa: B006 - Typer copies it
    validate_only: options.ValidateOnly = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Create a technician whose home is at a place."""
    technician = m.Technician(
        display_name=display_name,
        partner=partner,
        skills=skill,
        certificates=[m.Certificate(certificate=held) for held in certificate],
        shifts=[m.Shift(window=window) for window in shift],
        home_location=at,
        star_tier=star_tier,
        languages=language,
        parts=part,
        work_paces=[_pace(region, text) for text in pace],
    )
    with connected(server, as_json=as_json) as client:
        stored = client.technicians.create(names.region(region), technician_id, technician, validate_only=validate_only)
    _show(stored, as_json=as_json)


def _availability(technician: m.Technician) -> str:
    return output.word(m.AvailabilityState, technician.availability, "AVAILABILITY_STATE_")


def _show(technician: m.Technician, *, as_json: bool) -> None:
    if as_json:
        output.print_document(technician)
        return
    rating = f"{technician.rating_mean:g} of {technician.rating_count}" if technician.rating_count else ""
    output.print_facts(
        [
            ("technician", technician.name),
            ("name", technician.display_name),
            ("availability", _availability(technician)),
            ("home", output.place(technician.home_location)),
            ("skills", output.skills(technician.skills)),
            ("certificates", ", ".join(held.certificate for held in technician.certificates)),
            ("shifts", "\n".join(output.span(shift.window) for shift in technician.shifts)),
            ("partner", technician.partner),
            ("star tier", str(technician.star_tier)),
            ("rating", rating),
            ("languages", ", ".join(technician.languages)),
            ("on board", output.parts(technician.parts)),
            ("etag", technician.etag),
        ]
    )
