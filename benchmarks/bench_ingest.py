"""Measures fixes over gRPC into a real server's index: `make bench-ingest`. One JSON object a line on stdout.

ingest.grpc_1x500, ingest.grpc_20x50: fixes a second of the server's processor time, from one stream of 500-fix batches
    and from 20 streams of 50-fix batches, with what the wall said beside (`wall_per_s`).
ingest.fix_to_searchable_p99_ms: from when a batch was due to its acknowledgement, after which every search sees it, at
    20,000 fixes and 200 searches a second.
ingest.streams5000_core_pct: share of one core that 5,000 open streams cost, each with a batch every 4 s.

Peer: `raw-identity`, a server that takes the same bytes on the same transport and only answers them: the ceiling. Both
are measured in turns by the same generator in a process of its own; the best turn of each counts.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydispatch_client import DispatchClient
from pydispatch_client import messages as m
from pydispatch_client import names as resource_names

from benchmarks.ingest_fixes import CENTER_LAT_DEG, CENTER_LON_DEG, technician_id

ROOT = Path(__file__).resolve().parent.parent
TECHNICIANS = 10_000
READY_WITHIN_S = 60.0
GROUPS = ("rate", "latency", "streams")
STREAMS = 5_000
STREAM_EVERY_S = 4.0
CONNECTIONS = 100


def say(text: str) -> None:
    """Tells progress."""
    print(text, file=sys.stderr, flush=True)


class Server:
    """A server process, ours or the ceiling."""

    def __init__(self, command: list[str], port_file: Path) -> None:
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline_s = time.monotonic() + READY_WITHIN_S
        while not port_file.exists() or not port_file.read_text().endswith("\n"):
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise SystemExit("bench_ingest: a server did not start")
            time.sleep(0.02)
        self.address = f"127.0.0.1:{port_file.read_text().strip()}"
        self.pid = self._process.pid

    def stop(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()


@contextmanager
def servers(folder: Path, *names: str) -> Iterator[dict[str, Server]]:
    """Runs the servers of these names; ours knows its technicians."""
    port, ceiling_port = folder / "port", folder / "ceiling-port"
    ours = [
        *(sys.executable, "-m", "pydispatch_server", "--listen", "127.0.0.1:0", "--port-file", str(port)),
        *("--database-url", f"sqlite:///{folder}/records.db", "--log-level", "error"),
    ]
    ceiling = [sys.executable, "-m", "benchmarks.ingest_ceiling", str(ceiling_port)]
    ways = {"pydispatch": (ours, port), "raw-identity": (ceiling, ceiling_port)}
    running: dict[str, Server] = {}
    try:
        for name in names:
            running[name] = Server(*ways[name])
        create_technicians(running["pydispatch"].address)
        yield running
    finally:
        for server in running.values():
            server.stop()


def create_technicians(address: str) -> None:
    """Makes whom the fixes are about."""
    say(f"{TECHNICIANS} technicians")
    now = datetime.datetime.now(datetime.UTC)
    window = m.TimeWindow(start_time=now, end_time=now + datetime.timedelta(hours=8))
    home = m.LatLng(lat_deg=CENTER_LAT_DEG, lon_deg=CENTER_LON_DEG)
    technician = m.Technician(home_location=home, shifts=[m.Shift(window=window)])
    with DispatchClient(address) as client:
        client.wait_until_ready(READY_WITHIN_S)
        for first in range(0, TECHNICIANS, 1000):
            chunk = {technician_id(number): technician for number in range(first, first + 1000)}
            client.technicians.batch_create(resource_names.region("default"), chunk, timeout_s=120)


def generate(server: Server, is_ceiling: bool, **job: Any) -> dict[str, float]:
    """Lets a generator work and returns what it measured."""
    job |= {"address": server.address, "pid": server.pid, "is_ceiling": is_ceiling}
    command = [sys.executable, "-m", "benchmarks.ingest_load", json.dumps(job)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def in_turns(running: dict[str, Server], rounds: int, **job: Any) -> dict[str, list[dict[str, float]]]:
    """Lets both servers take turns and returns what was measured of each."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in running}
    for _ in range(rounds):
        for name, server in running.items():
            taken[name].append(generate(server, name != "pydispatch", **job))
            say(f"{job['mode']} {job['streams']}x{job['batch_fixes']} {name}: {json.dumps(taken[name][-1])}")
    return taken


