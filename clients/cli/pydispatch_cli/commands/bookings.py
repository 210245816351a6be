"""`pydispatch bookings`: promises to customers."""

from __future__ import annotations

from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.session import connected

app = typer.Typer(help="Bookings: the promises to customers, attended by one visit each.", no_args_is_help=True)

BookingId = Annotated[str, typer.Argument(metavar="ID", help="Identifier of the booking.")]


@app.command()
def create(
    service: Annotated[str, typer.Option(metavar="ID", help="The service booked.")],
    at: options.Place,
    window: options.Window = None,
    or_window: options.Windows = [],  # noqa: B006 - Typer copies it
    blackout: options.Blackouts = [],  # noqa: B006 - Typer copies it
    priority: options.Priority = None,
    duration_s: options.DurationS = 0,
    booking_id: Annotated[str, typer.Option("--id", metavar="ID", help="Identifier; default is chosen for you.")] = "",
    customer: Annotated[str, typer.Option(metavar="ID", help="The customer.")] = "",
    preferred_technician: Annotated[str, typer.Option(metavar="ID", help="Whom the customer would like.")] = "",
    after: Annotated[list[str], typer.Option(metavar="ID", help="A booking that must come before; repeatable.")] = [],  # noqa: B006 - Typer copies it
    lag_s: Annotated[
        int, typer.Option(metavar="SECONDS", help="Least seconds from the end of those before to the start.")
    ] = 0,
    max_lag_s: Annotated[
        int | None, typer.Option(metavar="SECONDS", help="Most seconds from the end of those before to the start.")
    ] = None,
    role: options.Roles = [],  # noqa: B006 - Typer copies it
    spread_s: options.SpreadS = 0,
    group: Annotated[
        str, typer.Option(metavar="ID", help="A group, such as a site, that goes to one technician.")
    ] = "",
    language: options.Languages = [],  # noqa: B006 - Typer copies it
    partner: options.Partners = [],  # noqa: B006 - Typer copies it
    part: options.Parts = [],  # noqa: B006 - Typer copies it
    address: Annotated[str, typer.Option(help="Address for people.")] = "",
    note: Annotated[str, typer.Option(help="Note for the technician.")] = "",
    validate_only: options.ValidateOnly = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Book a service at a place, for now or for a window, and see who comes."""
    booking = m.Booking(
        customer=names.customer(region, customer) if customer else "",
        service=names.service(region, service),
        site=m.Site(location=at, address=address),
        start_window=None if or_window else window,
        start_windows=[*([window] if window else []), *or_window] if or_window else [],
        blackouts=blackout,
        priority=priority.message() if priority else None,
        duration_s=duration_s,
        preferred_technician=names.technician(region, preferred_technician) if preferred_technician else "",
        note=note,
        roles=role,
        max_start_spread_s=spread_s,
        group=group,
        required_languages=language,
        partners=partner,
        parts=part,
        after=[
            m.Dependency(booking=names.booking(region, earlier), min_lag_s=lag_s, max_lag_s=max_lag_s)
            for earlier in after
        ],
    )
    with connected(server, as_json=as_json) as client:
        made = client.bookings.create(names.region(region), booking, booking_id=booking_id, validate_only=validate_only)
    _show(made, as_json=as_json)


@app.command()
def get(
    booking_id: BookingId,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Show one booking with its visit."""
    with connected(server, as_json=as_json) as client:
        found = client.bookings.get(names.booking(region, booking_id))
    _show(found, as_json=as_json)


@app.command("list")
def list_bookings(
    state: Annotated[
        list[options.BookingStateName], typer.Option(help="Only bookings in this state; repeatable.")
    ] = [],  # noqa: B006
    batch: Annotated[str, typer.Option(metavar="ID", help="Only bookings of this batch.")] = "",
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """List the bookings of the region."""
    with connected(server, as_json=as_json) as client:
        bookings = client.bookings.list(
            names.region(region),
            batch=names.batch(region, batch) if batch else "",
            states=[name.message() for name in state],
            page_size=1000,
        )
        if as_json:
            output.print_lines(bookings)
            return
        rows = [
            (
                names.last_id(booking.name),
                names.last_id(booking.service),
                _state(booking),
                output.span(booking.start_window) or "now",
                names.last_id(booking.customer),
                booking.site.address or output.place(booking.site.location),
            )
            for booking in bookings
        ]
    columns = ["booking", "service", "state", "start window", "customer", "where"]
    output.print_table(columns, rows, empty="There are no such bookings.")


@app.command()
def cancel(
    booking_id: BookingId,
    reason: Annotated[str, typer.Option(help="Why, for people.")] = "",
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Cancel a booking and its visit."""
    with connected(server, as_json=as_json) as client:
        booking = client.bookings.cancel(names.booking(region, booking_id), reason=reason)
    if as_json:
        output.print_document(booking)
    else:
        output.print_facts([("booking", booking.name), ("state", _state(booking))])


def _state(booking: m.Booking) -> str:
    return output.word(m.BookingState, booking.state, "BOOKING_STATE_")


def _show(answer: m.CreateBookingResponse | m.GetBookingResponse, *, as_json: bool) -> None:
    if as_json:
        output.print_document(answer)
        return
    booking = answer.booking
    output.print_facts(
        [
            ("booking", booking.name),
            ("state", _state(booking)),
            ("service", names.last_id(booking.service)),
            ("customer", names.last_id(booking.customer)),
            ("where", booking.site.address or output.place(booking.site.location)),
            ("start window", output.span(booking.start_window) or "now"),
            ("note", booking.note),
            ("comes after", ", ".join(names.last_id(earlier.visit) for earlier in answer.visit.after)),
            *output.visit_facts(answer.visit),
        ]
    )
    if answer.visits:
        columns = ["role", "visit", "state", "technician", "start", "why nobody"]
        output.print_table(columns, [_crew_row(visit) for visit in answer.visits])


def _crew_row(visit: m.Visit) -> tuple[str, ...]:
    return (
        visit.crew.display_name or output.skills(visit.required_skills),
        names.last_id(visit.name),
        output.visit_state(visit.state),
        names.last_id(visit.placement.technician),
        output.instant(visit.placement.start_time),
        output.reasons(visit.unassigned_reasons),
    )
