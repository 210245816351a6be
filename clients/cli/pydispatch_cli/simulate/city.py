"""A synthetic city, made from a seed: neighbourhoods, technicians, services, a day's calls and what goes wrong.

No map is needed: travel is straight line x detour / speed of the hour. The city lies nowhere in particular.
"""

import math
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from pydispatch_cli.simulate.travel import Place, TravelModel, moved
from pydispatch_cli.simulate.world import (
    BreakSpec,
    Call,
    Day,
    Priority,
    ServiceSpec,
    Sickness,
    TechnicianSpec,
    make_call,
)

HOUR_S = 3600
MIDNIGHT_S = 1_773_100_800
"""2026-03-10 00:00 UTC, a Tuesday. The city keeps UTC."""

CENTER = Place(47.0, 9.0)
RADIUS_M = 11_000.0
NEIGHBOURHOODS = 14
SPEED_KMH_BY_HOUR = (42, 44, 45, 45, 43, 38, 32, 26, 23, 26, 29, 30, 29, 29, 28, 27, 24, 22, 25, 30, 34, 37, 39, 41)
CALLS_BY_HOUR = {6: 3, 7: 8, 8: 11, 9: 11, 10: 10, 11: 9, 12: 8, 13: 8, 14: 8, 15: 7, 16: 5, 17: 3, 18: 2, 19: 1}
FULL_TIME = ((0.14, 7, 15), (0.16, 8, 16), (0.13, 9, 17), (0.10, 11, 19), (0.07, 13, 21))
PART_TIME = ((0.12, 7, 12), (0.10, 9, 13), (0.10, 12, 17), (0.08, 16, 20))
SHIFTS = FULL_TIME + PART_TIME
GAS = "gas-safe"
ELECTRIC = "electric-safe"
CERTIFIED = {"boiler": GAS, "electrical": ELECTRIC}
CLOSING_HOUR = 21
SECOND_TRADE_SHARE = 0.5

SERVICES = (
    ServiceSpec("cleaning-home", "Home cleaning", {"cleaning": 1}, (), 10_800, share=0.30),
    ServiceSpec("cleaning-deep", "Deep cleaning", {"cleaning": 3}, (), 14_400, share=0.08),
    ServiceSpec("appliance-repair", "Appliance repair", {"appliance": 2}, (), 4_500, share=0.17),
    ServiceSpec("plumbing-repair", "Plumbing repair", {"plumbing": 2}, (), 5_400, share=0.14),
    ServiceSpec(
        "plumbing-emergency",
        "Burst pipe",
        {"plumbing": 3},
        (),
        5_400,
        Priority.EMERGENCY,
        2_700,
        2 * HOUR_S,
        share=0.03,
    ),
    ServiceSpec("boiler-service", "Boiler service", {"boiler": 2}, (GAS,), 5_400, share=0.09),
    ServiceSpec(
        "boiler-breakdown", "No heating", {"boiler": 3}, (GAS,), 6_000, Priority.URGENT, 5_400, 4 * HOUR_S, share=0.04
    ),
    ServiceSpec("electrical-repair", "Electrical repair", {"electrical": 2}, (ELECTRIC,), 4_800, share=0.15),
)


@dataclass(frozen=True, slots=True)
class CitySettings:
    """Size and temper of the city.

    Attributes:
        technicians: 1 to 20,000.
        load: Expected working and driving time asked for / paid time.
        hours: First and last hour of calls and shifts that are kept; (6, 21) is the whole day.
        batch_visits: Visits of the one enterprise batch.
    """

    technicians: int = 2000
    seed: int = 1
    load: float = 0.95
    hours: tuple[int, int] = (6, CLOSING_HOUR)
    batch_visits: int = 300
    sick_share: float = 0.015
    cancel_share: float = 0.03
    ahead_share: float = 0.40
    window_share: float = 0.25


