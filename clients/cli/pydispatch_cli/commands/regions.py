"""`pydispatch regions`: the regions of a server."""

from __future__ import annotations

from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.session import connected

app = typer.Typer(help="Regions: a city each, the unit everything else lives in.", no_args_is_help=True)


@app.command("list")
def list_regions(server: options.Server = options.DEFAULT_SERVER, as_json: options.Json = False) -> None:
    """List the regions of the server."""
    with connected(server, as_json=as_json) as client:
        regions = client.regions.list()
        if as_json:
            output.print_lines(regions)
            return
        rows = [
            (names.last_id(region.name), region.display_name, region.time_zone, output.place(region.center))
            for region in regions
        ]
    output.print_table(["region", "name", "time zone", "centre"], rows, empty="The server has no regions.")


@app.command()
def create(
    region_id: Annotated[str, typer.Argument(metavar="ID", help="Identifier of the new region.")],
    at: options.Place,
    display_name: Annotated[str, typer.Option("--name", help="Name for people.")] = "",
    time_zone: Annotated[str, typer.Option(help="IANA time zone, such as America/Los_Angeles.")] = "UTC",
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Create a region around a centre."""
    with connected(server, as_json=as_json) as client:
        region = client.regions.create(region_id, m.Region(display_name=display_name, time_zone=time_zone, center=at))
    if as_json:
        output.print_document(region)
    else:
        output.print_facts([("region", names.last_id(region.name)), ("centre", output.place(region.center))])
