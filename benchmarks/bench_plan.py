"""Measures the stand-alone solver on public instances beside its peers: `make bench-plan`.

One JSON object a line on stdout, progress on stderr. Everything runs on one CPU, one run after the other, with the same
search time. Distances are in tenths, cut down (DIMACS convention), only distance counts; every plan, ours and a
peer's, is checked here from the instance's own numbers. A gap is what a plan costs above the best known, in per cent;
`ratio` is the peer's mean cost over ours, both relative to the best known. Dynamic days are compared with published
figures on the same instances.

Groups: solomon, gh200, gh400, gh1000, trsp (static technicians), dtrsp (dynamic technicians).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar

from dtrsp import Day, Outcome, releases

from pydispatch.importers import read, read_solomon
from pydispatch.planning import Budget, plan

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("PYDISPATCH_DATA", ROOT.parent / "shared" / "data"))
PEER_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
PEERS = ("pyvrp", "ortools", "pyvroom", "vrp-cli")
ARCHIVE = "vrptw/vrptw_solomon_gh200_gh400_gh1000.tar.xz"
FOLDERS = {"solomon": "solomon", "gh200": "homberger_200", "gh400": "homberger_400", "gh1000": "homberger_1000"}
SIZES = {"solomon": 100, "gh200": 200, "gh400": 400, "gh1000": 1000}
#: A peer that has not answered this long after its search time (VROOM has one a level) has failed.
PEER_GRACE_S = 120.0
#: Search time of one decision of a dynamic day: with everything around it below 50 ms.
DECISION_S = 0.04
DYNAMIC_PCT = (10, 30, 50, 70, 90)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Instance:
    """A VRPTW instance in tenths: depot first, rows of demand, ready, due, service."""

    name: str
    text: str
    best_known: float

    @property
    def job(self) -> dict[str, Any]:
        """The instance as peers read it."""
        problem = read_solomon(self.text, "dimacs")
        depot = problem.technicians[0]
        rows = [
            [visit.demand[0], visit.windows[0].start, visit.windows[0].end, visit.service] for visit in problem.visits
        ]
        return {
            "points": list(problem.travel.points),
            "rows": [[0, depot.leave.start, depot.back_by, 0], *rows],
            "vehicles": len(problem.technicians),
            "capacity": depot.capacity[0],
        }


def main() -> None:
    """Runs the groups asked for."""
    options = arguments()
    # One CPU for us and, as it is inherited, for every peer.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for group in options.groups:
        if group == "trsp":
            static_technicians(options)
        elif group == "dtrsp":
            dynamic_technicians(options)
        else:
            for seconds in options.seconds:
                vehicles(group, seconds, options)


def vehicles(group: str, seconds: float, options: argparse.Namespace) -> None:
    """Prints one line for us, and one for each peer, on one group at one search time."""
    instances = spread(list(published(group)), options.sample)
    ours = [gap(instance, own_routes(instance, seconds, options.seed)) for instance in instances]
    bench = "plan.solomon_gap_pct" if group == "solomon" else "plan.gh_gap_pct"
    shared = {"bench": bench, "size": SIZES[group], "budget_s": seconds, "n": len(instances), "unit": "%"}
    emit(**shared, value=mean(ours), worst=worst(ours), unsolved=ours.count(None))
    for peer in options.peers:
        if not PEER_PYTHON.exists():
            emit(**shared, value=mean(ours), peer=peer, peer_value=None, note="missing: run benchmarks/peers.sh")
            continue
        theirs = [gap(instance, peer_routes(peer, instance, seconds)) for instance in instances]
        pairs = [(own, other) for own, other in zip(ours, theirs, strict=True) if own is not None and other is not None]
        own_mean, other_mean = (mean([pair[side] for pair in pairs]) for side in (0, 1))
        emit(
            **shared,
            value=mean(ours),
            peer=peer,
            peer_value=mean(theirs),
            peer_unsolved=theirs.count(None),
            ratio=None if not pairs else round((100 + other_mean) / (100 + own_mean), 4),
        )


def own_routes(instance: Instance, seconds: float, seed: int) -> list[list[int]]:
    """Returns our routes; nothing when a visit is left out."""
    found = plan(read_solomon(instance.text, "dimacs"), Budget(seconds=seconds), seed=seed)
    if found.unassigned:
        return []
    return [[stop.visit + 1 for stop in route.stops if stop.visit is not None] for route in found.routes]


def peer_routes(peer: str, instance: Instance, seconds: float) -> list[list[int]]:
    """Returns a peer's routes; nothing when it has none in time."""
    command = [str(PEER_PYTHON), str(ROOT / "benchmarks" / "plan_peers.py"), peer]
    job = json.dumps({**instance.job, "seconds": seconds})
    try:
        done = subprocess.run(
            command, input=job, capture_output=True, text=True, check=True, timeout=6 * seconds + PEER_GRACE_S
        )
        routes: list[list[int]] = json.loads(done.stdout)["routes"]
    except (subprocess.SubprocessError, json.JSONDecodeError) as error:
        progress(f"{peer} failed on {instance.name}: {error}")
        return []
    return routes


