"""What a person sees: live progress while the day passes, a table at the end, and summary.json for programs."""

import json
import time
from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from pydispatch_cli.simulate.driver import Run
from pydispatch_cli.simulate.ledger import Ledger, Outcome
from pydispatch_cli.simulate.link import Link
from pydispatch_cli.simulate.metrics import Spread
from pydispatch_cli.simulate.remote import Remote

REFRESH_S = 0.5
PLAIN_INTERVAL_S = 3600
RECENT = 500

ROWS = (
    ("visits completed", ("visits", "completed"), "{:,.0f}"),
    ("visits unserved", ("visits", "unserved"), "{:,.0f}"),
    ("visits cancelled", ("visits", "cancelled"), "{:,.0f}"),
    ("response, mean s", ("response_time_now_s", "mean"), "{:,.0f}"),
    ("response, median s", ("response_time_now_s", "p50"), "{:,.0f}"),
    ("urgent: request to departure, mean s", ("urgent_response_s", "mean"), "{:,.0f}"),
    ("request to arrival, mean s", ("arrival_time_s", "mean"), "{:,.0f}"),
    ("request to arrival, median s", ("arrival_time_s", "p50"), "{:,.0f}"),
    ("request to arrival, p90 s", ("arrival_time_s", "p90"), "{:,.0f}"),
    ("late visits", ("late_share",), "{:.1%}"),
    ("utilisation", ("utilisation",), "{:.1%}"),
    ("idle running", ("idle_running",), "{:.1%}"),
    ("idle running but roaming", ("dispatched_idle_running",), "{:.1%}"),
    ("travel per visit, s", ("travel_per_visit_s",), "{:,.0f}"),
    ("cost per visit", ("cost_per_visit_milli",), "{:,.0f}"),
)


class Progress:
    """Live progress of our side of a run.

    Args:
        console: Where to draw; without a terminal one line an hour of simulated time is printed.
        run: The world.
        remote: The server's side.
        link: Latencies.
    """

    def __init__(self, console: Console, run: Run, remote: Remote, link: Link) -> None:
        self._console = console
        self._run = run
        self._remote = remote
        self._link = link
        self._begun = time.monotonic()
        self._drawn = 0.0
        self._next_plain_s = run.day.start_s + PLAIN_INTERVAL_S
        self._recent: deque[tuple[float, int, int]] = deque(maxlen=40)
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None

    def __enter__(self) -> "Progress":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def step(self, run: Run) -> None:
        """Draws when it is time to."""
        now = time.monotonic()
        if self._live:
            if now - self._drawn >= REFRESH_S:
                self._drawn = now
                self._live.update(self._table(now), refresh=True)
        elif run.now_s >= self._next_plain_s:
            self._next_plain_s += PLAIN_INTERVAL_S
            facts = self._facts(now)
            self._console.print("  ".join(f"{name} {value}" for name, value in facts.items()), soft_wrap=True)

    def _table(self, now: float) -> Table:
        table = Table(title=f"{self._run.day.display_name}, live", show_header=False, min_width=60)
        table.add_column(style="dim")
        table.add_column(justify="right")
        for name, value in self._facts(now).items():
            table.add_row(name, value)
        return table

    def _facts(self, now: float) -> dict[str, str]:
        run, states = self._run, self._remote.planbook.count_by_state()
        calls = sum(len(values) for values in self._link.latencies_ms.values())
        self._recent.append((now, self._remote.seen.fix_count, calls))
        (begin, fixes, begun_calls), span = self._recent[0], max(now - self._recent[0][0], 1e-9)
        latest = Spread.of(self._link.latencies_ms["CreateBooking"][-RECENT:])
        local = datetime.fromtimestamp(run.now_s + run.day.travel.utc_offset_s, UTC)
        late = sum(
            record.started_s is None and record.cancelled_s is None and record.call.due_s < run.now_s
            for record in run.ledger.visits.values()
        )
        return {
            "time": f"{local:%H:%M}",
            "speed": f"{(run.now_s - run.day.start_s) / max(now - self._begun, 1e-9):,.0f}x",
            "fixes/s": f"{(self._remote.seen.fix_count - fixes) / span:,.0f}" if now > begin else "-",
            "calls/s": f"{(calls - begun_calls) / span:,.0f}" if now > begin else "-",
            "booking p50/p99": f"{latest.p50:.1f}/{latest.p99:.1f} ms",
            "unassigned": f"{states['UNASSIGNED']}",
            "assigned": f"{states['PLANNED'] + states['ACCEPTED']}",
            "on the way": f"{states['EN_ROUTE']}",
            "at work": f"{states['ARRIVED'] + states['IN_SERVICE']}",
            "done": f"{states['COMPLETED']}",
            "late": f"{late}",
            "violations": f"{self._remote.seen.violation_count}",
        }


