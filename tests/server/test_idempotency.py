"""A request_id has one effect and one answer, however often and however concurrently it is sent."""

from __future__ import annotations

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians

from tests.server import duplicate_keys, harness
from tests.server.harness import REGION, ServerProcess, Stubs, refusal

KEYS = 100
DUPLICATES = 50


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    harness.add_technicians(stubs, 10)
    harness.add_service(stubs)


def count_bookings(stubs: Stubs) -> int:
    def fetch(token: str) -> bookings.ListBookingsResponse:
        return stubs.bookings.ListBookings(
            bookings.ListBookingsRequest(parent=REGION, page_size=1000, page_token=token)
        )

    return len(list(harness.all_pages(fetch, "bookings")))


def test_parallel_duplicates_have_one_effect(shared: ServerProcess, stubs: Stubs) -> None:
    before = count_bookings(stubs)
    figures = duplicate_keys.play(shared, stubs, "key", KEYS, DUPLICATES)
    assert duplicate_keys.is_good(figures), figures
    assert figures["calls"] == KEYS * DUPLICATES
    assert count_bookings(stubs) == before + KEYS


def test_first_answer_stays_although_the_thing_has_changed(stubs: Stubs) -> None:
    first = harness.create_booking(stubs, request_id="stays")
    stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=first.booking.name, request_id="cancel"))
    assert harness.create_booking(stubs, request_id="stays") == first


def test_refused_request_may_be_sent_again_under_its_id(stubs: Stubs) -> None:
    request = bookings.CreateBookingRequest(
        parent=REGION, booking=harness.booking(customer=f"{REGION}/customers/later"), request_id="later"
    )
    assert "booking.customer" in refusal(lambda: stubs.bookings.CreateBooking(request)).fields
    request.booking.customer = ""
    assert stubs.bookings.CreateBooking(request).booking.name


def test_repeated_delete_gets_the_first_answer(stubs: Stubs) -> None:
    harness.add_technicians(stubs, 1, "gone")
    request = technicians.DeleteTechnicianRequest(name=f"{REGION}/technicians/gone000", request_id="delete-once")
    stubs.technicians.DeleteTechnician(request)
    stubs.technicians.DeleteTechnician(request)
    request.request_id = "delete-twice"
    assert refusal(lambda: stubs.technicians.DeleteTechnician(request)).code == grpc.StatusCode.NOT_FOUND


def test_repeated_plan_of_a_batch_gets_the_first_answer(stubs: Stubs) -> None:
    header = batches.ImportBatchHeader(parent=REGION, batch_id="none")
    stubs.batches.ImportBatch(iter([batches.ImportBatchRequest(header=header)]))
    request = batches.PlanBatchRequest(name=f"{REGION}/batches/none", request_id="plan-once")
    first = stubs.batches.PlanBatch(request)
    assert stubs.batches.PlanBatch(request) == first
    request.name = f"{REGION}/batches/other"
    assert refusal(lambda: stubs.batches.PlanBatch(request)).reason == "REQUEST_ID_REUSED"


def test_answers_survive_a_kill(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 3)
    harness.add_service(stubs)
    first = harness.create_booking(stubs, request_id="before")
    process.kill()
    stubs = process.start()
    assert harness.create_booking(stubs, request_id="before") == first
    assert count_bookings(stubs) == 1
