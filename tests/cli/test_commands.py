"""What each command asks of the server and what it prints."""

from __future__ import annotations

import datetime
import json

import grpc
import pytest
from google.protobuf.json_format import Parse
from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_client import messages as m
from pydispatch_client import methods

from tests.cli.conftest import Run
from tests.client.scripted_server import Fail, Hang, ScriptedServer

NINE = datetime.datetime(2026, 5, 1, 9, tzinfo=datetime.UTC)
TEN = datetime.datetime(2026, 5, 1, 10, tzinfo=datetime.UTC)
VISIT = m.Visit(
    name="regions/sf/visits/b1",
    state=m.VisitState.VISIT_STATE_PLANNED,
    placement=m.Placement(
        technician="regions/sf/technicians/ann",
        arrival_time=NINE,
        start_time=NINE,
        cost_milli=1500,
        score_terms=[m.ScoreTerm(term="travel", quantity=300, unit="s", cost_milli=1500)],
    ),
)
NOBODY = m.Visit(
    name="regions/sf/visits/b2",
    state=m.VisitState.VISIT_STATE_UNASSIGNED,
    unassigned_reasons=[m.UnassignedReason(rule=m.Rule.RULE_SKILL, technician_count=14, detail="14 lack [gas]")],
)
BOOKING = m.Booking(
    name="regions/sf/bookings/b1",
    service="regions/sf/services/plumbing",
    site=m.Site(location=m.LatLng(lat_deg=37.77, lon_deg=-122.41)),
    state=m.BookingState.BOOKING_STATE_CONFIRMED,
)
TECHNICIAN = m.Technician(
    name="regions/sf/technicians/ann",
    display_name="Ann 安",
    skills=[m.SkillLevel(skill="plumbing", level=3)],
    availability=m.AvailabilityState.AVAILABILITY_STATE_AVAILABLE,
)


