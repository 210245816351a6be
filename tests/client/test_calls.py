"""Single calls: retries, deadlines, request ids, pages, imports and the connection itself."""

from __future__ import annotations

import datetime
import itertools
import time
from dataclasses import replace

import grpc
import pydispatch_client as pc
import pytest
from pydispatch_client import AsyncDispatchClient, DispatchClient, methods
from pydispatch_client import messages as m

from tests.client.conftest import QUICK
from tests.client.scripted_server import Fail, Hang, ScriptedServer

DOWN = Fail(grpc.StatusCode.UNAVAILABLE, "restarting")
REGION = "regions/sf"


def test_a_read_is_repeated_while_the_server_is_unavailable(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.GET_REGION, DOWN, DOWN, m.GetRegionResponse(region=m.Region(name=REGION)))
    assert client.regions.get(REGION).name == REGION
    assert len(scripted.calls_of(methods.GET_REGION)) == 3


def test_a_change_is_repeated_under_one_request_id(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.CREATE_BOOKING, DOWN, DOWN, m.CreateBookingResponse())
    client.bookings.create(REGION, m.Booking())
    request_ids = {request.request_id for request in scripted.calls_of(methods.CREATE_BOOKING)}
    assert len(scripted.calls_of(methods.CREATE_BOOKING)) == 3
    assert len(request_ids) == 1
    assert request_ids != {""}


def test_two_changes_have_two_request_ids(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.CREATE_BOOKING, m.CreateBookingResponse(), m.CreateBookingResponse())
    client.bookings.create(REGION, m.Booking())
    client.bookings.create(REGION, m.Booking())
    first, second = scripted.calls_of(methods.CREATE_BOOKING)
    assert first.request_id != second.request_id


def test_a_given_request_id_is_sent_even_when_empty(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.CREATE_BOOKING, m.CreateBookingResponse(), m.CreateBookingResponse())
    client.bookings.create(REGION, m.Booking(), request_id="mine")
    client.bookings.create(REGION, m.Booking(), request_id="")
    assert [request.request_id for request in scripted.calls_of(methods.CREATE_BOOKING)] == ["mine", ""]


def test_what_could_happen_twice_is_not_repeated(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.CREATE_REGION, DOWN, m.CreateRegionResponse())
    with pytest.raises(pc.Unavailable):
        client.regions.create("sf", m.Region())
    assert len(scripted.calls_of(methods.CREATE_REGION)) == 1


def test_an_overloaded_server_is_left_alone(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.GET_REGION, Fail(grpc.StatusCode.RESOURCE_EXHAUSTED, "full"), m.GetRegionResponse())
    with pytest.raises(pc.ResourceExhausted):
        client.regions.get(REGION)
    assert len(scripted.calls_of(methods.GET_REGION)) == 1


def test_retries_can_be_switched_off(scripted: ScriptedServer, address: str) -> None:
    scripted.script(methods.GET_REGION, DOWN, m.GetRegionResponse())
    options = replace(QUICK, retry=pc.RetryPolicy(max_attempts=1))
    with DispatchClient(address, options) as client, pytest.raises(pc.Unavailable):
        client.regions.get(REGION)


def test_a_call_ends_at_its_deadline(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.GET_REGION, Hang())
    with pytest.raises(pc.DeadlineExceeded):
        client.regions.get(REGION, timeout_s=0.1)


def test_the_default_deadline_reaches_the_server(scripted: ScriptedServer, client: DispatchClient) -> None:
    remaining_s = []

    def answer(request: m.GetRegionRequest, context: grpc.ServicerContext):
        remaining_s.append(context.time_remaining())
        yield m.GetRegionResponse()

    scripted.handle(methods.GET_REGION, answer)
    client.regions.get(REGION)
    assert 4 < remaining_s[0] < 6


def test_metadata_goes_with_every_call(scripted: ScriptedServer, address: str) -> None:
    scripted.script(methods.GET_REGION, m.GetRegionResponse())
    with DispatchClient(address, replace(QUICK, metadata=(("authorization", "Bearer x"),))) as client:
        client.regions.get(REGION)
    assert scripted.metadata[methods.GET_REGION.path][0]["authorization"] == "Bearer x"


