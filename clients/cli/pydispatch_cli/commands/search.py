"""`pydispatch nearby` and `pydispatch recommend`: who is there, and who should go."""

from __future__ import annotations

from typing import Annotated

import typer
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.session import connected


def nearby(
    at: options.Place,
    limit: Annotated[int, typer.Option(metavar="COUNT", help="Most technicians, 1 to 1000.")] = 10,
    radius_m: Annotated[float, typer.Option(metavar="METRES", help="Farthest distance; 0 is no limit.")] = 0.0,
    skill: options.Skills = [],  # noqa: B006 - Typer copies it
    certificate: options.Certificates = [],  # noqa: B006 - Typer copies it
    order: Annotated[options.OrderName, typer.Option(help="What comes first.")] = options.OrderName.DISTANCE,
    max_staleness_ms: Annotated[
        int, typer.Option(metavar="MS", help="Oldest position that counts; 0 is two minutes.")
    ] = 0,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Find the technicians nearest to a place."""
    with connected(server, as_json=as_json) as client:
        answer = client.locations.search_nearby(
            names.region(region),
            at,
            max_results=limit,
            radius_m=radius_m,
            required_skills=skill,
            required_certificates=certificate,
            max_staleness_ms=max_staleness_ms,
            order=order.message(),
        )
    if as_json:
        output.print_document(answer)
        return
    rows = [
        (
            found.technician_id,
            f"{found.distance_m:,.0f} m",
            output.duration(found.travel_s),
            output.duration(found.free_in_s) if found.free_in_s else "now",
            f"{found.age_ms / 1000:.1f} s",
            output.place(found.location),
        )
        for found in answer.technicians
    ]
    columns = ["technician", "distance>", "travel>", "free in>", "position age>", "position"]
    output.print_table(columns, rows, empty="Nobody with a recent position is there.")


def recommend(
    at: options.Place,
    service: Annotated[str, typer.Option(metavar="ID", help="Service whose demands apply.")] = "",
    skill: options.Skills = [],  # noqa: B006 - Typer copies it
    certificate: options.Certificates = [],  # noqa: B006 - Typer copies it
    language: options.Languages = [],  # noqa: B006 - Typer copies it
    partner: options.Partners = [],  # noqa: B006 - Typer copies it
    part: options.Parts = [],  # noqa: B006 - Typer copies it
    window: options.Window = None,
    duration_s: options.DurationS = 0,
    priority: options.Priority = None,
    limit: Annotated[int, typer.Option(metavar="COUNT", help="How many, 1 to 20.")] = 3,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Rank the technicians who could take a visit, with the reasons."""
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.recommend(
            names.region(region),
            at,
            service=names.service(region, service) if service else "",
            required_skills=skill,
            required_certificates=certificate,
            required_languages=language,
            partners=partner,
            parts=part,
            start_window=window,
            duration_s=duration_s,
            priority=priority.message() if priority else None,
            max_results=limit,
        )
    if as_json:
        output.print_document(answer)
        return
    rows = [
        (
            str(found.rank),
            found.technician_id,
            output.instant(found.arrival_time),
            output.instant(found.start_time),
            output.duration(found.added_travel_s),
            output.cost(found.cost_milli),
            output.terms(found.score_terms),
        )
        for found in answer.recommendations
    ]
    columns = ["rank>", "technician", "arrival", "start", "added travel>", "cost>", "because"]
    output.print_table(columns, rows, empty="Nobody can take this visit.")
    if answer.reasons:
        output.print_facts([("others cannot", output.reasons(answer.reasons))])
