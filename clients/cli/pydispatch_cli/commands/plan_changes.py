"""`pydispatch plan assign`, `unassign`, `emergency`, `disrupt`, `reoptimize` and `commit`: changes of the plan.

With --preview each is only worked out; `commit` makes it. `pin` and `unpin` change no route: they say what may change.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from pydispatch_client import messages as m
from pydispatch_client import names

from pydispatch_cli import options, output
from pydispatch_cli.session import connected

VisitId = Annotated[str, typer.Argument(metavar="VISIT", help="Identifier of the visit.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only work it out and print a proposal.")]
MaxMoves = Annotated[
    int | None, typer.Option("--max-moves", metavar="COUNT", help="Most visits that may go to another technician.")
]


def add_to(app: typer.Typer) -> None:
    """Adds the commands of this file to a group."""
    for command in (assign, unassign, pin, unpin, emergency, disrupt, reoptimize, commit):
        app.command()(command)


class DisruptionName(StrEnum):
    """What broke the plan, on the command line."""

    SICK = "sick"
    BREAKDOWN = "breakdown"
    OFFLINE = "offline"
    LATE = "late"
    OVERRUN = "overrun"
    NO_SHOW = "no-show"


def assign(
    visit: VisitId,
    technician: Annotated[str, typer.Argument(metavar="TECHNICIAN", help="Identifier of the technician.")],
    position: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Position among the technician's stops, from 0.")
    ] = None,
    preview: Preview = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Put a visit with a technician, at the cheapest place or at a position."""
    name, to = names.visit(region, visit), names.technician(region, technician)
    with connected(server, as_json=as_json) as client:
        if preview:
            _show_proposal(client.dispatch.preview_assignment(name, to, position=position), as_json=as_json)
            return
        answer = client.dispatch.assign_visit(name, to, position=position)
    show_delta(answer, answer.delta, as_json=as_json)


