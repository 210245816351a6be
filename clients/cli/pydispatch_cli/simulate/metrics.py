"""The figures of a finished run, from its ledger. Pure; each formula stands in the docstring of its function.

The definitions of utilisation, idle running, response time and urgent response are the project's, and hold for every
dispatcher alike. All times are true times of the simulated day, not those the server wrote down.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from pydispatch_cli.simulate.ledger import Ledger, Outcome, TechnicianRecord, VisitRecord
from pydispatch_cli.simulate.world import Priority

COST_PER_KM_MILLI = 400
"""Cost of one driven kilometre in milli-currency, for cost per visit."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A sample in seconds or milliseconds, by mean and percentiles."""

    count: int
    mean: float
    p50: float
    p90: float
    p99: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Sums up values; all zero for none."""
        ordered = sorted(values)
        if not ordered:
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        return cls(
            len(ordered), sum(ordered) / len(ordered), *(percentile(ordered, share) for share in (0.5, 0.9, 0.99))
        )

    def as_json(self, digits: int = 1) -> dict[str, float]:
        """Returns the figures for summary.json."""
        figures = {"mean": self.mean, "p50": self.p50, "p90": self.p90, "p99": self.p99}
        return {"count": self.count, **{name: round(value, digits) for name, value in figures.items()}}


def percentile(ordered: Sequence[float], share: float) -> float:
    """Returns the smallest value with at least `share` of the sorted sample at or below it (nearest rank)."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def utilisation(technicians: Iterable[TechnicianRecord]) -> float:
    """(service + necessary travel) / paid shift time; necessary is the travel that ended in a visit."""
    records = list(technicians)
    return _ratio(
        sum(record.service_s + record.serving_travel_s for record in records), sum(record.paid_s for record in records)
    )


def service_share(technicians: Iterable[TechnicianRecord]) -> float:
    """Service / paid shift time."""
    records = list(technicians)
    return _ratio(sum(record.service_s for record in records), sum(record.paid_s for record in records))


def idle_running(technicians: Iterable[TechnicianRecord]) -> float:
    """Kilometres driven without serving (returning, repositioning, abandoned, roaming) / all kilometres."""
    records = list(technicians)
    idle_m = sum(_unserving_m(record) + record.roaming_m for record in records)
    return _ratio(idle_m, idle_m + sum(record.serving_m for record in records))


def dispatched_idle_running(technicians: Iterable[TechnicianRecord]) -> float:
    """The same without roaming along a recorded trace, which is input and not the dispatcher's doing."""
    records = list(technicians)
    idle_m = sum(_unserving_m(record) for record in records)
    return _ratio(idle_m, idle_m + sum(record.serving_m for record in records))


def response_times_s(visits: Iterable[VisitRecord]) -> list[float]:
    """Request accepted -> technician accepted, of completed visits; the technician is the one who came."""
    return [
        visit.accepted_s - visit.call.request_s
        for visit in visits
        if visit.outcome is Outcome.COMPLETED and visit.accepted_s is not None
    ]


def now_response_times_s(visits: Iterable[VisitRecord]) -> list[float]:
    """Response times of the visits that were asked for now: a window ahead hides how fast anybody answers."""
    return response_times_s(visit for visit in visits if visit.call.window is None)


def urgent_responses_s(visits: Iterable[VisitRecord]) -> list[float]:
    """Request -> technician en route, of completed visits that were not routine."""
    return [
        visit.departed_s - visit.call.request_s
        for visit in visits
        if visit.outcome is Outcome.COMPLETED
        and visit.departed_s is not None
        and visit.call.priority is not Priority.ROUTINE
    ]


def arrival_times_s(visits: Iterable[VisitRecord]) -> list[float]:
    """Request -> on site, of completed visits that were asked for now."""
    return [
        visit.arrived_s - visit.call.request_s
        for visit in visits
        if visit.outcome is Outcome.COMPLETED and visit.arrived_s is not None and visit.call.window is None
    ]


def lateness_s(visits: Iterable[VisitRecord]) -> list[float]:
    """max(0, start of work - promised start), of completed visits."""
    return [
        max(0.0, visit.started_s - visit.call.due_s)
        for visit in visits
        if visit.outcome is Outcome.COMPLETED and visit.started_s is not None
    ]


