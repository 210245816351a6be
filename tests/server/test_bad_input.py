"""Hostile and mistaken input against a real server: code, reason, field path of each case, and nothing has changed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as catalog
from pydispatch_protos.dispatch.v1 import clock_service_pb2 as clock
from pydispatch_protos.dispatch.v1 import customer_service_pb2 as customers
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import location_service_pb2 as locations
from pydispatch_protos.dispatch.v1 import region_service_pb2 as regions
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import CENTER, PLAN, REGION, START_S, Stubs, refusal

INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND
EXISTS = grpc.StatusCode.ALREADY_EXISTS
ABORTED = grpc.StatusCode.ABORTED
YEAR_9999_S = 253_370_764_800
YEAR_1_S = -62_135_596_800
DAY_S = 86_400
NAN, INFINITE = math.nan, math.inf


@dataclass(frozen=True)
class Case:
    """One request that must be refused, and how."""

    name: str
    request: Any
    fields: dict[str, str] = field(default_factory=dict)
    code: grpc.StatusCode = INVALID
    reason: str = "INVALID_FIELDS"


def new_technician(**more: Any) -> technicians.CreateTechnicianRequest:
    return technicians.CreateTechnicianRequest(
        parent=REGION, technician_id="new", technician=harness.technician(0, **more)
    )


def at(lat_deg: float, lon_deg: float) -> types.LatLng:
    return types.LatLng(lat_deg=lat_deg, lon_deg=lon_deg)


def booked(**more: Any) -> bookings.CreateBookingRequest:
    return bookings.CreateBookingRequest(parent=REGION, booking=harness.booking(**more))


def booked_at(start_s: int, end_s: int) -> bookings.CreateBookingRequest:
    return booked(start_window=harness.window(start_s, end_s))


def shifts(*pairs: tuple[int, int]) -> technicians.CreateTechnicianRequest:
    request = new_technician()
    del request.technician.shifts[:]
    request.technician.shifts.extend(types.Shift(window=harness.window(*pair)) for pair in pairs)
    return request


def with_break(start_s: int, end_s: int, duration_s: int = 600) -> technicians.CreateTechnicianRequest:
    request = shifts((START_S, START_S + 8 * 3600))
    request.technician.shifts[0].breaks.add(start_window=harness.window(start_s, end_s), duration_s=duration_s)
    return request


def replaced_home(location: types.LatLng) -> technicians.CreateTechnicianRequest:
    request = new_technician()
    request.technician.home_location.CopyFrom(location)
    return request


def site(location: types.LatLng | None, **more: Any) -> bookings.CreateBookingRequest:
    request = booked()
    request.booking.site.CopyFrom(types.Site(location=location, **more))
    return request


def update(paths: list[str], **more: Any) -> technicians.UpdateTechnicianRequest:
    given = technicians.Technician(name=f"{REGION}/technicians/t000", **more)
    return technicians.UpdateTechnicianRequest(technician=given, update_mask=field_mask_pb2.FieldMask(paths=paths))


def service(**more: Any) -> catalog.CreateServiceRequest:
    made = catalog.Service(duration_s=600)
    made.MergeFrom(catalog.Service(**more))
    return catalog.CreateServiceRequest(parent=REGION, service_id="new", service=made)


def customer(**more: Any) -> customers.CreateCustomerRequest:
    return customers.CreateCustomerRequest(parent=REGION, customer=customers.Customer(**more))


def advance(seconds: int, nanos: int = 0) -> clock.AdvanceClockRequest:
    return clock.AdvanceClockRequest(time=Timestamp(seconds=seconds, nanos=nanos))


def region(**more: Any) -> regions.CreateRegionRequest:
    made = regions.Region(center=CENTER)
    made.MergeFrom(regions.Region(**more))
    return regions.CreateRegionRequest(region_id="new", region=made)


def twice(**more: Any) -> technicians.BatchCreateTechniciansRequest:
    new = technicians.NewTechnician(technician_id="twin", technician=harness.technician())
    return technicians.BatchCreateTechniciansRequest(parent=REGION, technicians=[new, new])


LONG = "x" * 5000
OTHER = "regions/elsewhere"
T000 = f"{REGION}/technicians/t000"
SKILL = types.SkillLevel(skill="fix", level=1)

CASES = [
    # Technicians.
    Case(
        "no parent",
        technicians.CreateTechnicianRequest(technician_id="a", technician=harness.technician()),
        {"parent": "BAD_FORMAT"},
    ),
    Case(
        "no technician",
        technicians.CreateTechnicianRequest(parent=REGION, technician_id="a"),
        {"technician": "REQUIRED"},
    ),
    Case(
        "no identifier",
        technicians.CreateTechnicianRequest(parent=REGION, technician=harness.technician()),
        {"technician_id": "BAD_FORMAT"},
    ),
    Case(
        "identifier in capitals",
        technicians.CreateTechnicianRequest(parent=REGION, technician_id="Anna", technician=harness.technician()),
        {"technician_id": "BAD_FORMAT"},
    ),
    Case(
        "identifier of 64 characters",
        technicians.CreateTechnicianRequest(parent=REGION, technician_id="a" * 64, technician=harness.technician()),
        {"technician_id": "BAD_FORMAT"},
    ),
    Case(
        "identifier of 4-byte Unicode",
        technicians.CreateTechnicianRequest(parent=REGION, technician_id="🔧", technician=harness.technician()),
        {"technician_id": "BAD_FORMAT"},
    ),
    Case(
        "identifier with a line end",
        technicians.CreateTechnicianRequest(parent=REGION, technician_id="a\n", technician=harness.technician()),
        {"technician_id": "BAD_FORMAT"},
    ),
    Case("home is NaN", replaced_home(at(NAN, 0)), {"technician.home_location.lat_deg": "NOT_FINITE"}),
    Case("home is infinite", replaced_home(at(0, INFINITE)), {"technician.home_location.lon_deg": "NOT_FINITE"}),
    Case("home beyond the pole", replaced_home(at(90.5, 0)), {"technician.home_location.lat_deg": "OUT_OF_RANGE"}),
    Case("home in another city", replaced_home(at(48.85, 2.35)), {"technician.home_location": "OUTSIDE_REGION"}),
    Case(
        "two faults at once",
        new_technician(star_tier=9, rating_mean=7),
        {"technician.star_tier": "OUT_OF_RANGE", "technician.rating_mean": "OUT_OF_RANGE"},
    ),
    Case("rating is NaN", new_technician(rating_mean=NAN), {"technician.rating_mean": "NOT_FINITE"}),
    Case("skill twice", new_technician(skills=[SKILL]), {"technician.skills[1].skill": "DUPLICATE"}),
    Case(
        "skill level 6",
        new_technician(skills=[types.SkillLevel(skill="x", level=6)]),
        {"technician.skills[1].level": "OUT_OF_RANGE"},
    ),
    Case(
        "skill without name",
        new_technician(skills=[types.SkillLevel(level=1)]),
        {"technician.skills[1].skill": "BAD_FORMAT"},
    ),
    Case(
        "65 skills",
        new_technician(skills=[types.SkillLevel(skill=f"s{n}", level=1) for n in range(64)]),
        {"technician.skills": "TOO_MANY_ITEMS"},
    ),
    Case("language is no tag", new_technician(languages=["en_US!"]), {"technician.languages[0]": "BAD_FORMAT"}),
    Case("name too long", new_technician(display_name=LONG), {"technician.display_name": "TOO_LONG"}),
    Case("availability unknown", new_technician(availability=99), {"technician.availability": "UNKNOWN_VALUE"}),
    Case(
        "certificate reversed",
        new_technician(
            certificates=[
                types.Certificate(certificate="gas", valid_from=Timestamp(seconds=2), valid_until=Timestamp(seconds=1))
            ]
        ),
        {"technician.certificates[0]": "INTERVAL_REVERSED"},
    ),
    Case(
        "certificate beyond year 9999",
        new_technician(certificates=[types.Certificate(certificate="gas", valid_until=Timestamp(seconds=10**15))]),
        {"technician.certificates[0].valid_until": "OUT_OF_RANGE"},
    ),
    Case("shift reversed", shifts((START_S + 10, START_S)), {"technician.shifts[0].window": "INTERVAL_REVERSED"}),
    Case("shift of 25 hours", shifts((START_S, START_S + 25 * 3600)), {"technician.shifts[0].window": "TOO_LONG"}),
    Case(
        "shift in year 9999",
        shifts((YEAR_9999_S, YEAR_9999_S + 3600)),
        {
            "technician.shifts[0].window.start_time": "OUT_OF_RANGE",
            "technician.shifts[0].window.end_time": "OUT_OF_RANGE",
        },
    ),
    Case(
        "shift in year 1",
        shifts((YEAR_1_S, YEAR_1_S + 3600)),
        {
            "technician.shifts[0].window.start_time": "OUT_OF_RANGE",
            "technician.shifts[0].window.end_time": "OUT_OF_RANGE",
        },
    ),
    Case(
        "shifts overlap",
        shifts((START_S, START_S + 3600), (START_S + 1800, START_S + 7200)),
        {"technician.shifts[1].window.start_time": "OVERLAP"},
    ),
    Case("shift without window", new_technician(shifts=[types.Shift()]), {"technician.shifts[1].window": "REQUIRED"}),
    Case(
        "break outside its shift",
        with_break(START_S - 3600, START_S),
        {"technician.shifts[0].breaks[0].start_window": "OUTSIDE_SHIFT"},
    ),
    Case(
        "break runs over the end",
        with_break(START_S, START_S + 8 * 3600),
        {"technician.shifts[0].breaks[0].start_window": "OUTSIDE_SHIFT"},
    ),
    Case(
        "break of a second",
        with_break(START_S, START_S + 60, 1),
        {"technician.shifts[0].breaks[0].duration_s": "OUT_OF_RANGE"},
    ),
    Case("empty batch", technicians.BatchCreateTechniciansRequest(parent=REGION), {"technicians": "TOO_FEW_ITEMS"}),
    Case("identifier twice in a batch", twice(), {"technicians[1].technician_id": "DUPLICATE"}),
    Case(
        "technician exists",
        technicians.CreateTechnicianRequest(parent=REGION, technician_id="t000", technician=harness.technician()),
        {},
        EXISTS,
        "TECHNICIAN_EXISTS",
    ),
    Case(
        "technician in no region",
        technicians.CreateTechnicianRequest(parent=OTHER, technician_id="a", technician=harness.technician()),
        {},
        MISSING,
        "REGION_NOT_FOUND",
    ),
    Case(
        "technician unknown",
        technicians.GetTechnicianRequest(name=f"{REGION}/technicians/nobody"),
        {},
        MISSING,
        "TECHNICIAN_NOT_FOUND",
    ),
    Case(
        "name of another kind", technicians.GetTechnicianRequest(name=f"{REGION}/services/fix"), {"name": "BAD_FORMAT"}
    ),
    Case("mask names no field", update(["star_tier", "wings"]), {"update_mask.paths[1]": "UNKNOWN_PATH"}),
    Case("mask names the name", update(["name"]), {"update_mask.paths[0]": "NOT_MUTABLE"}),
    Case("mask names availability", update(["availability"]), {"update_mask.paths[0]": "NOT_MUTABLE"}),
    Case("mask of all and one", update(["*", "star_tier"]), {"update_mask.paths[0]": "UNKNOWN_PATH"}),
    Case("update breaks a rule", update(["star_tier"], star_tier=6), {"technician.star_tier": "OUT_OF_RANGE"}),
    Case("update clears what is required", update(["home_location"]), {"technician.home_location": "REQUIRED"}),
    Case("update without technician", technicians.UpdateTechnicianRequest(), {"technician.name": "BAD_FORMAT"}),
    Case("wrong etag", update(["star_tier"], etag="stale"), {}, ABORTED, "ETAG_MISMATCH"),
    Case(
        "delete with wrong etag",
        technicians.DeleteTechnicianRequest(name=T000, etag="stale"),
        {},
        ABORTED,
        "ETAG_MISMATCH",
    ),
    Case("availability not said", technicians.SetAvailabilityRequest(name=T000), {"availability": "UNKNOWN_VALUE"}),
    Case(
        "page too large",
        technicians.ListTechniciansRequest(parent=REGION, page_size=1001),
        {"page_size": "OUT_OF_RANGE"},
    ),
    Case(
        "page of negative size",
        technicians.ListTechniciansRequest(parent=REGION, page_size=-1),
        {"page_size": "OUT_OF_RANGE"},
    ),
    Case(
        "page token made up",
        technicians.ListTechniciansRequest(parent=REGION, page_token="bm9uc2Vuc2U"),
        {"page_token": "BAD_PAGE_TOKEN"},
    ),
    Case(
        "page token no base64",
        technicians.ListTechniciansRequest(parent=REGION, page_token="🔧"),
        {"page_token": "BAD_PAGE_TOKEN"},
    ),
    # Services.
    Case(
        "service without duration",
        catalog.CreateServiceRequest(parent=REGION, service_id="new", service=catalog.Service()),
        {"service.duration_s": "OUT_OF_RANGE"},
    ),
    Case(
        "service asks a skill twice",
        service(required_skills=[SKILL, SKILL]),
        {"service.required_skills[1].skill": "DUPLICATE"},
    ),
    Case(
        "limit before target",
        service(response_target_s=7200, response_limit_s=3600),
        {"service.response_limit_s": "CONTRADICTION"},
    ),
    Case("target of a second", service(response_target_s=1), {"service.response_target_s": "OUT_OF_RANGE"}),
    Case(
        "service exists",
        catalog.CreateServiceRequest(parent=REGION, service_id="fix", service=catalog.Service(duration_s=600)),
        {},
        EXISTS,
        "SERVICE_EXISTS",
    ),
    # Customers.
    Case(
        "phone number is none", customer(phone_numbers=["call me"]), {"customer.phone_numbers[0]": "BAD_PHONE_NUMBER"}
    ),
    Case(
        "phone number without country",
        customer(phone_numbers=["415 555 0123"]),
        {"customer.phone_numbers[0]": "BAD_PHONE_NUMBER"},
    ),
    Case(
        "phone number twice",
        customer(phone_numbers=["+14155550123", "+1 415 555 0123"]),
        {"customer.phone_numbers[1]": "DUPLICATE"},
    ),
    Case("e-mail is none", customer(email_addresses=["@nowhere"]), {"customer.email_addresses[0]": "BAD_FORMAT"}),
    Case(
        "e-mail twice", customer(email_addresses=["a@b.org", "A@B.org"]), {"customer.email_addresses[1]": "DUPLICATE"}
    ),
    Case("resolve nothing", customers.ResolveIdentityRequest(parent=REGION), {"identity": "REQUIRED"}),
    Case(
        "resolve a phone number that is none",
        customers.ResolveIdentityRequest(parent=REGION, phone_number="12345"),
        {"phone_number": "BAD_PHONE_NUMBER"},
    ),
    # Bookings.
    Case("no booking", bookings.CreateBookingRequest(parent=REGION), {"booking": "REQUIRED"}),
    Case(
        "no site",
        bookings.CreateBookingRequest(parent=REGION, booking=bookings.Booking(service=f"{REGION}/services/fix")),
        {"booking.site": "REQUIRED"},
    ),
    Case("site without location", site(None, address="somewhere"), {"booking.site.location": "REQUIRED"}),
    Case(
        "site is NaN",
        site(at(NAN, NAN)),
        {"booking.site.location.lat_deg": "NOT_FINITE", "booking.site.location.lon_deg": "NOT_FINITE"},
    ),
    Case("site too far away", site(at(34.05, -118.24)), {"booking.site.location": "OUTSIDE_REGION"}),
    Case("address too long", site(CENTER, address=LONG), {"booking.site.address": "TOO_LONG"}),
    Case("note of too many 4-byte characters", booked(note="🔧" * 2001), {"booking.note": "TOO_LONG"}),
    Case("window ended", booked_at(START_S - 7200, START_S - 3600), {"booking.start_window.end_time": "WINDOW_ENDED"}),
    Case("window reversed", booked_at(START_S + 7200, START_S + 3600), {"booking.start_window": "INTERVAL_REVERSED"}),
    Case(
        "window 401 days ahead",
        booked_at(START_S + 401 * DAY_S, START_S + 401 * DAY_S + 60),
        {"booking.start_window.start_time": "TOO_FAR_AHEAD", "booking.start_window.end_time": "TOO_FAR_AHEAD"},
    ),
    Case(
        "window in year 9999",
        booked_at(YEAR_9999_S, YEAR_9999_S + 60),
        {"booking.start_window.start_time": "TOO_FAR_AHEAD", "booking.start_window.end_time": "TOO_FAR_AHEAD"},
    ),
    Case("window in year 1", booked_at(YEAR_1_S, YEAR_1_S + 60), {"booking.start_window.end_time": "WINDOW_ENDED"}),
    Case("window beyond any year", booked_at(START_S, 2**62), {"booking.start_window.end_time": "OUT_OF_RANGE"}),
    Case(
        "window without end",
        booked(start_window=types.TimeWindow(start_time=Timestamp(seconds=START_S))),
        {"booking.start_window.end_time": "REQUIRED"},
    ),
    Case("duration of a second", booked(duration_s=1), {"booking.duration_s": "OUT_OF_RANGE"}),
    Case("duration of two days", booked(duration_s=2 * DAY_S), {"booking.duration_s": "OUT_OF_RANGE"}),
    Case("priority unknown", booked(priority=42), {"booking.priority": "UNKNOWN_VALUE"}),
    Case("service is no name", booked(service="fix"), {"booking.service": "BAD_FORMAT"}),
    Case("service of another region", booked(service=f"{OTHER}/services/fix"), {"booking.service": "WRONG_REGION"}),
    Case(
        "several references unknown",
        booked(
            service=f"{REGION}/services/none",
            customer=f"{REGION}/customers/none",
            preferred_technician=f"{REGION}/technicians/none",
        ),
        {
            "booking.service": "UNKNOWN_REFERENCE",
            "booking.customer": "UNKNOWN_REFERENCE",
            "booking.preferred_technician": "UNKNOWN_REFERENCE",
        },
    ),
    Case(
        "excluded technician unknown",
        booked(excluded_technicians=[T000, f"{REGION}/technicians/none"]),
        {"booking.excluded_technicians[1]": "UNKNOWN_REFERENCE"},
    ),
    Case("excluded twice", booked(excluded_technicians=[T000, T000]), {"booking.excluded_technicians[1]": "DUPLICATE"}),
    Case(
        "required and excluded",
        booked(required_technician=T000, excluded_technicians=[T000]),
        {"booking.required_technician": "CONTRADICTION"},
    ),
    Case(
        "booking exists",
        bookings.CreateBookingRequest(parent=REGION, booking_id="first", booking=harness.booking()),
        {},
        EXISTS,
        "BOOKING_EXISTS",
    ),
    Case(
        "request_id too long",
        bookings.CreateBookingRequest(parent=REGION, booking=harness.booking(), request_id="r" * 65),
        {"request_id": "TOO_LONG"},
    ),
    Case(
        "request_id with NUL",
        bookings.CreateBookingRequest(parent=REGION, booking=harness.booking(), request_id="a\0b"),
        {"request_id": "BAD_FORMAT"},
    ),
    Case(
        "request_id reused with another body",
        bookings.CreateBookingRequest(parent=REGION, booking=harness.booking(note="other"), request_id="once"),
        {"request_id": "REQUEST_ID_REUSED"},
        INVALID,
        "REQUEST_ID_REUSED",
    ),
    Case(
        "request_id reused by another method",
        customers.CreateCustomerRequest(parent=REGION, customer=customers.Customer(), request_id="once"),
        {"request_id": "REQUEST_ID_REUSED"},
        INVALID,
        "REQUEST_ID_REUSED",
    ),
    Case(
        "cancel unknown booking",
        bookings.CancelBookingRequest(name=f"{REGION}/bookings/none"),
        {},
        MISSING,
        "BOOKING_NOT_FOUND",
    ),
    Case(
        "cancel with wrong etag",
        bookings.CancelBookingRequest(name=f"{REGION}/bookings/first", etag="stale"),
        {},
        ABORTED,
        "ETAG_MISMATCH",
    ),
    Case(
        "bookings of another region's batch",
        bookings.ListBookingsRequest(parent=REGION, batch=f"{OTHER}/batches/b"),
        {"batch": "WRONG_REGION"},
    ),
    # Visits.
    Case("visit unknown", visits.GetVisitRequest(name=f"{REGION}/visits/none"), {}, MISSING, "VISIT_NOT_FOUND"),
    Case(
        "progress without event",
        visits.ReportVisitProgressRequest(name=f"{REGION}/visits/first", technician=T000),
        {"event": "UNKNOWN_VALUE"},
    ),
    Case(
        "progress by an unknown technician",
        visits.ReportVisitProgressRequest(
            name=f"{REGION}/visits/first", technician=f"{REGION}/technicians/none", event=visits.VISIT_EVENT_ACCEPT
        ),
        {"technician": "UNKNOWN_REFERENCE"},
    ),
    Case(
        "progress by a technician elsewhere",
        visits.ReportVisitProgressRequest(
            name=f"{REGION}/visits/first", technician=f"{OTHER}/technicians/t000", event=visits.VISIT_EVENT_ACCEPT
        ),
        {"technician": "WRONG_REGION"},
    ),
    # Dispatch, read by the engine from raw bytes or by the server.
    Case(
        "recommend at NaN",
        dispatch.RecommendTechniciansRequest(parent=REGION, location=at(NAN, 0)),
        {"location.lat_deg": "NOT_FINITE"},
    ),
    Case("recommend nowhere", dispatch.RecommendTechniciansRequest(parent=REGION), {"location": "REQUIRED"}),
    Case(
        "recommend 21",
        dispatch.RecommendTechniciansRequest(parent=REGION, location=CENTER, max_results=21),
        {"max_results": "OUT_OF_RANGE"},
    ),
    Case(
        "recommend in no region",
        dispatch.RecommendTechniciansRequest(parent=OTHER, location=CENTER),
        {},
        MISSING,
        "REGION_NOT_FOUND",
    ),
    Case("nearby without parent", locations.SearchNearbyTechniciansRequest(location=CENTER), {"parent": "REQUIRED"}),
    Case(
        "nearby within a negative radius",
        locations.SearchNearbyTechniciansRequest(parent=REGION, location=CENTER, radius_m=-1),
        {"radius_m": "OUT_OF_RANGE"},
    ),
    Case("fixes: none", locations.BatchReportLocationsRequest(parent=REGION), {"fixes": "TOO_FEW_ITEMS"}),
    Case("plan of no region", dispatch.GetPlanRequest(name=f"{OTHER}/plan"), {}, MISSING, "REGION_NOT_FOUND"),
    Case(
        "plan of a technician elsewhere",
        dispatch.GetPlanRequest(name=PLAN, technicians=[f"{OTHER}/technicians/t"]),
        {"technicians[0]": "WRONG_REGION"},
    ),
    Case("disruption not said", dispatch.ReportDisruptionRequest(parent=REGION), {"disruption": "REQUIRED"}),
    Case(
        "disruption of an unknown technician",
        dispatch.ReportDisruptionRequest(
            parent=REGION, technician_offline=dispatch.TechnicianOffline(technician=f"{REGION}/technicians/none")
        ),
        {},
        MISSING,
        "TECHNICIAN_NOT_FOUND",
    ),
    Case(
        "delay of zero",
        dispatch.ReportDisruptionRequest(parent=REGION, visit_late=dispatch.VisitLate(visit=f"{REGION}/visits/first")),
        {"visit_late.delay_s": "OUT_OF_RANGE"},
    ),
    # Batches.
    Case("batch unknown", batches.GetBatchRequest(name=f"{REGION}/batches/none"), {}, MISSING, "BATCH_NOT_FOUND"),
    Case(
        "plan an unknown batch", batches.PlanBatchRequest(name=f"{REGION}/batches/none"), {}, MISSING, "BATCH_NOT_FOUND"
    ),
    # Regions and the clock.
    Case(
        "region exists",
        regions.CreateRegionRequest(region_id="town", region=regions.Region(center=CENTER)),
        {},
        EXISTS,
        "REGION_EXISTS",
    ),
    Case(
        "region without centre",
        regions.CreateRegionRequest(region_id="new", region=regions.Region()),
        {"region.center": "REQUIRED"},
    ),
    Case("time zone unknown", region(time_zone="Mars/Olympus"), {"region.time_zone": "UNKNOWN_TIME_ZONE"}),
    Case("time zone is a path", region(time_zone="../../etc/passwd"), {"region.time_zone": "UNKNOWN_TIME_ZONE"}),
    Case(
        "detour below one",
        region(travel_model=regions.TravelModel(detour_factor=0.5)),
        {"region.travel_model.detour_factor": "OUT_OF_RANGE"},
    ),
    Case(
        "speed table of 23",
        region(travel_model=regions.TravelModel(speed_mps_by_hour=[8.0] * 23)),
        {"region.travel_model": "TOO_FEW_ITEMS"},
    ),
    Case("clock without time", clock.AdvanceClockRequest(), {"time": "REQUIRED"}),
    Case("clock backwards", advance(START_S - 1), {"time": "CLOCK_BACKWARDS"}),
    Case("clock with too many nanoseconds", advance(START_S, 10**9), {"time": "OUT_OF_RANGE"}),
]


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
