"""The pure parts of the load test: when calls are due, and when a run is good, bad or void."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.judge import (
    BREACHED,
    PASSED,
    VOID,
    FlowFigures,
    FlowLimits,
    GeneratorFigures,
    GeneratorLimits,
    Limits,
    judge,
    percentile,
)
from loadtests.profile import Profile, command_line, read_profile
from loadtests.schedule import merged

ROOT = Path(__file__).resolve().parents[2]
CALM = GeneratorFigures(lag_p99_ms=1.0, lag_max_ms=2.0, cpu_share=0.1, fixes_sent=100, fixes_applied=100)
LIMITS = Limits(
    GeneratorLimits(max_lag_p99_ms=20.0, max_cpu_share=0.9), {"booking": FlowLimits(p50_ms=5.0, p99_ms=50.0)}
)


def figures(latencies_ms: list[float], *, shed: int = 0, errors: dict[str, int] | None = None) -> FlowFigures:
    errors = errors or {}
    return FlowFigures(len(latencies_ms) + shed + sum(errors.values()), shed, errors, latencies_ms)


@given(st.sampled_from(["poisson", "fixed"]), st.integers(0, 5), st.floats(0.1, 200), st.floats(0, 200))
def test_a_schedule_is_ordered_bounded_and_repeatable(kind, seed: int, first_per_s: float, second_per_s: float) -> None:
    rates_per_s = {"a": first_per_s, "b": second_per_s}
    due = list(merged(rates_per_s, 2.0, kind, seed))
    assert due == sorted(due)
    assert all(0 <= arrival.due_s < 2.0 for arrival in due)
    assert due == list(merged(rates_per_s, 2.0, kind, seed))


@pytest.mark.parametrize("kind", ["poisson", "fixed"])
def test_the_rate_is_kept(kind) -> None:
    count = sum(1 for _ in merged({"a": 100.0}, 100.0, kind, seed=1))
    assert count == pytest.approx(10_000, rel=0.05)


def test_one_flow_does_not_depend_on_another() -> None:
    alone = list(merged({"a": 10.0}, 10.0, "poisson", seed=1))
    together = [arrival for arrival in merged({"b": 50.0, "a": 10.0}, 10.0, "poisson", seed=1) if arrival.flow == "a"]
    assert alone == together


def test_a_run_within_its_limits_passes() -> None:
    verdict = judge({"booking": figures([1.0] * 100)}, CALM, LIMITS)
    assert (verdict.exit_code, verdict.word, verdict.findings) == (PASSED, "passed", ())


BREACHES = [
    (figures([1.0] * 98 + [60.0] * 2), "p99 60.0 ms over 50 ms"),
    (figures([6.0] * 100), "p50 6.0 ms over 5 ms"),
    (figures([1.0] * 99, errors={"QUEUE_FULL": 1}), "1.00% of calls failed"),
    (figures([1.0] * 199, shed=1), "0.50% of calls were shed"),
    (FlowFigures(due=100, latencies_ms=[1.0] * 90), "90.00% of due calls were answered"),
    (FlowFigures(due=10), "p99 nan ms"),
]


@pytest.mark.parametrize(("flow", "finding"), BREACHES)
def test_a_breach_is_found_and_said(flow: FlowFigures, finding: str) -> None:
    verdict = judge({"booking": flow}, CALM, LIMITS)
    assert verdict.exit_code == BREACHED
    assert any(finding in found for found in verdict.findings)


def test_fixes_that_are_taken_but_not_searchable_are_a_breach() -> None:
    generator = GeneratorFigures(1.0, 2.0, 0.1, fixes_sent=100, fixes_applied=98)
    assert judge({}, generator, LIMITS).findings == ("fixes: 98.00% became searchable, under 99.00%",)


@pytest.mark.parametrize(
    "generator",
    [
        GeneratorFigures(lag_p99_ms=21.0, lag_max_ms=30.0, cpu_share=0.1, fixes_sent=0, fixes_applied=0),
        GeneratorFigures(lag_p99_ms=1.0, lag_max_ms=2.0, cpu_share=0.95, fixes_sent=0, fixes_applied=0),
        GeneratorFigures(lag_p99_ms=math.nan, lag_max_ms=0.0, cpu_share=0.0, fixes_sent=0, fixes_applied=0),
    ],
)
def test_a_saturated_generator_makes_a_run_void_however_good_or_bad(generator: GeneratorFigures) -> None:
    for flow in (figures([1.0] * 100), figures([900.0] * 100)):
        assert judge({"booking": flow}, generator, LIMITS).exit_code == VOID


def test_a_flow_that_was_not_asked_for_is_not_judged() -> None:
    assert judge({}, CALM, LIMITS).exit_code == PASSED


@pytest.mark.parametrize(("share", "value"), [(0, 1), (50, 2), (75, 3), (99, 4), (100, 4)])
def test_percentiles_are_values_that_occurred(share: float, value: float) -> None:
    assert percentile([1, 2, 3, 4], share) == value


def test_the_checked_in_thresholds_are_read_and_name_real_flows() -> None:
    limits = Limits.from_file(ROOT / "loadtests" / "thresholds.toml")
    profile = read_profile(["--server", "x:1"])
    assert set(limits.flows) == set(profile.rates_per_s())
    assert all(flow.p99_ms for flow in limits.flows.values())


def test_an_unknown_threshold_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text("[flows.booking]\np98_ms = 3.0\n")
    with pytest.raises(TypeError, match="p98_ms"):
        Limits.from_file(file)


def test_options_survive_the_way_to_the_generator() -> None:
    profile = read_profile(["--server", "x:1", "--seconds", "3", "--arrivals", "fixed", "--batch-fixes", "7"])
    options = {name: getattr(profile, name) for name in Profile.__slots__}
    assert read_profile(command_line(options, "x:1")) == profile
