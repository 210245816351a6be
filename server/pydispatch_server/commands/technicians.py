"""Decides about technicians."""

from __future__ import annotations

from typing import Final

from google.protobuf.empty_pb2 import Empty
from pydispatch_protos.dispatch.engine.v1.engine_pb2 import ChangeKind, Command, Outcome
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1.technician_service_pb2 import (
    BatchCreateTechniciansRequest,
    BatchCreateTechniciansResponse,
    CreateTechnicianRequest,
    CreateTechnicianResponse,
    DeleteTechnicianRequest,
    SetAvailabilityRequest,
    SetAvailabilityResponse,
    Technician,
    UpdateTechnicianRequest,
    UpdateTechnicianResponse,
)

from pydispatch.errors import Violation
from pydispatch_server import errors, names, rules
from pydispatch_server.commands.common import check_etag, merge_masked, outside_region, refuse_existing
from pydispatch_server.messages import copy_of, set_ms
from pydispatch_server.working import Transaction

MUTABLE: Final = frozenset(
    (
        "display_name",
        "partner",
        "skills",
        "certificates",
        "shifts",
        "home_location",
        "languages",
        "star_tier",
        "rating_mean",
        "rating_count",
        "max_visits_per_shift",
        "cost_per_hour_milli",
        "parts",
        "work_paces",
        "attended_count",
        "repeat_count",
        "cost_per_visit_milli",
    )
)


def create_technician(tx: Transaction, request: CreateTechnicianRequest) -> CreateTechnicianResponse:
    """Creates one technician, or with validate_only says what it would be."""
    refuse_existing(tx, names.TECHNICIANS, request.technician_id)
    technician = _new_technician(tx, request.technician_id, request.technician)
    if found := _far_places(tx, technician, "technician"):
        raise errors.invalid(*found)
    if not request.validate_only:
        tx.apply(Command(put_technician=technician))
        tx.put(names.TECHNICIANS, technician, "technician.created")
    return CreateTechnicianResponse(technician=technician)


def batch_create_technicians(tx: Transaction, request: BatchCreateTechniciansRequest) -> BatchCreateTechniciansResponse:
    """Creates all technicians or none: everything is judged before the engine takes the first."""
    found: list[Violation] = []
    created: list[Technician] = []
    for index, new in enumerate(request.technicians):
        refuse_existing(tx, names.TECHNICIANS, new.technician_id)
        technician = _new_technician(tx, new.technician_id, new.technician)
        found += _far_places(tx, technician, f"technicians[{index}].technician")
        created.append(technician)
    if found:
        raise errors.invalid(*found)
    for technician in created:
        tx.apply(Command(put_technician=technician))
        tx.put(names.TECHNICIANS, technician, "technician.created")
    return BatchCreateTechniciansResponse(technicians=created)


def update_technician(tx: Transaction, request: UpdateTechnicianRequest) -> UpdateTechnicianResponse:
    """Changes the masked fields of a technician; the engine mends what no longer fits."""
    stored: Technician = tx.get(names.TECHNICIANS, request.technician.name)
    check_etag(stored, request.technician.etag)
    technician = merge_masked(stored, request.technician, request.update_mask, MUTABLE)
    merged = UpdateTechnicianRequest(technician=technician, request_id=request.request_id)
    rules.check(merged, tx.now_ms)
    if found := _far_places(tx, technician, "technician"):
        raise errors.invalid(*found)
    set_ms(technician.update_time, tx.now_ms)
    tx.apply(Command(put_technician=technician))
    tx.put(names.TECHNICIANS, technician, "technician.updated")
    return UpdateTechnicianResponse(technician=technician)


def delete_technician(tx: Transaction, request: DeleteTechnicianRequest) -> Empty:
    """Deletes a technician; the engine moves the open visits, and refuses while one is under way."""
    stored: Technician = tx.get(names.TECHNICIANS, request.name)
    check_etag(stored, request.etag)
    tx.apply(Command(delete_technician_id=names.id_of(request.name)))
    tx.delete(names.TECHNICIANS, request.name, "technician.deleted")
    return Empty()


def set_availability(tx: Transaction, request: SetAvailabilityRequest) -> SetAvailabilityResponse:
    """Sets whether a technician may be given work; OFFLINE moves the open visits."""
    stored: Technician = tx.get(names.TECHNICIANS, request.name)
    outcome = tx.apply(Command(set_availability=request))
    technician = put_availability(tx, stored, request.availability)
    moved, unassigned, _ = sort_changes(tx, outcome)
    return SetAvailabilityResponse(technician=technician, moved_visits=moved, unassigned_visits=unassigned)


def put_availability(tx: Transaction, stored: Technician, availability: types.AvailabilityState) -> Technician:
    """Stores a technician's new availability and returns the technician."""
    technician = copy_of(stored)
    technician.availability = availability
    set_ms(technician.update_time, tx.now_ms)
    tx.put(names.TECHNICIANS, technician, "technician.updated")
    return technician


def sort_changes(tx: Transaction, outcome: Outcome) -> tuple[list[str], list[str], list[str]]:
    """Returns the names of the visits that were moved, unassigned and retimed."""
    sorted_names: dict[ChangeKind, list[str]] = {}
    for change in outcome.changes:
        sorted_names.setdefault(change.kind, []).append(tx.name(names.VISITS, change.visit_id))
    kinds = (ChangeKind.CHANGE_KIND_MOVED, ChangeKind.CHANGE_KIND_UNASSIGNED, ChangeKind.CHANGE_KIND_RETIMED)
    moved, unassigned, retimed = (sorted_names.get(kind, []) for kind in kinds)
    return moved, unassigned, retimed


def _new_technician(tx: Transaction, technician_id: str, given: Technician) -> Technician:
    """Completes a technician to be created."""
    technician = copy_of(given)
    technician.name = tx.name(names.TECHNICIANS, technician_id)
    if technician.availability == types.AVAILABILITY_STATE_UNSPECIFIED:
        technician.availability = types.AVAILABILITY_STATE_AVAILABLE
    set_ms(technician.create_time, tx.now_ms)
    set_ms(technician.update_time, tx.now_ms)
    return technician


def _far_places(tx: Transaction, technician: Technician, field: str) -> list[Violation]:
    """Lists the places of a technician that lie too far from the region's centre."""
    found = outside_region(tx, technician.home_location, f"{field}.home_location")
    for index, shift in enumerate(technician.shifts):
        path = f"{field}.shifts[{index}]"
        if shift.HasField("start_location"):
            found += outside_region(tx, shift.start_location, f"{path}.start_location")
        if shift.HasField("end_location"):
            found += outside_region(tx, shift.end_location, f"{path}.end_location")
    return found
