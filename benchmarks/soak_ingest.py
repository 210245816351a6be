"""Soaks a real server: 20,000 fixes and 200 searches a second for as long as asked: `make soak MINUTES=60`.

The last line on stdout is one JSON object: minutes, fixes sent, acknowledgements lost, and by how many MB a minute the
server's memory grew, as the slope of a line through its samples once it has warmed up. The exit code is 1 when an
acknowledgement was lost or memory grew by 1 MB a minute or more.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.bench_ingest import TECHNICIANS, Server, say, servers
from benchmarks.ingest_load import Job

MAX_MINUTES = 24 * 60
SAMPLE_EVERY_S = 5.0
TELL_EVERY_S = 60.0
# Memory is not judged before: buffers and pools reach their size. At most this, and at most that share of the soak.
WARM_UP_S = 300.0
WARM_UP_SHARE = 0.4
MAX_GROWTH_MB_PER_MIN = 1.0
MB = 1_000_000


def soak(server: Server, minutes: float) -> dict[str, float]:
    """Lets the generator work and watches the server's memory; returns what is to be told."""
    seconds = minutes * 60
    job = Job(
        mode="pace",
        address=server.address,
        pid=server.pid,
        is_ceiling=False,
        streams=20,
        batch_fixes=100,
        technicians=TECHNICIANS,
        seconds=seconds,
        rate=200.0,
        searches=200.0,
        connections=1,
    )
    process, begin_s, samples = psutil.Process(server.pid), time.monotonic(), []
    command = [sys.executable, "-m", "benchmarks.ingest_load", json.dumps(job)]
    tell_at_s = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as generator:
        while generator.poll() is None:
            passed_s = time.monotonic() - begin_s
            samples.append((passed_s, process.memory_info().rss / MB))
            if passed_s >= tell_at_s:
                say(f"{passed_s / 60:.1f} min  {samples[-1][1]:.1f} MB")
                tell_at_s += TELL_EVERY_S
            time.sleep(SAMPLE_EVERY_S)
        assert generator.stdout is not None
        told = generator.stdout.read()
    if generator.returncode:
        raise SystemExit("soak: the generator failed")
    measured = json.loads(told)
    judged = [sample for sample in samples if sample[0] >= min(WARM_UP_S, WARM_UP_SHARE * seconds)]
    slope, _ = statistics.linear_regression([at_s / 60 for at_s, _ in judged], [rss for _, rss in judged])
    return {
        "minutes": round(measured["wall_s"] / 60, 2),
        "fixes": int(measured["applied"]),
        "acks_lost": int(measured["lost"]),
        "rss_growth_mb_per_min": round(slope, 3),
        "rss_mb": round(judged[-1][1], 1),
        "fix_p99_ms": round(measured["fix_p99_ms"], 2),
        "search_p99_ms": round(measured["search_p99_ms"], 2),
        "core_pct": round(100 * measured["server_s"] / measured["wall_s"], 1),
    }


def main() -> int:
    """Soaks and judges."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    if not 0.2 <= minutes <= MAX_MINUTES:
        parser.error(f"minutes must be 0.2 to {MAX_MINUTES}")
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), "pydispatch") as running:
        told = soak(running["pydispatch"], minutes)
    print(json.dumps({"bench": "ingest.soak"} | told))
    return int(told["acks_lost"] > 0 or told["rss_growth_mb_per_min"] >= MAX_GROWTH_MB_PER_MIN)


if __name__ == "__main__":
    sys.exit(main())
