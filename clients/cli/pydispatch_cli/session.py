"""A client for one command, and what the command says and returns when the server does not do what was asked.

Exit codes: 0 done, 1 the server refused, 2 the command line or an input file is wrong, 3 the server cannot be reached.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydispatch_client import (
    ClientOptions,
    DeadlineExceeded,
    DispatchClient,
    DispatchClientError,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    ResourceExhausted,
    StreamBreak,
    Unavailable,
    Unimplemented,
)
from rich.console import Console
from rich.markup import escape
from rich.table import Table

REFUSED = 1
USAGE = 2
UNREACHABLE = 3
# Width of tables in files and pipes, where there is no terminal to ask.
PLAIN_WIDTH = 200


def console(*, to_stderr: bool = False) -> Console:
    """Returns a console on stdout or stderr, wide where nobody watches."""
    stream = sys.stderr if to_stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else PLAIN_WIDTH, highlight=False)


@contextmanager
def connected(server: str, *, as_json: bool) -> Iterator[DispatchClient]:
    """Opens a client for a command; an error of the server ends the command with a message and an exit code."""
    try:
        with DispatchClient(server, ClientOptions(on_break=_show_break)) as client:
            yield client
    except DispatchClientError as error:
        show_error(error, server, as_json=as_json)
        raise typer.Exit(UNREACHABLE if isinstance(error, Unavailable | DeadlineExceeded) else REFUSED) from error


def _show_break(broken: StreamBreak) -> None:
    """Says on stderr that a watch has lost its server and goes on by itself."""
    why = broken.error.code.name if isinstance(broken.error, DispatchClientError) else "the server ended the stream"
    console(to_stderr=True).print(f"[yellow]connection lost ({why}), trying again[/]")


def show_error(error: DispatchClientError, server: str, *, as_json: bool) -> None:
    """Says on stderr what went wrong and what to do about it."""
    if as_json:
        typer.echo(json.dumps({"error": error_document(error)}, ensure_ascii=False), err=True)
        return
    out = console(to_stderr=True)
    reason = f" [dim]({error.reason or error.code.name})[/dim]"
    out.print(f"[bold red]error:[/] {escape(error.message or error.code.name)}{reason}")
    if isinstance(error, InvalidArgument | FailedPrecondition) and error.violations:
        out.print(violations_table(error))
    hint = advice(error, server)
    if hint:
        out.print(escape(hint))


def violations_table(error: InvalidArgument | FailedPrecondition) -> Table:
    """Returns a table with a row for each thing that is wrong."""
    if isinstance(error, InvalidArgument):
        table = Table("field", "reason", "what is wrong")
        for field in error.violations:
            table.add_row(*(escape(text) for text in (field.field or "(request)", field.reason, field.description)))
        return table
    table = Table("what", "condition", "what is wrong")
    for condition in error.violations:
        table.add_row(*(escape(text) for text in (condition.subject, condition.type, condition.description)))
    return table


def advice(error: DispatchClientError, server: str) -> str:
    """Returns a sentence on what to do, empty when the message says it all."""
    match error:
        case Unavailable(reason=""):
            return (
                f"No pydispatch server can be reached at {server}. "
                "Start one with `pydispatch serve`, or name another with --server or PYDISPATCH_SERVER."
            )
        case Unavailable():
            return "The server cannot answer now; try again in a moment."
        case DeadlineExceeded():
            return f"{server} did not answer in time; the change may have happened, so look before you repeat it."
        case ResourceExhausted(retry_after_s=float(wait_s)):
            return f"The server is busy; try again in {wait_s:g} s."
        case Unimplemented():
            return f"{server} does not offer this call; is it a pydispatch server of this version?"
        case Internal(error_id=str(error_id)) if error_id:
            return f"The server's log tells more under error id {error_id}."
    return ""


def error_document(error: DispatchClientError) -> dict[str, object]:
    """Returns the error as plain values."""
    document: dict[str, object] = {
        "code": error.code.name,
        "reason": error.reason,
        "message": error.message,
        "method": error.method,
        "metadata": dict(error.metadata),
    }
    match error:
        case InvalidArgument():
            document["violations"] = [
                {"field": field.field, "reason": field.reason, "description": field.description}
                for field in error.violations
            ]
        case FailedPrecondition():
            document["violations"] = [
                {"type": condition.type, "subject": condition.subject, "description": condition.description}
                for condition in error.violations
            ]
        case ResourceExhausted() | Unavailable():
            document["retry_after_s"] = error.retry_after_s
        case Internal():
            document["error_id"] = error.error_id
    return document