def at(time: datetime.datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def test_regions_are_listed(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.LIST_REGIONS, m.ListRegionsResponse(regions=[m.Region(name="regions/sf", time_zone="UTC")]))
    result = run("regions", "list")
    assert result.exit_code == 0
    assert "sf" in result.stdout


def test_a_region_is_created(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.CREATE_REGION, m.CreateRegionResponse(region=m.Region(name="regions/oslo")))
    assert run("regions", "create", "oslo", "--at", "59.9,10.7", "--time-zone", "Europe/Oslo").exit_code == 0
    (request,) = scripted.calls_of(methods.CREATE_REGION)
    assert (request.region_id, request.region.time_zone, request.region.center.lat_deg) == ("oslo", "Europe/Oslo", 59.9)


def test_services_are_listed_and_created(scripted: ScriptedServer, run: Run) -> None:
    service = m.Service(name="regions/sf/services/plumbing", duration_s=5400, priority=m.Priority.PRIORITY_URGENT)
    scripted.script(methods.CREATE_SERVICE, m.CreateServiceResponse(service=service))
    scripted.script(methods.LIST_SERVICES, m.ListServicesResponse(services=[service]))
    created = run("services", "create", "plumbing", "--duration-s", "5400", "--skill", "plumbing:2", "--skill", "pipes")
    assert created.exit_code == 0
    (request,) = scripted.calls_of(methods.CREATE_SERVICE)
    assert [(skill.skill, skill.level) for skill in request.service.required_skills] == [("plumbing", 2), ("pipes", 1)]
    listed = run("services", "list").stdout
    assert "1h 30m" in listed
    assert "urgent" in listed


def test_technicians_are_listed_over_all_pages(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(
        methods.LIST_TECHNICIANS,
        m.ListTechniciansResponse(technicians=[TECHNICIAN], next_page_token="2"),
        m.ListTechniciansResponse(technicians=[m.Technician(name="regions/sf/technicians/bob")]),
    )
    result = run("technicians", "list")
    assert "plumbing:3" in result.stdout
    assert "Ann 安" in result.stdout
    assert "bob" in result.stdout


def test_a_list_as_json_has_a_line_for_each(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.LIST_TECHNICIANS, m.ListTechniciansResponse(technicians=[TECHNICIAN, TECHNICIAN]))
    lines = run("technicians", "list", "--json").stdout.splitlines()
    assert [Parse(line, m.Technician()) for line in lines] == [TECHNICIAN, TECHNICIAN]


def test_one_as_json_is_one_document(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.GET_TECHNICIAN, m.GetTechnicianResponse(technician=TECHNICIAN))
    result = run("technicians", "get", "ann", "--json")
    assert Parse(result.stdout, m.Technician()) == TECHNICIAN
    assert json.loads(result.stdout)["display_name"] == "Ann 安"


def test_a_technician_is_created_from_options(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.CREATE_TECHNICIAN, m.CreateTechnicianResponse(technician=TECHNICIAN))
    result = run(
        *("technicians", "create", "ann", "--at", "-33.8,151.2", "--skill", "plumbing:3", "--certificate", "gas-safe"),
        *("--shift", "2026-05-01T09:00Z/2026-05-01T10:00Z", "--name", "Ann", "--star-tier", "2", "--language", "en"),
    )
    assert result.exit_code == 0
    (request,) = scripted.calls_of(methods.CREATE_TECHNICIAN)
    assert (request.parent, request.technician_id) == ("regions/sf", "ann")
    assert request.technician == m.Technician(
        display_name="Ann",
        home_location=m.LatLng(lat_deg=-33.8, lon_deg=151.2),
        skills=[m.SkillLevel(skill="plumbing", level=3)],
        certificates=[m.Certificate(certificate="gas-safe")],
        shifts=[m.Shift(window=m.TimeWindow(start_time=NINE, end_time=TEN))],
        star_tier=2,
        languages=["en"],
    )


def test_booking_shows_who_comes_and_why(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.CREATE_BOOKING, m.CreateBookingResponse(booking=BOOKING, visit=VISIT))
    result = run("bookings", "create", "--service", "plumbing", "--at", "37.77,-122.41", "--priority", "urgent")
    assert result.exit_code == 0
    assert "ann" in result.stdout
    assert "2026-05-01 09:00:00Z" in result.stdout
    assert "travel 300s = 1.500" in result.stdout
    (request,) = scripted.calls_of(methods.CREATE_BOOKING)
    assert request.booking.service == "regions/sf/services/plumbing"
    assert request.booking.priority == m.Priority.PRIORITY_URGENT
    assert not request.booking.HasField("start_window")


def test_booking_for_a_window_that_nobody_can_take_says_why(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.CREATE_BOOKING, m.CreateBookingResponse(booking=BOOKING, visit=NOBODY))
    window = "2026-05-01T09:00Z/2026-05-01T12:00+02:00"
    result = run("bookings", "create", "--service", "plumbing", "--at", "37,-122", "--window", window)
    assert result.exit_code == 0
    assert "14 lack [gas]" in result.stdout
    (request,) = scripted.calls_of(methods.CREATE_BOOKING)
    assert request.booking.start_window == m.TimeWindow(start_time=NINE, end_time=TEN)


def test_bookings_are_read_listed_and_cancelled(scripted: ScriptedServer, run: Run) -> None:
    cancelled = m.Booking(name=BOOKING.name, state=m.BookingState.BOOKING_STATE_CANCELLED)
    scripted.script(methods.GET_BOOKING, m.GetBookingResponse(booking=BOOKING, visit=VISIT))
    scripted.script(methods.LIST_BOOKINGS, m.ListBookingsResponse(bookings=[BOOKING]))
    scripted.script(methods.CANCEL_BOOKING, m.CancelBookingResponse(booking=cancelled))
    assert "confirmed" in run("bookings", "get", "b1").stdout
    assert "b1" in run("bookings", "list", "--state", "confirmed", "--batch", "x").stdout
    assert "cancelled" in run("bookings", "cancel", "b1", "--reason", "no need").stdout
    (listing,) = scripted.calls_of(methods.LIST_BOOKINGS)
    assert list(listing.states) == [m.BookingState.BOOKING_STATE_CONFIRMED]
    assert listing.batch == "regions/sf/batches/x"
    (cancelling,) = scripted.calls_of(methods.CANCEL_BOOKING)
    assert (cancelling.name, cancelling.reason) == ("regions/sf/bookings/b1", "no need")


def test_nearby_shows_distance_and_age(scripted: ScriptedServer, run: Run) -> None:
    found = m.NearbyTechnician(technician_id="ann", distance_m=1234.4, travel_s=150, age_ms=2500, free_in_s=3700)
    scripted.script(methods.SEARCH_NEARBY_TECHNICIANS, m.SearchNearbyTechniciansResponse(technicians=[found]))
    result = run("nearby", "--at", "37,-122", "--skill", "gas:2", "--order", "soonest-free", "--limit", "5")
    for cell in ("ann", "1,234 m", "2m 30s", "1h 01m", "2.5 s"):
        assert cell in result.stdout
    (request,) = scripted.calls_of(methods.SEARCH_NEARBY_TECHNICIANS)
    assert (request.max_results, request.order) == (5, m.SearchOrder.SEARCH_ORDER_SOONEST_FREE)


def test_nobody_nearby_is_a_result(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.SEARCH_NEARBY_TECHNICIANS, m.SearchNearbyTechniciansResponse())
    result = run("nearby", "--at", "37,-122")
    assert result.exit_code == 0
    assert "Nobody" in result.stdout


def test_recommend_shows_the_ranking_and_the_reasons(scripted: ScriptedServer, run: Run) -> None:
    answer = m.RecommendTechniciansResponse(
        recommendations=[m.Recommendation(rank=1, technician_id="ann", arrival_time=NINE, cost_milli=2500)],
        reasons=NOBODY.unassigned_reasons,
    )
    scripted.script(methods.RECOMMEND_TECHNICIANS, answer)
    result = run("recommend", "--at", "37,-122", "--service", "plumbing")
    for text in ("ann", "2.500", "14 lack [gas]"):
        assert text in result.stdout
    (request,) = scripted.calls_of(methods.RECOMMEND_TECHNICIANS)
    assert request.service == "regions/sf/services/plumbing"


def test_plan_shows_routes_and_what_nobody_can_take(scripted: ScriptedServer, run: Run) -> None:
    stops = [m.Stop(visit="regions/sf/visits/b1", start_time=NINE, slack_s=65)]
    plan = m.Plan(
        sequence=7,
        read_time=NINE,
        routes=[m.Route(technician="regions/sf/technicians/ann", stops=stops)],
        unassigned_visits=[m.UnassignedVisit(visit=NOBODY.name, reasons=NOBODY.unassigned_reasons)],
    )
    scripted.script(methods.GET_PLAN, m.GetPlanResponse(plan=plan))
    result = run("plan", "show", "--technician", "ann")
    for text in ("ann", "b1", "1m 05s", "change 7", "b2", "14 lack [gas]"):
        assert text in result.stdout
    (request,) = scripted.calls_of(methods.GET_PLAN)
    assert list(request.technicians) == ["regions/sf/technicians/ann"]


def plan_events() -> list[m.WatchPlanResponse]:
    kinds = m.PlanEventType
    return [
        m.WatchPlanResponse(type=kinds.PLAN_EVENT_TYPE_INITIAL, visit=VISIT),
        m.WatchPlanResponse(type=kinds.PLAN_EVENT_TYPE_SYNCED, resume_token="1"),
        m.WatchPlanResponse(type=kinds.PLAN_EVENT_TYPE_HEARTBEAT, resume_token="1"),
        m.WatchPlanResponse(type=kinds.PLAN_EVENT_TYPE_VISIT_CHANGED, sequence=2, visit=NOBODY, event_time=at(TEN)),
        m.WatchPlanResponse(type=kinds.PLAN_EVENT_TYPE_RESYNC),
    ]


def test_plan_watch_prints_a_line_for_each_change(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.WATCH_PLAN, [*plan_events(), Hang()])
    result = run("plan", "watch", "--count", "5", "--batch", "x")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 4
    assert "b1" in lines[0]
    assert lines[2].startswith("2026-05-01 10:00:00Z  b2  unassigned")
    assert "missed" in lines[3]


def test_plan_watch_as_json_prints_every_event(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.WATCH_PLAN, [*plan_events(), Hang()])
    lines = run("plan", "watch", "--count", "5", "--json").stdout.splitlines()
    assert [Parse(line, m.WatchPlanResponse()) for line in lines] == plan_events()


def test_plan_watch_says_that_it_lost_the_server_and_goes_on(scripted: ScriptedServer, run: Run) -> None:
    down = Fail(grpc.StatusCode.UNAVAILABLE, "stopping")
    scripted.script(methods.WATCH_PLAN, [plan_events()[1], down], [plan_events()[3], Hang()])
    result = run("plan", "watch", "--count", "2", "--json")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2
    assert "connection lost (UNAVAILABLE), trying again" in result.stderr


def test_batches_are_planned_shown_and_watched(scripted: ScriptedServer, run: Run) -> None:
    batch = m.Batch(
        name="regions/sf/batches/x", state=m.BatchState.BATCH_STATE_PLANNED, booking_count=3, planned_count=2
    )
    done = m.Batch(name=batch.name, state=m.BatchState.BATCH_STATE_FINISHED, booking_count=3, completed_count=3)
    scripted.script(methods.PLAN_BATCH, m.PlanBatchResponse(batch=batch))
    scripted.script(methods.GET_BATCH, m.GetBatchResponse(batch=batch))
    watched = [m.WatchBatchProgressResponse(batch=state) for state in (batch, done)]
    scripted.script(methods.WATCH_BATCH_PROGRESS, watched, watched)
    assert "planned" in run("batch", "plan", "x").stdout
    assert "bookings" in run("batch", "show", "x").stdout
    lines = run("batch", "watch", "x").stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["planned", "finished"]
    json_lines = run("batch", "watch", "x", "--json").stdout.splitlines()
    assert [Parse(line, m.Batch()) for line in json_lines] == [batch, done]


@pytest.mark.parametrize("group", ["regions", "services", "technicians", "bookings", "plan", "batch"])
def test_every_group_explains_itself(group: str, run: Run) -> None:
    result = run(group, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout
