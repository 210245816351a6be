"""Whether a run was good. Pure: figures and thresholds in, a verdict out."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PASSED = 0
BREACHED = 1
# The generator could not keep its own schedule, so its figures say nothing about the server.
VOID = 3


@dataclass(frozen=True, slots=True)
class FlowLimits:
    """What one flow must keep to; None is no limit."""

    p50_ms: float | None = None
    p99_ms: float | None = None
    max_error_share: float = 0.0
    max_shed_share: float = 0.0
    # Calls answered a second over calls due a second.
    min_done_share: float = 0.99


@dataclass(frozen=True, slots=True)
class GeneratorLimits:
    """What the generator itself must keep to for the run to count."""

    max_lag_p99_ms: float = 20.0
    max_cpu_share: float = 0.9


@dataclass(frozen=True, slots=True)
class Limits:
    """All thresholds of a run."""

    generator: GeneratorLimits
    flows: Mapping[str, FlowLimits]
    # Fixes that became searchable over fixes sent: quick acknowledgements of refused fixes are no success.
    min_applied_share: float = 0.99

    @classmethod
    def from_file(cls, path: Path) -> Limits:
        """Reads a thresholds file.

        Raises:
            TypeError: It names a threshold that does not exist.
        """
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        flows = {flow: FlowLimits(**limits) for flow, limits in document.get("flows", {}).items()}
        fixes = document.get("fixes", {})
        return cls(GeneratorLimits(**document.get("generator", {})), flows, **fixes)


@dataclass(slots=True)
class FlowFigures:
    """What happened to the calls of one flow."""

    due: int = 0
    shed: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    # From the scheduled send to the answer, of calls that succeeded.
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def error_count(self) -> int:
        """Calls that failed."""
        return sum(self.errors.values())

    def summary(self, seconds: float) -> dict[str, Any]:
        """Returns the figures as plain values."""
        latencies = sorted(self.latencies_ms)
        return {
            "due": self.due,
            "done": len(latencies),
            "done_per_s": round(len(latencies) / seconds, 2),
            "shed": self.shed,
            "errors": dict(sorted(self.errors.items())),
            **{f"p{share:g}_ms": rounded(percentile(latencies, share)) for share in (50, 90, 99, 99.9)},
            "max_ms": rounded(latencies[-1] if latencies else math.nan),
        }


@dataclass(frozen=True, slots=True)
class GeneratorFigures:
    """What only the generator knows of a run."""

    # How late its sends were: the worst but for one in a hundred, and the worst.
    lag_p99_ms: float
    lag_max_ms: float
    # CPU time over the time of the run; 1 is a whole core.
    cpu_share: float
    fixes_sent: int
    fixes_applied: int


def percentile(ordered: Sequence[float], share: float) -> float:
    """Returns the nearest-rank percentile of ordered values, NaN of none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def rounded(value: float) -> float | None:
    """Returns a value for JSON, which has no NaN."""
    return None if math.isnan(value) else round(value, 3)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a run."""

    exit_code: int
    findings: tuple[str, ...]

    @property
    def word(self) -> str:
        """The outcome in a word."""
        return {PASSED: "passed", BREACHED: "breached", VOID: "void"}[self.exit_code]


def judge(flows: Mapping[str, FlowFigures], generator: GeneratorFigures, limits: Limits) -> Verdict:
    """Judges a run.

    Returns:
        VOID with every reason when the generator was saturated, else BREACHED with every breach, else PASSED.
    """
    saturation = tuple(_saturation(generator, limits.generator))
    if saturation:
        return Verdict(VOID, saturation)
    breaches = [
        breach
        for flow, flow_limits in limits.flows.items()
        for breach in _breaches(flow, flows.get(flow, FlowFigures()), flow_limits)
    ]
    applied_share = generator.fixes_applied / generator.fixes_sent if generator.fixes_sent else 1.0
    if applied_share < limits.min_applied_share:
        breaches.append(f"fixes: {applied_share:.2%} became searchable, under {limits.min_applied_share:.2%}")
    return Verdict(BREACHED if breaches else PASSED, tuple(breaches))


def _saturation(generator: GeneratorFigures, limits: GeneratorLimits) -> list[str]:
    found = []
    # A NaN is no evidence of keeping the schedule.
    if not generator.lag_p99_ms <= limits.max_lag_p99_ms:
        found.append(f"generator: sends were late, p99 {generator.lag_p99_ms:.1f} ms over {limits.max_lag_p99_ms:g} ms")
    if not generator.cpu_share <= limits.max_cpu_share:
        found.append(f"generator: used {generator.cpu_share:.2f} of a core, over {limits.max_cpu_share:g}")
    return found


def _breaches(flow: str, figures: FlowFigures, limits: FlowLimits) -> list[str]:
    if not figures.due:
        return []
    latencies = sorted(figures.latencies_ms)
    found = [
        f"{flow}: p{share} {percentile(latencies, share):.1f} ms over {limit_ms:g} ms"
        for share, limit_ms in ((50, limits.p50_ms), (99, limits.p99_ms))
        if limit_ms is not None and not percentile(latencies, share) <= limit_ms
    ]
    shares = [
        ("failed", figures.error_count / figures.due, limits.max_error_share),
        ("were shed", figures.shed / figures.due, limits.max_shed_share),
    ]
    found += [f"{flow}: {share:.2%} of calls {what}, over {most:.2%}" for what, share, most in shares if share > most]
    done_share = len(latencies) / figures.due
    if done_share < limits.min_done_share:
        found.append(f"{flow}: {done_share:.2%} of due calls were answered, under {limits.min_done_share:.2%}")
    return found
