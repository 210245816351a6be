"""When calls are due. Open loop: the schedule is fixed before the run and never waits for an answer. Pure."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

ArrivalKind = Literal["poisson", "fixed"]


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """One call that is due."""

    # Seconds since the start of the run.
    due_s: float
    flow: str


def arrivals(flow: str, rate_per_s: float, seconds: float, kind: ArrivalKind, rng: random.Random) -> Iterator[Arrival]:
    """Yields the arrivals of one flow in order.

    Args:
        flow: Name of the flow.
        rate_per_s: Mean rate; 0 yields nothing.
        seconds: Length of the run.
        kind: "poisson" draws exponential gaps, as independent customers would make; "fixed" spaces evenly from a
            random phase, so that flows of one rate do not march in step.
        rng: Source of the draws.
    """
    if rate_per_s <= 0:
        return
    due_s = rng.expovariate(rate_per_s) if kind == "poisson" else rng.random() / rate_per_s
    while due_s < seconds:
        yield Arrival(due_s, flow)
        due_s += rng.expovariate(rate_per_s) if kind == "poisson" else 1 / rate_per_s


def merged(rates_per_s: Mapping[str, float], seconds: float, kind: ArrivalKind, seed: int) -> Iterator[Arrival]:
    """Yields the arrivals of all flows in order; each flow has a random source of its own."""
    return heapq.merge(
        *(
            arrivals(flow, rate_per_s, seconds, kind, random.Random(f"{seed}/{flow}"))
            for flow, rate_per_s in rates_per_s.items()
        )
    )
