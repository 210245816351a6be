"""Acknowledged means kept: the process is killed in the middle of its work and started again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.protobuf import message
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits
from pydispatch_server.audit_check import check_region
from pydispatch_server.audit_key import load_or_create
from pydispatch_server.store.opening import open_store

from tests.server import databases, harness
from tests.server.harness import REGION, ServerProcess, Stubs
from tests.server.load import Load, all_bookings, double_assignments, lost, outbox_gaps


@pytest.mark.parametrize(("seed", "store"), [(1, "sqlite"), (2, "sqlite"), (3, "sqlite"), (4, "postgresql")])
async def test_killed_in_the_middle_of_bookings(launch: Callable[..., ServerProcess], seed: int, store: str) -> None:
    process = launch(url=databases.new_postgresql() if store == "postgresql" else "")
    stubs = process.start()
    harness.add_technicians(stubs, 20)
    harness.add_service(stubs)
    load = Load(process.port, seed)
    await load.run(process, load.booked(150 + 50 * seed))
    stubs = process.start()
    kept = {item.name: item for item in all_bookings(stubs)}
    assert lost(load, kept) == []
    for name in load.accepted:
        visit = stubs.visits.GetVisit(visits.GetVisitRequest(name=name)).visit
        assert visit.times.HasField("accept_time") or visit.times.reassignment_count or not visit.HasField("placement")
    checked = harness.assert_clean(stubs)
    assert checked.checked_stops > 0
    assert double_assignments(stubs) == 0
    assert outbox_gaps(process.url) == 0


def everything(stubs: Stubs) -> dict[str, message.Message]:
    """Reads all that a restart must bring back."""
    parent = {"parent": REGION, "page_size": 1000}
    listed = [
        *stubs.technicians.ListTechnicians(technicians.ListTechniciansRequest(**parent)).technicians,
        *stubs.bookings.ListBookings(bookings.ListBookingsRequest(**parent)).bookings,
        *stubs.visits.ListVisits(visits.ListVisitsRequest(**parent)).visits,
        stubs.batches.GetBatch(batches.GetBatchRequest(name=f"{REGION}/batches/b")).batch,
    ]
    found: dict[str, message.Message] = {item.name: item for item in listed}
    plan = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=harness.PLAN)).plan
    for route in plan.routes:
        found[f"route of {route.technician}"] = dispatch.Route(
            stops=[
                dispatch.Stop(visit=stop.visit, state=stop.state, start_time=stop.start_time) for stop in route.stops
            ]
        )
    found["unassigned"] = dispatch.Plan(unassigned_visits=plan.unassigned_visits, sequence=plan.sequence)
    return found


def test_restart_restores_everything(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 5)
    harness.add_service(stubs)
    booked = [harness.create_booking(stubs) for _ in range(30)]
    stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=booked[0].booking.name))
    import_rows(stubs, 20)
    stubs.batches.PlanBatch(batches.PlanBatchRequest(name=f"{REGION}/batches/b"))
    placed = next(item.visit for item in booked[1:] if item.visit.HasField("placement"))
    for event in (visits.VISIT_EVENT_ACCEPT, visits.VISIT_EVENT_DEPART):
        now = stubs.visits.GetVisit(visits.GetVisitRequest(name=placed.name)).visit
        stubs.visits.ReportVisitProgress(
            visits.ReportVisitProgressRequest(name=now.name, technician=now.placement.technician, event=event)
        )
    before = everything(stubs)
    assert process.terminate() == 0
    stubs = process.start()
    assert everything(stubs) == before
    harness.assert_clean(stubs)
    again = harness.create_booking(stubs)
    assert again.booking.name not in before
    for made in booked[5:8]:
        stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=made.booking.name))
    assert process.terminate() == 0
    assert_audited(process)


def assert_audited(process: ServerProcess) -> None:
    """What changed for the first time since a start has its audit records like any other change."""
    key = load_or_create(process.folder / "audit.key", "")
    store = open_store(process.url, busy_ms=5000)
    checked = check_region(store.audit, "town", [key.public_text])
    store.close()
    assert checked.is_intact, checked.faults()
    assert checked.resources > 0


def import_rows(stubs: Stubs, count: int) -> None:
    rows = [
        batches.BatchRow(
            external_id=f"x{index}",
            service_id="fix",
            site=types.Site(location=harness.near(10.0 * index)),
            start_window=harness.window(harness.START_S, harness.START_S + 8 * 3600),
        )
        for index in range(count)
    ]
    header = batches.ImportBatchHeader(parent=REGION, batch_id="b")
    answer = stubs.batches.ImportBatch(iter([batches.ImportBatchRequest(header=header, rows=rows)]))
    assert answer.imported_count == count, answer.errors
