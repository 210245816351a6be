"""What really happens: true driving and working times, answers and refusals. The same for every dispatcher.

Each number is drawn from a hash of the seed and the names it is about, so it does not depend on the order of events:
when two dispatchers send the same technician to the same call, the drive is equally lucky.
"""

import math
from dataclasses import dataclass
from hashlib import blake2b
from statistics import NormalDist

from pydispatch_cli.simulate.travel import Leg, Place, TravelModel
from pydispatch_cli.simulate.world import Call

_NORMAL = NormalDist()
_MANTISSA = 1 << 53

MAX_SIGMAS = 2.5
"""Luck, good or bad, is cut to this many standard deviations."""


@dataclass(frozen=True, slots=True)
class TruthSettings:
    """How far the truth strays from what is expected.

    Attributes:
        travel_sigma: Standard deviation of the logarithm of driving time / expected time.
        service_sigma: The same for working time, where the call does not bring its own.
        decline_share: Chance that a technician says no to a call.
        answer_median_s: Median time until a technician answers.
        answer_sigma: Standard deviation of the logarithm of the answer time.
        answer_limit_s: No answer takes longer.
    """

    travel_sigma: float = 0.20
    service_sigma: float = 0.15
    decline_share: float = 0.01
    answer_median_s: float = 30.0
    answer_sigma: float = 0.5
    answer_limit_s: float = 180.0


@dataclass(frozen=True, slots=True)
class Truth:
    """The hidden truth of one seed."""

    seed: int
    travel: TravelModel
    settings: TruthSettings = TruthSettings()

    def drive(self, technician_id: str, call: Call, origin: Place, depart_s: float) -> Leg:
        """Returns the true drive of a technician to a call."""
        expected = self.travel.leg(origin, call.place, depart_s)
        factor = self._lognormal(self.settings.travel_sigma, "drive", technician_id, call.call_id)
        return Leg(expected.distance_m, max(1.0, expected.duration_s * factor))

    def service_s(self, call: Call) -> float:
        """Returns the true time at the site."""
        if call.true_duration_s is not None:
            return float(call.true_duration_s)
        return call.duration_s * self._lognormal(self.settings.service_sigma, "service", call.call_id)

    def answer_delay_s(self, technician_id: str, call_id: str) -> float:
        """Returns how long the technician takes to answer."""
        factor = math.exp(self.settings.answer_sigma * self._normal("answer", technician_id, call_id))
        return min(self.settings.answer_median_s * factor, self.settings.answer_limit_s)

    def declines(self, technician_id: str, call_id: str) -> bool:
        """Tells whether the technician will say no to the call."""
        return self._uniform("decline", technician_id, call_id) < self.settings.decline_share

    def _lognormal(self, sigma: float, *key: str) -> float:
        """Returns a factor with mean 1."""
        return math.exp(sigma * self._normal(*key) - sigma * sigma / 2)

    def _normal(self, *key: str) -> float:
        return min(max(_NORMAL.inv_cdf(self._uniform(*key)), -MAX_SIGMAS), MAX_SIGMAS)

    def _uniform(self, *key: str) -> float:
        digest = blake2b("\0".join((str(self.seed), *key)).encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") % _MANTISSA + 0.5) / _MANTISSA
