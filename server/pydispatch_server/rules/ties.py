"""Rules of what ties visits: the roles of a crew, and what must come before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydispatch_protos.dispatch.v1.ties_pb2 import Dependency, Role

from pydispatch_server import names, reasons
from pydispatch_server.rules import refer, technicians
from pydispatch_server.rules.report import Report

MIN_DURATION_S: Final = 60
MIN_ROLES: Final = 2
_COLLECTIONS: Final = {"booking": names.BOOKINGS, "visit": names.VISITS}


def check_roles(roles: Sequence[Role], field: str, report: Report) -> None:
    """Checks the roles of a crew; none means that one technician comes alone."""
    if 0 < len(roles) < MIN_ROLES:
        report.add(field, reasons.TOO_FEW_ITEMS, "a crew has at least two roles; leave it empty for one technician")
    for index, role in enumerate(roles):
        path = f"{field}[{index}]"
        technicians.check_skills(role.required_skills, f"{path}.required_skills", report)
        if len(set(role.required_certificates)) < len(role.required_certificates):
            report.add(f"{path}.required_certificates", reasons.DUPLICATE, "a certificate occurs twice")
        if 0 < role.duration_s < MIN_DURATION_S:
            report.add(f"{path}.duration_s", reasons.OUT_OF_RANGE, "must be 0 or at least 60")


def check_dependencies(
    after: Sequence[Dependency], field: str, report: Report, *, region: str = "", external_id: str = ""
) -> None:
    """Checks what must come before a booking or a row.

    Args:
        after: The dependencies.
        field: Path of the list.
        report: Where violations go.
        region: The region that names must be of; empty for a row, whose region its import knows.
        external_id: The row's own key; empty for a booking, which may not name rows.
    """
    seen: set[tuple[str, str]] = set()
    for index, dependency in enumerate(after):
        path = f"{field}[{index}]"
        kind = dependency.WhichOneof("earlier")
        if kind is None:
            continue  # the contract's own rules have said so
        named = (kind, getattr(dependency, kind))
        if named in seen:
            report.add(f"{path}.{kind}", reasons.DUPLICATE, "occurs earlier in the list")
        seen.add(named)
        if dependency.HasField("max_lag_s") and dependency.max_lag_s < dependency.min_lag_s:
            report.add(f"{path}.max_lag_s", reasons.INTERVAL_REVERSED, "must not be less than min_lag_s")
        if kind != "external_id":
            if region:
                refer.check_reference(named[1], _COLLECTIONS[kind], region, f"{path}.{kind}", report)
        elif not external_id:
            report.add(f"{path}.external_id", reasons.UNKNOWN_VALUE, "only rows of a batch name rows")
        else:
            refer.check_text_key(named[1], f"{path}.external_id", report)
            if named[1] == external_id:
                text = f"a row cannot come after itself: {external_id} -> {external_id}"
                report.add(f"{path}.external_id", reasons.DEPENDENCY_CYCLE, text)