def unassign(
    visit: VisitId,
    exclude: Annotated[bool, typer.Option("--exclude", help="Whoever had it never gets it again.")] = False,
    preview: Preview = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Take a visit off its route."""
    name = names.visit(region, visit)
    with connected(server, as_json=as_json) as client:
        if preview:
            _show_proposal(client.dispatch.preview_unassignment(name, exclude_technician=exclude), as_json=as_json)
            return
        answer = client.dispatch.unassign_visit(name, exclude_technician=exclude)
    show_delta(answer, answer.delta, as_json=as_json)


def pin(
    visit: VisitId,
    technician: Annotated[bool, typer.Option("--technician", help="It stays with its technician.")] = False,
    start: Annotated[bool, typer.Option("--start", help="It starts when it is planned to.")] = False,
    position: Annotated[
        bool, typer.Option("--position", help="Only what is planned before it comes before it; its technician stays.")
    ] = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Pin what is planned of a visit, in place of what was pinned before."""
    name = names.visit(region, visit)
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.pin_visit(name, technician=technician, start_time=start, position=position)
    _show_pin(answer, as_json=as_json)


def unpin(
    visit: VisitId,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Let everything go that is pinned about a visit."""
    name = names.visit(region, visit)
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.unpin_visit(name)
    _show_pin(answer, as_json=as_json)


def emergency(
    service: Annotated[str, typer.Option(metavar="ID", help="The service booked.")],
    at: options.Place,
    booking_id: Annotated[str, typer.Option("--id", metavar="ID", help="Identifier; default is chosen for you.")] = "",
    address: Annotated[str, typer.Option(help="Address for people.")] = "",
    note: Annotated[str, typer.Option(help="Note for the technician.")] = "",
    max_moves: MaxMoves = None,
    preview: Preview = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Book an emergency for now and see who comes and who has to wait."""
    site = m.Site(location=at, address=address)
    booking = m.Booking(service=names.service(region, service), site=site, note=note)
    parent = names.region(region)
    with connected(server, as_json=as_json) as client:
        if preview:
            proposal = client.dispatch.preview_emergency(
                parent, booking, booking_id=booking_id, max_moved_visits=max_moves
            )
            _show_proposal(proposal, as_json=as_json)
            return
        answer = client.dispatch.insert_emergency(parent, booking, booking_id=booking_id, max_moved_visits=max_moves)
    show_delta(answer, answer.delta, as_json=as_json)


def disrupt(
    what: Annotated[DisruptionName, typer.Argument(help="What happened.")],
    whom: Annotated[str, typer.Argument(metavar="ID", help="The technician, or the visit that is late or in vain.")],
    delay_s: Annotated[int, typer.Option("--delay-s", metavar="SECONDS", help="How much later a visit ends.")] = 0,
    max_moves: MaxMoves = None,
    preview: Preview = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Tell that life broke the plan, and see the smallest change that mends it."""
    told = _disruption(what, names.technician(region, whom), names.visit(region, whom), delay_s)
    parent = names.region(region)
    with connected(server, as_json=as_json) as client:
        if preview:
            proposal = client.dispatch.preview_disruption(parent, told, max_moved_visits=max_moves)
            _show_proposal(proposal, as_json=as_json)
            return
        answer = client.dispatch.report_disruption(parent, told, max_moved_visits=max_moves)
    show_delta(answer, answer.delta, as_json=as_json)


def reoptimize(
    budget_ms: Annotated[int, typer.Option("--budget-ms", metavar="MS", help="Longest time to search.")] = 1000,
    max_moves: MaxMoves = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Where the search begins.")] = 0,
    preview: Preview = False,
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Search for a better plan for some time."""
    name = names.plan(region)
    with connected(server, as_json=as_json) as client:
        if preview:
            proposal = client.dispatch.preview_reoptimization(
                name, budget_ms=budget_ms, max_moved_visits=max_moves, seed=seed
            )
            _show_proposal(proposal, as_json=as_json)
            return
        answer = client.dispatch.reoptimize(name, budget_ms=budget_ms, max_moved_visits=max_moves, seed=seed)
    show_delta(answer, answer.delta, as_json=as_json)


def commit(
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="Identifier of the proposal.")],
    etag: Annotated[str, typer.Option(metavar="ETAG", help="The proposal's etag, as it was printed.")],
    region: options.Region = options.DEFAULT_REGION,
    server: options.Server = options.DEFAULT_SERVER,
    as_json: options.Json = False,
) -> None:
    """Make a proposed change exactly as it was proposed."""
    name = f"{names.region(region)}/planProposals/{proposal}"
    with connected(server, as_json=as_json) as client:
        answer = client.dispatch.commit(m.PlanProposal(name=name, etag=etag))
    show_delta(answer, answer.delta, as_json=as_json)


def _disruption(
    what: DisruptionName, technician: str, visit: str, delay_s: int
) -> m.TechnicianOffline | m.TechnicianSick | m.VehicleBreakdown | m.VisitLate | m.VisitOverrun | m.CustomerNoShow:
    """Makes what is told to the server."""
    match what:
        case DisruptionName.SICK:
            return m.TechnicianSick(technician=technician)
        case DisruptionName.BREAKDOWN:
            return m.VehicleBreakdown(technician=technician)
        case DisruptionName.OFFLINE:
            return m.TechnicianOffline(technician=technician)
        case DisruptionName.LATE:
            return m.VisitLate(visit=visit, delay_s=delay_s)
        case DisruptionName.OVERRUN:
            return m.VisitOverrun(visit=visit, delay_s=delay_s)
        case DisruptionName.NO_SHOW:
            return m.CustomerNoShow(visit=visit)


def _show_pin(answer: m.PinVisitResponse | m.UnpinVisitResponse, *, as_json: bool) -> None:
    """Prints a visit and what is pinned about it."""
    if as_json:
        output.print_document(answer)
        return
    pin = answer.visit.pin
    before = ", ".join(names.last_id(name) for name in pin.preceding_visits)
    output.print_facts(
        [
            *output.visit_facts(answer.visit),
            ("pinned technician", names.last_id(pin.technician)),
            ("pinned start", output.instant(pin.start_time)),
            ("pinned behind", (before or "nothing") if pin.position else ""),
        ]
    )


def _show_proposal(proposal: m.PlanProposal, *, as_json: bool) -> None:
    """Prints a proposal and how to commit it."""
    show_delta(proposal, proposal.delta, as_json=as_json)
    if not as_json:
        output.print_facts(
            [
                ("proposal", names.last_id(proposal.name)),
                ("etag", proposal.etag),
                ("until", output.instant(proposal.expire_time)),
            ]
        )


def show_delta(
    answer: m.PlanProposal
    | m.AssignVisitResponse
    | m.UnassignVisitResponse
    | m.InsertEmergencyResponse
    | m.ReportDisruptionResponse
    | m.ReoptimizePlanResponse
    | m.CommitPlanProposalResponse
    | m.RevertPlanResponse,
    delta: m.PlanDelta,
    *,
    as_json: bool,
) -> None:
    """Prints what changes."""
    if as_json:
        output.print_document(answer)
        return
    rows = [
        (
            names.last_id(visit.visit),
            output.word(m.VisitChangeType, visit.type, "VISIT_CHANGE_TYPE_"),
            names.last_id(visit.before.technician),
            names.last_id(visit.after.technician) or output.reasons(visit.unassigned_reasons),
            output.instant(visit.after.start_time),
            output.duration(visit.start_shift_s) if visit.start_shift_s else "",
            output.cost(visit.disruption_milli) if visit.disruption_milli else "",
        )
        for visit in delta.visits
    ]
    columns = ["visit", "change", "from", "to", "start", "shift>", "price>"]
    output.print_table(columns, rows, empty="Nothing changes.")
    facts = [
        ("moved", str(delta.moved_count)),
        ("cost change", output.cost(delta.cost_change_milli)),
        ("policy", delta.policy_revision),
        ("decision", delta.decision_id),
    ]
    output.print_facts(facts if rows else [])
