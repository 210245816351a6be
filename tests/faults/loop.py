"""An event loop whose time is simulated and an executor without threads: what runs on them runs alike each time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class Stuck(Exception):
    """Nothing is ready and nothing is due: somebody waits for what will never come."""


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer whenever nothing else is to be done."""

    def __init__(self) -> None:
        super().__init__()
        self._simulated_s = 0.0

    def time(self) -> float:
        return self._simulated_s

    def _run_once(self) -> None:
        if not self._ready:  # type: ignore[attr-defined]
            scheduled = [handle for handle in self._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
            if not scheduled:
                raise Stuck
            self._simulated_s = max(self._simulated_s, min(handle.when() for handle in scheduled))
        super()._run_once()  # type: ignore[misc]


class InlineExecutor(Executor):
    """Runs each call at once, where it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - a simulated crash is no Exception
            future.set_exception(error)
        return future
