"""The words of a simulated day as messages of the public contract."""

from collections.abc import Iterable, Mapping, Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_protos.dispatch.v1 import (
    booking_service_pb2,
    catalog_service_pb2,
    enterprise_batch_service_pb2,
    location_service_pb2,
    region_service_pb2,
    technician_service_pb2,
    types_pb2,
)

from pydispatch_cli.simulate.travel import Place
from pydispatch_cli.simulate.world import Call, Day, ServiceSpec, TechnicianSpec


def timestamp(at_s: float) -> Timestamp:
    """Returns an instant given in epoch seconds, as whole seconds."""
    return Timestamp(seconds=int(at_s))


def lat_lng(place: Place) -> types_pb2.LatLng:
    """Returns a place."""
    return types_pb2.LatLng(lat_deg=place.lat_deg, lon_deg=place.lon_deg)


def window(begin_s: float, end_s: float) -> types_pb2.TimeWindow:
    """Returns an interval of time."""
    return types_pb2.TimeWindow(start_time=timestamp(begin_s), end_time=timestamp(end_s))


def region(day: Day) -> region_service_pb2.Region:
    """Returns the region of a day with its travel model."""
    travel = region_service_pb2.TravelModel(
        detour_factor=day.travel.detour_factor,
        speed_mps_by_hour=day.travel.speed_mps_by_hour,
        fixed_leg_s=day.travel.fixed_leg_s,
    )
    return region_service_pb2.Region(
        display_name=day.display_name, time_zone=day.time_zone, center=lat_lng(day.center), travel_model=travel
    )


def service(spec: ServiceSpec) -> catalog_service_pb2.Service:
    """Returns an entry of the catalogue."""
    return catalog_service_pb2.Service(
        display_name=spec.display_name,
        required_skills=_skills(spec.skills),
        required_certificates=spec.certificates,
        duration_s=spec.duration_s,
        priority=f"PRIORITY_{spec.priority.name}",
        response_target_s=spec.response_target_s,
        response_limit_s=spec.response_limit_s,
    )


def technician(spec: TechnicianSpec) -> technician_service_pb2.Technician:
    """Returns a technician as hired."""
    shift = types_pb2.Shift(window=window(spec.shift_start_s, spec.shift_end_s), start_location=lat_lng(spec.home))
    if spec.end_place is not None:
        shift.end_location.CopyFrom(lat_lng(spec.end_place))
    if spec.break_spec is not None:
        pause = spec.break_spec
        shift.breaks.add(start_window=window(pause.earliest_s, pause.latest_s), duration_s=pause.duration_s)
    certificates = [
        types_pb2.Certificate(
            certificate=name, valid_until=timestamp(valid_until_s) if valid_until_s is not None else None
        )
        for name, valid_until_s in sorted(spec.certificates.items())
    ]
    return technician_service_pb2.Technician(
        display_name=spec.display_name,
        partner=spec.partner,
        skills=_skills(spec.skills),
        certificates=certificates,
        shifts=[shift],
        home_location=lat_lng(spec.home),
        star_tier=spec.star_tier,
        rating_mean=spec.rating_mean,
        rating_count=spec.rating_count,
        cost_per_hour_milli=spec.cost_per_hour_milli,
    )


def site(call: Call) -> types_pb2.Site:
    """Returns the site of a call; its external_id is the call's identifier, by which visits are recognised."""
    return types_pb2.Site(location=lat_lng(call.place), address=call.address, external_id=call.call_id)


def booking(region_name: str, call: Call) -> booking_service_pb2.Booking:
    """Returns a single call as a booking."""
    return booking_service_pb2.Booking(
        service=f"{region_name}/services/{call.service_id}",
        site=site(call),
        start_window=window(*call.window) if call.window else None,
    )


def batch_row(call: Call) -> enterprise_batch_service_pb2.BatchRow:
    """Returns a call of an enterprise batch as a row of its import."""
    begin_s, end_s = call.window or (call.request_s, call.latest_start_s)
    return enterprise_batch_service_pb2.BatchRow(
        external_id=call.call_id, service_id=call.service_id, site=site(call), start_window=window(begin_s, end_s)
    )


def fixes(observed: Mapping[str, Sequence[tuple[float, Place]]]) -> Iterable[location_service_pb2.Fix]:
    """Yields the positions of a step as fixes."""
    make = location_service_pb2.Fix
    for technician_id, points in observed.items():
        for at_s, place in points:
            yield make(
                technician_id=technician_id,
                lat_deg=place.lat_deg,
                lon_deg=place.lon_deg,
                event_time_ms=int(at_s * 1000),
                accuracy_m=10.0,
            )


def _skills(skills: Mapping[str, int]) -> list[types_pb2.SkillLevel]:
    return [types_pb2.SkillLevel(skill=skill, level=level) for skill, level in sorted(skills.items())]
