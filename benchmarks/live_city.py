"""A city of fixed seed with a live plan, the same for the engine and for its peers in bench_live_plan.py.

Every technician has three of ten skills, a shift that is on, a newest position, and six planned stops 5,000 s apart
with windows of three hours; every tenth has eight, 3,800 s apart. Calls come from anywhere, ask for one skill, and want
somebody as soon as possible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import location_service_pb2 as locations
from pydispatch_protos.dispatch.v1 import region_service_pb2 as region
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

SEED = 20_260_302
NOW_S = 1_772_438_400
NOW_MS = NOW_S * 1_000
REGION = "regions/bench"
CENTER = (37.77, -122.42)
HEIGHT_DEG, WIDTH_DEG = 0.27, 0.34
SKILLS = 10
#: Planned stops and seconds from one to the next, of most technicians and of every tenth.
STOPS, STOP_EVERY_S = 6, 5_000
MANY_STOPS, MANY_EVERY_S = 8, 3_800
BUSY_EVERY = 10
WORK_S = 1_800
HOUR_S = 3_600
#: Metres of road for a straight metre in the region's default travel model.
DETOUR = 1.3
FIXES_A_BATCH = 10_000

Place = tuple[float, float]


@dataclass(slots=True)
class Technician:
    """One technician as a user's own code would keep it."""

    number: int
    here: Place
    skills: dict[int, int]
    rating_mean: float
    rating_count: int
    star_tier: int
    stops: list[Place] = field(default_factory=list)

    @property
    def is_busy(self) -> bool:
        """Whether this is one of those with eight stops."""
        return self.number % BUSY_EVERY == 0


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody wants a technician as soon as possible."""

    place: Place
    skill: int
    level: int


class City:
    """Technicians with their plans, and calls."""

    def __init__(self, n: int, calls: int) -> None:
        self._random = Random(SEED)
        self.technicians = [self._technician(number) for number in range(n)]
        self.calls = [self.call() for _ in range(calls)]

    def call(self) -> Call:
        """Makes one more call."""
        return Call(self._place(), self._random.randrange(SKILLS), 1 + self._random.randrange(2))

    def _technician(self, number: int) -> Technician:
        draw = self._random
        here = self._place()
        first = draw.randrange(SKILLS)
        technician = Technician(
            number,
            here,
            {(first + step) % SKILLS: 1 + draw.randrange(5) for step in range(3)},
            3.5 + draw.randrange(150) / 100,
            draw.randrange(200),
            draw.randrange(6),
        )
        place = here
        for _ in range(MANY_STOPS if technician.is_busy else STOPS):
            place = (place[0] + (draw.random() - 0.5) * 0.05, place[1] + (draw.random() - 0.5) * 0.06)
            technician.stops.append(place)
        return technician

    def _place(self) -> Place:
        north, east = self._random.random() - 0.5, self._random.random() - 0.5
        return (CENTER[0] + north * HEIGHT_DEG, CENTER[1] + east * WIDTH_DEG)


def region_bytes() -> bytes:
    """The region, as the engine wants it."""
    return region.Region(name=REGION, time_zone="UTC", center=point(CENTER)).SerializeToString()


def snapshot_bytes(city: City) -> bytes:
    """Everything planned, as the engine wants it."""
    snapshot = epb.Snapshot()
    for technician in city.technicians:
        snapshot.technicians.append(technician_message(technician))
        for index, place in enumerate(technician.stops):
            snapshot.visits.append(planned_visit(technician, index, place))
    return snapshot.SerializeToString()


def fix_batches(city: City) -> list[bytes]:
    """Newest positions, as the engine wants them."""
    batches = []
    for begin in range(0, len(city.technicians), FIXES_A_BATCH):
        request = locations.BatchReportLocationsRequest(parent=REGION)
        for technician in city.technicians[begin : begin + FIXES_A_BATCH]:
            lat_deg, lon_deg = technician.here
            request.fixes.add(
                technician_id=f"t{technician.number}", lat_deg=lat_deg, lon_deg=lon_deg, event_time_ms=NOW_MS
            )
        batches.append(request.SerializeToString())
    return batches


def recommend_bytes(call: Call) -> bytes:
    """The call as a RecommendTechniciansRequest."""
    skill = types.SkillLevel(skill=f"s{call.skill}", level=call.level)
    request = dispatch.RecommendTechniciansRequest(
        parent=REGION, location=point(call.place), required_skills=[skill], max_results=3
    )
    return request.SerializeToString()


def insert_bytes(call: Call, visit_id: str) -> bytes:
    """The call as a command that adds an urgent visit."""
    visit = visits.Visit(
        name=f"{REGION}/visits/{visit_id}",
        site=types.Site(location=point(call.place)),
        priority=types.PRIORITY_URGENT,
        duration_s=WORK_S,
        required_skills=[types.SkillLevel(skill=f"s{call.skill}", level=call.level)],
        start_windows=[window(NOW_S, NOW_S + 8 * HOUR_S)],
    )
    visit.request_time.seconds = NOW_S
    visit.due_time.seconds = NOW_S + HOUR_S
    return epb.Command(add_visits=epb.AddVisits(visits=[visit])).SerializeToString()


def sick_bytes(technician: Technician) -> bytes:
    """A technician falls ill, as a command."""
    offline = dispatch.TechnicianOffline(technician=f"{REGION}/technicians/t{technician.number}")
    request = dispatch.ReportDisruptionRequest(parent=REGION, technician_offline=offline)
    return epb.Command(disruption=request).SerializeToString()


def technician_message(technician: Technician) -> technicians.Technician:
    """A technician as the contract has it."""
    shift = types.Shift(window=window(NOW_S - HOUR_S, NOW_S + 9 * HOUR_S))
    return technicians.Technician(
        name=f"{REGION}/technicians/t{technician.number}",
        home_location=point(technician.here),
        skills=[types.SkillLevel(skill=f"s{skill}", level=level) for skill, level in technician.skills.items()],
        shifts=[shift],
        availability=types.AVAILABILITY_STATE_AVAILABLE,
        rating_mean=technician.rating_mean,
        rating_count=technician.rating_count,
        star_tier=technician.star_tier,
    )


def planned_visit(technician: Technician, index: int, place: Place) -> visits.Visit:
    """One of a technician's stops as the contract has it."""
    # Beyond the freeze horizon, so that a call may come before the first stop.
    start_s = NOW_S + 1_200 + (MANY_EVERY_S if technician.is_busy else STOP_EVERY_S) * index
    visit = visits.Visit(
        name=f"{REGION}/visits/v{technician.number}-{index}",
        site=types.Site(location=point(place)),
        priority=types.PRIORITY_ROUTINE,
        duration_s=WORK_S,
        start_windows=[window(start_s, start_s + 3 * HOUR_S)],
        state=types.VISIT_STATE_PLANNED,
        placement=visits.Placement(technician=f"{REGION}/technicians/t{technician.number}", position=index),
    )
    visit.request_time.seconds = NOW_S
    visit.placement.arrival_time.seconds = visit.placement.start_time.seconds = start_s
    visit.placement.end_time.seconds = start_s + WORK_S
    return visit


def point(place: Place) -> types.LatLng:
    """A place as the contract has it."""
    return types.LatLng(lat_deg=place[0], lon_deg=place[1])


def window(start_s: int, end_s: int) -> types.TimeWindow:
    """A window as the contract has it."""
    found = types.TimeWindow()
    found.start_time.seconds, found.end_time.seconds = start_s, end_s
    return found
