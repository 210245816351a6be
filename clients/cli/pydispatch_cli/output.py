"""How messages look: as JSON for programs, as table cells for people."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_client import messages as m
from pydispatch_client import names
from rich.markup import escape
from rich.table import Table

from pydispatch_cli.session import console


def document(message: Message) -> dict[str, Any]:
    """Returns a message as plain values under the field names of the contract."""
    return MessageToDict(message, preserving_proto_field_name=True)


def print_document(message: Message) -> None:
    """Prints one message as a JSON document."""
    typer.echo(json.dumps(document(message), ensure_ascii=False, indent=2))


def print_line(message: Message) -> None:
    """Prints one message as a JSON line, at once, also into a pipe."""
    typer.echo(json.dumps(document(message), ensure_ascii=False))


def print_lines(messages: Iterable[Message]) -> None:
    """Prints each message as a JSON line."""
    for message in messages:
        print_line(message)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "", empty: str = "") -> None:
    """Prints a table, or the sentence `empty` when it has no rows.

    Args:
        columns: Headings; one that ends with ">" is aligned to the right.
        rows: Cells as plain text.
        title: Line above the table.
        empty: Sentence for a table without rows.
    """
    table = Table(title=escape(title) or None, title_justify="left")
    for column in columns:
        table.add_column(column.removesuffix(">"), justify="right" if column.endswith(">") else "left")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console().print(table if table.row_count or not empty else escape(empty))


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Prints names and values below one another, leaving out what is empty."""
    grid = Table.grid(padding=(0, 2))
    for name, value in facts:
        if value:
            grid.add_row(f"[bold]{escape(name)}[/]", escape(value))
    console().print(grid)


def instant(time: Timestamp) -> str:
    """Returns a time in UTC to the second, empty when unset."""
    if not time.seconds:
        return ""
    return f"{time.ToDatetime(datetime.UTC):%Y-%m-%d %H:%M:%S}Z"


def span(window: m.TimeWindow) -> str:
    """Returns an interval of time, empty when unset."""
    return f"{instant(window.start_time)} to {instant(window.end_time)}" if window.HasField("start_time") else ""


def place(location: m.LatLng) -> str:
    """Returns "lat, lon" to about a metre."""
    return f"{location.lat_deg:.5f}, {location.lon_deg:.5f}"


def duration(seconds: int) -> str:
    """Returns a duration as "1h 05m", "5m 20s" or "20s"."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{sign}{hours}h {minutes:02d}m"
    return f"{sign}{minutes}m {seconds:02d}s" if minutes else f"{sign}{seconds}s"


def cost(cost_milli: int) -> str:
    """Returns a cost in units with three places."""
    return f"{cost_milli / 1000:,.3f}"


def word(enum: Any, value: int, prefix: str) -> str:
    """Returns an enum value as a word, such as "in service", empty when unspecified."""
    if not value:
        return ""
    name = enum.Name(value) if value in enum.values() else str(value)
    return str(name).removeprefix(prefix).lower().replace("_", " ")


def visit_state(state: int) -> str:
    """Returns a visit's state as a word."""
    return word(m.VisitState, state, "VISIT_STATE_")


def skills(held: Iterable[m.SkillLevel]) -> str:
    """Returns skills with their levels."""
    return ", ".join(f"{skill.skill}:{skill.level}" for skill in held)


def parts(counted: Iterable[m.PartCount]) -> str:
    """Returns parts with how many."""
    return ", ".join(f"{part.part}:{part.count}" for part in counted)


def terms(score_terms: Iterable[m.ScoreTerm]) -> str:
    """Returns the priced terms of a score that cost or save anything."""
    priced = (
        f"{term.term} {term.quantity:g}{term.unit} = {cost(term.cost_milli)}" for term in score_terms if term.cost_milli
    )
    return ", ".join(priced)


def reasons(why: Iterable[m.UnassignedReason]) -> str:
    """Returns the reasons why nobody has a visit, a line each."""
    return "\n".join(
        reason.detail or f"{reason.technician_count} by {word(m.Rule, reason.rule, 'RULE_')}" for reason in why
    )


def visit_facts(visit: m.Visit) -> list[tuple[str, str]]:
    """Returns what matters of a visit: who comes and when, or why nobody does."""
    placement = visit.placement
    return [
        ("visit", visit.name),
        ("visit state", visit_state(visit.state)),
        ("technician", names.last_id(placement.technician)),
        ("arrival", instant(placement.arrival_time)),
        ("start", instant(placement.start_time)),
        ("due", instant(visit.due_time)),
        ("score", f"{cost(placement.cost_milli)}: {terms(placement.score_terms)}" if placement.score_terms else ""),
        ("why nobody", reasons(visit.unassigned_reasons)),
    ]
