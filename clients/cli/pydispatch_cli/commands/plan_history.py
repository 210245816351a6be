"""`pydispatch plan revisions`, `revert`, `improve`, `operations`, `cancel`: what became of it, and long searches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.commands.plan_changes import show_delta
from pydispatch_cli.session import connected

OperationId = Annotated[str, typer.Argument(metavar="OPERATION", help="Identifier of the search.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands of this file to a group."""
    for command in (revisions, revert, improve, operations, cancel):
        app.command()(command)


def revisions(
    after: Annotated[int, typer.Option(metavar="SEQUENCE", help="Only those after this change.")] = 0,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """List the decisions that changed the plan, oldest first."""
    with connected(server, as_json=as_json) as client:
        found = client.dispatch.list_revisions(names.region(region), after_sequence=after, page_size=1000)
        if as_json:
            output.print_lines(found)
            return
        rows = [
            (
                str(revision.sequence),
                output.instant(revision.revision_time),
                revision.actor,
                ", ".join(revision.causes),
                _changes(revision),
                revision.decision_id,
            )
            for revision in found
        ]
    columns = ["change>", "time", "by", "because", "visits", "decision"]
    output.print_table(columns, rows, empty="The plan has not changed.")


def revert(
    sequence: Annotated[int, typer.Argument(metavar="SEQUENCE", help="The revision to go back to.")],
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Give visits back to the technicians who had them at an earlier revision."""
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.revert(names.plan(region), sequence)
    show_delta(answer, answer.delta, as_json=as_json)
    if as_json or not answer.kept:
        return
    rows = [
        (names.last_id(kept.visit), names.last_id(kept.technician) or "nobody", kept.detail) for kept in answer.kept
    ]
    output.print_table(["not brought back", "was with", "because"], rows, empty="")


def improve(
    budget_s: Annotated[float, typer.Option("--budget-s", metavar="SECONDS", help="Time to search.")] = 60.0,
    max_moves: Annotated[
        int | None, typer.Option("--max-moves", metavar="COUNT", help="Most visits that each round may move.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Where the search begins.")] = 0,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it has ended.")] = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Begin a search for a better plan that goes on beside everything else."""
    with connected(server, as_json=as_json) as client:
        operation = client.dispatch.start_operation(
            names.region(region), round(budget_s * 1000), max_moved_visits=max_moves, seed=seed
        )
        while wait and operation.state == m.PlanOperationState.PLAN_OPERATION_STATE_RUNNING:
            operation = client.dispatch.wait_operation(operation.name)
    _show([operation], as_json=as_json)


def operations(
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """List the searches of the region."""
    with connected(server, as_json=as_json) as client:
        found = list(client.dispatch.list_operations(names.region(region)))
    _show(found, as_json=as_json)


def cancel(
    operation: OperationId,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """End a search; what it has found stays."""
    with connected(server, as_json=as_json) as client:
        found = client.dispatch.cancel_operation(f"{names.region(region)}/planOperations/{operation}")
    _show([found], as_json=as_json)


def _show(found: Iterable[m.PlanOperation], *, as_json: bool) -> None:
    """Prints searches."""
    if as_json:
        output.print_lines(found)
        return
    rows = [
        (
            names.last_id(operation.name),
            output.word(m.PlanOperationState, operation.state, "PLAN_OPERATION_STATE_"),
            f"{operation.searched_ms / 1000:g} of {operation.budget_ms / 1000:g} s",
            str(operation.round_count),
            str(operation.moved_count),
            output.cost(operation.cost_change_milli),
            operation.error_reason,
        )
        for operation in found
    ]
    columns = ["search", "state", "searched>", "rounds>", "moved>", "cost change>", "why"]
    output.print_table(columns, rows, empty="Nobody searches.")


def _changes(revision: m.PlanRevision) -> str:
    """Returns how many visits changed in which way."""
    counts = {
        "assigned": revision.assigned_count,
        "moved": revision.moved_count,
        "retimed": revision.retimed_count,
        "unassigned": revision.unassigned_count,
        "progressed": revision.progressed_count,
    }
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