def build_city(settings: CitySettings) -> Day:
    """Makes the whole input of one day; the same settings give the same day."""
    random = Random(settings.seed)
    quarters = _Quarters(random)
    technicians = tuple(_technician(index, settings, quarters, random) for index in range(settings.technicians))
    calls = _calls(settings, technicians, quarters, random)
    calls += _batch(settings, quarters, random)
    sick = sorted(random.sample(range(settings.technicians), round(settings.technicians * settings.sick_share)))
    return Day(
        region_id="demo",
        display_name="Demo city",
        time_zone="UTC",
        center=CENTER,
        travel=TravelModel(1.3, tuple(round(kmh / 3.6, 3) for kmh in SPEED_KMH_BY_HOUR), 120, 0),
        services={service.service_id: service for service in SERVICES},
        technicians=technicians,
        calls=tuple(sorted(calls, key=lambda call: (call.request_s, call.call_id))),
        sicknesses=tuple(sorted((_sickness(technicians[index], random) for index in sick), key=lambda item: item.at_s)),
        start_s=MIDNIGHT_S + settings.hours[0] * HOUR_S,
        end_s=MIDNIGHT_S + settings.hours[1] * HOUR_S + 2 * HOUR_S,
        seed=settings.seed,
        notes=(
            f"Synthetic city from seed {settings.seed}: {settings.technicians} technicians, {len(calls)} calls.",
            f"{settings.batch_visits} of the calls are one enterprise batch, imported and planned during the morning.",
            "After a visit a technician waits at the site for the next one.",
        ),
    )


