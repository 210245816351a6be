"""What ties the visits of bookings: the roles of a crew, and what must come before. Pure look-ups, no changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import ties_pb2 as ties
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.booking_service_pb2 import Booking
from pydispatch_protos.dispatch.v1.catalog_service_pb2 import Service
from pydispatch_protos.dispatch.v1.enterprise_batch_service_pb2 import BatchRow
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch.errors import Violation
from pydispatch_server import names, reasons
from pydispatch_server.messages import FINAL_STATES

# Visits of one crew that another visit may come after, all its dependencies together.
MAX_DEPENDENCIES: Final = 64
WITHDRAWN: Final = FINAL_STATES - {types.VISIT_STATE_COMPLETED}

Find = Callable[[str, str], Any]


def roles_of(booking: Booking, service: Service | None) -> tuple[Sequence[ties.Role], int]:
    """Returns the roles of a booking's crew, none for one technician alone, and the most seconds between starts."""
    if booking.roles:
        return booking.roles, booking.max_start_spread_s
    if service is not None and service.roles:
        return service.roles, service.max_start_spread_s
    return (), 0


def visit_names(booking: Booking) -> list[str]:
    """Returns the names of all visits of a booking, in the order of roles; none while it is a draft."""
    return list(booking.visits) or ([booking.visit] if booking.visit else [])


def visit_ids(booking_id: str, role_count: int) -> list[str]:
    """Returns the identifiers of a booking's visits: its own, and its own with the number of each further role."""
    return [booking_id, *(f"{booking_id}-r{role}" for role in range(1, role_count))]


def with_role(visit: Visit, role: ties.Role) -> None:
    """Adds what one role asks to a visit of the caller's own."""
    held = {asked.skill: asked for asked in visit.required_skills}
    for asked in role.required_skills:
        if asked.skill in held:
            held[asked.skill].level = max(held[asked.skill].level, asked.level)
        else:
            visit.required_skills.add().CopyFrom(asked)
    known = set(visit.required_certificates)
    visit.required_certificates.extend(name for name in role.required_certificates if name not in known)
    visit.duration_s = role.duration_s or visit.duration_s


def earlier_visits(find: Find, dependency: ties.Dependency) -> list[Visit] | None:
    """Returns the visits that must come before; None when the booking or visit does not exist or has no visits."""
    if dependency.WhichOneof("earlier") == "visit":
        visit = find(names.VISITS, names.id_of(dependency.visit))
        return None if visit is None else [visit]
    booking = find(names.BOOKINGS, names.id_of(dependency.booking))
    found = [] if booking is None else [find(names.VISITS, names.id_of(name)) for name in visit_names(booking)]
    return None if not found or None in found else found


def is_withdrawn(visits: Iterable[Visit]) -> bool:
    """Tells whether any of the visits was cancelled, has failed or has expired."""
    return any(visit.state in WITHDRAWN for visit in visits)


def on_visit(dependency: ties.Dependency, visit: Visit) -> ties.VisitDependency:
    """Makes the dependency on one visit, with its end when it is completed."""
    made = ties.VisitDependency(
        visit=visit.name,
        min_lag_s=dependency.min_lag_s,
        technician=dependency.technician,
        withdrawal=dependency.withdrawal,
    )
    if dependency.HasField("max_lag_s"):
        made.max_lag_s = dependency.max_lag_s
    if visit.state == types.VISIT_STATE_COMPLETED:
        made.end_time.CopyFrom(visit.times.end_time)
        made.end_technician = visit.placement.technician
    return made


def faults(
    find: Find, after: Sequence[ties.Dependency], field: str, *, are_drafts_good: bool = False
) -> list[Violation]:
    """Lists the dependencies on what does not exist, is not planned, or was withdrawn.

    Args:
        find: Looks a resource up by collection and identifier.
        after: The dependencies, none of them on a row.
        field: Path of the list.
        are_drafts_good: A booking of a batch that is to be planned later may be named.
    """
    found: list[Violation] = []
    count = 0
    for index, dependency in enumerate(after):
        kind = dependency.WhichOneof("earlier") or "booking"
        path = f"{field}[{index}].{kind}"
        collection = names.VISITS if kind == "visit" else names.BOOKINGS
        resource = find(collection, names.id_of(getattr(dependency, kind)))
        if resource is None:
            text = f"there is no {names.SINGULAR[collection]} {getattr(dependency, kind)}"
            found.append(Violation(path, reasons.UNKNOWN_REFERENCE, text))
            continue
        if collection == names.BOOKINGS and resource.state == bookings.BOOKING_STATE_DRAFT:
            count += 1
            if not are_drafts_good:
                found.append(Violation(path, reasons.DEPENDENCY_CLOSED, "is a draft that is not planned yet"))
            continue
        visits = earlier_visits(find, dependency)
        count += len(visits or ())
        if visits is None or is_withdrawn(visits):
            found.append(Violation(path, reasons.DEPENDENCY_CLOSED, "was cancelled, has failed or has expired"))
    if count > MAX_DEPENDENCIES:
        text = f"names {count} visits, crews counted by their roles; at most {MAX_DEPENDENCIES}"
        found.append(Violation(field, reasons.TOO_MANY_ITEMS, text))
    return found


def group_faults(group: str, roles: Sequence[ties.Role], field: str) -> list[Violation]:
    """Lists the violation of a crew that is to go to one technician, if it is one."""
    if not group or not roles:
        return []
    return [Violation(field, reasons.CONTRADICTION, "a crew goes to different technicians, a group to one")]


def row_order(rows: Sequence[tuple[int, BatchRow]]) -> tuple[list[tuple[int, BatchRow]], dict[int, Violation]]:
    """Orders the rows of one message so that each comes after those it names.

    Args:
        rows: Number in the import and content of each, external_ids all different.

    Returns:
        The rows that wait for one another in no circle, and a violation for each other row by its number. O(rows).
    """
    by_key = {row.external_id: (number, row) for number, row in rows}
    ordered: list[tuple[int, BatchRow]] = []
    bad: dict[int, Violation] = {}
    done: set[str] = set()
    for _, start in rows:
        if start.external_id in done:
            continue
        # Keys from the start down to the row looked at, each with the rows it names that are still to be followed.
        path = {start.external_id: iter(_rows_before(start, by_key))}
        while path:
            key, before = next(reversed(path.items()))
            earlier = next((other for other in before if other not in done), None)
            if earlier is None:
                done.add(key)
                del path[key]
                if by_key[key][0] not in bad:
                    ordered.append(by_key[key])
            elif earlier in path:
                keys = list(path)
                _refuse_circle(keys[keys.index(earlier) :], by_key, bad)
            else:
                path[earlier] = iter(_rows_before(by_key[earlier][1], by_key))
    return ordered, bad


def _rows_before(row: BatchRow, by_key: dict[str, tuple[int, BatchRow]]) -> list[str]:
    """Lists the other rows of the message that a row names."""
    return [after.external_id for after in row.after if after.external_id in by_key]


def _refuse_circle(circle: list[str], by_key: dict[str, tuple[int, BatchRow]], bad: dict[int, Violation]) -> None:
    """Notes a violation for every row of a circle that has none yet."""
    for at, key in enumerate(circle):
        number, row = by_key[key]
        turned = [*circle[at:], *circle[:at], key]
        following = turned[1]
        index = next(index for index, after in enumerate(row.after) if after.external_id == following)
        text = f"these rows wait for one another, each for the next: {' -> '.join(turned)}"
        bad.setdefault(number, Violation(f"after[{index}].external_id", reasons.DEPENDENCY_CYCLE, text))
