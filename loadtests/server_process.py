"""A server of the load test's own, on embedded defaults in a folder that it may fill."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / ".venv" / "bin" / "pydispatch"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 20.0
POLL_S = 0.05
LOG_TAIL_LINES = 15


class StartError(Exception):
    """The server did not come up; the message holds the end of its log."""


class ServerProcess:
    """Starts a server on a free port and stops it again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Starts the server on an empty database and returns its address.

        Raises:
            StartError: It ended, or was not ready in time.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        port_file = self._folder / "port"
        if not COMMAND.exists():
            raise StartError(f"{COMMAND.relative_to(ROOT)} is missing: run `make setup`, or give --host HOST:PORT")
        command: list[str | Path] = [
            *(COMMAND, "serve", "--listen", "127.0.0.1:0", "--port-file", port_file),
            *("--database-url", f"sqlite:///{self._folder / 'pydispatch.db'}", "--log-level", "warning"),
        ]
        with (self._folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline_s = time.monotonic() + START_LIMIT_S
        while not (port_file.exists() and (port := port_file.read_text().strip())):
            if self._process.poll() is not None:
                raise StartError(f"the server ended with code {self._process.returncode}:\n{self._log_tail()}")
            if time.monotonic() > deadline_s:
                raise StartError(f"the server was not ready after {START_LIMIT_S:g} s:\n{self._log_tail()}")
            time.sleep(POLL_S)
        return f"127.0.0.1:{port}"

    def stop(self) -> None:
        """Stops the server, at first politely. May be called more than once."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_LIMIT_S)

    def _log_tail(self) -> str:
        lines = (self._folder / "server.log").read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])
