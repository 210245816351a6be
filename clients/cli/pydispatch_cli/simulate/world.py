"""The input of one simulated day: services, technicians, calls and what goes wrong.

Immutable, and the same for every dispatcher.

What is decided (routes) lives with the dispatchers, what happens (positions, times) with `technicians.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from pydispatch_cli.simulate.travel import Place, TravelModel


class Priority(Enum):
    """How urgent a visit is; the values are those of the public contract."""

    ROUTINE = 1
    URGENT = 2
    EMERGENCY = 3


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """What a visit needs and promises.

    Attributes:
        skills: Skill identifier to lowest level that qualifies, 1 to 5.
        certificates: Certificates that must be valid when the visit ends.
        duration_s: Planned time at the site.
        response_target_s: A call for now should start within this; later is late.
        response_limit_s: A call for now may not start after this.
        share: Relative frequency among the calls of a synthetic city; unused in a replay.
    """

    service_id: str
    display_name: str
    skills: Mapping[str, int]
    certificates: tuple[str, ...] = ()
    duration_s: int = 3600
    priority: Priority = Priority.ROUTINE
    response_target_s: int = 4 * 3600
    response_limit_s: int = 24 * 3600
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class TracePoint:
    """One recorded position.

    Attributes:
        at_s: Seconds since the Unix epoch.
        place: Where.
        is_plausible: False for an outlier, which is reported as it is but never believed by the physics.
    """

    at_s: int
    place: Place
    is_plausible: bool = True


@dataclass(frozen=True, slots=True)
class BreakSpec:
    """A pause taken once inside the shift: it begins between earliest_s and latest_s (epoch seconds)."""

    earliest_s: int
    latest_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class TechnicianSpec:
    """A technician as hired, before the day begins.

    Attributes:
        skills: Skill identifier to level held.
        certificates: Certificate identifier to its last valid second, None for one without an end.
        shift_start_s: Begin of paid time, epoch seconds.
        shift_end_s: End of paid time, epoch seconds.
        end_place: Where the technician must be at the end of the shift, None for anywhere.
        trace: Recorded positions followed while not dispatched; empty for one who waits where the last visit was.
        silences: Intervals (epoch seconds) without radio: fixes are held back and sent together afterwards.
    """

    technician_id: str
    display_name: str
    home: Place
    skills: Mapping[str, int]
    shift_start_s: int
    shift_end_s: int
    certificates: Mapping[str, int | None] = field(default_factory=dict)
    end_place: Place | None = None
    break_spec: BreakSpec | None = None
    star_tier: int = 0
    rating_mean: float = 0.0
    rating_count: int = 0
    cost_per_hour_milli: int = 30_000
    partner: str = ""
    trace: tuple[TracePoint, ...] = ()
    silences: tuple[tuple[int, int], ...] = ()

    @property
    def paid_s(self) -> int:
        """Length of the shift in seconds."""
        return self.shift_end_s - self.shift_start_s

    def holds(self, service: ServiceSpec, end_s: float) -> bool:
        """Tells whether skills suffice and certificates are valid for a visit of `service` that ends at `end_s`."""
        if any(self.skills.get(skill, 0) < level for skill, level in service.skills.items()):
            return False
        for certificate in service.certificates:
            if certificate not in self.certificates:
                return False
            valid_until_s = self.certificates[certificate]
            if valid_until_s is not None and valid_until_s < end_s:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody asks for a visit.

    Attributes:
        request_s: When the call comes in, epoch seconds.
        window: Epoch seconds between which the visit may start; None asks for now.
        duration_s: Planned time at the site, known to the dispatcher.
        true_duration_s: Time it really takes, hidden from the dispatcher; None draws it from the planned one.
        cancel_s: When the customer withdraws unless somebody is already at the site, None for never.
        batch_id: Enterprise batch it belongs to, empty for a single call.
    """

    call_id: str
    service_id: str
    place: Place
    request_s: int
    duration_s: int
    priority: Priority
    due_s: int
    latest_start_s: int
    window: tuple[int, int] | None = None
    true_duration_s: int | None = None
    cancel_s: int | None = None
    batch_id: str = ""
    address: str = ""

    @property
    def earliest_start_s(self) -> int:
        """First second at which work may begin."""
        return self.window[0] if self.window else self.request_s


def make_call(
    call_id: str,
    service: ServiceSpec,
    place: Place,
    request_s: int,
    window: tuple[int, int] | None = None,
    true_duration_s: int | None = None,
    cancel_s: int | None = None,
    batch_id: str = "",
    address: str = "",
) -> Call:
    """Makes a call with the promise of its service: due within the target, or by the end of its window."""
    return Call(
        call_id=call_id,
        service_id=service.service_id,
        place=place,
        request_s=request_s,
        duration_s=service.duration_s,
        priority=service.priority,
        due_s=window[1] if window else request_s + service.response_target_s,
        latest_start_s=window[1] if window else request_s + service.response_limit_s,
        window=window,
        true_duration_s=true_duration_s,
        cancel_s=cancel_s,
        batch_id=batch_id,
        address=address,
    )


@dataclass(frozen=True, slots=True)
class Sickness:
    """A technician falls ill, goes home and does not come back that day."""

    technician_id: str
    at_s: int


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that is given before the day begins.

    Attributes:
        calls: Ordered by request_s, then call_id.
        sicknesses: Ordered by at_s.
        start_s: First second of the simulation.
        end_s: Last second; every shift has ended by then.
        notes: Sentences for the summary about how the input was made.
    """

    region_id: str
    display_name: str
    time_zone: str
    center: Place
    travel: TravelModel
    services: Mapping[str, ServiceSpec]
    technicians: tuple[TechnicianSpec, ...]
    calls: tuple[Call, ...]
    sicknesses: tuple[Sickness, ...]
    start_s: int
    end_s: int
    seed: int
    notes: tuple[str, ...] = ()

    @property
    def batch_ids(self) -> list[str]:
        """Identifiers of the enterprise batches, sorted."""
        return sorted({call.batch_id for call in self.calls if call.batch_id})
