"""Plays seeds of faults: `make simulate-faults SEEDS=10000`, or one again: `make simulate-faults SEED=17`.

The real owner, commands, recovery, store and engine run in this process on a simulated clock and event loop; nothing
but the seed decides what goes wrong. The last line on stdout is one JSON object with the counts; the exit code is 1
when an invariant is broken, and stderr says which, with the story of the seed.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator

import structlog

from tests.faults.invariants import Broken
from tests.faults.loop import SimulatedLoop, Stuck
from tests.faults.town import Town
from tests.faults.world import World

# Stories told in full; a defect that breaks every seed needs no more.
MAX_STORIES = 3


class Simulation:
    """Plays one seed after the other in one event loop."""

    def __init__(self) -> None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self._loop = SimulatedLoop()
        self._town = Town()
        self._loop.run_until_complete(self._town.found())
        self.counts: Counter[str] = Counter()
        self.broken: dict[int, str] = {}

    def play(self, seed: int) -> list[str]:
        """Plays one seed and returns its story."""
        self._town.begin_again()
        world = World(self._town, seed)
        try:
            self._loop.run_until_complete(world.play())
        except (Broken, Stuck) as error:
            self.broken[seed] = f"{type(error).__name__}: {error}"
            world.story.append(self.broken[seed])
        finally:
            self._loop.run_until_complete(world.close())
        self.counts += world.counts
        self.counts += world.faults.counts
        self.counts["seeds"] += 1
        return world.story

    def figures(self) -> dict[str, int]:
        """Returns the counts, the broken seeds last."""
        counts = {name.replace(" ", "_"): count for name, count in sorted(self.counts.items())}
        return {"seeds": counts.pop("seeds", 0), **counts, "broken_invariants": len(self.broken)}

    def close(self) -> None:
        self._town.close()
        self._loop.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int, help="play this one alone and tell its story")
    given = parser.parse_args()
    seeds = [given.seed] if given.seed is not None else range(given.first, given.first + given.seeds)
    simulation, begin_s = Simulation(), time.process_time()
    for seed in _until_interrupted(seeds):
        story = simulation.play(seed)
        if given.seed is not None or (seed in simulation.broken and len(simulation.broken) <= MAX_STORIES):
            sys.stderr.write("\n".join([f"seed {seed}", *story, ""]))
    per_s = round(simulation.counts["seeds"] / (time.process_time() - begin_s), 1)
    simulation.close()
    sys.stdout.write(json.dumps({**simulation.figures(), "seeds_per_s": per_s}) + "\n")
    return 1 if simulation.broken else 0


def _until_interrupted(seeds: Iterable[int]) -> Iterator[int]:
    """Yields seeds until somebody presses Ctrl-C: the seed being played is finished, and what was seen is told."""
    stops: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: stops.append(number))
    for seed in seeds:
        if stops:
            return
        yield seed


if __name__ == "__main__":
    sys.exit(main())
