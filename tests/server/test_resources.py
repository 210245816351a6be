"""What is kept can be read back, changed under etag and mask, listed in order and found."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf import field_mask_pb2
from google.rpc import error_details_pb2
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as catalog
from pydispatch_protos.dispatch.v1 import customer_service_pb2 as customers
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import location_service_pb2 as locations
from pydispatch_protos.dispatch.v1 import region_service_pb2 as regions
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import CENTER, PLAN, REGION, START_S, Stubs, refusal


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    harness.add_technicians(stubs, 20)
    harness.add_service(stubs)


def get_technician(stubs: Stubs, name: str) -> technicians.Technician:
    return stubs.technicians.GetTechnician(technicians.GetTechnicianRequest(name=name)).technician


def test_technician_keeps_what_was_given(stubs: Stubs) -> None:
    given = harness.technician(1, languages=["zh-CN", "en"], star_tier=3, display_name="王师傅 🔧")
    request = technicians.CreateTechnicianRequest(parent=REGION, technician_id="wang", technician=given)
    made = stubs.technicians.CreateTechnician(request).technician
    assert made.name == f"{REGION}/technicians/wang"
    assert made.display_name == "王师傅 🔧"
    assert made.availability == types.AVAILABILITY_STATE_AVAILABLE
    assert made.create_time.seconds == START_S
    assert made.etag
    assert get_technician(stubs, made.name) == made


def test_validate_only_changes_nothing(stubs: Stubs) -> None:
    request = technicians.CreateTechnicianRequest(
        parent=REGION, technician_id="ghost", technician=harness.technician(), validate_only=True
    )
    assert stubs.technicians.CreateTechnician(request).technician.name == f"{REGION}/technicians/ghost"
    found = refusal(lambda: get_technician(stubs, f"{REGION}/technicians/ghost"))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "TECHNICIAN_NOT_FOUND")
    assert found.detail(error_details_pb2.ResourceInfo).resource_name == f"{REGION}/technicians/ghost"
    before = len(list_bookings(stubs))
    checked = harness.create_booking(stubs, validate_only=True)
    assert not checked.HasField("visit")
    assert len(list_bookings(stubs)) == before


def list_bookings(stubs: Stubs, **more: object) -> list[bookings.Booking]:
    def fetch(token: str) -> bookings.ListBookingsResponse:
        request = bookings.ListBookingsRequest(parent=REGION, page_size=3, page_token=token, **more)
        return stubs.bookings.ListBookings(request)

    return list(harness.all_pages(fetch, "bookings"))


def test_update_changes_only_the_masked_fields(stubs: Stubs) -> None:
    name = f"{REGION}/technicians/t003"
    before = get_technician(stubs, name)
    request = technicians.UpdateTechnicianRequest(
        technician=technicians.Technician(name=name, display_name="New", star_tier=4),
        update_mask=field_mask_pb2.FieldMask(paths=["star_tier"]),
    )
    after = stubs.technicians.UpdateTechnician(request).technician
    assert (after.star_tier, after.display_name) == (4, before.display_name)
    assert after.etag != before.etag
    assert get_technician(stubs, name) == after


def test_update_without_mask_changes_every_field_but_availability(stubs: Stubs) -> None:
    name = f"{REGION}/technicians/t004"
    given = technicians.Technician(name=name, home_location=CENTER, availability=types.AVAILABILITY_STATE_PAUSED)
    after = stubs.technicians.UpdateTechnician(technicians.UpdateTechnicianRequest(technician=given)).technician
    assert after.display_name == ""
    assert not after.shifts
    assert after.availability == types.AVAILABILITY_STATE_AVAILABLE


def test_stale_etag_is_a_conflict(stubs: Stubs) -> None:
    name = f"{REGION}/technicians/t005"
    stale = get_technician(stubs, name).etag
    mask = field_mask_pb2.FieldMask(paths=["star_tier"])
    change = technicians.Technician(name=name, etag=stale, star_tier=1)
    request = technicians.UpdateTechnicianRequest(technician=change, update_mask=mask)
    stubs.technicians.UpdateTechnician(request)
    found = refusal(lambda: stubs.technicians.UpdateTechnician(request))
    assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert found.metadata["etag"] == get_technician(stubs, name).etag


def test_lists_are_ordered_and_pages_join(stubs: Stubs) -> None:
    def fetch(token: str) -> technicians.ListTechniciansResponse:
        request = technicians.ListTechniciansRequest(parent=REGION, page_size=7, page_token=token)
        return stubs.technicians.ListTechnicians(request)

    names = [item.name for item in harness.all_pages(fetch, "technicians")]
    assert names == sorted(set(names))
    assert len(names) >= 20


def test_service_life(stubs: Stubs) -> None:
    name = harness.add_service(stubs, "paint", display_name="Painting", priority=types.PRIORITY_URGENT)
    request = catalog.UpdateServiceRequest(
        service=catalog.Service(name=name, duration_s=7200), update_mask=field_mask_pb2.FieldMask(paths=["duration_s"])
    )
    changed = stubs.catalog.UpdateService(request).service
    assert (changed.duration_s, changed.display_name) == (7200, "Painting")
    assert stubs.catalog.GetService(catalog.GetServiceRequest(name=name)).service == changed
    booked = harness.create_booking(stubs, harness.booking(service=name))
    assert (booked.visit.priority, booked.visit.duration_s) == (types.PRIORITY_URGENT, 7200)
    stubs.catalog.DeleteService(catalog.DeleteServiceRequest(name=name, etag=changed.etag))
    listed = stubs.catalog.ListServices(catalog.ListServicesRequest(parent=REGION)).services
    assert name not in [service.name for service in listed]
    kept = stubs.bookings.GetBooking(bookings.GetBookingRequest(name=booked.booking.name))
    assert kept.booking == booked.booking


def test_customers_are_found_by_any_spelling(stubs: Stubs) -> None:
    given = customers.Customer(
        display_name="Ann", phone_numbers=["+1 (415) 555-0123"], email_addresses=["Ann.Lee@Example.com"]
    )
    made = stubs.customers.CreateCustomer(customers.CreateCustomerRequest(parent=REGION, customer=given)).customer
    assert list(made.phone_numbers) == ["+14155550123"]
    for identity in (
        {"phone_number": "+1-415-555-0123"},
        {"phone_number": "+14155550123"},
        {"email_address": "ann.lee@EXAMPLE.com"},
    ):
        request = customers.ResolveIdentityRequest(parent=REGION, **identity)
        assert [item.name for item in stubs.customers.ResolveIdentity(request).customers] == [made.name]
    nobody = customers.ResolveIdentityRequest(parent=REGION, phone_number="+14155550199")
    assert not stubs.customers.ResolveIdentity(nobody).customers
    assert stubs.customers.GetCustomer(customers.GetCustomerRequest(name=made.name)).customer == made
    assert made in stubs.customers.ListCustomers(customers.ListCustomersRequest(parent=REGION)).customers


def test_booking_for_now_promises_the_target_and_limits_the_window(stubs: Stubs) -> None:
    harness.add_service(stubs, "quick", response_target_s=900, response_limit_s=3600)
    booked = harness.create_booking(stubs, harness.booking(service=f"{REGION}/services/quick", note="ring twice"))
    visit = booked.visit
    assert [(item.start_time.seconds, item.end_time.seconds) for item in visit.start_windows] == [
        (START_S, START_S + 3600)
    ]
    assert visit.due_time.seconds == START_S + 900
    assert visit.state == types.VISIT_STATE_PLANNED
    assert visit.placement.technician.startswith(f"{REGION}/technicians/")
    assert visit.placement.cost_milli == sum(term.cost_milli for term in visit.placement.score_terms)
    assert booked.booking.visit == visit.name
    assert stubs.visits.GetVisit(visits.GetVisitRequest(name=visit.name)).visit == visit


def test_booking_for_a_window_promises_the_window_alone(stubs: Stubs) -> None:
    asked = harness.window(START_S + 7200, START_S + 10_800)
    visit = harness.create_booking(stubs, harness.booking(start_window=asked)).visit
    assert list(visit.start_windows) == [asked]
    assert not visit.HasField("due_time")
    assert asked.start_time.seconds <= visit.placement.start_time.seconds <= asked.end_time.seconds


def test_booking_nobody_can_take_is_kept_with_reasons(stubs: Stubs) -> None:
    service = catalog.Service(duration_s=600, required_skills=[types.SkillLevel(skill="alchemy", level=1)])
    stubs.catalog.CreateService(catalog.CreateServiceRequest(parent=REGION, service_id="gold", service=service))
    booked = harness.create_booking(stubs, harness.booking(service=f"{REGION}/services/gold"))
    assert booked.visit.state == types.VISIT_STATE_UNASSIGNED
    assert not booked.visit.HasField("placement")
    assert types.RULE_SKILL in [reason.rule for reason in booked.visit.unassigned_reasons]
    plan = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan
    assert booked.visit.name in [item.visit for item in plan.unassigned_visits]


def test_cancelling_closes_booking_and_visit_and_can_be_repeated(stubs: Stubs) -> None:
    booked = harness.create_booking(stubs)
    request = bookings.CancelBookingRequest(name=booked.booking.name, etag=booked.booking.etag)
    cancelled = stubs.bookings.CancelBooking(request).booking
    assert cancelled.state == bookings.BOOKING_STATE_CANCELLED
    again = stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=booked.booking.name)).booking
    assert again == cancelled
    visit = stubs.visits.GetVisit(visits.GetVisitRequest(name=booked.visit.name)).visit
    assert visit.state == types.VISIT_STATE_CANCELLED
    states = [bookings.BOOKING_STATE_CANCELLED]
    assert cancelled.name in [item.name for item in list_bookings(stubs, states=states)]


def test_visit_goes_through_its_life(stubs: Stubs) -> None:
    booked = harness.create_booking(stubs)
    name, who = booked.visit.name, booked.visit.placement.technician

    def report(event: visits.VisitEvent, technician: str = who) -> visits.Visit:
        request = visits.ReportVisitProgressRequest(name=name, technician=technician, event=event)
        return stubs.visits.ReportVisitProgress(request).visit

    other = f"{REGION}/technicians/" + ("t001" if not who.endswith("t001") else "t002")
    found = refusal(lambda: report(visits.VISIT_EVENT_ACCEPT, other))
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_TECHNICIAN")
    assert report(visits.VISIT_EVENT_ACCEPT).state == types.VISIT_STATE_ACCEPTED
    found = refusal(lambda: report(visits.VISIT_EVENT_COMPLETE))
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ILLEGAL_TRANSITION")
    assert found.detail(error_details_pb2.PreconditionFailure).violations[0].subject == name
    for event in (visits.VISIT_EVENT_DEPART, visits.VISIT_EVENT_ARRIVE, visits.VISIT_EVENT_START):
        report(event)
    done = report(visits.VISIT_EVENT_COMPLETE)
    assert done.state == types.VISIT_STATE_COMPLETED
    assert done.times.end_time.seconds >= START_S
    kept = stubs.bookings.GetBooking(bookings.GetBookingRequest(name=booked.booking.name)).booking
    assert kept.state == bookings.BOOKING_STATE_COMPLETED
    found = refusal(lambda: report(visits.VISIT_EVENT_COMPLETE))
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ILLEGAL_TRANSITION")
    cancel = bookings.CancelBookingRequest(name=booked.booking.name)
    assert refusal(lambda: stubs.bookings.CancelBooking(cancel)).code == grpc.StatusCode.FAILED_PRECONDITION


def test_offline_technician_loses_the_open_visits(stubs: Stubs) -> None:
    booked = harness.create_booking(stubs)
    who = booked.visit.placement.technician
    request = technicians.SetAvailabilityRequest(name=who, availability=types.AVAILABILITY_STATE_OFFLINE)
    answer = stubs.technicians.SetAvailability(request)
    assert answer.technician.availability == types.AVAILABILITY_STATE_OFFLINE
    assert booked.visit.name in [*answer.moved_visits, *answer.unassigned_visits]
    visit = stubs.visits.GetVisit(visits.GetVisitRequest(name=booked.visit.name)).visit
    assert visit.placement.technician != who
    states = [types.VISIT_STATE_PLANNED, types.VISIT_STATE_ACCEPTED]
    left = visits.ListVisitsRequest(parent=REGION, technician=who, states=states)
    assert not stubs.visits.ListVisits(left).visits
    harness.assert_clean(stubs)


def test_disruption_mends_the_plan(stubs: Stubs) -> None:
    booked = harness.create_booking(stubs)
    who = booked.visit.placement.technician
    offline = dispatch.TechnicianOffline(technician=who)
    answer = stubs.dispatch.ReportDisruption(
        dispatch.ReportDisruptionRequest(parent=REGION, technician_offline=offline, request_id="ill-1")
    )
    assert booked.visit.name in [visit.name for visit in answer.visits]
    assert get_technician(stubs, who).availability == types.AVAILABILITY_STATE_OFFLINE
    placed = stubs.visits.GetVisit(visits.GetVisitRequest(name=booked.visit.name)).visit
    late = dispatch.VisitLate(visit=placed.name, delay_s=1200)
    answer = stubs.dispatch.ReportDisruption(dispatch.ReportDisruptionRequest(parent=REGION, visit_late=late))
    assert placed.name in [visit.name for visit in answer.visits]
    harness.assert_clean(stubs)


def test_deleted_technician_is_gone_and_the_visits_are_not(stubs: Stubs) -> None:
    booked = harness.create_booking(stubs)
    who = booked.visit.placement.technician
    stubs.technicians.DeleteTechnician(technicians.DeleteTechnicianRequest(name=who))
    assert refusal(lambda: get_technician(stubs, who)).reason == "TECHNICIAN_NOT_FOUND"
    visit = stubs.visits.GetVisit(visits.GetVisitRequest(name=booked.visit.name)).visit
    assert visit.placement.technician != who
    harness.assert_clean(stubs)


def test_plan_agrees_with_the_visits(stubs: Stubs) -> None:
    harness.create_booking(stubs)
    plan = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan
    assert plan.routes
    for route in plan.routes:
        starts = [stop.start_time.seconds for stop in route.stops]
        assert starts == sorted(starts)
        listed = stubs.visits.ListVisits(visits.ListVisitsRequest(parent=REGION, technician=route.technician)).visits
        open_names = {visit.name for visit in listed if visit.state < types.VISIT_STATE_COMPLETED}
        assert {stop.visit for stop in route.stops} == open_names
    only = plan.routes[0].technician
    part = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN, technicians=[only])).plan
    assert [route.technician for route in part.routes] == [only]


def test_positions_recommendations_and_neighbours_go_through_as_bytes(stubs: Stubs) -> None:
    fix = locations.Fix(technician_id="t010", lat_deg=37.771, lon_deg=-122.421, event_time_ms=START_S * 1000)
    unknown = locations.Fix(technician_id="nobody", lat_deg=37.771, lon_deg=-122.421, event_time_ms=START_S * 1000)
    report = locations.BatchReportLocationsRequest(parent=REGION, fixes=[fix, unknown])
    counts = stubs.locations.BatchReportLocations(report).counts
    assert (counts.applied, counts.unknown_technician) == (1, 1)
    batches = [
        locations.StreamLocationsRequest(parent=REGION, stream_id="s", sequence=number, fixes=[fix])
        for number in (1, 2, 3)
    ]
    answers = list(stubs.locations.StreamLocations(iter(batches)))
    assert answers[-1].acknowledged_sequence == 3
    search = locations.SearchNearbyTechniciansRequest(parent=REGION, location=CENTER, max_results=5)
    found = stubs.locations.SearchNearbyTechnicians(search).technicians
    assert "t010" in [item.technician_id for item in found]
    ask = dispatch.RecommendTechniciansRequest(parent=REGION, location=CENTER, service=f"{REGION}/services/fix")
    best = stubs.dispatch.RecommendTechnicians(ask).recommendations
    assert [item.rank for item in best] == [1, 2, 3]


def test_regions_are_independent(stubs: Stubs) -> None:
    region = regions.Region(center=types.LatLng(lat_deg=48.85, lon_deg=2.35), time_zone="Europe/Paris")
    made = stubs.regions.CreateRegion(regions.CreateRegionRequest(region_id="paris", region=region)).region
    assert stubs.regions.GetRegion(regions.GetRegionRequest(name="regions/paris")).region == made
    listed = [item.name for item in stubs.regions.ListRegions(regions.ListRegionsRequest()).regions]
    assert listed == sorted(listed)
    assert {"regions/paris", REGION} <= set(listed)
    parisians = stubs.technicians.ListTechnicians(technicians.ListTechniciansRequest(parent="regions/paris"))
    assert not parisians.technicians
    again = regions.CreateRegionRequest(region_id="paris", region=region)
    found = refusal(lambda: stubs.regions.CreateRegion(again))
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REGION_EXISTS")
