"""Measures how long a client takes to turn fixes into the bytes of a request: `make bench-fixes`.

Both sides begin with the same plain values and end with the same bytes, which is checked. Peers are the two usual ways
to fill protobuf messages. The best of several rounds counts, because everything else on the machine only adds.
"""

from __future__ import annotations

import json
import platform
import random
import sys
import time
from collections.abc import Callable

import google.protobuf
from pydispatch_client import FixBatch, FixTuple
from pydispatch_client import messages as m

FIX_COUNT = 10_000
ROUNDS = 15
PARENT = "regions/sf"


def make_fixes() -> list[FixTuple]:
    """Returns fixes of a city in one tick."""
    rng = random.Random(1)
    return [
        (f"t-{n:05d}", 37 + rng.random(), -122 + rng.random(), 1_790_000_000_000 + n % 7, 5.0, 3.25, 90.0)
        for n in range(FIX_COUNT)
    ]


def by_add(fixes: list[FixTuple]) -> bytes:
    """Fills a request with `add`, the cheapest way that protobuf offers."""
    request = m.BatchReportLocationsRequest(parent=PARENT)
    add = request.fixes.add
    for technician_id, lat, lon, time_ms, accuracy, speed, heading in fixes:
        add(
            technician_id=technician_id,
            lat_deg=lat,
            lon_deg=lon,
            event_time_ms=time_ms,
            accuracy_m=accuracy,
            speed_mps=speed,
            heading_deg=heading,
        )
    return request.SerializeToString()


def by_message(fixes: list[FixTuple]) -> bytes:
    """Makes a `Fix` for each and puts them into a request, as most callers would."""
    made = [
        m.Fix(
            technician_id=technician_id,
            lat_deg=lat,
            lon_deg=lon,
            event_time_ms=time_ms,
            accuracy_m=accuracy,
            speed_mps=speed,
            heading_deg=heading,
        )
        for technician_id, lat, lon, time_ms, accuracy, speed, heading in fixes
    ]
    return m.BatchReportLocationsRequest(parent=PARENT, fixes=made).SerializeToString()


def best_us(actions: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Returns the best time of a round of each action in microseconds for each fix; the actions take turns."""
    best_s = dict.fromkeys(actions, float("inf"))
    for _ in range(ROUNDS):
        for name, action in actions.items():
            began_s = time.perf_counter()
            action()
            best_s[name] = min(best_s[name], time.perf_counter() - began_s)
    return {name: seconds / FIX_COUNT * 1e6 for name, seconds in best_s.items()}


def main() -> None:
    """Prints a JSON line for each peer."""
    fixes = make_fixes()
    batch = FixBatch()

    def by_hand() -> bytes:
        batch.clear()
        batch.extend(fixes)
        return batch.report_bytes(PARENT)

    assert by_hand() == by_add(fixes) == by_message(fixes)
    print(f"{platform.python_implementation()} {platform.python_version()}", file=sys.stderr)
    took_us = best_us({"hand": by_hand, "add": lambda: by_add(fixes), "message": lambda: by_message(fixes)})
    value_us = took_us.pop("hand")
    for peer, peer_us in took_us.items():
        line = {
            "bench": "client.fix_packing",
            "n": FIX_COUNT,
            "value": round(value_us, 3),
            "unit": "us/fix",
            "peer": f"protobuf-{google.protobuf.__version__}-{peer}",
            "peer_value": round(peer_us, 3),
            "ratio": round(peer_us / value_us, 2),
        }
        print(json.dumps(line))


if __name__ == "__main__":
    main()
