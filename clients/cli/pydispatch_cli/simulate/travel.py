"""Places, distances and how long a drive is expected to take. The truth, with its noise, is in `truth.py`."""

import math
from dataclasses import dataclass
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8


class Place(NamedTuple):
    """A point on the ellipsoid in degrees."""

    lat_deg: float
    lon_deg: float


class Leg(NamedTuple):
    """One drive: metres on the road and seconds on the way."""

    distance_m: float
    duration_s: float


def straight_m(a: Place, b: Place) -> float:
    """Returns the straight-line distance in metres on a locally flat earth, exact to 0.1% within a city."""
    lat_scale = math.cos(math.radians((a.lat_deg + b.lat_deg) / 2))
    north = math.radians(b.lat_deg - a.lat_deg)
    east = math.radians(b.lon_deg - a.lon_deg) * lat_scale
    return EARTH_RADIUS_M * math.hypot(north, east)


def between(a: Place, b: Place, fraction: float) -> Place:
    """Returns the place at `fraction` (0 to 1) of the way from `a` to `b`."""
    return Place(a.lat_deg + (b.lat_deg - a.lat_deg) * fraction, a.lon_deg + (b.lon_deg - a.lon_deg) * fraction)


def moved(origin: Place, north_m: float, east_m: float) -> Place:
    """Returns the place `north_m` and `east_m` metres away from `origin`."""
    lat_deg = origin.lat_deg + math.degrees(north_m / EARTH_RADIUS_M)
    lon_deg = origin.lon_deg + math.degrees(east_m / (EARTH_RADIUS_M * math.cos(math.radians(origin.lat_deg))))
    return Place(lat_deg, lon_deg)


@dataclass(frozen=True, slots=True)
class TravelModel:
    """Expected travel: straight line x detour / speed of the local hour + a fixed part.

    Attributes:
        detour_factor: Road metres for each straight metre.
        speed_mps_by_hour: 24 driving speeds, index 0 is the hour after local midnight.
        fixed_leg_s: Parking and walking added to each leg.
        utc_offset_s: Local time minus UTC on the simulated day.
    """

    detour_factor: float
    speed_mps_by_hour: tuple[float, ...]
    fixed_leg_s: int
    utc_offset_s: int

    def local_hour(self, at_s: float) -> int:
        """Returns the local hour, 0 to 23, of an epoch second."""
        return int((at_s + self.utc_offset_s) // 3600) % 24

    def leg(self, origin: Place, target: Place, depart_s: float) -> Leg:
        """Returns the expected drive from `origin` to `target` beginning at `depart_s`."""
        distance_m = straight_m(origin, target) * self.detour_factor
        return Leg(distance_m, distance_m / self.speed_mps_by_hour[self.local_hour(depart_s)] + self.fixed_leg_s)