def gap(instance: Instance, routes: list[list[int]]) -> float | None:
    """Checks routes against the instance and returns their gap; None when there are none."""
    if not routes:
        return None
    job = instance.job
    points, rows = job["points"], job["rows"]

    def way(a: int, b: int) -> int:
        (ax, ay), (bx, by) = points[a], points[b]
        return int(10 * ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 + 1e-9)

    assert sorted(stop for route in routes for stop in route) == list(range(1, len(rows))), "a visit is not served once"
    assert len(routes) <= job["vehicles"], "too many vehicles"
    total = 0
    for route in routes:
        assert sum(rows[stop][0] for stop in route) <= job["capacity"], "too much load"
        ready, at = rows[0][1], 0
        for stop in [*route, 0]:
            total += way(at, stop)
            start = max(ready + way(at, stop), rows[stop][1])
            assert start <= rows[stop][2], "late"
            ready, at = start + rows[stop][3], stop
    progress(f"{instance.name} {total / 10:.1f} best known {instance.best_known}")
    return (total / 10 / instance.best_known - 1) * 100


def static_technicians(options: argparse.Namespace) -> None:
    """Compares static technician days with the best published run of each, where that served everyone."""
    best: dict[str, float] = {}
    for row in rows_of("technician/trsp_static_reference.csv"):
        if row["unserved"] == "0":
            best[row["instance"]] = min(best.get(row["instance"], float("inf")), float(row["total_working_time"]))
    texts = files("technician/trsp_crew25.tar.xz")
    names = spread([name for name in sorted(texts) if Path(name).stem in best], options.sample)
    for seconds in options.seconds:
        gaps, missing = [], 0
        for name in names:
            problem = read(texts[name])
            found = plan(problem, Budget(seconds=seconds), seed=options.seed)
            missing += len(found.unassigned)
            gaps.append((found.cost / problem.cost_units / best[Path(name).stem] - 1) * 100)
            progress(f"{name} {gaps[-1]:+.2f}%")
        emit(
            bench="plan.trsp_gap_pct",
            size=100,
            budget_s=seconds,
            n=len(names),
            value=mean(gaps),
            unit="%",
            unserved=missing,
            peer="pALNS (published, up to 1000 s)",
            peer_value=0.0,
            ratio=round(100 / (100 + fmean(gaps)), 4),
        )


def dynamic_technicians(options: argparse.Namespace) -> None:
    """Plays dynamic days and compares them with the published runs on the same instances."""
    texts = files("technician/trsp_crew25.tar.xz")
    release_texts = files("technician/dtrsp_release_dates_odd.tar.xz")
    reference: dict[tuple[str, str, str], dict[str, str]] = {
        (row["instance"], row["dod_percent"], row["algorithm"]): row
        for row in rows_of("technician/dtrsp_reference.csv")
    }
    stems = sorted({Path(name).name.split("_rd_")[0] for name in release_texts if "_rd_" in name})
    for percent in DYNAMIC_PCT:
        played: list[tuple[str, Outcome]] = []
        for stem in spread(stems, options.sample):
            problem = read(texts[f"trsp_crew25/{stem}.txt"])
            known = releases(release_texts[f"dtrsp/{stem}_rd_{percent}.txt"], problem.units)
            each = Budget(iterations=options.decision_iterations)
            if options.decision_iterations is None:
                each = Budget(seconds=DECISION_S)
            first = Budget(seconds=options.first_seconds)
            outcome = Day(problem, known, first=first, each=each, patience=options.patience).run()
            progress(f"{stem} {percent}% rejected {outcome.rejected} working time {outcome.working_time:.0f}")
            played.append((stem, outcome))
        report_days(percent, played, reference)


