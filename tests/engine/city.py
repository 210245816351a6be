"""A small city behind a real Engine: makes messages, applies commands, reads answers. Shared by the tests here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dpb
from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb
from pydispatch_protos.dispatch.v1 import region_service_pb2 as rpb
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as tpb
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as vpb

from pydispatch import Engine

REGION = "regions/sf"
CENTER = types.LatLng(lat_deg=37.77, lon_deg=-122.42)
NOW_S = 1_750_000_000
NOW_MS = NOW_S * 1_000
HOUR_S = 3_600


def at(seconds: int) -> Timestamp:
    """Returns the instant `seconds` after NOW."""
    return Timestamp(seconds=NOW_S + seconds)


def window(start_s: int, end_s: int) -> types.TimeWindow:
    """Returns a window relative to NOW."""
    return types.TimeWindow(start_time=at(start_s), end_time=at(end_s))


def place(north_m: float = 0.0, east_m: float = 0.0) -> types.LatLng:
    """Returns the place so many metres from the centre, near enough."""
    return types.LatLng(lat_deg=CENTER.lat_deg + north_m / 111_195, lon_deg=CENTER.lon_deg + east_m / 87_900)


def technician_name(technician_id: str) -> str:
    return f"{REGION}/technicians/{technician_id}"


def visit_name(visit_id: str) -> str:
    return f"{REGION}/visits/{visit_id}"


def region(**fields: object) -> rpb.Region:
    return rpb.Region(**{"name": REGION, "center": CENTER, "time_zone": "America/Los_Angeles", **fields})


def technician(technician_id: str, home: types.LatLng = CENTER, **fields: object) -> tpb.Technician:
    """Returns someone on duty from an hour ago for ten hours."""
    base = {"shifts": [types.Shift(window=window(-HOUR_S, 9 * HOUR_S))]}
    return tpb.Technician(name=technician_name(technician_id), home_location=home, **{**base, **fields})


def visit(visit_id: str, where: types.LatLng = CENTER, **fields: object) -> vpb.Visit:
    """Returns a visit asked for now, as soon as possible, half an hour long."""
    base = {
        "site": types.Site(location=where),
        "priority": types.PRIORITY_ROUTINE,
        "request_time": at(0),
        "start_windows": [window(0, 8 * HOUR_S)],
        "due_time": at(2 * HOUR_S),
        "duration_s": HOUR_S // 2,
    }
    return vpb.Visit(name=visit_name(visit_id), **{**base, **fields})


def fix(technician_id: str, where: types.LatLng, age_ms: int = 1_000, **fields: object) -> lpb.Fix:
    base = {"event_time_ms": NOW_MS - age_ms, "accuracy_m": 5.0}
    return lpb.Fix(technician_id=technician_id, lat_deg=where.lat_deg, lon_deg=where.lon_deg, **{**base, **fields})


class City:
    """One engine and the messages around it."""

    def __init__(self, policy_json: str | None = None) -> None:
        self.engine = Engine(region().SerializeToString(), policy_json)

    def apply(self, after_s: int = 0, **command: object) -> dict[str, epb.VisitChange]:
        """Applies one command and returns its changes by visit."""
        message = epb.Command(**command).SerializeToString()
        outcome = epb.Outcome.FromString(self.engine.apply(message, NOW_MS + after_s * 1_000))
        return {change.visit_id: change for change in outcome.changes}

    def put(self, *technicians: tpb.Technician) -> None:
        for person in technicians:
            self.apply(put_technician=person)

    def add(self, *visits: vpb.Visit, after_s: int = 0) -> dict[str, epb.VisitChange]:
        return self.apply(after_s, add_visits=epb.AddVisits(visits=visits))

    def progress(self, visit_id: str, technician_id: str, event: vpb.VisitEvent, after_s: int) -> epb.VisitChange:
        report = vpb.ReportVisitProgressRequest(
            name=visit_name(visit_id), technician=technician_name(technician_id), event=event
        )
        return self.apply(after_s, visit_progress=report)[visit_id]

    def report(self, fixes: Iterable[lpb.Fix], after_s: int = 0) -> lpb.FixCounts:
        request = lpb.BatchReportLocationsRequest(parent=REGION, fixes=fixes).SerializeToString()
        answer = self.engine.report_locations(request, NOW_MS + after_s * 1_000)
        return lpb.BatchReportLocationsResponse.FromString(answer).counts

    def stream(self, stream_id: str, sequence: int, fixes: Sequence[lpb.Fix]) -> lpb.StreamLocationsResponse:
        request = lpb.StreamLocationsRequest(parent=REGION, stream_id=stream_id, sequence=sequence, fixes=fixes)
        return lpb.StreamLocationsResponse.FromString(self.engine.stream_locations(request.SerializeToString(), NOW_MS))

    def near(self, where: types.LatLng = CENTER, after_s: int = 0, **fields: object) -> list[lpb.NearbyTechnician]:
        request = lpb.SearchNearbyTechniciansRequest(parent=REGION, location=where, **fields)
        answer = self.engine.search_nearby(request.SerializeToString(), NOW_MS + after_s * 1_000)
        return list(lpb.SearchNearbyTechniciansResponse.FromString(answer).technicians)

    def near_ids(self, where: types.LatLng = CENTER, **fields: object) -> list[str]:
        return [found.technician_id for found in self.near(where, **fields)]

    def recommend(self, where: types.LatLng = CENTER, **fields: object) -> dpb.RecommendTechniciansResponse:
        request = dpb.RecommendTechniciansRequest(parent=REGION, location=where, **fields)
        return dpb.RecommendTechniciansResponse.FromString(self.engine.recommend(request.SerializeToString(), NOW_MS))

    def plan(self, *technician_ids: str) -> dpb.Plan:
        names = [technician_name(technician_id) for technician_id in technician_ids]
        request = dpb.GetPlanRequest(name=f"{REGION}/plan", technicians=names)
        return dpb.GetPlanResponse.FromString(self.engine.plan(request.SerializeToString(), NOW_MS)).plan

    def check(self) -> dpb.CheckPlanResponse:
        return dpb.CheckPlanResponse.FromString(self.engine.check(NOW_MS))

    def stats(self) -> epb.Stats:
        return epb.Stats.FromString(self.engine.stats())
