"""Geofences and watched positions on an engine: who came, stayed and left, and what a late reader misses."""

from __future__ import annotations

import pytest
from pydispatch_protos.dispatch.engine.v1.engine_pb2 import GeofenceEvents
from pydispatch_protos.dispatch.v1 import geofence_service_pb2 as gpb
from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb
from pydispatch_protos.dispatch.v1 import types_pb2 as types

from pydispatch import InvalidRequest
from tests.engine.city import NOW_MS, REGION, City, fix, place, technician

ENTER = gpb.GEOFENCE_EVENT_TYPE_ENTER
EXIT = gpb.GEOFENCE_EVENT_TYPE_EXIT
DWELL = gpb.GEOFENCE_EVENT_TYPE_DWELL
CROSS = gpb.GEOFENCE_EVENT_TYPE_CROSS


@pytest.fixture
def city() -> City:
    city = City()
    city.put(technician("t0"), technician("t1"))
    return city


def circle(geofence_id: str, north_m: float, radius_m: float = 50.0, **more: int) -> gpb.Geofence:
    return gpb.Geofence(
        name=f"{REGION}/geofences/{geofence_id}",
        circle=gpb.Circle(center=place(north_m), radius_m=radius_m),
        **more,
    )


def events(city: City, after: int = 0, limit: int = 1000) -> GeofenceEvents:
    return GeofenceEvents.FromString(city.engine.geofence_events(after, limit))


def kinds(city: City, after: int = 0) -> list[tuple[int, str]]:
    return [(event.type, event.geofence.rpartition("/")[2]) for event in events(city, after).events]


def test_enter_dwell_and_exit(city: City) -> None:
    city.engine.put_geofence(circle("depot", 0, dwell_s=5).SerializeToString())
    city.report([fix("t0", place(500), age_ms=30_000), fix("t0", place(10), age_ms=20_000)])
    city.report([fix("t0", place(0), age_ms=10_000), fix("t0", place(60), age_ms=9_000)])
    city.report([fix("t0", place(90), age_ms=1_000)])
    assert kinds(city) == [(ENTER, "depot"), (DWELL, "depot"), (EXIT, "depot")]
    found = events(city).events
    assert [event.sequence for event in found] == [1, 2, 3]
    assert {event.technician for event in found} == {f"{REGION}/technicians/t0"}
    assert found[1].event_time.ToMilliseconds() == found[0].event_time.ToMilliseconds() + 5_000
    assert events(city, after=2).events[0].type == EXIT
    assert [event.sequence for event in events(city, limit=2).events] == [1, 2]


def test_the_clock_alone_completes_a_dwell(city: City) -> None:
    city.engine.put_geofence(circle("depot", 0, dwell_s=60).SerializeToString())
    city.report([fix("t0", place(0))])
    city.engine.advance_fences(NOW_MS + 50_000)
    assert kinds(city) == [(ENTER, "depot")]
    city.engine.advance_fences(NOW_MS + 61_000)
    assert kinds(city) == [(ENTER, "depot"), (DWELL, "depot")]
    assert not events(city).events[1].HasField("location")


def test_a_fast_vehicle_cannot_jump_through(city: City) -> None:
    city.engine.put_geofence(circle("gate", 250, radius_m=20).SerializeToString())
    city.report([fix("t0", place(0), age_ms=20_000), fix("t0", place(500), age_ms=5_000)])
    assert kinds(city) == [(CROSS, "gate")]


def test_removed_and_replaced_geofences(city: City) -> None:
    city.engine.put_geofence(circle("depot", 0).SerializeToString())
    city.report([fix("t0", place(0), age_ms=30_000)])
    city.engine.put_geofence(circle("depot", 3_000).SerializeToString())
    city.report([fix("t0", place(5), age_ms=20_000)])
    assert kinds(city) == [(ENTER, "depot"), (EXIT, "depot")]
    city.engine.restore_geofences(gpb.ListGeofencesResponse(geofences=[circle("a", 0)]).SerializeToString())
    city.report([fix("t0", place(0), age_ms=10_000)])
    assert kinds(city, after=2) == [(ENTER, "a")]
    city.engine.delete_geofence("a")
    city.report([fix("t0", place(900), age_ms=1_000)])
    assert kinds(city, after=3) == []
    assert events(city, after=99).is_too_old


def test_bad_geofences_are_refused_with_every_path(city: City) -> None:
    bad = gpb.Geofence(name="regions/elsewhere/geofences/x", circle=gpb.Circle(radius_m=1), dwell_s=-1)
    with pytest.raises(InvalidRequest) as refused:
        city.engine.put_geofence(bad.SerializeToString())
    fields = {violation.field for violation in refused.value.violations}
    assert fields == {"geofence.name", "geofence.circle.center", "geofence.circle.radius_m", "geofence.dwell_s"}


def watch(city: City, **more: object) -> lpb.WatchLocationsResponse:
    request = lpb.WatchLocationsRequest(parent=REGION, **more)  # type: ignore[arg-type]
    return city.engine.watch_locations(request.SerializeToString())  # type: ignore[return-value]


def test_a_watcher_sees_the_newest_only_and_who_is_gone(city: City) -> None:
    south_west, north_east = place(-100), place(500)
    south_west.lon_deg -= 0.1
    north_east.lon_deg += 0.1
    viewport = lpb.Viewport(south_west=south_west, north_east=north_east)
    seen = watch(city, viewport=viewport)
    assert seen.poll() == []  # type: ignore[attr-defined]
    city.report([fix("t0", place(0), age_ms=3_000), fix("t1", place(5_000), age_ms=3_000)])
    city.report([fix("t0", place(20), age_ms=2_000)])
    (message,) = map(lpb.WatchLocationsResponse.FromString, seen.poll())  # type: ignore[attr-defined]
    assert [(position.technician_id, position.event_time_ms) for position in message.positions] == [
        ("t0", NOW_MS - 2_000)
    ]
    assert seen.poll() == []  # type: ignore[attr-defined]
    city.report([fix("t0", place(600), age_ms=0)])
    (message,) = map(lpb.WatchLocationsResponse.FromString, seen.poll())  # type: ignore[attr-defined]
    assert (list(message.positions), list(message.gone_technician_ids)) == ([], ["t0"])


def test_bad_watches_are_refused(city: City) -> None:
    with pytest.raises(InvalidRequest) as refused:
        watch(city, min_interval_ms=50, technician_ids=["?"], viewport=lpb.Viewport(south_west=types.LatLng()))
    fields = {violation.field for violation in refused.value.violations}
    assert fields == {"viewport.north_east", "technician_ids[0]", "min_interval_ms"}
