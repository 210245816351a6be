"""Cases of bad input about work: bookings, visits, dispatch, batches, regions and the clock."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import clock_service_pb2 as clock
from pydispatch_protos.dispatch.v1 import customer_service_pb2 as customers
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as batches
from pydispatch_protos.dispatch.v1 import location_service_pb2 as locations
from pydispatch_protos.dispatch.v1 import region_service_pb2 as regions
from pydispatch_protos.dispatch.v1 import ties_pb2 as ties
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.bad_input import (
    ABORTED,
    DAY_S,
    EXISTS,
    INVALID,
    LONG,
    MISSING,
    NAN,
    OTHER,
    T000,
    YEAR_1_S,
    YEAR_9999_S,
    Case,
    advance,
    at,
    booked,
    booked_at,
    region,
    site,
)
from tests.server.bad_input_plan import PLAN_CHANGE_CASES
from tests.server.harness import CENTER, PLAN, REGION, START_S

WORK_CASES = [
    # Bookings.
    Case("no booking", bookings.CreateBookingRequest(parent=REGION), {"booking": "REQUIRED"}),
    Case(
        "no site",
        bookings.CreateBookingRequest(parent=REGION, booking=bookings.Booking(service=f"{REGION}/services/fix")),
        {"booking.site": "REQUIRED"},
    ),
    Case(
        "a crew of one",
        booked(roles=[ties.Role(duration_s=5)]),
        {"booking.roles": "TOO_FEW_ITEMS", "booking.roles[0].duration_s": "OUT_OF_RANGE"},
    ),
    Case("a crew of seven", booked(roles=[ties.Role()] * 7), {"booking.roles": "TOO_MANY_ITEMS"}),
    Case(
        "a crew that starts days apart",
        booked(max_start_spread_s=86_401),
        {"booking.max_start_spread_s": "OUT_OF_RANGE"},
    ),
    Case(
        "after nothing, another region's, a row and the same twice",
        booked(
            after=[
                ties.Dependency(),
                ties.Dependency(booking=f"{OTHER}/bookings/first"),
                ties.Dependency(external_id="row"),
                ties.Dependency(visit=f"{REGION}/visits/first", min_lag_s=60, max_lag_s=30),
                ties.Dependency(visit=f"{REGION}/visits/first"),
            ]
        ),
        {
            "booking.after[0].earlier": "REQUIRED",
            "booking.after[1].booking": "WRONG_REGION",
            "booking.after[2].external_id": "UNKNOWN_VALUE",
            "booking.after[3].max_lag_s": "INTERVAL_REVERSED",
            "booking.after[4].visit": "DUPLICATE",
        },
    ),
    Case(
        "a lag of more than thirty days",
        booked(after=[ties.Dependency(visit=f"{REGION}/visits/first", min_lag_s=2_592_001)]),
        {"booking.after[0].min_lag_s": "OUT_OF_RANGE"},
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
    *PLAN_CHANGE_CASES,
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
