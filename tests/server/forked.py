"""Servers that start fast: forked from a process that has everything imported and nothing opened.

For rounds of many starts. What runs is the same `main`, in a process of its own that can be killed, frozen and thawed;
only the import of its modules is shared.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

from pydispatch_server.__main__ import main

from tests.server.harness import ServerProcess

_context = multiprocessing.get_context("forkserver")
# With what the rounds import, because a forked process looks into the module that was started.
_context.set_forkserver_preload([__name__, "tests.server.databases", "tests.server.load"])


class ForkedServer(ServerProcess):
    """One server process on a database that outlives it, forked."""

    def _launch(self, arguments: list[str], log: Path) -> Forked:
        return Forked(arguments, log)


class Forked:
    """What a test does with a process of `subprocess.Popen`, done with a forked one."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        self._process = _context.Process(target=_serve, args=(arguments, log), daemon=True)
        self._process.start()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout_s: float | None = None) -> int:
        self._process.join(timeout_s)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("server", timeout_s or 0.0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None and self._process.pid is not None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _serve(arguments: list[str], log: Path) -> None:
    """Serves in the child, with its log where a started server would have it."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 2)
    os.chdir(log.parent)
    sys.exit(main(arguments))
