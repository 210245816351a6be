"""Rules of technicians: skills once, shifts in order, breaks inside them."""

from __future__ import annotations

from collections.abc import Iterable

from pydispatch_protos.dispatch.v1.technician_service_pb2 import (
    BatchCreateTechniciansRequest,
    CreateTechnicianRequest,
    Technician,
    UpdateTechnicianRequest,
)
from pydispatch_protos.dispatch.v1.types_pb2 import PartCount, Shift, SkillLevel

from pydispatch_server import reasons
from pydispatch_server.rules import refer, times
from pydispatch_server.rules.report import Report


def check_create(request: CreateTechnicianRequest, report: Report) -> None:
    """Checks CreateTechnician."""
    refer.check_text_key(request.request_id, "request_id", report)
    check_technician(request.technician, "technician", report)


def check_batch_create(request: BatchCreateTechniciansRequest, report: Report) -> None:
    """Checks BatchCreateTechnicians: every technician, and that identifiers differ."""
    refer.check_text_key(request.request_id, "request_id", report)
    seen: set[str] = set()
    for index, new in enumerate(request.technicians):
        if new.technician_id in seen:
            report.add(f"technicians[{index}].technician_id", reasons.DUPLICATE, "occurs earlier in the request")
        seen.add(new.technician_id)
        check_technician(new.technician, f"technicians[{index}].technician", report)


def check_update(request: UpdateTechnicianRequest, report: Report) -> None:
    """Checks UpdateTechnician after the command has merged it with what is stored."""
    refer.check_text_key(request.request_id, "request_id", report)
    check_technician(request.technician, "technician", report)


def check_technician(technician: Technician, field: str, report: Report) -> None:
    """Checks one technician's skills, parts, paces, certificates and shifts."""
    check_skills(technician.skills, f"{field}.skills", report)
    check_parts(technician.parts, f"{field}.parts", report)
    if technician.repeat_count > technician.attended_count:
        report.add(f"{field}.repeat_count", reasons.CONTRADICTION, "must not be more than attended_count")
    _check_once((pace.service for pace in technician.work_paces), f"{field}.work_paces", "service", report)
    for index, certificate in enumerate(technician.certificates):
        path = f"{field}.certificates[{index}]"
        times.check_timestamp(certificate.valid_from, f"{path}.valid_from", report)
        times.check_timestamp(certificate.valid_until, f"{path}.valid_until", report)
    previous_end_s: int | None = None
    for index, shift in enumerate(technician.shifts):
        path = f"{field}.shifts[{index}]"
        if not (shift.window.HasField("start_time") and shift.window.HasField("end_time")):
            continue  # the contract's own rules have said so
        _check_shift(shift, path, report)
        if previous_end_s is not None and shift.window.start_time.seconds < previous_end_s:
            report.add(
                f"{path}.window.start_time", reasons.OVERLAP, "must not be before the end of the shift before it"
            )
        previous_end_s = shift.window.end_time.seconds


def check_skills(skills: Iterable[SkillLevel], field: str, report: Report) -> None:
    """Notes a skill that occurs twice."""
    _check_once((held.skill for held in skills), field, "skill", report)


def check_parts(parts: Iterable[PartCount], field: str, report: Report) -> None:
    """Notes a part that occurs twice."""
    _check_once((held.part for held in parts), field, "part", report)


def _check_once(keys: Iterable[str], field: str, key: str, report: Report) -> None:
    """Notes items of a list whose key occurs in it before."""
    seen: set[str] = set()
    for index, value in enumerate(keys):
        if value in seen:
            report.add(f"{field}[{index}].{key}", reasons.DUPLICATE, "occurs earlier in the list")
        seen.add(value)


def _check_shift(shift: Shift, field: str, report: Report) -> None:
    """Checks one shift and its breaks."""
    window = shift.window
    times.check_near(window.start_time, f"{field}.window.start_time", report)
    times.check_near(window.end_time, f"{field}.window.end_time", report)
    if window.end_time.seconds - window.start_time.seconds > times.DAY_S:
        report.add(f"{field}.window", reasons.TOO_LONG, "must be at most 24 hours long")
    for index, pause in enumerate(shift.breaks):
        path = f"{field}.breaks[{index}]"
        if not times.check_window(pause.start_window, f"{path}.start_window", report):
            continue
        starts_inside = pause.start_window.start_time.seconds >= window.start_time.seconds
        if not starts_inside or pause.start_window.end_time.seconds + pause.duration_s > window.end_time.seconds:
            report.add(f"{path}.start_window", reasons.OUTSIDE_SHIFT, "the break must lie inside its shift")