class _Quarters:
    """The neighbourhoods: dense ones near the middle, loose ones outside."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._centers: list[Place] = []
        self._spread_m: list[float] = []
        weights: list[float] = []
        for _ in range(NEIGHBOURHOODS):
            radius_m = RADIUS_M * math.sqrt(random.random())
            angle = random.uniform(0, 2 * math.pi)
            self._centers.append(moved(CENTER, radius_m * math.sin(angle), radius_m * math.cos(angle)))
            self._spread_m.append(random.uniform(500, 1_600))
            weights.append(random.uniform(0.4, 1.0) * math.exp(-radius_m / RADIUS_M))
        self._sums = list(accumulate(weights))

    def place(self) -> Place:
        """Draws a place where somebody lives."""
        index = bisect(self._sums, self._random.random() * self._sums[-1])
        spread_m = self._spread_m[index]
        place = moved(self._centers[index], self._random.gauss(0, spread_m), self._random.gauss(0, spread_m))
        return Place(round(place.lat_deg, 6), round(place.lon_deg, 6))


def _families() -> dict[str, float]:
    """Returns the share of working time asked of each trade, which is also its share of technicians."""
    hours: dict[str, float] = {}
    for service in SERVICES:
        trade = next(iter(service.skills))
        hours[trade] = hours.get(trade, 0.0) + service.share * (service.duration_s + 1200)
    total = sum(hours.values())
    return {trade: value / total for trade, value in hours.items()}


def _technician(index: int, settings: CitySettings, quarters: _Quarters, random: Random) -> TechnicianSpec:
    trades = _families()
    first = random.choices(list(trades), list(trades.values()))[0]
    skills = {first: random.choices((1, 2, 3, 4, 5), (1, 4, 8, 5, 2))[0]}
    if random.random() < SECOND_TRADE_SHARE:
        skills.setdefault(random.choice(list(trades)), random.choice((1, 2, 3, 3)))
    start_s, end_s = _shift(settings, random)
    home = quarters.place()
    rating_count = int(random.expovariate(1 / 40))
    return TechnicianSpec(
        technician_id=f"t{index:05d}",
        display_name=f"Technician {index}",
        home=home,
        skills=skills,
        certificates={CERTIFIED[skill]: _valid_until(start_s, random) for skill in skills if skill in CERTIFIED},
        shift_start_s=start_s,
        shift_end_s=end_s,
        end_place=home if random.random() < 0.2 else None,
        break_spec=BreakSpec(start_s + 3 * HOUR_S, start_s + 5 * HOUR_S, 1800)
        if end_s - start_s > 6 * HOUR_S
        else None,
        star_tier=random.choices((0, 1, 2, 3, 4, 5), (2, 3, 4, 4, 2, 1))[0],
        rating_mean=round(min(5.0, random.gauss(4.4, 0.35)), 2) if rating_count else 0.0,
        rating_count=rating_count,
        cost_per_hour_milli=25_000 + 3_000 * max(skills.values()),
        partner="" if random.random() < 0.8 else random.choice(("north", "south")),
        silences=_silences(start_s, end_s, random),
    )


def _shift(settings: CitySettings, random: Random) -> tuple[int, int]:
    _, begin, end = random.choices(SHIFTS, [share for share, _, _ in SHIFTS])[0]
    begin, end = max(begin, settings.hours[0]), min(end, settings.hours[1])
    if begin >= end:
        begin, end = settings.hours
    return MIDNIGHT_S + begin * HOUR_S, MIDNIGHT_S + end * HOUR_S


def _valid_until(shift_start_s: int, random: Random) -> int | None:
    """Draws the end of a certificate: mostly far off, sometimes past, sometimes in the middle of the shift."""
    kind = random.choices(("none", "far", "past", "today"), (0.3, 0.6, 0.05, 0.05))[0]
    if kind == "none":
        return None
    if kind == "far":
        return shift_start_s + random.randint(30, 700) * 24 * HOUR_S
    return shift_start_s + (-24 * HOUR_S if kind == "past" else random.randint(2, 6) * HOUR_S)


def _silences(start_s: int, end_s: int, random: Random) -> tuple[tuple[int, int], ...]:
    if random.random() >= 0.1:
        return ()
    begin_s = random.randint(start_s, max(start_s, end_s - 1200))
    return ((begin_s, begin_s + random.randint(300, 1200)),)


def _calls(
    settings: CitySettings, technicians: tuple[TechnicianSpec, ...], quarters: _Quarters, random: Random
) -> list[Call]:
    """Draws as many calls as fill `load` of the paid time, less the batch."""
    paid_s = sum(spec.paid_s for spec in technicians)
    mean_s = sum(service.share * (service.duration_s + 1200) for service in SERVICES)
    count = max(1, round(settings.load * paid_s / mean_s) - settings.batch_visits)
    first, last = settings.hours
    hours = {hour: weight for hour, weight in CALLS_BY_HOUR.items() if first <= hour < last - 1} or {first: 1}
    return [_call(index, settings, hours, quarters, random) for index in range(count)]


def _call(index: int, settings: CitySettings, hours: dict[int, int], quarters: _Quarters, random: Random) -> Call:
    service = random.choices(SERVICES, [service.share for service in SERVICES])[0]
    at_s = MIDNIGHT_S + random.choices(list(hours), list(hours.values()))[0] * HOUR_S + random.randrange(HOUR_S)
    window = None
    if service.priority is Priority.ROUTINE:
        kind = random.random()
        if kind < settings.ahead_share:
            window = _window(at_s, settings, random)
            at_s = MIDNIGHT_S + settings.hours[0] * HOUR_S + index % 600
        elif kind < settings.ahead_share + settings.window_share:
            window = _window(at_s + HOUR_S, settings, random)
    if window and window[0] < at_s:
        window = None  # too late in the day for a window: as soon as possible
    return make_call(
        call_id=f"c{index:05d}",
        service=service,
        place=quarters.place(),
        request_s=at_s,
        window=window,
        cancel_s=at_s + random.randint(300, 3 * HOUR_S) if random.random() < settings.cancel_share else None,
        address=f"{1 + index % 200} Street {index % 97}",
    )


def _window(at_s: int, settings: CitySettings, random: Random) -> tuple[int, int]:
    """Returns a start window of two or three hours that begins on the half hour, before closing."""
    begin_s = min(at_s - at_s % 1800 + 1800, MIDNIGHT_S + (settings.hours[1] - 4) * HOUR_S)
    begin_s = max(begin_s, MIDNIGHT_S + (settings.hours[0] + 1) * HOUR_S)
    return begin_s, begin_s + random.choice((2, 3)) * HOUR_S


def _batch(settings: CitySettings, quarters: _Quarters, random: Random) -> list[Call]:
    """Makes the enterprise batch: appliance checks at many sites, any time in the middle of the day."""
    service = next(service for service in SERVICES if service.service_id == "appliance-repair")
    begin = settings.hours[0] + 2
    window = (MIDNIGHT_S + (begin + 1) * HOUR_S, MIDNIGHT_S + max(begin + 2, settings.hours[1] - 4) * HOUR_S)
    return [
        make_call(
            call_id=f"b{index:05d}",
            service=service,
            place=quarters.place(),
            request_s=MIDNIGHT_S + begin * HOUR_S,
            window=window,
            batch_id="enterprise" if settings.batch_visits else "",
            address=f"Branch {index}",
        )
        for index in range(settings.batch_visits)
    ]


def _sickness(spec: TechnicianSpec, random: Random) -> Sickness:
    return Sickness(
        spec.technician_id, random.randint(spec.shift_start_s, max(spec.shift_start_s, spec.shift_end_s - HOUR_S))
    )
