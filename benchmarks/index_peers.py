"""What the live index is measured against: each peer used as its own documentation would have it used well.

A peer says what it cannot do by raising NotImplementedError from a method; that work is then reported as missing with
the sentence given. Places are scaled to a local plane where a peer knows no Earth.
"""

from __future__ import annotations

import math
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import h3
import numpy as np
import redis
import shapely
from index_city import CENTER_LAT_DEG, City
from rtree import index as rtree_index
from scipy.spatial import cKDTree

# Degrees of longitude shrink with latitude: on a plane of (lon * SHRINK, lat) the nearest are the nearest.
SHRINK = math.cos(math.radians(CENTER_LAT_DEG))
METRES_PER_DEGREE = 111_195.0
FIRST_FETCH = 4
SERVER_START_S = 10.0


class Peer:
    """One contender. `move` and `nearest` take indices into the city's arrays."""

    name: str
    works_elsewhere = False

    def __init__(self, city: City) -> None:
        self.city = city

    def move_one(self, number: int, lat: float, lon: float) -> None:
        """Moves one technician."""
        raise NotImplementedError

    def move_batch(self, numbers: Any, lats: Any, lons: Any) -> None:
        """Moves many technicians."""
        for number, lat, lon in zip(numbers.tolist(), lats.tolist(), lons.tolist(), strict=True):
            self.move_one(number, lat, lon)

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        """Finds the k nearest who count."""
        raise NotImplementedError

    def searcher(self, k: int, selection: str | None) -> Callable[[float, float], object]:
        """Returns the shortest call that finds the k nearest of a latitude and a longitude."""
        return lambda lat, lon: self.nearest(lat, lon, k, selection)

    def nearest_batch(self, lats: Any, lons: Any, k: int, selection: str | None) -> object:
        """Finds the k nearest of many places in one call."""
        raise NotImplementedError("has no call for many places at once")

    def close(self) -> None:
        """Gives back whatever was started."""

    def _filtered(self, fetch: Any, k: int, selection: str | None) -> list[int]:
        """Fetches more and more until k of them count: what one does with an index that has no filter."""
        allowed = self.city.allowed(selection)
        if allowed is None:
            return list(fetch(k))
        share = {"sel50": 2, "sel5": 20}[selection or "sel50"]
        wanted = k * share + FIRST_FETCH * share
        while True:
            found = [number for number in fetch(wanted) if allowed[number]]
            if len(found) >= k or wanted >= len(self.city):
                return found[:k]
            wanted *= 2


class Rtree(Peer):
    """libspatialindex through rtree, tuned for moves: linear split, leaves of 20."""

    name = "rtree"

    def __init__(self, city: City) -> None:
        super().__init__(city)
        properties = rtree_index.Property(
            variant=rtree_index.RT_Linear,
            fill_factor=0.4,
            leaf_capacity=20,
            index_capacity=20,
            near_minimum_overlap_factor=10,
        )
        self.places = list(zip((city.lons * SHRINK).tolist(), city.lats.tolist(), strict=True))
        stream = ((number, (x, y, x, y), None) for number, (x, y) in enumerate(self.places))
        self.index = rtree_index.Index(stream, properties=properties)

    def move_one(self, number: int, lat: float, lon: float) -> None:
        x, y = self.places[number]
        self.index.delete(number, (x, y, x, y))
        x, y = self.places[number] = (lon * SHRINK, lat)
        self.index.insert(number, (x, y, x, y))

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        x, y = lon * SHRINK, lat
        # Ties beyond k come back too.
        return self._filtered(lambda wanted: list(self.index.nearest((x, y, x, y), wanted))[:wanted], k, selection)

    def nearest_batch(self, lats: Any, lons: Any, k: int, selection: str | None) -> object:
        if selection is not None:
            raise NotImplementedError("the call for many places has no filter")
        places = np.column_stack((lons * SHRINK, lats))
        return self.index.nearest_v(places, places, num_results=k)