def note_reasons(ledger: Ledger, remote: Remote) -> None:
    """Writes the server's reason to every visit that was not made."""
    for call_id, record in ledger.visits.items():
        if record.outcome is Outcome.UNSERVED:
            known = remote.planbook.visits.get(call_id)
            record.unserved_reason = known.reason if known else "unknown to the server"


def server_figures(remote: Remote, link: Link, ledger: Ledger, server_mb: float) -> dict[str, Any]:
    """Returns what was measured at the server's edge, for summary.json."""
    seen = remote.seen
    counts = remote.uplink.counts
    return {
        "fixes": {"sent": seen.fix_count, **{name: counts[name] for name in sorted(counts)}},
        "decision_latency_ms": Spread.of(link.latencies_ms["CreateBooking"]).as_json(3),
        "latency_ms": {
            **{name: Spread.of(values).as_json(3) for name, values in sorted(link.latencies_ms.items())},
            "StreamLocations": Spread.of(remote.uplink.latencies_ms).as_json(3),
        },
        "checker_violations": seen.violation_count,
        "checks": seen.check_count,
        "violations": seen.violations,
        "double_bookings": ledger.double_booking_count,
        "disruptions": seen.disruptions,
        "moved_visits_per_disruption": round(seen.moved / seen.disruptions, 4) if seen.disruptions else 0.0,
        "reassignments": remote.planbook.move_count,
        "refusals": dict(Counter(link.refusals).most_common(20)),
        "retries": link.retries,
        "server_kills": seen.kills,
        "acknowledged_bookings": len(seen.acknowledged),
        "lost_bookings": seen.lost,
        "server_resident_mb": round(server_mb, 1),
    }


def write_summary(path: Path, summary: Mapping[str, Any]) -> None:
    """Writes summary.json."""
    path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")


def print_summary(console: Console, summary: Mapping[str, Any]) -> None:
    """Prints the figures of both sides next to each other, and those of the server below."""
    table = Table(title=summary["scenario"])
    table.add_column("figure")
    table.add_column("ours", justify="right")
    table.add_column("nearest free", justify="right")
    for title, keys, form in ROWS:
        table.add_row(title, *(form.format(_at(summary[side], keys)) for side in ("ours", "baseline")))
    console.print(table)
    latency = summary["decision_latency_ms"]
    console.print(
        f"{summary['fixes']['sent']:,} fixes; decisions in {latency['p50']:.1f} ms, at p99 {latency['p99']:.1f} ms; "
        f"{summary['moved_visits_per_disruption']:.2f} visits moved per disruption; "
        f"{summary['checker_violations']} violations in {summary['checks']} checks; "
        f"{summary['double_bookings']} double bookings; {summary['wall_s']:.0f} s for a day."
    )
    ratios = summary["compared"]
    console.print(
        f"Mean arrival {ratios['arrival_time_mean_ratio_completed_by_both']:.2f} times and mean response "
        f"{ratios['response_time_now_mean_ratio_completed_by_both']:.2f} times as fast as nearest free, "
        f"on the {ratios['completed_by_both']:,} visits both completed."
    )
    for line in (*summary["violations"], *summary["lost_bookings"][:5]):
        console.print(f"[red]{line}[/red]")


def _at(figures: Mapping[str, Any], keys: tuple[str, ...]) -> float:
    value: Any = figures
    for key in keys:
        value = value[key]
    return float(value)
