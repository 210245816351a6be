"""Measures the live index from Python against its peers: one JSON object a line on stdout, progress on stderr.

    make bench-index BENCH_ARGS="--n 10000,100000 --seconds 1 --only nearest10"

Every contender has the same points and takes its turns of 20 ms in one interleaved run, so that a noisy
machine hits all alike; a value is the ninth decile of the turns' rates. Staleness is not tested on our side either.
Before anything is measured, everybody's answers are compared. `ratio` above 1 means we are faster. On a machine in use
`--cpu` counts processor time; only Redis, which works in another process, is then still timed by the wall.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "protos" / "python")]

import index_city  # noqa: E402
from index_city import NOW_MS, City  # noqa: E402
from index_ingest import bench_fences, bench_ingest  # noqa: E402
from index_peers import METRES_PER_DEGREE, SHRINK, Peer  # noqa: E402
from index_peers import PEERS as LIBRARIES  # noqa: E402
from index_servers import PostGis, Tile38  # noqa: E402

from pydispatch import LiveIndex  # noqa: E402

PEERS: list[type[Peer]] = [*LIBRARIES, PostGis, Tile38]
BATCH = 1_000
TURN_S = 0.02
# Of the turns' rates: what a contender does when nobody else takes the core from it.
DECILE = 9
CHECKED_QUERIES = 25
SEARCHES = {
    "nearest10": (10, None),
    "nearest10_sel50": (10, "sel50"),
    "nearest10_sel5": (10, "sel5"),
    "nearest50": (50, None),
}


class Ours(Peer):
    """pydispatch.LiveIndex, one call a search and one a batch."""

    name = "pydispatch"

    def __init__(self, city: City) -> None:
        super().__init__(city)
        # No speed limit: the points of a benchmark jump as they like.
        self.index = LiveIndex(max_speed_mps=float("inf"))
        for number in range(len(city)):
            skills = [("rare", 1)] if city.is_twentieth[number] else []
            availability = "AVAILABLE" if city.is_half[number] else "WORKING"
            self.index.register(f"t{number}", skills=skills, availability=availability)
        self.time_ms = NOW_MS
        self.times = array("q", [NOW_MS]) * len(city)
        self.index.move_many(array("I", range(len(city))), city.lats, city.lons, self.times, NOW_MS)
        self.filters = {
            None: None,
            "sel50": self.index.filter(availability=["AVAILABLE"]),
            "sel5": self.index.filter(skills=[("rare", 1)]),
        }

    def move_one(self, number: int, lat: float, lon: float) -> None:
        self.time_ms += 1
        self.index.move_one(number, lat, lon, self.time_ms, self.time_ms)

    def move_batch(self, numbers: Any, lats: Any, lons: Any) -> None:
        self.time_ms += 1
        times = array("q", [self.time_ms]) * len(numbers)
        self.index.move_many(numbers, lats, lons, times, self.time_ms)

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        return self.index.nearest(lat, lon, k, NOW_MS, self.filters[selection])[0]

    def searcher(self, k: int, selection: str | None) -> Callable[[float, float], object]:
        nearest, chosen = self.index.nearest, self.filters[selection]
        return lambda lat, lon: nearest(lat, lon, k, NOW_MS, chosen)

    def nearest_batch(self, lats: Any, lons: Any, k: int, selection: str | None) -> object:
        return self.index.nearest_many(lats, lons, k, NOW_MS, self.filters[selection])


Work = Callable[[], int]


def queries(city: City) -> Iterator[tuple[float, float]]:
    """Repeats the query places for ever."""
    return itertools.cycle(zip(city.query_lats.tolist(), city.query_lons.tolist(), strict=True))


def moves(city: City) -> Iterator[tuple[int, float, float]]:
    """Repeats the moves for ever."""
    columns = (city.movers.tolist(), city.move_lats.tolist(), city.move_lons.tolist())
    return itertools.cycle(zip(*columns, strict=True))


def search_work(peer: Peer, k: int, selection: str | None) -> Work:
    """One turn's piece of searching: 16 searches."""
    places, nearest = queries(peer.city), peer.searcher(k, selection)

    def work() -> int:
        for lat, lon in itertools.islice(places, 16):
            nearest(lat, lon)
        return 16

    return work


def move_one_work(peer: Peer) -> Work:
    """One turn's piece of moving: 64 moves, one by one."""
    steps, move_one = moves(peer.city), peer.move_one

    def work() -> int:
        for number, lat, lon in itertools.islice(steps, 64):
            move_one(number, lat, lon)
        return 64

    return work


def move_batch_work(peer: Peer) -> Work:
    """One turn's piece of moving: a batch of 1,000."""
    city = peer.city
    starts = itertools.cycle(range(0, index_city.MOVES - BATCH, BATCH))

    def work() -> int:
        part = slice(start := next(starts), start + BATCH)
        peer.move_batch(city.movers[part], city.move_lats[part], city.move_lons[part])
        return BATCH

    return work


def mixed_work(peer: Peer) -> Work:
    """One turn's piece of nine moves to one search: 90 and 10."""
    places, steps, nearest, move_one = queries(peer.city), moves(peer.city), peer.searcher(10, None), peer.move_one

    def work() -> int:
        for lat, lon in itertools.islice(places, 10):
            for number, to_lat, to_lon in itertools.islice(steps, 9):
                move_one(number, to_lat, to_lon)
            nearest(lat, lon)
        return 100

    return work