class StrTree(Peer):
    """shapely's STRtree: packed and immutable, so a batch of moves is a new tree."""

    name = "shapely-strtree"

    def __init__(self, city: City) -> None:
        super().__init__(city)
        self.places = np.column_stack((city.lons * SHRINK, city.lats))
        self.tree = shapely.STRtree(shapely.points(self.places))

    def move_one(self, number: int, lat: float, lon: float) -> None:
        raise NotImplementedError("the tree cannot be changed")

    def move_batch(self, numbers: Any, lats: Any, lons: Any) -> None:
        self.places[numbers] = np.column_stack((lons * SHRINK, lats))
        self.tree = shapely.STRtree(shapely.points(self.places))

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        raise NotImplementedError("finds the one nearest only, not the k nearest")


class KdTree(Peer):
    """scipy's cKDTree: immutable, so a batch of moves is a new tree; searches are on a frozen one."""

    name = "scipy-ckdtree"

    def __init__(self, city: City) -> None:
        super().__init__(city)
        self.places = np.column_stack((city.lons * SHRINK, city.lats))
        self.tree = cKDTree(self.places)

    def move_one(self, number: int, lat: float, lon: float) -> None:
        raise NotImplementedError("the tree cannot be changed")

    def move_batch(self, numbers: Any, lats: Any, lons: Any) -> None:
        self.places[numbers] = np.column_stack((lons * SHRINK, lats))
        self.tree = cKDTree(self.places)

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        origin = (lon * SHRINK, lat)
        return self._filtered(lambda wanted: self.tree.query(origin, k=min(wanted, len(self.city)))[1], k, selection)

    def nearest_batch(self, lats: Any, lons: Any, k: int, selection: str | None) -> object:
        if selection is not None:
            raise NotImplementedError("the call for many places has no filter")
        return self.tree.query(np.column_stack((lons * SHRINK, lats)), k=k)


class H3Buckets(Peer):
    """A dict of sets by H3 cell, searched ring by ring: what one writes in Python without an index."""

    name = "h3-buckets"
    RESOLUTION = 8
    # Between the centres of neighbouring cells; a ring further out is at least this much further away, less one cell.
    RING_M = 2 * h3.average_hexagon_edge_length(RESOLUTION, unit="m") * math.sqrt(3) / 2 * 0.85

    def __init__(self, city: City) -> None:
        super().__init__(city)
        self.places = list(zip(city.lats.tolist(), (city.lons * SHRINK).tolist(), strict=True))
        pairs = zip(city.lats.tolist(), city.lons.tolist(), strict=True)
        self.cells = [h3.latlng_to_cell(lat, lon, self.RESOLUTION) for lat, lon in pairs]
        self.buckets: dict[str, set[int]] = {}
        for number, cell in enumerate(self.cells):
            self.buckets.setdefault(cell, set()).add(number)

    def move_one(self, number: int, lat: float, lon: float) -> None:
        cell = h3.latlng_to_cell(lat, lon, self.RESOLUTION)
        if cell != self.cells[number]:
            self.buckets[self.cells[number]].discard(number)
            self.buckets.setdefault(cell, set()).add(number)
            self.cells[number] = cell
        self.places[number] = (lat, lon * SHRINK)

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        allowed = self.city.allowed(selection)
        origin = h3.latlng_to_cell(lat, lon, self.RESOLUTION)
        x, found = lon * SHRINK, []
        for ring in range(200):
            for cell in h3.grid_ring(origin, ring):
                for number in self.buckets.get(cell, ()):
                    if allowed is None or allowed[number]:
                        other_lat, other_x = self.places[number]
                        found.append(((other_lat - lat) ** 2 + (other_x - x) ** 2, number))
            if len(found) >= k:
                found.sort()
                if math.sqrt(found[k - 1][0]) * METRES_PER_DEGREE <= (ring - 1) * self.RING_M:
                    break
        return [number for _, number in sorted(found)[:k]]


