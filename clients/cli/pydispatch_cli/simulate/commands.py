"""The two commands of the simulation: `pydispatch demo` and `pydispatch replay`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pydispatch_cli.simulate.city import CLOSING_HOUR, CitySettings, build_city
from pydispatch_cli.simulate.errors import BadInput, SimulationError
from pydispatch_cli.simulate.scenario import SCENARIOS, ReplaySettings, build_day, load_mapping
from pydispatch_cli.simulate.session import SessionSettings, play
from pydispatch_cli.simulate.world import Day

DEMO_STEP_S = 30
DEMO_TICK_S = 60
REPLAY_STEP_S = 15
INTERRUPTED = 130

SpeedOption = Annotated[
    float, typer.Option(min=0, help="Most simulated seconds in one second of wall time; 0 goes as fast as it can.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Same seed, same day.")]


def demo(
    out: Annotated[Path, typer.Option(help="Folder for summary.json and the server's files.")] = Path("out/demo"),
    technicians: Annotated[int, typer.Option(min=10, max=20_000, help="Technicians of the city.")] = 2000,
    seed: SeedOption = 1,
    speed: SpeedOption = 0.0,
    hours: Annotated[str, typer.Option(help="First and last hour of the day, such as 8-12.")] = f"6-{CLOSING_HOUR}",
    batch_visits: Annotated[int, typer.Option(min=0, max=10_000, help="Visits of the enterprise batch.")] = 300,
    step_s: Annotated[int, typer.Option(min=5, max=60, help="Simulated seconds of one step.")] = DEMO_STEP_S,
) -> None:
    """Starts a server and lets it dispatch one day of a synthetic city, beside a plain baseline."""
    console = Console()
    try:
        city = CitySettings(technicians=technicians, seed=seed, hours=_hours(hours), batch_visits=batch_visits)
        summary = play(build_city(city), SessionSettings(out, step_s, max(step_s, DEMO_TICK_S), speed), console)
    except SimulationError as error:
        raise _failure(console, error) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(INTERRUPTED) from error
    _finish(console, out, summary)


def replay(
    data: Annotated[Path, typer.Option(help="Folder with the recorded files.", exists=True, file_okay=False)],
    scenario: Annotated[str, typer.Option(help=f"{', '.join(SCENARIOS)}, or a mapping file (.toml).")],
    out: Annotated[Path, typer.Option(help="Folder for summary.json and the server's files.")] = Path("out/replay"),
    date: Annotated[str | None, typer.Option(help="Local day of the calls, such as 2018-02-07.")] = None,
    trace_date: Annotated[str | None, typer.Option(help="Local day of the traces.")] = None,
    technicians: Annotated[int | None, typer.Option(min=1, help="Vehicles taken from the traces.")] = None,
    seed: SeedOption = 1,
    speed: SpeedOption = 0.0,
    step_s: Annotated[int, typer.Option(min=5, max=60, help="Simulated seconds of one step.")] = REPLAY_STEP_S,
    chaos_kill_at: Annotated[
        str | None, typer.Option(help="Local time, such as 10:30, at which the server is killed and started again.")
    ] = None,
) -> None:
    """Starts a server and lets it dispatch recorded calls to vehicles on recorded traces, beside a plain baseline."""
    console = Console()
    try:
        day = build_day(load_mapping(scenario), ReplaySettings(data, date, trace_date, technicians, seed))
        kill_at_s = _at_local_time(day, chaos_kill_at) if chaos_kill_at else None
        summary = play(day, SessionSettings(out, step_s, step_s, speed, kill_at_s), console)
    except SimulationError as error:
        raise _failure(console, error) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(INTERRUPTED) from error
    _finish(console, out, summary)


def _finish(console: Console, out: Path, summary: dict[str, Any]) -> None:
    """Says where the figures are; ends with 1 when the plan was ever wrong or a booking was lost."""
    console.print(f"Figures in {out / 'summary.json'}")
    if summary["checker_violations"] or summary["double_bookings"] or summary["lost_bookings"]:
        raise typer.Exit(1)


def _failure(console: Console, error: SimulationError) -> typer.Exit:
    console.print(str(error), style="red", markup=False)
    return typer.Exit(2)


def _hours(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 <= int(first) < int(last) <= 24):
        raise BadInput(f"{text!r} is not a pair of hours such as 8-12")
    return int(first), int(last)


def _at_local_time(day: Day, text: str) -> int:
    try:
        at = datetime.strptime(text, "%H:%M")  # noqa: DTZ007 (a time of day has no zone)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a time such as 10:30") from error
    midnight_s = (day.start_s + day.travel.utc_offset_s) // 86_400 * 86_400 - day.travel.utc_offset_s
    return midnight_s + at.hour * 3600 + at.minute * 60
