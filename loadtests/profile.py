"""How much load, of what, for how long: read by Locust's command line and by the generator's. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from loadtests.schedule import ArrivalKind


@dataclass(frozen=True, slots=True)
class Profile:
    """One load, in the units of its flags."""

    server: str
    seconds: float
    warmup_s: float
    arrivals: ArrivalKind
    seed: int
    technicians: int
    fixes_per_s: float
    batch_fixes: int
    streams: int
    bookings_per_s: float
    recommends_per_s: float
    ready_within_s: float

    def rates_per_s(self) -> dict[str, float]:
        """Returns the rate of each flow's calls."""
        return {
            "fix_batch": self.fixes_per_s / self.batch_fixes,
            "booking": self.bookings_per_s,
            "recommend": self.recommends_per_s,
        }


def add_arguments(parser: Any) -> None:
    """Adds the profile's flags, but for the server, to an argparse or Locust parser."""
    add = parser.add_argument
    add("--seconds", type=float, default=60.0, help="measured time")
    add("--warmup-s", type=float, default=5.0, help="time before it, under the same load")
    add("--arrivals", choices=["poisson", "fixed"], default="poisson", help="gaps between calls")
    add("--seed", type=int, default=1, help="same seed, same schedule")
    add("--technicians", type=int, default=2000, help="technicians of the city")
    add("--fixes-per-s", type=float, default=2000.0, help="fixes of all technicians together")
    add("--batch-fixes", type=int, default=100, help="fixes in a message, 1 to 10,000")
    add("--streams", type=int, default=4, help="streams that the batches go over in turn")
    add("--bookings-per-s", type=float, default=5.0, help="bookings")
    add("--recommends-per-s", type=float, default=20.0, help="recommendations")
    add("--ready-within-s", type=float, default=15.0, help="longest wait for the server to serve")


def read_profile(arguments: list[str] | None = None) -> Profile:
    """Reads a profile from a command line."""
    parser = argparse.ArgumentParser(description="Makes open-loop load and tells of every call on stdout.")
    parser.add_argument("--server", required=True, help="host:port")
    add_arguments(parser)
    return Profile(**vars(parser.parse_args(arguments)))


def command_line(options: Mapping[str, Any], server: str) -> list[str]:
    """Returns the flags that make `read_profile` read these options again."""
    names = [field.name for field in fields(Profile) if field.name != "server"]
    return ["--server", server, *(f"--{name.replace('_', '-')}={options[name]}" for name in names)]
