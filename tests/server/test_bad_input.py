"""Hostile and mistaken input against a real server: code, reason, field path of each case, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.bad_input import INVALID, RECORD_CASES, Case
from tests.server.bad_input_work import WORK_CASES
from tests.server.harness import PLAN, REGION, Stubs, refusal

CASES = [*RECORD_CASES, *WORK_CASES]


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    harness.add_technicians(stubs, 3)
    harness.add_service(stubs)
    harness.create_booking(stubs, booking_id="first", request_id="once")


def method_of(stubs: Stubs, request: Any) -> Callable[[Any], Any]:
    """Finds the method that takes a request."""
    name = request.DESCRIPTOR.name.removesuffix("Request")
    for service_stubs in vars(stubs).values():
        if hasattr(service_stubs, name):
            return getattr(service_stubs, name)
    raise AssertionError(name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refused(stubs: Stubs, case: Case) -> None:
    before = sequence(stubs)
    found = refusal(lambda: method_of(stubs, case.request)(case.request))
    assert (found.code, found.reason) == (case.code, case.reason), found
    assert found.fields == {path: {reason} for path, reason in case.fields.items()}
    assert sequence(stubs) == before, "a refused request changes nothing"


def test_there_are_cases_enough() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


def sequence(stubs: Stubs) -> int:
    return int(stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan.sequence)


MALFORMED = [b"\xff", b"\x0a", b"\x0a\x02\xff\xfe", b"\x12\x05abc", b"\x80" * 11]


@pytest.mark.parametrize("data", MALFORMED, ids=lambda data: data[:4].hex())
@pytest.mark.parametrize(
    "method",
    [
        "/dispatch.v1.BookingService/CreateBooking",
        "/dispatch.v1.TechnicianService/UpdateTechnician",
        "/dispatch.v1.DispatchService/RecommendTechnicians",
        "/dispatch.v1.LocationService/SearchNearbyTechnicians",
        "/dispatch.v1.LocationService/BatchReportLocations",
    ],
)
def test_malformed_bytes_are_refused(stubs: Stubs, method: str, data: bytes) -> None:
    found = refusal(lambda: stubs.channel.unary_unary(method)(data))
    assert found.code == INVALID
    assert found.reason in {"MALFORMED_MESSAGE", "INVALID_FIELDS"}


@pytest.mark.parametrize(
    "method", ["/dispatch.v1.DispatchService/WatchPlan", "/dispatch.v1.EnterpriseBatchService/WatchBatchProgress"]
)
def test_malformed_bytes_of_server_streams_are_refused(stubs: Stubs, method: str) -> None:
    found = refusal(lambda: list(stubs.channel.unary_stream(method)(b"\xff")))
    assert (found.code, found.reason) == (INVALID, "MALFORMED_MESSAGE")


def test_malformed_bytes_of_client_streams_are_refused(stubs: Stubs) -> None:
    locations_method = "/dispatch.v1.LocationService/StreamLocations"
    found = refusal(lambda: list(stubs.channel.stream_stream(locations_method)(iter([b"\xff"]))))
    assert found.code == INVALID
    import_method = "/dispatch.v1.EnterpriseBatchService/ImportBatch"
    found = refusal(lambda: stubs.channel.stream_unary(import_method)(iter([b"\xff"])))
    assert (found.code, found.reason) == (INVALID, "MALFORMED_MESSAGE")


def test_unknown_method_is_unimplemented(stubs: Stubs) -> None:
    found = refusal(lambda: stubs.channel.unary_unary("/dispatch.v1.BookingService/Teleport")(b""))
    assert found.code == grpc.StatusCode.UNIMPLEMENTED


def test_page_token_of_another_filter_is_refused(stubs: Stubs) -> None:
    first = stubs.technicians.ListTechnicians(technicians.ListTechniciansRequest(parent=REGION, page_size=1))
    token = first.next_page_token
    request = visits.ListVisitsRequest(parent=REGION, page_token=token)
    assert refusal(lambda: stubs.visits.ListVisits(request)).fields == {"page_token": {"BAD_PAGE_TOKEN"}}


def test_unicode_of_four_bytes_is_kept(stubs: Stubs) -> None:
    kept = harness.create_booking(stubs, harness.booking(note="🏠 \U0001f469\u200d\U0001f527 林さん"))
    read = stubs.bookings.GetBooking(bookings.GetBookingRequest(name=kept.booking.name)).booking
    assert read.note == "🏠 \U0001f469\u200d\U0001f527 林さん"
