"""`pydispatch batch`: many bookings imported and planned together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.batch_files import UnreadableFile, read_rows
from pydispatch_cli.session import REFUSED, USAGE, connected, console

app = typer.Typer(help="Batches: many bookings imported and planned together.", no_args_is_help=True)

BatchId = Annotated[str, typer.Argument(metavar="ID", help="Identifier of the batch.")]
# Lines of a file, or rows refused, that are listed; JSON lists all.
MAX_SHOWN_ERRORS = 50


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .jsonl file.", exists=True, dir_okay=False)],
    batch_id: Annotated[str, typer.Option("--id", metavar="ID", help="Identifier; default is the file's name.")] = "",
    display_name: Annotated[str, typer.Option("--name", help="Name for people.")] = "",
    customer: Annotated[str, typer.Option(metavar="ID", help="The enterprise customer.")] = "",
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Import bookings from a file as drafts; importing the same file again is safe.

    Columns of a .csv, or keys of each line of a .jsonl: external_id, service_id, lat_deg, lon_deg, window_start,
    window_end (ISO 8601), and optionally address, duration_s, note, group, languages, partners (several with ";").
    """
    try:
        numbered_rows = read_rows(file)
    except UnreadableFile as error:
        _show_unreadable(file, error)
        raise typer.Exit(USAGE) from error
    with connected(server, as_json=as_json) as client:
        answer = client.batches.import_rows(
            names.region(region),
            batch_id or file.stem.lower(),
            [row for _, row in numbered_rows],
            display_name=display_name,
            customer=names.customer(region, customer) if customer else "",
        )
    if as_json:
        output.print_document(answer)
    else:
        _show_import(answer, [line for line, _ in numbered_rows])
    if answer.refused_count:
        raise typer.Exit(REFUSED)


@app.command()
def plan(
    batch_id: BatchId,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Plan every draft of a batch."""
    with connected(server, as_json=as_json) as client:
        batch = client.batches.plan(names.batch(region, batch_id))
    _show(batch, as_json=as_json)


@app.command()
def show(
    batch_id: BatchId,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Show a batch with its counts."""
    with connected(server, as_json=as_json) as client:
        batch = client.batches.get(names.batch(region, batch_id))
    _show(batch, as_json=as_json)


@app.command()
def watch(
    batch_id: BatchId,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Print the counts whenever they change, a line each, until every visit is final or Ctrl-C."""
    with connected(server, as_json=as_json) as client:
        for batch in client.batches.watch_progress(names.batch(region, batch_id)):
            if as_json:
                output.print_line(batch)
            else:
                counts = ", ".join(f"{name} {count}" for name, count in _counts(batch))
                console().print(f"{_state(batch)}: {counts}", soft_wrap=True)


def _show_unreadable(file: Path, error: UnreadableFile) -> None:
    out = console(to_stderr=True)
    out.print(f"[bold red]error:[/] {error.summary(file)}; nothing was sent", soft_wrap=True)
    for line, problem in error.problems[:MAX_SHOWN_ERRORS]:
        out.print(f"  line {line}: {problem}", markup=False, soft_wrap=True)
    hidden_count = len(error.problems) - MAX_SHOWN_ERRORS
    if hidden_count > 0:
        out.print(f"  and {hidden_count} more")


def _show_import(answer: m.ImportBatchResponse, lines: list[int]) -> None:
    output.print_facts(
        [
            ("batch", answer.batch.name),
            ("imported", str(answer.imported_count)),
            ("unchanged", str(answer.unchanged_count)),
            ("refused", str(answer.refused_count)),
        ]
    )
    if answer.errors:
        shown = answer.errors[:MAX_SHOWN_ERRORS]
        rows = [
            (str(lines[error.row_number - 1]), error.external_id, error.field, error.reason, error.description)
            for error in shown
        ]
        title = f"The first {len(shown)} of {len(answer.errors)} errors" if len(answer.errors) > len(shown) else ""
        output.print_table(["line>", "external id", "field", "reason", "what is wrong"], rows, title=title)


def _show(batch: m.Batch, *, as_json: bool) -> None:
    if as_json:
        output.print_document(batch)
        return
    counts = [(name, str(count)) for name, count in _counts(batch)]
    facts = [("batch", batch.name), ("name", batch.display_name), ("customer", names.last_id(batch.customer))]
    output.print_facts([*facts, ("state", _state(batch)), *counts])


def _state(batch: m.Batch) -> str:
    return output.word(m.BatchState, batch.state, "BATCH_STATE_")


def _counts(batch: m.Batch) -> list[tuple[str, int]]:
    return [
        ("bookings", batch.booking_count),
        ("drafts", batch.draft_count),
        ("planned", batch.planned_count),
        ("unassigned", batch.unassigned_count),
        ("active", batch.active_count),
        ("completed", batch.completed_count),
        ("failed", batch.failed_count),
    ]
