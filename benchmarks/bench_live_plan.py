"""Measures the live planner from Python, bytes in and out: one JSON object a line on stdout, progress on stderr.

    make bench-live-plan BENCH_ARGS="--n 1000,10000 --only recommend"

The city is that of live_city.py. Everything is timed by the processor time of the one thread that calls, because the
machine may have other work; `wall_per_s` is the same by the clock. Contenders take turns, so that noise hits all alike.

- `plan.recommend_per_s`: best three with all terms and the reasons of the others. Peers are live_peers.py.
- `plan.insert_p50_us`, `plan.insert_p99_us`: one urgent visit with a skill goes into the plan, and is withdrawn again.
- `plan.disruption_p99_ms`: somebody with eight visits falls ill; `others_moved_max`: visits of others moved.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "protos" / "python")]

from live_city import (  # noqa: E402
    MANY_STOPS,
    NOW_MS,
    City,
    fix_batches,
    insert_bytes,
    recommend_bytes,
    region_bytes,
    sick_bytes,
    snapshot_bytes,
)
from live_peers import ByNumpy, ByRtree  # noqa: E402
from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb  # noqa: E402
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch  # noqa: E402
from pydispatch_protos.dispatch.v1 import types_pb2 as types  # noqa: E402

from pydispatch import Engine  # noqa: E402

#: Beyond so many technicians commands are not measured: undoing them would take longer than the rest.
MOST_FOR_COMMANDS = 10_000
TURNS = 8


def main() -> None:
    """Runs what is asked for."""
    options = arguments()
    for n in options.n:
        progress(f"building a city of {n} technicians")
        city = City(n, options.calls)
        engine = Engine(region_bytes())
        snapshot = snapshot_bytes(city)
        engine.restore(snapshot, NOW_MS)
        for batch in fix_batches(city):
            engine.report_locations(batch, NOW_MS)
        if "recommend" in options.only:
            recommend(engine, city, options)
        if "insert" in options.only and n <= MOST_FOR_COMMANDS:
            insert(engine, city, options)
        if "disruption" in options.only and n <= MOST_FOR_COMMANDS:
            disruption(engine, city, snapshot, options)


def recommend(engine: Engine, city: City, options: argparse.Namespace) -> None:
    """Prints one line for each peer beside us."""
    requests = [recommend_bytes(call) for call in city.calls]
    peers: list[Any] = [ByNumpy(city), ByRtree(city)]
    agreement(engine, requests, city, peers)
    ours, wall, theirs = 0.0, 0.0, [0.0] * len(peers)
    asked = [0] * len(peers)
    for turn in range(TURNS):
        part = requests[turn::TURNS]
        began, began_wall = time.thread_time(), time.perf_counter()
        for request in part:
            engine.recommend(request, NOW_MS)
        ours += time.thread_time() - began
        wall += time.perf_counter() - began_wall
        for number, peer in enumerate(peers):
            few = city.calls[turn::TURNS][: options.peer_calls // TURNS]
            began = time.thread_time()
            for call in few:
                peer.recommend(call)
            theirs[number] += time.thread_time() - began
            asked[number] += len(few)
    value = len(requests) / ours
    for peer, count, seconds in zip(peers, asked, theirs, strict=True):
        peer_value = count / seconds
        emit(
            bench="plan.recommend_per_s",
            n=len(city.technicians),
            value=round(value),
            unit="1/s",
            wall_per_s=round(len(requests) / wall),
            peer=peer.name,
            peer_value=round(peer_value),
            ratio=round(value / peer_value, 1),
        )


def agreement(engine: Engine, requests: list[bytes], city: City, peers: list[Any]) -> None:
    """Says how often a peer's best is among our three: both should mean the same by "best"."""
    some = range(0, len(requests), max(1, len(requests) // 50))
    for peer in peers:
        same = 0
        for at in some:
            answer = dispatch.RecommendTechniciansResponse.FromString(engine.recommend(requests[at], NOW_MS))
            ours = {each.technician_id for each in answer.recommendations}
            same += f"t{peer.recommend(city.calls[at])[0][0]}" in ours
        progress(f"{peer.name}: its best is among our three for {same} of {len(some)} calls")


def insert(engine: Engine, city: City, options: argparse.Namespace) -> None:
    """Prints the median and the 99th percentile of one insertion."""
    taken = []
    for number in range(options.rounds):
        command = insert_bytes(city.call(), f"new{number}")
        began = time.thread_time()
        engine.apply(command, NOW_MS)
        taken.append((time.thread_time() - began) * 1e6)
        engine.apply(epb.Command(cancel_visit_id=f"new{number}").SerializeToString(), NOW_MS)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        emit(
            bench=f"plan.insert_{name}_us",
            n=len(city.technicians),
            value=round(quantile(taken, share), 1),
            unit="us",
            peer=None,
        )


def disruption(engine: Engine, city: City, snapshot: bytes, options: argparse.Namespace) -> None:
    """Prints the 99th percentile of one technician with eight visits falling ill."""
    taken, moved, unplaced = [], [], 0
    busy = [technician for technician in city.technicians if technician.is_busy]
    for number in range(options.disruptions):
        technician = busy[number % len(busy)]
        command = sick_bytes(technician)
        began = time.thread_time()
        answer = engine.apply(command, NOW_MS)
        taken.append((time.thread_time() - began) * 1e3)
        changes = epb.Outcome.FromString(answer).changes
        own = {f"v{technician.number}-{index}" for index in range(len(technician.stops))}
        moved.append(sum(each.kind == epb.CHANGE_KIND_MOVED and each.visit_id not in own for each in changes))
        unplaced += sum(each.state == types.VISIT_STATE_UNASSIGNED for each in changes)
        engine.restore(snapshot, NOW_MS)
    emit(
        bench="plan.disruption_p99_ms",
        n=len(city.technicians),
        value=round(quantile(taken, 0.99), 3),
        unit="ms",
        p50=round(quantile(taken, 0.5), 3),
        visits=MANY_STOPS,
        others_moved_max=max(moved),
        unplaced=unplaced,
        rounds=options.disruptions,
        peer=None,
    )


def quantile(values: list[float], share: float) -> float:
    """Returns a quantile."""
    return sorted(values)[int((len(values) - 1) * share)]


def emit(**line: object) -> None:
    """Prints one result."""
    print(json.dumps(line), flush=True)


def progress(text: str) -> None:
    """Says what has been done."""
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Measure the live planner.")
    numbers = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser.add_argument("--n", type=numbers, default=[1_000, 10_000, 100_000], help="technicians, by commas")
    parser.add_argument("--calls", type=int, default=20_000, help="calls to recommend for")
    parser.add_argument("--peer-calls", type=int, default=400, help="calls that the peers answer")
    parser.add_argument("--rounds", type=int, default=2_000, help="insertions")
    parser.add_argument("--disruptions", type=int, default=100)
    parser.add_argument("--only", nargs="+", default=["recommend", "insert", "disruption"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