def cost_per_visit_milli(ledger: Ledger) -> float:
    """(paid hours x hourly cost + all km but roaming x COST_PER_KM_MILLI) / completed visits."""
    records = ledger.technicians.values()
    paid = sum(record.paid_s / 3600 * record.spec.cost_per_hour_milli for record in records)
    driven_m = sum(record.serving_m + _unserving_m(record) for record in records)
    completed = sum(visit.outcome is Outcome.COMPLETED for visit in ledger.visits.values())
    return _ratio(paid + driven_m / 1000 * COST_PER_KM_MILLI, completed)


def overtime_s(technicians: Iterable[TechnicianRecord]) -> float:
    """Sum of paid time beyond the end of the shift."""
    return sum(max(0.0, record.paid_s - record.spec.paid_s) for record in technicians)


def outcomes(visits: Iterable[VisitRecord]) -> dict[str, int]:
    """Visits counted by how they ended."""
    counts = Counter(visit.outcome.value for visit in visits)
    return {outcome.value: counts[outcome.value] for outcome in Outcome}


def unserved_reasons(visits: Iterable[VisitRecord]) -> dict[str, int]:
    """Unserved visits counted by reason, most frequent first."""
    counts = Counter(visit.unserved_reason or "still open" for visit in visits if visit.outcome is Outcome.UNSERVED)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def figures(ledger: Ledger) -> dict[str, Any]:
    """Returns every figure of one run for summary.json."""
    visits, technicians = list(ledger.visits.values()), list(ledger.technicians.values())
    late = lateness_s(visits)
    return {
        "visits": {"total": len(visits), **outcomes(visits), "unserved_reasons": unserved_reasons(visits)},
        "response_time_s": Spread.of(response_times_s(visits)).as_json(),
        "response_time_now_s": Spread.of(now_response_times_s(visits)).as_json(),
        "urgent_response_s": Spread.of(urgent_responses_s(visits)).as_json(),
        "arrival_time_s": Spread.of(arrival_times_s(visits)).as_json(),
        "lateness_s": Spread.of(late).as_json(),
        "late_share": round(_ratio(sum(value > 0 for value in late), len(late)), 4),
        "utilisation": round(utilisation(technicians), 4),
        "service_share": round(service_share(technicians), 4),
        "idle_running": round(idle_running(technicians), 4),
        "dispatched_idle_running": round(dispatched_idle_running(technicians), 4),
        "travel_per_visit_s": round(
            _ratio(
                sum(record.serving_travel_s for record in technicians),
                sum(record.visit_count for record in technicians),
            ),
            1,
        ),
        "km": _kilometres(technicians),
        "overtime_h": round(overtime_s(technicians) / 3600, 2),
        "cost_per_visit_milli": round(cost_per_visit_milli(ledger)),
    }


def compared(ours: Ledger, baseline: Ledger) -> dict[str, Any]:
    """Compares two runs of one day, on all visits and on those that both completed.

    The second guards against a dispatcher that looks fast by leaving the hard visits undone.
    A ratio is baseline / ours: above 1 ours is faster or cheaper.
    """
    both = [
        call_id
        for call_id, visit in ours.visits.items()
        if visit.outcome is Outcome.COMPLETED and baseline.visits[call_id].outcome is Outcome.COMPLETED
    ]
    sides = {"all": (list(ours.visits), list(baseline.visits)), "completed_by_both": (both, both)}
    measures = {
        "response_time": response_times_s,
        "response_time_now": now_response_times_s,
        "urgent_response": urgent_responses_s,
        "arrival_time": arrival_times_s,
    }
    compared_figures: dict[str, Any] = {}
    for side, (our_ids, their_ids) in sides.items():
        for name, measure in measures.items():
            our_mean = Spread.of(measure(ours.visits[call_id] for call_id in our_ids)).mean
            their_mean = Spread.of(measure(baseline.visits[call_id] for call_id in their_ids)).mean
            compared_figures[f"{name}_mean_ratio_{side}"] = round(_ratio(their_mean, our_mean), 3)
    compared_figures["completed_by_both"] = len(both)
    compared_figures["cost_per_visit_ratio"] = round(
        _ratio(cost_per_visit_milli(baseline), cost_per_visit_milli(ours)), 3
    )
    return compared_figures


def _unserving_m(record: TechnicianRecord) -> float:
    return record.returning_m + record.repositioning_m + record.abandoned_m


def _kilometres(technicians: Sequence[TechnicianRecord]) -> dict[str, float]:
    purposes = ("serving", "abandoned", "returning", "repositioning", "roaming")
    return {name: round(sum(getattr(record, f"{name}_m") for record in technicians) / 1000, 1) for name in purposes}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
