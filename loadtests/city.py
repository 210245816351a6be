"""A small city for load: a region, services and technicians that wander. Synthetic and seeded."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from pydispatch_client import AlreadyExists, DispatchClient, FixTuple, names
from pydispatch_client import messages as m

REGION_ID = "load"
CENTER = m.LatLng(lat_deg=37.7749, lon_deg=-122.4194)
# Half the side of the square that the city fills, in degrees of latitude: about 11 km.
HALF_SIDE_DEG = 0.1
SKILLS = ("cleaning", "plumbing", "appliances")
SERVICES = {skill: 2400 + 600 * number for number, skill in enumerate(SKILLS)}
MAX_TECHNICIANS_PER_CALL = 1000
# A step of a wandering technician in degrees: about 5 m, slower than any limit on plausible speed.
STEP_DEG = 5e-5
SHIFT_H = 10


def random_place(rng: random.Random) -> m.LatLng:
    """Returns a place in the city."""
    return m.LatLng(
        lat_deg=CENTER.lat_deg + rng.uniform(-HALF_SIDE_DEG, HALF_SIDE_DEG),
        lon_deg=CENTER.lon_deg + rng.uniform(-HALF_SIDE_DEG, HALF_SIDE_DEG),
    )


@dataclass(slots=True)
class Wanderer:
    """A technician on the move."""

    technician_id: str
    lat_deg: float
    lon_deg: float
    last_time_ms: int = 0


class Fleet:
    """The technicians of a load run, whose fixes go round in batches."""

    def __init__(self, wanderers: list[Wanderer], rng: random.Random) -> None:
        self.wanderers = wanderers
        self._rng = rng
        self._next = 0

    @classmethod
    def of(cls, count: int, seed: int) -> Fleet:
        """Returns a fleet spread over the city."""
        rng = random.Random(f"{seed}/fleet")
        # The run's own names, so that a server kept from an earlier run gets new technicians.
        run = f"{random.Random().getrandbits(32):08x}"
        places = (random_place(rng) for _ in range(count))
        wanderers = [
            Wanderer(f"load-{run}-{number:06d}", place.lat_deg, place.lon_deg) for number, place in enumerate(places)
        ]
        return cls(wanderers, rng)

    def shared_out(self, count: int) -> list[Fleet]:
        """Returns fleets that share the technicians out, so that each one's fixes go over one stream and in order."""
        return [Fleet(self.wanderers[first::count], self._rng) for first in range(count)]

    def next_fixes(self, count: int, now_ms: int) -> Iterator[FixTuple]:
        """Moves the next technicians a step and yields their fixes, each newer than the technician's last."""
        for _ in range(count):
            wanderer = self.wanderers[self._next]
            self._next = (self._next + 1) % len(self.wanderers)
            wanderer.lat_deg += self._rng.uniform(-STEP_DEG, STEP_DEG)
            wanderer.lon_deg += self._rng.uniform(-STEP_DEG, STEP_DEG)
            wanderer.last_time_ms = max(now_ms, wanderer.last_time_ms + 1)
            yield (wanderer.technician_id, wanderer.lat_deg, wanderer.lon_deg, wanderer.last_time_ms, 5.0, 8.0, 90.0)


def build(client: DispatchClient, fleet: Fleet, now: datetime.datetime, seed: int) -> None:
    """Creates the region and its services where they are missing, and the technicians of this run."""
    region = names.region(REGION_ID)
    _create_once(partial(client.regions.create, REGION_ID, m.Region(display_name="Load", center=CENTER)))
    for skill, duration_s in SERVICES.items():
        service = m.Service(required_skills=[m.SkillLevel(skill=skill, level=1)], duration_s=duration_s)
        _create_once(partial(client.catalog.create, region, skill, service))
    rng = random.Random(f"{seed}/technicians")
    shift = m.Shift(
        window=m.TimeWindow(
            start_time=now - datetime.timedelta(hours=1), end_time=now + datetime.timedelta(hours=SHIFT_H)
        )
    )
    for first in range(0, len(fleet.wanderers), MAX_TECHNICIANS_PER_CALL):
        chunk = fleet.wanderers[first : first + MAX_TECHNICIANS_PER_CALL]
        client.technicians.batch_create(
            region, [(wanderer.technician_id, _technician(wanderer, shift, rng)) for wanderer in chunk], timeout_s=60
        )


def _technician(wanderer: Wanderer, shift: m.Shift, rng: random.Random) -> m.Technician:
    held = rng.sample(SKILLS, rng.randint(1, len(SKILLS)))
    return m.Technician(
        skills=[m.SkillLevel(skill=skill, level=rng.randint(1, 5)) for skill in held],
        shifts=[shift],
        home_location=m.LatLng(lat_deg=wanderer.lat_deg, lon_deg=wanderer.lon_deg),
    )


def _create_once(create: Callable[[], object]) -> None:
    try:
        create()
    except AlreadyExists:
        return
