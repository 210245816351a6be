"""One whole comparison: the day with the server, the same day with the baseline, and the summary of both."""

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from pydispatch_cli.simulate import metrics, report
from pydispatch_cli.simulate.baseline import NearestFree
from pydispatch_cli.simulate.driver import Run
from pydispatch_cli.simulate.ledger import Ledger
from pydispatch_cli.simulate.link import Link
from pydispatch_cli.simulate.remote import Remote
from pydispatch_cli.simulate.server_process import ServerProcess
from pydispatch_cli.simulate.world import Day


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How a day is played.

    Attributes:
        out: Folder for summary.json and the server's files.
        step_s: Simulated seconds of one step.
        tick_s: Simulated seconds between two looks of the planner at the whole plan.
        speed: Most simulated seconds in a second of wall time, 0 for as fast as it goes.
        kill_at_s: When to kill the server, epoch seconds of the simulated day; None for never.
    """

    out: Path
    step_s: int
    tick_s: int
    speed: float = 0.0
    kill_at_s: int | None = None


def play(day: Day, settings: SessionSettings, console: Console) -> dict[str, Any]:
    """Plays a day with the server and with the baseline, writes summary.json and returns it.

    Raises:
        ServerFailed: The server did not start, or died by itself.
        KeyboardInterrupt: Somebody stopped it; the server is gone.
    """
    return asyncio.run(_play(day, settings, console))


async def _play(day: Day, settings: SessionSettings, console: Console) -> dict[str, Any]:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    settings.out.mkdir(parents=True, exist_ok=True)
    server = ServerProcess(settings.out / "server", settings.tick_s)
    try:
        await server.start(day.start_s)
        ours, edge, wall_s = await _play_ours(day, settings, server, console)
    finally:
        server.stop()
    baseline = await _play_baseline(day, settings)
    summary: dict[str, Any] = {
        "scenario": day.display_name,
        "seed": day.seed,
        "technicians": len(day.technicians),
        "step_s": settings.step_s,
        "notes": list(day.notes),
        "wall_s": round(wall_s, 1),
        **edge,
        "ours": metrics.figures(ours),
        "baseline": metrics.figures(baseline),
        "compared": metrics.compared(ours, baseline),
    }
    report.write_summary(settings.out / "summary.json", summary)
    report.print_summary(console, summary)
    return summary


async def _play_ours(
    day: Day, settings: SessionSettings, server: ServerProcess, console: Console
) -> tuple[Ledger, dict[str, Any], float]:
    async with Link(server.address) as link:
        remote = Remote(day, link, server, settings.kill_at_s)
        run = Run.of(day, settings.step_s)
        try:
            await remote.set_up()
            begin = time.monotonic()
            with report.Progress(console, run, remote, link) as progress:
                ledger = await run.play(remote, _paced(settings.speed, progress.step))
            wall_s = time.monotonic() - begin
            await remote.check()
            await remote.find_lost()
        finally:
            await remote.close()
        report.note_reasons(ledger, remote)
        return ledger, report.server_figures(remote, link, ledger, server.resident_mb()), wall_s


async def _play_baseline(day: Day, settings: SessionSettings) -> Ledger:
    run = Run.of(day, settings.step_s)
    return await run.play(NearestFree(day, run.fleet, run.ledger))


def _paced(speed: float, on_step: Callable[[Run], None]) -> Callable[[Run], None]:
    """Returns `on_step` followed by the pause that keeps to `speed`."""
    if speed <= 0:
        return on_step
    begin: list[tuple[float, int]] = []

    def step(run: Run) -> None:
        on_step(run)
        if not begin:
            begin.append((time.monotonic(), run.now_s))
        ahead_s = (run.now_s - begin[0][1]) / speed - (time.monotonic() - begin[0][0])
        if ahead_s > 0:
            time.sleep(ahead_s)

    return step