def report(bench: str, value: float, unit: str, peer_value: float, *, is_less_better: bool, **more: float) -> None:
    """Prints one line."""
    ratio = peer_value / value if is_less_better else value / peer_value
    line = {"bench": bench, "n": TECHNICIANS, "value": round(value, 3), "unit": unit, "peer": "raw-identity"}
    line |= {"peer_value": round(peer_value, 3), "ratio": round(ratio, 3)}
    print(json.dumps(line | {name: round(number, 3) for name, number in more.items()}), flush=True)


def bench_rate(running: dict[str, Server], rounds: int, seconds: float) -> None:
    """Measures how many fixes a server takes."""
    for streams, batch_fixes, technicians in ((1, 500, TECHNICIANS), (20, 50, 2_000)):
        taken = in_turns(
            running,
            rounds,
            mode="saturate",
            streams=streams,
            batch_fixes=batch_fixes,
            technicians=technicians,
            seconds=seconds,
        )
        fixes = lambda turn, by: turn["batches"] * batch_fixes / turn[by]  # noqa: B023, E731 - used in this round only
        core = {name: max(fixes(turn, "server_s") for turn in turns) for name, turns in taken.items()}
        wall = {name: max(fixes(turn, "wall_s") for turn in turns) for name, turns in taken.items()}
        report(
            f"ingest.grpc_{streams}x{batch_fixes}",
            core["pydispatch"],
            "fixes/core-s",
            core["raw-identity"],
            is_less_better=False,
            wall_per_s=wall["pydispatch"],
            peer_wall_per_s=wall["raw-identity"],
            batches_per_answer=max(turn["batches"] / turn["answers"] for turn in taken["pydispatch"]),
        )


def bench_latency(running: dict[str, Server], rounds: int, seconds: float) -> None:
    """Measures how long a fix takes to become searchable."""
    job = {"mode": "pace", "streams": 20, "batch_fixes": 100, "technicians": TECHNICIANS, "rate": 200, "searches": 200}
    taken = in_turns(running, rounds, seconds=seconds, **job)
    best = {name: min(turns, key=lambda turn: turn["fix_p99_ms"]) for name, turns in taken.items()}
    ours = best["pydispatch"]
    report(
        "ingest.fix_to_searchable_p99_ms",
        ours["fix_p99_ms"],
        "ms",
        best["raw-identity"]["fix_p99_ms"],
        is_less_better=True,
        lost=ours["lost"],
        p50_ms=ours["fix_p50_ms"],
        search_p99_ms=ours["search_p99_ms"],
        late_p99_ms=ours["late_p99_ms"],
        core_pct=100 * ours["server_s"] / ours["wall_s"],
    )


def bench_streams(running: dict[str, Server], rounds: int, seconds: float) -> None:
    """Measures what many open streams cost."""
    job = {"mode": "hold", "streams": STREAMS, "batch_fixes": 2, "technicians": TECHNICIANS, "rate": STREAM_EVERY_S}
    taken = in_turns(running, rounds, seconds=seconds, connections=CONNECTIONS, **job)
    core_pct = {name: min(100 * turn["server_s"] / turn["wall_s"] for turn in turns) for name, turns in taken.items()}
    report(
        f"ingest.streams{STREAMS}_core_pct",
        core_pct["pydispatch"],
        "%",
        core_pct["raw-identity"],
        is_less_better=True,
        failed=max(turn["failed"] for turn in taken["pydispatch"]),
        batches_per_s=max(turn["batches"] / turn["wall_s"] for turn in taken["pydispatch"]),
    )


def main() -> None:
    """Measures the groups asked for."""
    parser = argparse.ArgumentParser(prog="make bench-ingest")
    parser.add_argument("--groups", nargs="+", default=GROUPS, choices=GROUPS)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server")
    parser.add_argument("--seconds", type=float, default=3.0, help="measured window of a turn")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), "pydispatch", "raw-identity") as running:
        if "rate" in asked.groups:
            bench_rate(running, asked.rounds, asked.seconds)
        if "latency" in asked.groups:
            bench_latency(running, max(1, asked.rounds // 2), 3 * asked.seconds)
        if "streams" in asked.groups:
            bench_streams(running, max(1, asked.rounds // 3), 4 * asked.seconds)


if __name__ == "__main__":
    main()