def test_list_walks_the_pages(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(
        methods.LIST_TECHNICIANS,
        m.ListTechniciansResponse(technicians=[m.Technician(name="a"), m.Technician(name="b")], next_page_token="2"),
        m.ListTechniciansResponse(next_page_token="3"),
        m.ListTechniciansResponse(technicians=[m.Technician(name="c")]),
    )
    assert [technician.name for technician in client.technicians.list(REGION, page_size=2)] == ["a", "b", "c"]
    requests = scripted.calls_of(methods.LIST_TECHNICIANS)
    assert [(request.page_size, request.page_token) for request in requests] == [(2, ""), (2, "2"), (2, "3")]


def test_pages_that_name_themselves_are_an_error(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.LIST_REGIONS, *[m.ListRegionsResponse(next_page_token="x")] * 3)
    with pytest.raises(pc.DispatchClientError, match="do not come to an end"):
        list(client.regions.list())


async def test_asyncio_list_walks_the_pages(scripted: ScriptedServer, async_client: AsyncDispatchClient) -> None:
    scripted.script(
        methods.LIST_BOOKINGS,
        m.ListBookingsResponse(bookings=[m.Booking(name="a")], next_page_token="2"),
        m.ListBookingsResponse(bookings=[m.Booking(name="b")]),
    )
    confirmed = [m.BookingState.BOOKING_STATE_CONFIRMED]
    found = [booking.name async for booking in async_client.bookings.list(REGION, states=iter(confirmed))]
    assert found == ["a", "b"]
    assert [list(request.states) for request in scripted.calls_of(methods.LIST_BOOKINGS)] == [confirmed, confirmed]


def rows(count: int):
    return (m.BatchRow(external_id=str(number)) for number in range(count))


def check_import(scripted: ScriptedServer) -> None:
    (requests,) = scripted.calls_of(methods.IMPORT_BATCH)
    assert requests[0].header == m.ImportBatchHeader(parent=REGION, batch_id="b", customer="c")
    assert not requests[0].rows
    sent = list(itertools.chain.from_iterable(request.rows for request in requests[1:]))
    assert [row.external_id for row in sent] == [str(number) for number in range(1200)]
    assert all(0 < len(request.rows) <= 1000 for request in requests[1:])


def test_an_import_is_cut_into_messages(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.IMPORT_BATCH, m.ImportBatchResponse(imported_count=1200))
    assert client.batches.import_rows(REGION, "b", rows(1200), customer="c").imported_count == 1200
    check_import(scripted)


async def test_an_asyncio_import_is_cut_into_messages(
    scripted: ScriptedServer, async_client: AsyncDispatchClient
) -> None:
    scripted.script(methods.IMPORT_BATCH, m.ImportBatchResponse(imported_count=1200))
    assert (await async_client.batches.import_rows(REGION, "b", rows(1200), customer="c")).imported_count == 1200
    check_import(scripted)


def bad_rows():
    yield m.BatchRow(external_id="1")
    raise ValueError("line 2 cannot be read")


def test_an_error_among_the_rows_is_the_callers(client: DispatchClient) -> None:
    with pytest.raises(ValueError, match="line 2"):
        client.batches.import_rows(REGION, "b", bad_rows())


async def test_an_error_among_the_rows_is_the_asyncio_callers(async_client: AsyncDispatchClient) -> None:
    with pytest.raises(ValueError, match="line 2"):
        await async_client.batches.import_rows(REGION, "b", bad_rows())


async def test_an_import_refused_midway_says_why(scripted: ScriptedServer, async_client: AsyncDispatchClient) -> None:
    def refuse(requests, context: grpc.ServicerContext):
        next(requests)
        context.abort(grpc.StatusCode.NOT_FOUND, "no such region")
        yield

    scripted.handle(methods.IMPORT_BATCH, refuse)
    with pytest.raises(pc.NotFound):
        await async_client.batches.import_rows(REGION, "b", rows(100_000))


def test_times_may_be_given_as_datetimes(scripted: ScriptedServer, client: DispatchClient) -> None:
    noon = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
    answer = m.AdvanceClockResponse()
    answer.time.FromDatetime(noon)
    scripted.script(methods.ADVANCE_CLOCK, answer)
    assert client.clock.advance(noon) == noon
    (request,) = scripted.calls_of(methods.ADVANCE_CLOCK)
    assert request.time.ToDatetime(datetime.UTC) == noon


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with DispatchClient("127.0.0.1:1", QUICK) as client:
        with pytest.raises(pc.Unavailable):
            client.regions.get(REGION)
        with pytest.raises(pc.Unavailable, match="not serving within"):
            client.wait_until_ready(timeout_s=0.2)


def test_ready_is_when_the_health_check_says_so(client: DispatchClient) -> None:
    started_s = time.monotonic()
    client.wait_until_ready(timeout_s=30)
    assert time.monotonic() - started_s < 30


async def test_asyncio_ready_is_when_the_health_check_says_so(async_client: AsyncDispatchClient) -> None:
    await async_client.wait_until_ready(timeout_s=30)


async def test_a_client_may_be_made_outside_the_loop_that_uses_it(scripted: ScriptedServer, address: str) -> None:
    scripted.script(methods.GET_REGION, m.GetRegionResponse())
    client = AsyncDispatchClient(address, QUICK)
    await client.regions.get(REGION)
    await client.close()


def test_an_audit_is_verified_with_its_progress(scripted: ScriptedServer, client: DispatchClient) -> None:
    answers = [
        m.VerifyAuditResponse(verified_records=5),
        m.VerifyAuditResponse(result=m.AuditVerification(intact=True)),
    ]
    scripted.script(methods.VERIFY_AUDIT, answers)
    assert list(client.audit.verify(REGION, known_checkpoints=["note"])) == answers
    (request,) = scripted.calls_of(methods.VERIFY_AUDIT)
    assert list(request.known_checkpoints) == ["note"]
