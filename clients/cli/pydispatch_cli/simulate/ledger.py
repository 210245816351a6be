"""What happened, written down as it happens: one record a visit, one a technician. `metrics.py` makes figures of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from pydispatch_cli.simulate.world import Call, Day, TechnicianSpec


class Step(Enum):
    """What a technician reports about a visit; the values are those of VisitEvent in the public contract."""

    ACCEPT = 1
    DECLINE = 2
    DEPART = 3
    ARRIVE = 4
    START = 5
    COMPLETE = 6


class Progress(NamedTuple):
    """One step of one visit."""

    at_s: float
    technician_id: str
    call_id: str
    step: Step


class Outcome(Enum):
    """How a visit ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNSERVED = "unserved"


@dataclass(slots=True)
class VisitRecord:
    """The times of one visit, None where it did not happen; the technician is the one who came or last accepted."""

    call: Call
    technician_id: str = ""
    accepted_s: float | None = None
    departed_s: float | None = None
    arrived_s: float | None = None
    started_s: float | None = None
    completed_s: float | None = None
    cancelled_s: float | None = None
    decline_count: int = 0
    unserved_reason: str = ""

    @property
    def outcome(self) -> Outcome:
        """How the visit ended. One still open when the day is over counts as unserved."""
        if self.completed_s is not None:
            return Outcome.COMPLETED
        if self.cancelled_s is not None:
            return Outcome.CANCELLED
        return Outcome.UNSERVED


@dataclass(slots=True)
class TechnicianRecord:
    """Seconds and metres of one technician's day, by purpose.

    Attributes:
        serving_travel_s: On the way to a visit that then took place.
        abandoned_travel_s: On the way to a visit that was cancelled or given to somebody else.
        waiting_s: At a site before its window opened.
        returning_m: Back to where the shift ends.
        repositioning_m: Back to the recorded trace.
        roaming_m: Along the recorded trace; given by the input, not caused by any dispatcher.
    """

    spec: TechnicianSpec
    paid_s: float = 0.0
    service_s: float = 0.0
    serving_travel_s: float = 0.0
    abandoned_travel_s: float = 0.0
    waiting_s: float = 0.0
    break_s: float = 0.0
    serving_m: float = 0.0
    abandoned_m: float = 0.0
    returning_m: float = 0.0
    repositioning_m: float = 0.0
    roaming_m: float = 0.0
    visit_count: int = 0


@dataclass(slots=True)
class Ledger:
    """All records of one run.

    Attributes:
        double_booking_count: How often work began on a visit that somebody had begun before. Must be 0.
    """

    visits: dict[str, VisitRecord] = field(default_factory=dict)
    technicians: dict[str, TechnicianRecord] = field(default_factory=dict)
    double_booking_count: int = 0

    @classmethod
    def of(cls, day: Day) -> "Ledger":
        """Opens an empty ledger for a day."""
        return cls(
            {call.call_id: VisitRecord(call) for call in day.calls},
            {spec.technician_id: TechnicianRecord(spec, paid_s=spec.paid_s) for spec in day.technicians},
        )

    def apply(self, progress: Iterable[Progress]) -> None:
        """Writes down steps in the order given."""
        for event in progress:
            record = self.visits[event.call_id]
            match event.step:
                case Step.ACCEPT:
                    record.technician_id, record.accepted_s = event.technician_id, event.at_s
                case Step.DECLINE:
                    record.decline_count += 1
                case Step.DEPART:
                    record.technician_id, record.departed_s = event.technician_id, event.at_s
                case Step.ARRIVE:
                    record.arrived_s = event.at_s
                case Step.START:
                    self.double_booking_count += record.started_s is not None
                    record.started_s = event.at_s
                case Step.COMPLETE:
                    record.completed_s = event.at_s
                    self.technicians[event.technician_id].visit_count += 1

    def cancel(self, call_id: str, at_s: float) -> None:
        """Writes down that the customer withdrew."""
        self.visits[call_id].cancelled_s = at_s
