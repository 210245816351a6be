"""Starts a real server beside the simulation, kills it on demand, and leaves none running."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pydispatch_cli.simulate.errors import ServerFailed

START_LIMIT_S = 60.0
STOP_LIMIT_S = 15.0
POLL_S = 0.05
LOG_TAIL_LINES = 12


class ServerProcess:
    """A server on a manual clock, with its database in a folder of its own.

    Args:
        folder: Emptied at the first start; holds the database, the port file and the log.
        tick_s: Clock seconds between ticks of the planner.
    """

    def __init__(self, folder: Path, tick_s: int) -> None:
        self._folder = folder
        self._tick_s = tick_s
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def address(self) -> str:
        """Host and port; the same after a restart."""
        return f"127.0.0.1:{self._port}"

    async def start(self, clock_s: int) -> None:
        """Starts the server on an empty database at a time of the manual clock.

        Raises:
            ServerFailed: It ended, or was not ready in time; the message holds the end of its log.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        await self._launch(clock_s)

    async def restart(self, clock_s: int) -> None:
        """Starts the server again on the database as it is.

        Raises:
            ServerFailed: As for `start`.
        """
        self.stop()
        await self._launch(clock_s)

    def kill(self) -> None:
        """Kills the server as a power failure would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(STOP_LIMIT_S)

    def stop(self) -> None:
        """Stops the server, at first politely. May be called at any time and more than once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_LIMIT_S)

    def resident_mb(self) -> float:
        """Returns the memory held by the server in megabytes, 0 where the system does not tell."""
        try:
            pages = int(Path(f"/proc/{self._process.pid if self._process else 0}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    async def _launch(self, clock_s: int) -> None:
        port_file = self._folder / "port"
        port_file.unlink(missing_ok=True)
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 (returns at once; output goes to a file)
                self._command(port_file, clock_s), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not (port_file.exists() and (text := port_file.read_text().strip())):
            if self._process.poll() is not None:
                raise ServerFailed(f"the server ended with code {self._process.returncode}:\n{self._log_tail()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"the server was not ready after {START_LIMIT_S:.0f} s:\n{self._log_tail()}")
            await asyncio.sleep(POLL_S)
        self._port = int(text)

    def _command(self, port_file: Path, clock_s: int) -> list[str]:
        flags = {
            "--listen": f"127.0.0.1:{self._port}",
            "--port-file": str(port_file),
            "--database-url": f"sqlite:///{self._folder.resolve() / 'pydispatch.db'}",
            "--clock-start": datetime.fromtimestamp(clock_s, UTC).isoformat(),
            "--tick-interval-s": str(self._tick_s),
            "--heartbeat-s": "1",
            "--log-level": "warning",
        }
        return [
            sys.executable,
            "-m",
            "pydispatch_server",
            "--manual-clock",
            *(part for flag in flags.items() for part in flag),
        ]

    def _log_tail(self) -> str:
        lines = (self._folder / "server.log").read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])