class RedisGeo(Peer):
    """Redis GEO over a unix socket, pipelined, with a key of its own for each selection."""

    name = "redis-geo"
    works_elsewhere = True
    KEYS: ClassVar = {None: "all", "sel50": "half", "sel5": "twentieth"}

    def __init__(self, city: City) -> None:
        super().__init__(city)
        here = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "redis-server"
        program = shutil.which("redis-server") or (str(here) if here.exists() else None)
        if program is None:
            raise NotImplementedError("redis-server is not installed")
        self.folder = tempfile.TemporaryDirectory()
        socket = f"{self.folder.name}/redis.sock"
        arguments = [
            "--port",
            "0",
            "--unixsocket",
            socket,
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            self.folder.name,
        ]
        self.process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)
        self.client = redis.Redis(unix_socket_path=socket)
        self._await_start()
        everybody = np.arange(len(city))
        for selection, key in self.KEYS.items():
            allowed = city.allowed(selection)
            members = everybody if allowed is None else everybody[allowed]
            for part in np.array_split(members, max(1, len(members) // 1_000)):
                self._add(key, part.tolist(), city.lats[part].tolist(), city.lons[part].tolist())

    def _await_start(self) -> None:
        deadline = time.monotonic() + SERVER_START_S
        while True:
            try:
                self.client.ping()
                return
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _add(self, key: str, numbers: list[int], lats: list[float], lons: list[float]) -> None:
        flat = [value for row in zip(lons, lats, numbers, strict=True) for value in row]
        self.client.geoadd(key, flat)

    def move_one(self, number: int, lat: float, lon: float) -> None:
        # The keys of selections would have to follow too; that is not counted against it.
        self.client.geoadd("all", (lon, lat, number))

    def move_batch(self, numbers: Any, lats: Any, lons: Any) -> None:
        self._add("all", numbers.tolist(), lats.tolist(), lons.tolist())

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        radius_m = 500.0
        while True:
            found = self.client.geosearch(
                self.KEYS[selection], longitude=lon, latitude=lat, radius=radius_m, unit="m", count=k, sort="ASC"
            )
            if len(found) >= k or radius_m > 1_000_000:
                return [int(member) for member in found]
            radius_m *= 3

    def close(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class SqliteRtree(Peer):
    """SQLite's R*Tree in memory: a growing square, then exact distances."""

    name = "sqlite-rtree"

    def __init__(self, city: City) -> None:
        super().__init__(city)
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("CREATE VIRTUAL TABLE points USING rtree(id, x0, x1, y0, y1)")
        xs, ys = (city.lons * SHRINK).tolist(), city.lats.tolist()
        rows = ((number, x, x, y, y) for number, (x, y) in enumerate(zip(xs, ys, strict=True)))
        self.connection.execute("BEGIN")
        self.connection.executemany("INSERT INTO points VALUES (?, ?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    def move_one(self, number: int, lat: float, lon: float) -> None:
        x = lon * SHRINK
        self.connection.execute("UPDATE points SET x0=?, x1=?, y0=?, y1=? WHERE id=?", (x, x, lat, lat, number))

    def move_batch(self, numbers: Any, lats: Any, lons: Any) -> None:
        xs, ys = (lons * SHRINK).tolist(), lats.tolist()
        rows = ((x, x, y, y, number) for x, y, number in zip(xs, ys, numbers.tolist(), strict=True))
        self.connection.execute("BEGIN")
        self.connection.executemany("UPDATE points SET x0=?, x1=?, y0=?, y1=? WHERE id=?", rows)
        self.connection.execute("COMMIT")

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        allowed = self.city.allowed(selection)
        x, half = lon * SHRINK, 0.002
        query = "SELECT id, x0, y0 FROM points WHERE x0 >= ? AND x1 <= ? AND y0 >= ? AND y1 <= ?"
        while True:
            rows = self.connection.execute(query, (x - half, x + half, lat - half, lat + half))
            ranked = sorted(
                ((other_x - x) ** 2 + (y - lat) ** 2, number)
                for number, other_x, y in rows
                if allowed is None or allowed[number]
            )
            # Corners of the square reach further than its sides: only a full circle is an answer.
            if (len(ranked) >= k and ranked[k - 1][0] <= half * half) or half > 360:
                return [number for _, number in ranked[:k]]
            half *= 2

    def close(self) -> None:
        self.connection.close()


PEERS: list[type[Peer]] = [Rtree, StrTree, KdTree, H3Buckets, RedisGeo, SqliteRtree]
