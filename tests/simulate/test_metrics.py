"""Each published figure against numbers worked out by hand."""

from __future__ import annotations

import pytest
from pydispatch_cli.simulate import metrics
from pydispatch_cli.simulate.ledger import Ledger, TechnicianRecord, VisitRecord
from pydispatch_cli.simulate.world import Priority, ServiceSpec

from tests.simulate.makers import HOUR_S, START_S, call, technician

URGENT = ServiceSpec("urgent", "Urgent", {}, (), 600, Priority.URGENT, 900, HOUR_S)


def completed(name: str, accepted: int, departed: int, arrived: int, started: int, **changes) -> VisitRecord:
    """A completed visit; times are seconds after its request."""
    asked = call(name, 0, **changes)
    at = asked.request_s
    return VisitRecord(
        asked, "t", at + accepted, at + departed, at + arrived, at + started, completed_s=at + started + 600
    )


@pytest.fixture
def records() -> list[TechnicianRecord]:
    first = TechnicianRecord(
        technician("a", cost_per_hour_milli=20_000),
        paid_s=8 * HOUR_S,
        service_s=5 * HOUR_S,
        serving_travel_s=HOUR_S,
        abandoned_travel_s=HOUR_S / 2,
        serving_m=30_000,
        abandoned_m=2_000,
        returning_m=3_000,
        repositioning_m=1_000,
        roaming_m=10_000,
        visit_count=1,
    )
    second = TechnicianRecord(
        technician("b", cost_per_hour_milli=10_000), paid_s=9 * HOUR_S, serving_m=10_000, visit_count=1
    )
    return [first, second]


def test_utilisation_counts_service_and_travel_that_led_to_a_visit(records: list[TechnicianRecord]) -> None:
    assert metrics.utilisation(records) == pytest.approx(6 / 17)
    assert metrics.service_share(records) == pytest.approx(5 / 17)


def test_idle_running_is_every_kilometre_that_did_not_serve(records: list[TechnicianRecord]) -> None:
    assert metrics.idle_running(records) == pytest.approx(16 / 56)
    assert metrics.dispatched_idle_running(records) == pytest.approx(6 / 46)


def test_overtime_is_paid_time_beyond_the_shift(records: list[TechnicianRecord]) -> None:
    assert metrics.overtime_s(records) == HOUR_S


def test_response_is_request_to_acceptance_by_the_one_who_came() -> None:
    visits = [completed("a", 30, 60, 300, 300), completed("b", 90, 100, 200, 200)]

    assert metrics.response_times_s(visits) == [30, 90]


def test_urgent_response_is_request_to_departure_of_visits_that_are_not_routine() -> None:
    visits = [completed("a", 30, 60, 300, 300), completed("b", 90, 100, 200, 200, service=URGENT)]

    assert metrics.urgent_responses_s(visits) == [100]


def test_arrival_leaves_out_visits_booked_for_a_window() -> None:
    window = (START_S + HOUR_S, START_S + 2 * HOUR_S)
    visits = [completed("a", 30, 60, 300, 300), completed("b", 30, 3000, 3600, 3600, window=window)]

    assert metrics.arrival_times_s(visits) == [300]
    assert metrics.now_response_times_s(visits) == [30]


def test_lateness_is_measured_from_the_promise() -> None:
    window = (START_S + HOUR_S, START_S + 2 * HOUR_S)
    visits = [
        completed("in-time", 30, 60, 300, HOUR_S),
        completed("late", 30, 60, 300, HOUR_S + 50),
        completed("window", 30, 3000, 3600, 2 * HOUR_S + 7, window=window),
    ]

    assert metrics.lateness_s(visits) == [0, 50, 7]


def test_cost_per_visit_is_paid_time_and_kilometres_over_completed_visits(records: list[TechnicianRecord]) -> None:
    visits = {"a": completed("a", 1, 2, 3, 4), "b": VisitRecord(call("b", 0))}
    ledger = Ledger(visits, {record.spec.technician_id: record for record in records})

    paid = 8 * 20_000 + 9 * 10_000
    driven = 46 * metrics.COST_PER_KM_MILLI
    assert metrics.cost_per_visit_milli(ledger) == pytest.approx(paid + driven)


def test_every_visit_has_one_outcome_and_every_unserved_one_a_reason() -> None:
    cancelled = VisitRecord(call("c", 0), cancelled_s=START_S + 1.0)
    undone = VisitRecord(call("u", 0), unserved_reason="RULE_SKILL")
    visits = [completed("a", 1, 2, 3, 4), cancelled, undone, VisitRecord(call("o", 0))]

    assert metrics.outcomes(visits) == {"completed": 1, "cancelled": 1, "unserved": 2}
    assert metrics.unserved_reasons(visits) == {"RULE_SKILL": 1, "still open": 1}


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.9, 4), (0.99, 4), (0.0, 1)])
def test_percentile_is_nearest_rank(share: float, value: int) -> None:
    assert metrics.percentile([1, 2, 3, 4], share) == value


def test_an_empty_run_has_figures_and_no_division_by_zero() -> None:
    figures = metrics.figures(Ledger())

    assert figures["utilisation"] == 0
    assert figures["response_time_s"]["count"] == 0


def test_comparison_looks_at_all_visits_and_at_those_both_completed() -> None:
    ours = Ledger({"a": completed("a", 10, 20, 100, 100), "b": completed("b", 10, 20, 900, 900)})
    theirs = Ledger({"a": completed("a", 30, 40, 200, 200), "b": VisitRecord(call("b", 0))})

    compared = metrics.compared(ours, theirs)

    assert compared["completed_by_both"] == 1
    assert compared["arrival_time_mean_ratio_all"] == 0.4
    assert compared["arrival_time_mean_ratio_completed_by_both"] == 2.0
    assert compared["response_time_mean_ratio_completed_by_both"] == 3.0
