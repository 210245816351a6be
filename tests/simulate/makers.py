"""Makes small worlds by hand for the tests of the simulation. One degree of latitude is about 111 km."""

from __future__ import annotations

from pydispatch_cli.simulate.driver import Run
from pydispatch_cli.simulate.travel import Place, TravelModel, moved
from pydispatch_cli.simulate.truth import TruthSettings
from pydispatch_cli.simulate.world import Call, Day, ServiceSpec, Sickness, TechnicianSpec, make_call

CENTER = Place(47.0, 9.0)
HOUR_S = 3600
START_S = 1_773_129_600  # 2026-03-10 08:00 UTC
EXACT = TruthSettings(
    travel_sigma=0.0, service_sigma=0.0, decline_share=0.0, answer_median_s=10.0, answer_sigma=0.0, answer_limit_s=10.0
)
SERVICE = ServiceSpec("repair", "Repair", {"repair": 2}, (), 600, response_target_s=HOUR_S, response_limit_s=2 * HOUR_S)


def east(metres: float) -> Place:
    return moved(CENTER, 0.0, metres)


def technician(name: str, at_m: float = 0.0, **changes) -> TechnicianSpec:
    values = {
        "technician_id": name,
        "display_name": name,
        "home": east(at_m),
        "skills": {"repair": 3},
        "shift_start_s": START_S,
        "shift_end_s": START_S + 8 * HOUR_S,
    }
    return TechnicianSpec(**{**values, **changes})


def call(name: str, at_m: float, after_s: int = 0, **changes) -> Call:
    service = changes.pop("service", SERVICE)
    return make_call(name, service, east(at_m), START_S + after_s, **changes)


def day(
    technicians: list[TechnicianSpec], calls: list[Call], sick: tuple[Sickness, ...] = (), services=(SERVICE,)
) -> Day:
    """A day at 10 m/s everywhere, without detours or parking."""
    return Day(
        region_id="test",
        display_name="Test",
        time_zone="UTC",
        center=CENTER,
        travel=TravelModel(1.0, (10.0,) * 24, 0, 0),
        services={service.service_id: service for service in services},
        technicians=tuple(technicians),
        calls=tuple(sorted(calls, key=lambda item: (item.request_s, item.call_id))),
        sicknesses=sick,
        start_s=START_S,
        end_s=START_S + 10 * HOUR_S,
        seed=1,
    )


def run_of(of_day: Day, step_s: int = 10) -> Run:
    return Run.of(of_day, step_s, EXACT)
