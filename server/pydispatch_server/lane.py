"""Decides where a call into the engine runs: short ones on the event loop, long ones in the pool.

A hop to a thread and back costs about as much as a short call, and a long call on the loop makes everybody wait. So
each lane remembers how long its calls took and chooses by that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

# Calls expected to be shorter than this run on the event loop.
INLINE_BELOW_S: Final = 200e-6
# Weight of the newest call in the expectation.
_NEWEST: Final = 0.1


class Lane:
    """One kind of call into the engine.

    Args:
        pool: Threads for long calls.
        inline_below_bytes: Requests of at least this size always go to the pool.
    """

    __slots__ = ("_expected_s", "_inline_below_bytes", "_pool")

    def __init__(self, pool: ThreadPoolExecutor, inline_below_bytes: int) -> None:
        self._pool = pool
        self._inline_below_bytes = inline_below_bytes
        self._expected_s = 0.0

    async def run(self, call: Callable[[bytes, int], bytes], request: bytes, now_ms: int) -> bytes:
        """Calls the engine with a request and returns its answer."""
        if len(request) >= self._inline_below_bytes:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call, request, now_ms)
        if self._expected_s >= INLINE_BELOW_S:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._timed, call, request, now_ms)
        return self._timed(call, request, now_ms)

    def _timed(self, call: Callable[[bytes, int], bytes], request: bytes, now_ms: int) -> bytes:
        """Calls the engine and learns how long it took."""
        begin_s = time.perf_counter()
        try:
            return call(request, now_ms)
        finally:
            self._expected_s += _NEWEST * (time.perf_counter() - begin_s - self._expected_s)
