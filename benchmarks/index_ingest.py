"""Fixes straight from protobuf bytes into the engine, beside reading the same bytes with protobuf in Python."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import index_city
from index_city import CENTER_LAT_DEG, CENTER_LON_DEG, NOW_MS, City
from pydispatch_protos.dispatch.engine.v1 import engine_pb2
from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb
from pydispatch_protos.dispatch.v1 import region_service_pb2, technician_service_pb2, types_pb2

from pydispatch import Engine

FIXES = 500
MESSAGES = 100
ROUNDS = 12
# The planner is no part of this: beyond, a region would first have to be restored for minutes.
MAX_TECHNICIANS = 100_000


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


def messages(city: City, time_ms: int) -> list[bytes]:
    """Writes MESSAGES batches of FIXES fixes, observed at `time_ms`."""
    n = min(len(city), MAX_TECHNICIANS)
    numbers = itertools.cycle((city.movers % n).tolist())
    made = []
    for _ in range(MESSAGES):
        fixes = [
            lpb.Fix(
                technician_id=f"t{number}",
                lat_deg=city.lats[number],
                lon_deg=city.lons[number],
                event_time_ms=time_ms,
                accuracy_m=5.0,
            )
            for number in itertools.islice(numbers, FIXES)
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
    engine = engine_of(city)
    samples: dict[str, list[float]] = {"pydispatch": [], "protobuf-python": []}
    for number in range(ROUNDS):
        # Newer than those before, so that all are applied.
        batch = messages(city, NOW_MS + number * 1_000)
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
