"""Geofences and watched positions over gRPC: kept across restarts, told in order, resumed without loss."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import geofence_service_pb2 as pb
from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import REGION, START_S, ServerProcess, Stubs, near, refusal

ENTER = pb.GEOFENCE_EVENT_TYPE_ENTER
EXIT = pb.GEOFENCE_EVENT_TYPE_EXIT
DWELL = pb.GEOFENCE_EVENT_TYPE_DWELL
CROSS = pb.GEOFENCE_EVENT_TYPE_CROSS
RESYNC = pb.GEOFENCE_EVENT_TYPE_RESYNC
HEARTBEAT = pb.GEOFENCE_EVENT_TYPE_HEARTBEAT
TECHNICIAN = f"{REGION}/technicians/t000"


def circle(north_m: float, radius_m: float = 50.0, **more: Any) -> pb.Geofence:
    return pb.Geofence(circle=pb.Circle(center=near(north_m), radius_m=radius_m), **more)


def create(stubs: Stubs, geofence_id: str, geofence: pb.Geofence, **more: Any) -> pb.Geofence:
    request = pb.CreateGeofenceRequest(parent=REGION, geofence_id=geofence_id, geofence=geofence, **more)
    made: pb.Geofence = stubs.geofences.CreateGeofence(request, timeout=harness.CALL_S).geofence
    return made


def report(stubs: Stubs, at_s: float, north_m: float, technician_id: str = "t000") -> None:
    place = near(north_m)
    fix = lpb.Fix(
        technician_id=technician_id,
        lat_deg=place.lat_deg,
        lon_deg=place.lon_deg,
        event_time_ms=int((START_S + at_s) * 1000),
        accuracy_m=5,
    )
    request = lpb.BatchReportLocationsRequest(parent=REGION, fixes=[fix])
    counts = stubs.locations.BatchReportLocations(request, timeout=harness.CALL_S).counts
    assert counts.applied == 1, counts


class Watch:
    """One stream of events."""

    def __init__(self, stubs: Stubs, token: str = "", **filters: Any) -> None:
        request = pb.WatchGeofenceEventsRequest(parent=REGION, resume_token=token, **filters)
        self._call = stubs.geofences.WatchGeofenceEvents(request, timeout=60)

    def next(self) -> pb.WatchGeofenceEventsResponse:
        message: pb.WatchGeofenceEventsResponse = next(self._call)
        return message

    def take(self, count: int) -> list[pb.WatchGeofenceEventsResponse]:
        return [self.next() for _ in range(count)]

    def close(self) -> None:
        self._call.cancel()


def test_geofences_are_kept_and_their_events_resumed(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 1)
    depot = create(stubs, "depot", circle(0, dwell_s=10), request_id="once")
    assert create(stubs, "depot", circle(0, dwell_s=10), request_id="once") == depot
    create(stubs, "gate", circle(450, radius_m=20))
    watch = Watch(stubs)
    first = watch.next()
    assert first.type == HEARTBEAT
    report(stubs, -60, 200)
    report(stubs, -50, 0)
    report(stubs, -39, 5)
    report(stubs, -30, 300)
    report(stubs, -20, 600)
    found = watch.take(4)
    assert [(event.type, event.geofence.rpartition("/")[2]) for event in found] == [
        (ENTER, "depot"),
        (DWELL, "depot"),
        (EXIT, "depot"),
        (CROSS, "gate"),
    ]
    assert [event.sequence for event in found] == sorted({event.sequence for event in found})
    assert {event.technician for event in found} == {TECHNICIAN}
    watch.close()
    again = Watch(stubs, found[0].resume_token, geofences=[f"{REGION}/geofences/gate"])
    assert again.next() == found[3]
    again.close()
    changed = circle(900)
    changed.name, changed.etag = depot.name, depot.etag
    updated = stubs.geofences.UpdateGeofence(pb.UpdateGeofenceRequest(geofence=changed)).geofence
    assert (updated.circle, updated.create_time) == (changed.circle, depot.create_time)
    stale = refusal(lambda: stubs.geofences.UpdateGeofence(pb.UpdateGeofenceRequest(geofence=changed)))
    assert stale.reason == "ETAG_MISMATCH"
    stubs.geofences.DeleteGeofence(pb.DeleteGeofenceRequest(name=f"{REGION}/geofences/gate"))
    process.kill()
    stubs = process.start()
    listed = stubs.geofences.ListGeofences(pb.ListGeofencesRequest(parent=REGION)).geofences
    assert list(listed) == [updated]
    late = Watch(stubs, found[-1].resume_token)
    resync = late.next()
    assert resync.type == RESYNC
    assert resync.sequence > found[-1].sequence
    report(stubs, -10, 900)
    assert late.next().type == ENTER
    late.close()


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (pb.CreateGeofenceRequest(parent=REGION, geofence_id="x", geofence=pb.Geofence()), {"geofence.shape"}),
        (
            pb.CreateGeofenceRequest(parent=REGION, geofence_id="X", geofence=circle(0, radius_m=1, dwell_s=-1)),
            {"geofence_id", "geofence.circle.radius_m", "geofence.dwell_s"},
        ),
        (
            pb.CreateGeofenceRequest(
                parent=REGION,
                geofence_id="pole",
                geofence=pb.Geofence(
                    polygon=types.Polygon(
                        outer=[types.LatLng(lat_deg=80, lon_deg=lon_deg) for lon_deg in (-180, -60, 60)]
                    )
                ),
            ),
            {"geofence.polygon"},
        ),
        (pb.UpdateGeofenceRequest(geofence=circle(0)), {"geofence.name"}),
    ],
)
def test_bad_geofences_are_refused_with_every_field(stubs: Stubs, request_: Any, fields: set[str]) -> None:
    method = stubs.geofences.CreateGeofence
    if isinstance(request_, pb.UpdateGeofenceRequest):
        method = stubs.geofences.UpdateGeofence
    found = refusal(lambda: method(request_, timeout=harness.CALL_S))
    assert found.code == grpc.StatusCode.INVALID_ARGUMENT
    assert set(found.fields) == fields


def test_unknown_and_existing_geofences(stubs: Stubs) -> None:
    create(stubs, "twice", circle(5_000))
    assert refusal(lambda: create(stubs, "twice", circle(0))).reason == "GEOFENCE_EXISTS"
    name = f"{REGION}/geofences/none"
    assert refusal(lambda: stubs.geofences.GetGeofence(pb.GetGeofenceRequest(name=name))).reason == "GEOFENCE_NOT_FOUND"
    broken = refusal(lambda: Watch(stubs, "nonsense").next())
    assert broken.fields == {"resume_token": {"BAD_RESUME_TOKEN"}}


def test_arrival_at_and_departure_from_a_visit_are_seen(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 2)
    harness.add_service(stubs)
    made = harness.create_booking(stubs, harness.booking(site=types.Site(location=near(800))))
    visit = stubs.visits.GetVisit(visits.GetVisitRequest(name=made.booking.name.replace("bookings", "visits"))).visit
    technician = visit.placement.technician
    technician_id, other = technician.rpartition("/")[2], {"t000": "t001", "t001": "t000"}
    watch = Watch(stubs)
    assert watch.next().type == HEARTBEAT

    def step(event: visits.VisitEvent) -> None:
        request = visits.ReportVisitProgressRequest(name=visit.name, technician=technician, event=event)
        stubs.visits.ReportVisitProgress(request, timeout=harness.CALL_S)

    step(visits.VISIT_EVENT_DEPART)
    report(stubs, -30, 800, other[technician_id])
    report(stubs, -30, 500, technician_id)
    report(stubs, -20, 790, technician_id)
    arrival = watch.next()
    assert (arrival.type, arrival.visit, arrival.geofence, arrival.technician) == (ENTER, visit.name, "", technician)
    for event in (visits.VISIT_EVENT_ARRIVE, visits.VISIT_EVENT_START, visits.VISIT_EVENT_COMPLETE):
        step(event)
    report(stubs, -10, 500, technician_id)
    departure = watch.next()
    assert (departure.type, departure.visit) == (EXIT, visit.name)
    watch.close()


def test_watched_positions_are_coalesced(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 2)
    request = lpb.WatchLocationsRequest(parent=REGION, technician_ids=["t000"], min_interval_ms=500)
    call = stubs.locations.WatchLocations(request, timeout=60)
    assert not next(call).positions
    report(stubs, -30, 0, "t001")
    for second in range(10):
        report(stubs, second - 20, 10 * second)
    seen = [next(call)]
    while seen[-1].positions[0].event_time_ms < (START_S - 11) * 1000:
        seen.append(next(call))
    assert len(seen) <= 5
    assert {position.technician_id for message in seen for position in message.positions} == {"t000"}
    call.cancel()
    bad = lpb.WatchLocationsRequest(parent=REGION, min_interval_ms=50)
    found = refusal(lambda: next(stubs.locations.WatchLocations(bad, timeout=10)))
    assert set(found.fields) == {"min_interval_ms"}