def report_days(
    percent: int, played: list[tuple[str, Outcome]], reference: dict[tuple[str, str, str], dict[str, str]]
) -> None:
    """Prints both readings of one level of dynamism."""
    outcomes = [outcome for _, outcome in played]
    walls = sorted(each for outcome in outcomes for each in outcome.decision_ms)
    cpus = sorted(each for outcome in outcomes for each in outcome.decision_cpu_ms)
    shared = {
        "dynamic_pct": percent,
        "n": len(played),
        "decision_p99_ms": round(walls[int(len(walls) * 0.99)], 1),
        "decision_cpu_p99_ms": round(cpus[int(len(cpus) * 0.99)], 1),
    }
    rejected = fmean(outcome.rejected for outcome in outcomes)
    served = [outcome.requests - outcome.rejected for outcome in outcomes]
    working = fmean(outcome.working_time for outcome in outcomes)
    a_request = fmean(outcome.working_time / count for outcome, count in zip(outcomes, served, strict=True))
    executed = fmean(outcome.executed_time for outcome in outcomes)
    for algorithm in ("pALNS", "regret-3"):
        rows = [reference.get((stem, str(percent), algorithm)) for stem, _ in played]
        if None in rows:
            emit(bench="plan.dtrsp_rejected", **shared, value=round(rejected, 3), peer=algorithm, note="missing")
            continue
        theirs = fmean(float(row["rejected"]) for row in rows if row)
        emit(
            bench="plan.dtrsp_rejected",
            **shared,
            value=round(rejected, 3),
            unit="requests",
            peer=f"{algorithm} (published)",
            peer_value=round(theirs, 3),
            ratio=round(theirs / rejected, 2) if rejected else None,
        )
    rows = [reference[stem, str(percent), "pALNS"] for stem, _ in played]
    theirs = fmean(float(row["total_working_time"]) for row in rows)
    counts = [outcome.requests - int(row["rejected"]) for (_, outcome), row in zip(played, rows, strict=True)]
    their_request = fmean(float(row["total_working_time"]) / count for row, count in zip(rows, counts, strict=True))
    emit(
        bench="plan.dtrsp_working_time",
        **shared,
        value=round(working, 1),
        unit="instance time",
        executed=round(executed, 1),
        a_served_request=round(a_request, 2),
        peer="pALNS (published)",
        peer_value=round(theirs, 1),
        peer_a_served_request=round(their_request, 2),
        ratio=round(their_request / a_request, 4),
    )


def published(group: str) -> Iterator[Instance]:
    """Yields the instances of a group by name, with their best known distance."""
    best = {row["instance"].upper(): float(row["cost_1decimal_trunc"]) for row in best_rows()}
    texts = files(ARCHIVE)
    for name in sorted(texts):
        stem = Path(name).stem.upper()
        if Path(name).parent.name == FOLDERS[group] and stem in best:
            yield Instance(stem, texts[name], best[stem])


def best_rows() -> Iterable[dict[str, str]]:
    """Returns the best known distances in tenths."""
    return rows_of("vrptw/bks_cvrplib_dimacs_1decimal.csv")


def rows_of(path: str) -> list[dict[str, str]]:
    """Returns the rows of a table under the data folder."""
    with (DATA / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def files(archive: str) -> dict[str, str]:
    """Returns the text files of an archive by name."""
    with tarfile.open(DATA / archive) as tar:
        opened = ((member.name, tar.extractfile(member)) for member in tar.getmembers())
        return {name.removeprefix("./"): file.read().decode() for name, file in opened if file is not None}


def spread(items: Sequence[T], count: int | None) -> list[T]:
    """Returns `count` items at even distances; all of them without a count."""
    if count is None or count >= len(items):
        return list(items)
    return [items[position * len(items) // count] for position in range(count)]


def mean(gaps: Sequence[float | None]) -> float | None:
    """Returns the mean of the gaps there are."""
    there = [each for each in gaps if each is not None]
    return round(fmean(there), 3) if there else None


def worst(gaps: Sequence[float | None]) -> float | None:
    """Returns the largest of the gaps there are."""
    return max((round(each, 3) for each in gaps if each is not None), default=None)


def emit(**line: object) -> None:
    """Prints one result."""
    print(json.dumps(line), flush=True)


def progress(text: str) -> None:
    """Says what has been done."""
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Measure the stand-alone solver.")
    parser.add_argument("--groups", nargs="+", default=["solomon", "gh1000", "trsp", "dtrsp"])
    parser.add_argument("--seconds", nargs="+", type=float, default=[1.0, 10.0], help="search times")
    parser.add_argument("--sample", type=int, help="instances a group, evenly spread (default: all)")
    parser.add_argument("--peers", nargs="*", default=list(PEERS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--patience", type=float, default=0.0, help="dynamic days: 0 leaves early, 1 at the last moment"
    )
    parser.add_argument("--first-seconds", type=float, default=10.0, help="dynamic days: plan before the day")
    parser.add_argument(
        "--decision-iterations", type=int, help="dynamic days: iterations instead of time, for a busy machine"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
