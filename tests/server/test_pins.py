"""Pins by request on a real server: what is held, for how long, and what cannot be."""

from __future__ import annotations

import grpc
import pytest
from google.rpc import error_details_pb2
from pydispatch_protos.dispatch.v1 import audit_service_pb2 as audit
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as changes
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import PLAN, REGION, START_S, ServerProcess, Stubs, near, refusal, window

HOUR_S = 3600
ANNA, BERT = f"{REGION}/technicians/anna", f"{REGION}/technicians/bert"


def furnish(stubs: Stubs) -> Stubs:
    """Adds two technicians six kilometres apart."""
    for index, name in enumerate(("anna", "bert")):
        technician = harness.technician(index, home_location=near(6000.0 * index))
        request = technicians.CreateTechnicianRequest(parent=REGION, technician_id=name, technician=technician)
        stubs.technicians.CreateTechnician(request)
    harness.add_service(stubs)
    return stubs


@pytest.fixture(scope="module")
def town(stubs: Stubs) -> Stubs:
    """The server of this module with its technicians."""
    return furnish(stubs)


def visit(name: str) -> str:
    return f"{REGION}/visits/{name}"


def book(stubs: Stubs, name: str, hour: int) -> visits.Visit:
    """Books something at anna's door, to start within two hours."""
    begin_s = START_S + hour * HOUR_S
    made = harness.booking(start_window=window(begin_s, begin_s + 2 * HOUR_S))
    made.site.location.CopyFrom(near())
    return harness.create_booking(stubs, made, booking_id=name).visit


def read(stubs: Stubs, name: str) -> visits.Visit:
    return stubs.visits.GetVisit(visits.GetVisitRequest(name=visit(name))).visit


def pin(stubs: Stubs, name: str, **parts: bool) -> visits.Visit:
    return stubs.dispatch.PinVisit(changes.PinVisitRequest(name=visit(name), **parts)).visit


def unpin(stubs: Stubs, name: str) -> visits.Visit:
    return stubs.dispatch.UnpinVisit(changes.UnpinVisitRequest(name=visit(name))).visit


def search(stubs: Stubs) -> changes.PlanDelta:
    return stubs.dispatch.ReoptimizePlan(changes.ReoptimizePlanRequest(name=PLAN, budget_ms=200)).delta


def test_what_is_pinned_is_what_is_planned_and_the_audit_knows(town: Stubs) -> None:
    planned = book(town, "v", hour=1)
    request = changes.PinVisitRequest(
        name=planned.name, pin_start_time=True, pin_position=True, etag=planned.etag, request_id="hold"
    )
    answer = town.dispatch.PinVisit(request)
    held = visits.Pin(technician=ANNA, start_time=planned.placement.start_time, position=True)
    assert answer.visit.pin == held
    assert answer.visit.placement == planned.placement, "a pin changes no plan"
    assert read(town, "v") == answer.visit
    assert answer.visit.etag != planned.etag
    record = town.audit.ListAuditRecords(audit.ListAuditRecordsRequest(parent=REGION, page_size=1000)).audit_records[-1]
    assert record.resource == planned.name
    assert town.dispatch.PinVisit(request) == answer, "a repeat gets the first answer"
    late = changes.UnpinVisitRequest(name=planned.name, etag=planned.etag)
    assert refusal(lambda: town.dispatch.UnpinVisit(late)).reason == "ETAG_MISMATCH"
    free = unpin(town, "v")
    assert not free.HasField("pin")
    assert unpin(town, "v") == free, "letting go twice changes nothing more"
    harness.assert_clean(town)


def test_parts_not_named_again_are_let_go(town: Stubs) -> None:
    planned = book(town, "again", hour=4)
    assert pin(town, "again", pin_technician=True).pin == visits.Pin(technician=ANNA)
    assert pin(town, "again", pin_start_time=True).pin == visits.Pin(start_time=planned.placement.start_time)
    unpin(town, "again")


def test_no_search_moves_a_pinned_visit_until_it_is_let_go(town: Stubs) -> None:
    book(town, "held", hour=7)
    town.dispatch.AssignVisit(changes.AssignVisitRequest(name=visit("held"), technician=BERT))
    pin(town, "held", pin_technician=True)
    assert visit("held") not in [delta.visit for delta in search(town).visits]
    assert read(town, "held").placement.technician == BERT
    unpin(town, "held")
    assert search(town).moved_count == 1
    assert read(town, "held").placement.technician == ANNA
    harness.assert_clean(town)


def test_what_has_no_place_cannot_be_pinned(town: Stubs) -> None:
    book(town, "off", hour=10)
    town.dispatch.UnassignVisit(changes.UnassignVisitRequest(name=visit("off")))
    for state in ("UNASSIGNED", "CANCELLED"):
        before = read(town, "off")
        found = refusal(lambda: pin(town, "off", pin_technician=True))
        assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ILLEGAL_TRANSITION")
        (violation,) = found.detail(error_details_pb2.PreconditionFailure).violations
        assert violation.subject == visit("off")
        assert violation.description.startswith(f"{state} -> PINNED: ")
        assert read(town, "off") == before
        if state == "UNASSIGNED":
            town.bookings.CancelBooking(bookings.CancelBookingRequest(name=f"{REGION}/bookings/off"))
    assert refusal(lambda: unpin(town, "off")).reason == "ILLEGAL_TRANSITION"


def test_pins_are_there_again_after_a_restart(process: ServerProcess) -> None:
    stubs = furnish(process.start())
    book(stubs, "v", hour=2)
    stubs.dispatch.AssignVisit(changes.AssignVisitRequest(name=visit("v"), technician=BERT))
    before = pin(stubs, "v", pin_position=True)
    process.kill()
    stubs = process.start()
    assert read(stubs, "v") == before
    assert not search(stubs).visits
    harness.assert_clean(stubs)
