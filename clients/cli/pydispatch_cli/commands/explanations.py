"""`pydispatch plan why`, `why-not`, `compare` and `evaluate`: the plan explained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.session import connected

VisitId = Annotated[str, typer.Argument(metavar="VISIT", help="Identifier of the visit.")]
Misses = Annotated[int, typer.Option("--misses", metavar="COUNT", help="Most technicians told who cannot, 1 to 1000.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands of this file to a group."""
    app.command()(why)
    app.command()(why_not)
    app.command()(compare)
    app.command()(evaluate)


def why(
    visit: VisitId,
    limit: Annotated[int, typer.Option(metavar="COUNT", help="Most candidates, 1 to 50.")] = 3,
    misses: Misses = 10,
    technician: Annotated[
        list[str], typer.Option("--technician", metavar="ID", help="Told in any case; repeatable.")
    ] = [],  # noqa: B006 - Typer copies it
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Say who could take a visit at what price, and what keeps the others from it."""
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.explain_assignment(
            names.visit(region, visit),
            max_candidates=limit,
            max_misses=misses,
            technicians=[names.technician(region, key) for key in technician],
        )
    if as_json:
        output.print_document(answer)
        return
    _print_candidates(answer.candidates, answer.technician_id)
    _print_misses(answer.misses)


def why_not(
    visit: VisitId,
    misses: Misses = 10,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Say why nobody has a visit, and what would have to give."""
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.explain_unassigned(names.visit(region, visit), max_misses=misses)
    if as_json:
        output.print_document(answer)
        return
    _print_misses(answer.misses)
    output.print_facts([("all", output.reasons(answer.reasons))])
    changes = "\n".join(relaxation.detail for relaxation in answer.relaxations)
    output.print_facts(
        [("it would be placed if", changes or ("" if answer.candidates else "no single change would do"))]
    )
    if answer.candidates:
        _print_candidates(answer.candidates, "")


def compare(
    visit: VisitId,
    technician: Annotated[str, typer.Argument(metavar="TECHNICIAN", help="The one.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The other.")],
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Compare two technicians for one visit, term by term."""
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.compare_candidates(
            names.visit(region, visit), names.technician(region, technician), names.technician(region, other)
        )
    if as_json:
        output.print_document(answer)
        return
    verdicts = (answer.verdict, answer.other_verdict)
    candidates = [found.candidate for found in verdicts if found.HasField("candidate")]
    _print_candidates(sorted(candidates, key=lambda found: found.rank), "")
    _print_misses([found.miss for found in verdicts if found.HasField("miss")])


def evaluate(
    order: Annotated[
        list[str],
        typer.Argument(metavar="TECHNICIAN=VISIT,VISIT", help="A technician with visits in order; repeatable."),
    ],
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Say what a given order of visits would cost and which rules it would break."""
    orders = {}
    for text in order:
        technician, _, visits = text.partition("=")
        keys = [key for key in visits.split(",") if key]
        orders[names.technician(region, technician)] = [names.visit(region, key) for key in keys]
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.evaluate_plan(names.plan(region), orders)
    if as_json:
        output.print_document(answer)
        return
    rows = [
        (
            names.last_id(route.technician) if number == 1 else "",
            names.last_id(stop.visit),
            output.instant(stop.arrival_time),
            output.instant(stop.start_time),
            output.instant(stop.end_time),
        )
        for route in answer.routes
        for number, stop in enumerate(route.stops, start=1)
    ]
    output.print_table(["technician", "visit", "arrival", "start", "end"], rows, empty="No visits.")
    broken = [
        (names.last_id(found.technician), names.last_id(found.visit), _rule(found.rule), found.detail)
        for found in answer.violations
    ]
    if broken:
        output.print_table(["technician", "visit", "rule", "broken"], broken)
    output.print_facts([("cost", output.cost(answer.cost_milli)), ("change", output.cost(answer.cost_change_milli))])


def _print_candidates(candidates: Iterable[m.Candidate], holder: str) -> None:
    """Prints who could take a visit."""
    rows = [
        (
            str(found.rank),
            found.technician_id + (" *" if found.technician_id == holder else ""),
            output.instant(found.start_time),
            output.cost(found.cost_milli),
            output.terms(found.score_terms),
            output.cost(found.gap_milli),
            output.terms(found.gap_terms),
        )
        for found in candidates
    ]
    columns = ["rank>", "technician", "start", "cost>", "because", "gap>", "of it"]
    output.print_table(columns, rows, empty="Nobody can take this visit.")


def _print_misses(misses: Iterable[m.RuleMiss]) -> None:
    """Prints who cannot take a visit."""
    rows = [
        (miss.technician_id, _rule(miss.rule), f"{miss.amount}{miss.unit}" if miss.amount else "", miss.detail)
        for miss in misses
    ]
    if rows:
        output.print_table(["technician", "cannot by", "missing>", "because"], rows)


def _rule(rule: int) -> str:
    """Returns a rule as words."""
    return output.word(m.Rule, rule, "RULE_")
