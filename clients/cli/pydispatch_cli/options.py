"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Annotated

import typer
from pydispatch_client import messages as m

DEFAULT_SERVER = "127.0.0.1:50051"
DEFAULT_REGION = "default"


def place(text: str) -> m.LatLng:
    """Reads "LAT,LON" in degrees."""
    try:
        lat_deg, lon_deg = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f'"{text}" is not LAT,LON in degrees, such as 37.7749,-122.4194') from None
    return m.LatLng(lat_deg=lat_deg, lon_deg=lon_deg)


def skill(text: str) -> m.SkillLevel:
    """Reads "SKILL" or "SKILL:LEVEL"; the level is 1 when it is not said."""
    name, _, level = text.partition(":")
    if not name or (level and not level.isdecimal()):
        raise typer.BadParameter(f'"{text}" is not SKILL:LEVEL, such as plumbing:3')
    return m.SkillLevel(skill=name, level=int(level or 1))


def part(text: str) -> m.PartCount:
    """Reads "PART" or "PART:COUNT"; one when it is not said."""
    name, _, count = text.partition(":")
    if not name or (count and not count.isdecimal()):
        raise typer.BadParameter(f'"{text}" is not PART:COUNT, such as valve:2')
    return m.PartCount(part=name, count=int(count or 1))


def role(text: str) -> m.Role:
    """Reads "boiler:2,gas" as a role of a crew; "-" asks for no skill of its own."""
    return m.Role(required_skills=[] if text == "-" else [skill(part) for part in text.split(",")])


def instant(text: str) -> datetime.datetime:
    """Reads an ISO 8601 time; one without a zone is UTC."""
    parsed = datetime.datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC)


def window(text: str) -> m.TimeWindow:
    """Reads "START/END", both ISO 8601."""
    start, _, end = text.partition("/")
    try:
        return m.TimeWindow(start_time=instant(start), end_time=instant(end))
    except ValueError:
        raise typer.BadParameter(
            f'"{text}" is not START/END in ISO 8601, such as 2026-05-01T09:00Z/2026-05-01T12:00Z'
        ) from None


class PriorityName(StrEnum):
    """A priority on the command line."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    def message(self) -> m.Priority:
        """Returns the priority of the contract."""
        value: m.Priority = getattr(m.Priority, f"PRIORITY_{self.name}")
        return value


class OrderName(StrEnum):
    """An order of search results on the command line."""

    DISTANCE = "distance"
    ETA = "eta"
    SOONEST_FREE = "soonest-free"

    def message(self) -> m.SearchOrder:
        """Returns the order of the contract."""
        value: m.SearchOrder = getattr(m.SearchOrder, f"SEARCH_ORDER_{self.name}")
        return value


class BookingStateName(StrEnum):
    """A state of a booking on the command line."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"

    def message(self) -> m.BookingState:
        """Returns the state of the contract."""
        value: m.BookingState = getattr(m.BookingState, f"BOOKING_STATE_{self.name}")
        return value


Server = Annotated[
    str, typer.Option("--server", envvar="PYDISPATCH_SERVER", metavar="HOST:PORT", help="The server to ask.")
]
Region = Annotated[
    str, typer.Option("--region", "-r", envvar="PYDISPATCH_REGION", metavar="ID", help="The region to work in.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON: a document, or a line for each item of a list.")]
Place = Annotated[m.LatLng, typer.Option("--at", parser=place, metavar="LAT,LON", help="Where, in degrees.")]
Windows = Annotated[
    list[m.TimeWindow],
    typer.Option("--or-window", parser=window, metavar="START/END", help="Another window to start in; repeatable."),
]
Blackouts = Annotated[
    list[m.TimeWindow],
    typer.Option("--blackout", parser=window, metavar="START/END", help="A time without any work; repeatable."),
]
Parts = Annotated[
    list[m.PartCount],
    typer.Option("--part", parser=part, metavar="PART[:COUNT]", help="A part and how many; repeatable."),
]
Languages = Annotated[
    list[str], typer.Option("--language", metavar="TAG", help="A language, such as zh or en-GB; repeatable.")
]
Partners = Annotated[
    list[str], typer.Option("--partner", metavar="ID", help='A partner that may come, "-" for own staff; repeatable.')
]
Skills = Annotated[
    list[m.SkillLevel],
    typer.Option("--skill", parser=skill, metavar="SKILL[:LEVEL]", help="A skill and its level, 1 to 5; repeatable."),
]
Certificates = Annotated[list[str], typer.Option("--certificate", metavar="ID", help="A certificate; repeatable.")]
Roles = Annotated[
    list[m.Role],
    typer.Option(
        "--role",
        parser=role,
        metavar="SKILL:LEVEL,...",
        help="A role of a crew that comes together, with its skills ('-' for none); repeatable, two to six.",
    ),
]
SpreadS = Annotated[
    int, typer.Option("--spread-s", metavar="SECONDS", help="Most seconds between two starts of the crew; 0: together.")
]
Window = Annotated[
    m.TimeWindow | None,
    typer.Option("--window", parser=window, metavar="START/END", help="When it may start, ISO 8601; default is now."),
]
Priority = Annotated[PriorityName | None, typer.Option("--priority", help="Default is the service's.")]
DurationS = Annotated[
    int, typer.Option("--duration-s", metavar="SECONDS", help="Time at the site; 0 is the service's.")
]
ValidateOnly = Annotated[bool, typer.Option("--validate-only", help="Only check the request, change nothing.")]
