"""`pydispatch services`: what can be booked."""

from __future__ import annotations

from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.session import connected

app = typer.Typer(help="Services: what can be booked, as configuration.", no_args_is_help=True)


@app.command("list")
def list_services(
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """List the services of the region."""
    with connected(server, as_json=as_json) as client:
        services = client.catalog.list(names.region(region))
        if as_json:
            output.print_lines(services)
            return
        rows = [
            (
                names.last_id(service.name),
                service.display_name,
                output.duration(service.duration_s),
                output.word(m.Priority, service.priority, "PRIORITY_"),
                output.skills(service.required_skills),
                ", ".join(service.required_certificates),
            )
            for service in services
        ]
    columns = ["service", "name", "duration>", "priority", "skills", "certificates"]
    output.print_table(columns, rows, empty=f"Region {region} has no services.")


@app.command()
def create(
    service_id: Annotated[str, typer.Argument(metavar="ID", help="Identifier of the new service.")],
    duration_s: Annotated[int, typer.Option(metavar="SECONDS", help="Planned time at the site.")],
    skill: options.Skills = [],  # noqa: B006 - Typer copies it
    certificate: options.Certificates = [],  # noqa: B006 - Typer copies it
    display_name: Annotated[str, typer.Option("--name", help="Name for people.")] = "",
    priority: options.Priority = None,
    partner: options.Partners = [],  # noqa: B006 - Typer copies it
    part: options.Parts = [],  # noqa: B006 - Typer copies it
    role: options.Roles = [],  # noqa: B006 - Typer copies it
    spread_s: options.SpreadS = 0,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Create a service."""
    service = m.Service(
        display_name=display_name,
        required_skills=skill,
        required_certificates=certificate,
        duration_s=duration_s,
        priority=priority.message() if priority else None,
        partners=partner,
        parts=part,
        roles=role,
        max_start_spread_s=spread_s,
    )
    with connected(server, as_json=as_json) as client:
        stored = client.catalog.create(names.region(region), service_id, service)
    if as_json:
        output.print_document(stored)
    else:
        output.print_facts([("service", stored.name), ("skills", output.skills(stored.required_skills))])
