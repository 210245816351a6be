"""A real server for the client's and the command's tests, started the way a user starts it: `pydispatch serve`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from pydispatch_client import DispatchClient

COMMAND = Path(sys.executable).parent / "pydispatch"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0


class Served:
    """One server process on a database in a folder, and its address; `start` again goes on with the same database."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self._folder = folder
        self._flags = flags
        self._process: subprocess.Popen[bytes] | None = None
        self.address = "127.0.0.1:0"

    def start(self) -> str:
        port_file = self._folder / "port"
        port_file.unlink(missing_ok=True)
        command = [
            *(COMMAND, "serve", "--listen", self.address, "--port-file", port_file),
            *("--database-url", f"sqlite:///{self._folder / 'records.db'}", *self._flags),
        ]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline_s = time.monotonic() + START_LIMIT_S
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline_s, f"the server is not ready:\n{self.log()}"
            time.sleep(0.02)
        self.address = f"127.0.0.1:{port_file.read_text().strip()}"
        with DispatchClient(self.address) as client:
            client.wait_until_ready(START_LIMIT_S)
        return self.address

    def kill(self) -> None:
        """Ends the server as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def log(self) -> str:
        return (self._folder / "server.log").read_text("utf-8", "replace")

    def environment(self) -> dict[str, str]:
        """Returns the environment of a command that talks to this server."""
        return {**os.environ, "PYDISPATCH_SERVER": self.address}

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
