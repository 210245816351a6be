"""`python -m pydispatch.solve FILE`: reads a public instance, plans it, prints the plan as JSON.

The plan goes to standard output (or `--output`), a one-line summary to standard error. Exit status 2: the file is in
no format known here, or asks for what the solver cannot do.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydispatch.drawing import page
from pydispatch.errors import InvalidRequest
from pydispatch.importers import FORMATS, load
from pydispatch.planning import Budget, Plan, plan
from pydispatch.problem import Problem

__all__ = ["as_json", "main"]

_DEFAULT_SECONDS = 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        problem = load(options.file, options.format)
        seconds = _DEFAULT_SECONDS if options.seconds is None and options.iterations is None else options.seconds
        found = plan(
            problem,
            Budget(seconds=seconds, iterations=options.iterations),
            seed=options.seed,
            fewest_technicians=options.fewest,
        )
    except (InvalidRequest, OSError) as error:
        sys.stderr.write(f"{options.file}: {error}\n")
        return 2
    text = json.dumps(as_json(problem, found), indent=1) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, encoding="utf-8")
    if options.plot is not None:
        options.plot.write_text(page(problem, found), encoding="utf-8")
    sys.stderr.write(_summary(problem, found) + "\n")
    return 0


def as_json(problem: Problem, found: Plan) -> dict[str, Any]:
    """Returns a plan in the source's own units, with its names."""

    def time(value: int) -> float:
        return value / problem.units

    def stop(visit: int | None, arrival: int, start: int, finish: int) -> dict[str, Any]:
        name = {"restock": True} if visit is None else {"visit": problem.visits[visit].name}
        return {**name, "arrival": time(arrival), "start": time(start), "finish": time(finish)}

    return {
        "problem": problem.name,
        "cost": found.cost / problem.cost_units,
        "unassigned": [problem.visits[visit].name for visit in found.unassigned],
        "iterations": found.iterations,
        "routes": [
            {
                "technician": problem.technicians[route.technician].name,
                "leave": time(route.leave),
                "stops": [stop(step.visit, step.arrival, step.start, step.finish) for step in route.stops],
                "back": time(route.back),
                "distance": time(route.distance),
                "travel": time(route.travel),
                "cost": route.cost / problem.cost_units,
            }
            for route in found.routes
        ],
    }


def _summary(problem: Problem, found: Plan) -> str:
    served = len(problem.visits) - len(found.unassigned)
    return (
        f"{problem.name}: {served} of {len(problem.visits)} visits on {len(found.routes)} routes, "
        f"cost {found.cost / problem.cost_units:g}, {found.iterations} iterations"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pydispatch.solve", description="Plan a public instance.")
    parser.add_argument("file", type=Path, help="instance to read")
    parser.add_argument("--format", choices=list(FORMATS), help="format of the file (default: found out)")
    parser.add_argument("--seconds", type=float, help=f"time to search (default: {_DEFAULT_SECONDS:g})")
    parser.add_argument("--iterations", type=int, help="iterations to search; alone, the run is reproducible")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start (default: 1)")
    parser.add_argument("--fewest", action="store_true", help="use as few technicians as possible, whatever that costs")
    parser.add_argument("--output", type=Path, help="where the plan goes (default: standard output)")
    parser.add_argument("--plot", type=Path, help="HTML file for a map of the routes and a Gantt chart")
    return parser


if __name__ == "__main__":
    sys.exit(main())