def bulk_work(peer: Peer, k: int, selection: str | None) -> Work:
    """One turn's piece of searching many places in one call."""
    city = peer.city
    starts = itertools.cycle(range(0, index_city.QUERIES - BATCH, BATCH))

    def work() -> int:
        part = slice(start := next(starts), start + BATCH)
        peer.nearest_batch(city.query_lats[part], city.query_lons[part], k, selection)
        return BATCH

    return work


def clock_of(name: str, is_cpu_time: bool) -> Callable[[], float]:
    """Returns what a contender is timed by: processor time where asked for, unless it works in another process."""
    works_elsewhere = name in {peer.name for peer in PEERS if peer.works_elsewhere}
    return time.thread_time if is_cpu_time and not works_elsewhere else time.perf_counter


def rates(works: dict[str, Work], options: argparse.Namespace) -> dict[str, float | str]:
    """Runs all in turns until each has had its seconds; returns the ninth decile of rates, or why there is none."""
    result: dict[str, float | str] = {}
    for name, work in works.items():
        try:
            work()
        except NotImplementedError as missing:
            result[name] = str(missing) or "cannot do this"
    turns: dict[str, list[float]] = {name: [] for name in works if name not in result}
    clocks = {name: clock_of(name, options.cpu) for name in works}
    for _ in range(max(10, int(options.seconds / TURN_S))):
        for name, samples in turns.items():
            clock = clocks[name]
            begin, done = clock(), 0
            while (took := clock() - begin) < TURN_S:
                done += works[name]()
            samples.append(done / took)
    return result | {name: statistics.quantiles(samples, n=10)[DECILE - 1] for name, samples in turns.items()}


def report(bench: str, n: int, result: dict[str, float | str], **extra: object) -> None:
    """Prints one line a peer, and one with our own rate when there is no peer."""
    ours = result.pop("pydispatch")
    head = {"bench": bench, "n": n, "value": ours and round(float(ours)), "unit": "1/s", "where": "python", **extra}
    if not result:
        print(json.dumps({**head, "peer": None}), flush=True)
    for peer, rate in result.items():
        if isinstance(rate, str):
            print(json.dumps({**head, "peer": peer, "peer_value": None, "ratio": None, "missing": rate}), flush=True)
        else:
            ratio = float(f"{float(ours) / rate:.3g}")
            print(json.dumps({**head, "peer": peer, "peer_value": round(rate), "ratio": ratio}), flush=True)


def compare_answers(contenders: list[Peer]) -> None:
    """Has everybody answer the same questions; exits when somebody's answers are not as near as ours."""
    city = contenders[0].city
    for selection in (None, "sel50", "sel5"):
        for lat, lon in itertools.islice(queries(city), CHECKED_QUERIES):
            ours = sorted_distances(city, lat, lon, contenders[0].nearest(lat, lon, 10, selection))
            for peer in contenders[1:]:
                try:
                    theirs = sorted_distances(city, lat, lon, peer.nearest(lat, lon, 10, selection))
                except NotImplementedError:
                    continue
                # A plane half a degree from its centre is good to 1%, a geohash of 52 bits to a metre.
                if any(abs(a - b) > 2.0 + 0.01 * a for a, b in zip(ours, theirs, strict=True)):
                    sys.exit(f"{peer.name} disagrees at {lat}, {lon}, {selection}: {ours} {theirs}")


def sorted_distances(city: City, lat: float, lon: float, numbers: list[int]) -> list[float]:
    """Distances in metres on the local plane, ascending."""
    east = (city.lons[numbers] - lon) * SHRINK
    north = city.lats[numbers] - lat
    return sorted((((east**2 + north**2) ** 0.5) * METRES_PER_DEGREE).tolist())


def bench_city(n: int, options: argparse.Namespace) -> None:
    """Measures everything on a city of n technicians."""
    city = index_city.build(n)
    contenders: list[Peer] = []
    absent: dict[str, float | str] = {}
    for kind in [Ours, *PEERS]:
        print(f"n={n}: building {kind.name}", file=sys.stderr, flush=True)
        try:
            contenders.append(kind(city))
        except NotImplementedError as missing:
            absent[kind.name] = str(missing)
    try:
        compare_answers(contenders)
        for name, (k, selection) in SEARCHES.items():
            if options.only in name:
                works = {peer.name: search_work(peer, k, selection) for peer in contenders}
                report(f"index.{name}", n, rates(works, options) | absent)
                bulk = {peer.name: bulk_work(peer, k, selection) for peer in contenders}
                report(f"index.{name}", n, rates(bulk, options), call="many")
        for name, make in [("move_one", move_one_work), ("move_batch1000", move_batch_work), ("mixed90", mixed_work)]:
            if options.only in name:
                report(f"index.{name}", n, rates({peer.name: make(peer) for peer in contenders}, options) | absent)
    finally:
        for peer in contenders:
            peer.close()


def main() -> None:
    """Reads the arguments and measures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--n", default="10000,100000,1000000", help="sizes, separated by commas")
    parser.add_argument("--seconds", type=float, default=1.0, help="measured time of each contender at each work")
    parser.add_argument("--only", default="", help="only works whose name contains this")
    parser.add_argument("--cpu", action="store_true", help="time by processor instead of wall, for a machine in use")
    arguments = parser.parse_args()
    for n in map(int, arguments.n.split(",")):
        clock = clock_of("pydispatch", arguments.cpu)
        if arguments.only not in ("decode", "fences"):
            bench_city(n, arguments)
        if arguments.only in "decode_bytes":
            report("ingest.decode_bytes", n, bench_ingest(n, clock))
        if arguments.only in "fences100k":
            report("ingest.fences100k_ratio", n, bench_fences(n, clock))


if __name__ == "__main__":
    main()
