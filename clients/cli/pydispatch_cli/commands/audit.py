"""`pydispatch audit`: the hash-chained record of every change: read, exported, verified here or by the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names
from rich.markup import escape
from rich.progress import Progress

from pydispatch_cli import audit_file, options, output
from pydispatch_cli.session import REFUSED, USAGE, connected, console

app = typer.Typer(help="The audit: what was decided, when and for whom, in a chain.", no_args_is_help=True)

EXPORT_PAGE = 1000
_DIGEST_DIGITS = 12

Known = Annotated[
    list[Path],
    typer.Option("--known", metavar="FILE", exists=True, dir_okay=False, help="A checkpoint kept earlier; repeatable."),
]


@app.command(name="list")
def list_records(
    resource: Annotated[str, typer.Option(metavar="NAME", help="Only records of this resource, by full name.")] = "",
    start: Annotated[int, typer.Option(metavar="NUMBER", min=0, help="Only records from this number on.")] = 0,
    count: Annotated[int, typer.Option(metavar="COUNT", min=1, help="Most records to show.")] = 100,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """List audit records, oldest first."""
    with connected(server, as_json=as_json) as client:
        found = client.audit.list(
            names.region(region), resource=resource, start_sequence=start, page_size=min(count, EXPORT_PAGE)
        )
        records = [record for record, _ in zip(found, range(count), strict=False)]
    if as_json:
        output.print_lines(records)
        return
    rows = [
        (
            str(record.sequence),
            output.instant(record.record_time),
            record.event_type,
            record.resource,
            record.decision_id,
            record.actor,
            record.after_digest.hex()[:_DIGEST_DIGITS] or "gone",
        )
        for record in records
    ]
    columns = ["record>", "time", "what", "resource", "decision", "by", "content"]
    output.print_table(columns, rows, empty="Nothing has happened yet.")


@app.command()
def checkpoint(
    size: Annotated[
        int | None, typer.Argument(metavar="[SIZE]", help="Records that it covers; default newest.")
    ] = None,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Print a signed checkpoint. Keep it elsewhere: it finds whatever is rewritten or cut off later."""
    with connected(server, as_json=as_json) as client:
        found = client.audit.get_checkpoint(names.audit_checkpoint(region, size))
    if as_json:
        output.print_document(found)
    else:
        typer.echo(found.note, nl=False)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="Where to write.")],
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
) -> None:
    """Write all records and the newest checkpoint to a file that `verify --file` reads."""
    with connected(server, as_json=False) as client, file.open("wb") as target:
        signed = client.audit.get_checkpoint(names.audit_checkpoint(region))
        audit_file.write_header(target, region)
        records = 0
        for record in client.audit.list(names.region(region), page_size=EXPORT_PAGE):
            audit_file.write_frame(target, audit_file.Frame(audit_file.RECORD, record.encoded, record.link))
            records += 1
            if record.sequence == signed.size:
                audit_file.write_frame(target, audit_file.Frame(audit_file.CHECKPOINT, signed.note.encode()))
    console().print(escape(f"{records} records and the checkpoint of {signed.size} written to {file}"), soft_wrap=True)
    console().print(escape(f"signed by {signed.public_key}"), soft_wrap=True)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Verify this export, offline.")
    ] = None,
    public_key: Annotated[
        str, typer.Option(metavar="KEY", help="With --file: whose checkpoints are believed, name+id+base64.")
    ] = "",
    known: Known = [],  # noqa: B006 - Typer copies it
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Verify a whole chain: by the server, or with --file and --public-key by this command alone.

    Ends with 1 when anything is wrong.
    """
    notes = [path.read_text(encoding="utf-8") for path in known]
    if file is not None:
        _verify_file(file, public_key, notes, as_json=as_json)
        return
    with connected(server, as_json=as_json) as client:
        answers = client.audit.verify(names.region(region), known_checkpoints=notes)
        last = _follow(answers, is_silent=as_json)
    if as_json:
        output.print_document(last.result)
    else:
        _show(last)
    if not last.result.intact:
        raise typer.Exit(REFUSED)


def _follow(answers: Iterator[m.VerifyAuditResponse], *, is_silent: bool) -> m.VerifyAuditResponse:
    """Shows progress and returns the last answer."""
    last = m.VerifyAuditResponse()
    with Progress(console=console(to_stderr=True), transient=True, disable=is_silent) as progress:
        task = progress.add_task("verifying", total=None)
        for last in answers:
            progress.update(task, completed=last.verified_records, total=max(last.total_records, 1))
    return last


def _show(last: m.VerifyAuditResponse) -> None:
    """Says what the server found."""
    result = last.result
    if result.intact:
        console().print(
            f"[green]intact[/]: {last.verified_records} records, signed up to {result.confirmed_size}, "
            f"root {result.root.hex()}",
            soft_wrap=True,
        )
        return
    rows = [
        (
            output.word(m.AuditFaultType, fault.type, "AUDIT_FAULT_TYPE_"),
            str(fault.first_sequence),
            str(fault.last_sequence),
        )
        for fault in result.faults
    ]
    output.print_table(["fault", "first record>", "last record>"], rows, title=f"{last.fault_count} faults")


def _verify_file(file: Path, public_key: str, notes: list[str], *, as_json: bool) -> None:
    """Verifies an export and says what is found."""
    if not public_key:
        raise typer.BadParameter("is needed with --file: an export cannot vouch for itself", param_hint="--public-key")
    try:
        with file.open("rb") as source:
            region = audit_file.read_header(source)
            checked = audit_file.verify(region, audit_file.read_frames(source), public_key, notes)
    except audit_file.BadFile as error:
        console(to_stderr=True).print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(USAGE) from error
    except audit_file.ChainFault as error:
        console(to_stderr=True).print(f"[bold red]fault:[/] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(REFUSED) from error
    result = m.AuditVerification(
        intact=True, size=checked.records, confirmed_size=checked.confirmed, root=checked.root, link=checked.link
    )
    if as_json:
        output.print_document(result)
    else:
        _show(m.VerifyAuditResponse(verified_records=checked.records, result=result))
