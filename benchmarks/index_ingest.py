"""Fixes straight from protobuf bytes into the engine, beside protobuf in Python, and among 100,000 geofences."""

from __future__ import annotations

from collections.abc import Callable

import index_city
import numpy as np
from index_city import CENTER_LAT_DEG, CENTER_LON_DEG, NOW_MS, City
from pydispatch_protos.dispatch.engine.v1 import engine_pb2
from pydispatch_protos.dispatch.v1 import geofence_service_pb2 as gpb
from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb
from pydispatch_protos.dispatch.v1 import region_service_pb2, technician_service_pb2, types_pb2

from pydispatch import Engine

FIXES = 500
MESSAGES = 100
ROUNDS = 12
# The planner is no part of this: beyond, a region would first have to be restored for minutes.
MAX_TECHNICIANS = 100_000
FENCES = 100_000
FENCE_RADIUS_M = 50.0
# About 30 m in four seconds: city traffic, everybody on the road.
STEP_DEG = 0.000_22


def engine_of(city: City) -> Engine:
    """Builds an engine that knows everybody of the city."""
    center = types_pb2.LatLng(lat_deg=CENTER_LAT_DEG, lon_deg=CENTER_LON_DEG)
    region = region_service_pb2.Region(name="regions/bench", center=center)
    engine = Engine(region.SerializeToString())
    people = (
        technician_service_pb2.Technician(name=f"regions/bench/technicians/t{number}", home_location=center)
        for number in range(min(len(city), MAX_TECHNICIANS))
    )
    engine.restore(engine_pb2.Snapshot(technicians=people).SerializeToString(), NOW_MS)
    return engine


class Drive:
    """Everybody's way through the city: each round some of them are 30 m or so further on."""

    def __init__(self, city: City) -> None:
        self.rng = np.random.default_rng(index_city.SEED)
        n = min(len(city), MAX_TECHNICIANS)
        self.lats, self.lons = city.lats[:n].copy(), city.lons[:n].copy()

    def messages(self, time_ms: int) -> list[bytes]:
        """Writes MESSAGES batches of FIXES fixes, observed at `time_ms`."""
        movers = self.rng.integers(0, len(self.lats), (MESSAGES, FIXES))
        made = []
        for numbers in movers:
            self.lats[numbers] += self.rng.normal(0, STEP_DEG, FIXES)
            self.lons[numbers] += self.rng.normal(0, STEP_DEG, FIXES)
            places = zip(numbers.tolist(), self.lats[numbers].tolist(), self.lons[numbers].tolist(), strict=True)
            fixes = [
                lpb.Fix(technician_id=f"t{number}", lat_deg=lat, lon_deg=lon, event_time_ms=time_ms, accuracy_m=5.0)
                for number, lat, lon in places
            ]
            made.append(lpb.BatchReportLocationsRequest(parent="regions/bench", fixes=fixes).SerializeToString())
        return made


def read_in_python(message: bytes) -> None:
    """Reads every field of a batch that an index needs."""
    for fix in lpb.BatchReportLocationsRequest.FromString(message).fixes:
        _ = (fix.technician_id, fix.lat_deg, fix.lon_deg, fix.event_time_ms, fix.accuracy_m)


def bench_ingest(n: int, clock: Callable[[], float]) -> dict[str, float | str]:
    """Returns fixes a second of both ways, the best of interleaved rounds of 50,000 fixes."""
    city = index_city.build(n)
    engine, drive = engine_of(city), Drive(city)
    samples: dict[str, list[float]] = {"pydispatch": [], "protobuf-python": []}
    for number in range(ROUNDS):
        # Newer than those before, so that all are applied.
        batch = drive.messages(NOW_MS + number * 1_000)
        now_ms = NOW_MS + number * 1_000
        ways: dict[str, Callable[[bytes], object]] = {
            "pydispatch": lambda message, now_ms=now_ms: engine.report_locations(message, now_ms),
            "protobuf-python": read_in_python,
        }
        for name, take in ways.items():
            begin = clock()
            for message in batch:
                take(message)
            samples[name].append(FIXES * MESSAGES / (clock() - begin))
    return {name: max(rates) for name, rates in samples.items()}


def fence(engine: Engine, seed: int) -> None:
    """Puts 100,000 circles of 50 m up, strewn over the city as its technicians are."""
    strewn = index_city.build(FENCES, seed)
    for number, (lat, lon) in enumerate(zip(strewn.lats.tolist(), strewn.lons.tolist(), strict=True)):
        circle = gpb.Circle(center=types_pb2.LatLng(lat_deg=lat, lon_deg=lon), radius_m=FENCE_RADIUS_M)
        geofence = gpb.Geofence(name=f"regions/bench/geofences/g{number}", circle=circle)
        engine.put_geofence(geofence.SerializeToString())


def bench_fences(n: int, clock: Callable[[], float]) -> dict[str, float | str]:
    """Returns fixes a second with 100,000 fences and with none, the best of interleaved rounds of 50,000 fixes."""
    city = index_city.build(n)
    engines = {"pydispatch": engine_of(city), "no-fences": engine_of(city)}
    fence(engines["pydispatch"], index_city.SEED + 1)
    drive = Drive(city)
    samples: dict[str, list[float]] = {name: [] for name in engines}
    for number in range(ROUNDS):
        # Four seconds apart, as a device reports.
        now_ms = NOW_MS + number * 4_000
        batch = drive.messages(now_ms)
        for name, engine in engines.items():
            begin = clock()
            for message in batch:
                engine.report_locations(message, now_ms)
            samples[name].append(FIXES * MESSAGES / (clock() - begin))
    return {name: max(rates) for name, rates in samples.items()}
