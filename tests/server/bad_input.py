"""Cases of bad input about what is kept: technicians, services and customers; and what builds the requests."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import field_mask_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as catalog
from pydispatch_protos.dispatch.v1 import clock_service_pb2 as clock
from pydispatch_protos.dispatch.v1 import customer_service_pb2 as customers
from pydispatch_protos.dispatch.v1 import region_service_pb2 as regions
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types

from tests.server import harness
from tests.server.harness import CENTER, REGION, START_S

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

RECORD_CASES = [
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
        "more repeats than visits, and a charge below nothing",
        new_technician(attended_count=2, repeat_count=3, cost_per_visit_milli=-1),
        {"technician.repeat_count": "CONTRADICTION", "technician.cost_per_visit_milli": "OUT_OF_RANGE"},
    ),
    Case(
        "pace twice, and too fast",
        new_technician(work_paces=[technicians.WorkPace(percent=100), technicians.WorkPace(percent=20)]),
        {"technician.work_paces[1].service": "DUPLICATE", "technician.work_paces[1].percent": "OUT_OF_RANGE"},
    ),
    Case(
        "part twice, and none of one",
        new_technician(parts=[types.PartCount(part="valve", count=1), types.PartCount(part="valve")]),
        {"technician.parts[1].part": "DUPLICATE", "technician.parts[1].count": "OUT_OF_RANGE"},
    ),
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
]
