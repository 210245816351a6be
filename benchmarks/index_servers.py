"""Peers of the live index that are servers nobody gets from PyPI: Tile38 (Go) and PostGIS (a Debian package).

Each is started on this machine alone, in a folder of its own, durability switched off, and stopped again. One that is
not installed says how to get it. `benchmarks/index_servers.sh` installs what can be installed.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import redis
from index_city import City
from index_peers import SHRINK, Peer

ROOT = Path(__file__).resolve().parent.parent
START_S = 30.0
PART = 1_000


def until(ready: Callable[[], object], what: str, *errors: type[Exception]) -> None:
    """Waits until `ready` stops raising one of `errors`."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            ready()
            return
        except errors as error:
            if time.monotonic() > deadline:
                raise NotImplementedError(f"{what} did not start: {error}") from error
            time.sleep(0.05)


def free_port() -> int:
    """Returns a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Tile38(Peer):
    """Tile38 over loopback, pipelined; selections are fields that its own NEARBY tests inside the search."""

    name = "tile38"
    works_elsewhere = True
    WHERE: ClassVar = {None: (), "sel50": ("WHERE", "half", 1, 1), "sel5": ("WHERE", "twentieth", 1, 1)}

    def __init__(self, city: City) -> None:
        super().__init__(city)
        own = ROOT / ".tools" / "bin" / "tile38-server"
        program = shutil.which("tile38-server") or (str(own) if own.exists() else None)
        if program is None:
            raise NotImplementedError("tile38-server is not installed: benchmarks/index_servers.sh builds it with Go")
        self.folder = tempfile.TemporaryDirectory()
        port = free_port()
        arguments = ["-h", "127.0.0.1", "-p", str(port), "-d", self.folder.name, "--appendonly", "no", "-q"]
        self.process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = redis.Redis(port=port, protocol=2)
        until(lambda: self.client.execute_command("PING"), self.name, redis.ConnectionError)
        # Moves leave the fields as they were set here.
        for first in range(0, len(city), PART):
            with self.client.pipeline(transaction=False) as pipe:
                for number in range(first, min(first + PART, len(city))):
                    fields = ("FIELD", "half", int(city.is_half[number]))
                    fields += ("FIELD", "twentieth", int(city.is_twentieth[number]))
                    pipe.execute_command(
                        "SET", "fleet", number, *fields, "POINT", float(city.lats[number]), float(city.lons[number])
                    )
                pipe.execute()

    def move_one(self, number: int, lat: float, lon: float) -> None:
        self.client.execute_command("SET", "fleet", number, "POINT", lat, lon)

    def move_batch(self, numbers: Any, lats: Any, lons: Any) -> None:
        with self.client.pipeline(transaction=False) as pipe:
            for number, lat, lon in zip(numbers.tolist(), lats.tolist(), lons.tolist(), strict=True):
                pipe.execute_command("SET", "fleet", number, "POINT", lat, lon)
            pipe.execute()

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        where = self.WHERE[selection]
        _, found = self.client.execute_command("NEARBY", "fleet", *where, "LIMIT", k, "IDS", "POINT", lat, lon)
        return [int(member) for member in found]

    def close(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class PostGis(Peer):
    """PostGIS over a unix socket: a GiST index on the local plane, prepared statements, nothing synced to disk."""

    name = "postgis"
    works_elsewhere = True
    WHERE: ClassVar = {None: "", "sel50": "WHERE is_half", "sel5": "WHERE is_twentieth"}
    SETTINGS: ClassVar = {
        "fsync": "off",
        "full_page_writes": "off",
        "listen_addresses": "",
        "shared_buffers": "512MB",
        "synchronous_commit": "off",
    }

    def __init__(self, city: City) -> None:
        super().__init__(city)
        homes = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))
        if not homes or not glob.glob("/usr/share/postgresql/*/extension/postgis.control"):
            raise NotImplementedError("PostGIS is not installed: on Debian apt-get install postgresql-postgis")
        self.programs = Path(homes[-1]).parent
        self.folder = tempfile.mkdtemp(prefix="bench-postgis-")
        self._as = self._other_user()
        self._run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "bench")
        settings = " ".join(f"-c {name}='{value}'" for name, value in self.SETTINGS.items())
        options = f"-k {self.folder} {settings}"
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "start")
        self.connection = psycopg.connect(f"host={self.folder} user=bench dbname=postgres", autocommit=True)
        self.connection.prepare_threshold = 0
        self._fill()

    def _other_user(self) -> list[str]:
        """Returns what makes PostgreSQL run as somebody else, since it refuses to run as root."""
        if os.geteuid() != 0:
            return []
        owner = pwd.getpwnam("postgres")
        os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self.programs / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise NotImplementedError(f"PostGIS: {program} failed: {done.stderr.decode(errors='replace').strip()}")

    def _fill(self) -> None:
        city = self.city
        self.connection.execute("CREATE EXTENSION postgis")
        self.connection.execute(
            "CREATE TABLE points (id int PRIMARY KEY, place geometry(Point), is_half bool, is_twentieth bool) "
            "WITH (fillfactor = 50)"
        )
        rows = zip(
            (city.lons * SHRINK).tolist(),
            city.lats.tolist(),
            city.is_half.tolist(),
            city.is_twentieth.tolist(),
            strict=True,
        )
        with self.connection.cursor() as cursor:
            with cursor.copy("COPY points FROM STDIN") as copy:
                for number, (x, y, is_half, is_twentieth) in enumerate(rows):
                    copy.write_row((number, f"POINT({x!r} {y!r})", is_half, is_twentieth))
            cursor.execute("CREATE INDEX everybody ON points USING gist (place)")
            # As Redis has a key, so PostGIS has an index of its own for each selection.
            cursor.execute("CREATE INDEX half ON points USING gist (place) WHERE is_half")
            cursor.execute("CREATE INDEX twentieth ON points USING gist (place) WHERE is_twentieth")
            cursor.execute("VACUUM ANALYZE points")

    def move_one(self, number: int, lat: float, lon: float) -> None:
        self.connection.execute(
            "UPDATE points SET place = ST_MakePoint(%s, %s) WHERE id = %s", (lon * SHRINK, lat, number)
        )

    def move_batch(self, numbers: Any, lats: Any, lons: Any) -> None:
        # One technician may move twice in a batch: the last place counts.
        last = dict(zip(numbers.tolist(), zip((lons * SHRINK).tolist(), lats.tolist(), strict=True), strict=True))
        xs, ys = zip(*last.values(), strict=True)
        self.connection.execute(
            "UPDATE points SET place = ST_MakePoint(x, y) "
            "FROM unnest(%s::int[], %s::float8[], %s::float8[]) AS moved (number, x, y) WHERE id = number",
            (list(last), list(xs), list(ys)),
        )

    def nearest(self, lat: float, lon: float, k: int, selection: str | None) -> list[int]:
        query = f"SELECT id FROM points {self.WHERE[selection]} ORDER BY place <-> ST_MakePoint(%s, %s) LIMIT %s"  # noqa: S608
        return [number for (number,) in self.connection.execute(query, (lon * SHRINK, lat, k)).fetchall()]

    def close(self) -> None:
        self.connection.close()
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
