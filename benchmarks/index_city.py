"""A clustered city of fixed seed, the same points, moves and queries for every contender of bench_index.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 20_240_229
NOW_MS = 1_750_000_000_000
CENTER_LAT_DEG, CENTER_LON_DEG = 37.77, -122.42
CLUSTERS = 40
CITY_DEG = 0.5
CLUSTER_DEG = 0.02
STEP_DEG = 0.000_5
QUERIES = 1 << 14
MOVES = 1 << 17

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class City:
    """Everything that is measured on.

    Attributes:
        lats: Latitudes of the technicians in degrees.
        lons: Longitudes in degrees.
        is_half: Whether a technician is of the half that `sel50` asks for.
        is_twentieth: Whether a technician is of the twentieth that `sel5` asks for.
        query_lats: Latitudes of places to search from.
        query_lons: Longitudes of places to search from.
        movers: Who moves, one after the other.
        move_lats: Where to.
        move_lons: Where to.
    """

    lats: Floats
    lons: Floats
    is_half: NDArray[np.bool_]
    is_twentieth: NDArray[np.bool_]
    query_lats: Floats
    query_lons: Floats
    movers: NDArray[np.uint32]
    move_lats: Floats
    move_lons: Floats

    def __len__(self) -> int:
        """Returns the number of technicians."""
        return len(self.lats)

    def allowed(self, selection: str | None) -> NDArray[np.bool_] | None:
        """Returns who counts under "sel50" or "sel5"; None means everybody."""
        return {None: None, "sel50": self.is_half, "sel5": self.is_twentieth}[selection]


def strewn(rng: np.random.Generator, centers: Floats, n: int) -> tuple[Floats, Floats]:
    """Strews n places: nine tenths around the centres, the rest anywhere."""
    around = centers[rng.integers(0, CLUSTERS, n)] + rng.normal(0, CLUSTER_DEG, (n, 2))
    anywhere = rng.uniform(-CITY_DEG, CITY_DEG, (n, 2))
    places = np.where(rng.random((n, 1)) < 0.9, around, anywhere)
    return CENTER_LAT_DEG + places[:, 0], CENTER_LON_DEG + places[:, 1]


def build(n: int, seed: int = SEED) -> City:
    """Builds the city of n technicians."""
    rng = np.random.default_rng(seed)
    centers = rng.uniform(-CITY_DEG, CITY_DEG, (CLUSTERS, 2))
    lats, lons = strewn(rng, centers, n)
    query_lats, query_lons = strewn(rng, centers, QUERIES)
    movers = rng.integers(0, n, MOVES).astype(np.uint32)
    steps = rng.normal(0, STEP_DEG, (2, MOVES))
    return City(
        lats=lats,
        lons=lons,
        is_half=rng.random(n) < 0.5,
        is_twentieth=rng.random(n) < 0.05,
        query_lats=query_lats,
        query_lons=query_lons,
        movers=movers,
        move_lats=lats[movers] + steps[0],
        move_lons=lons[movers] + steps[1],
    )
