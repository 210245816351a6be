"""Decides where a call into the engine runs: short ones on the event loop, long ones in the pool.

A hop to a thread and back costs about as much as a short call, and a long call on the loop makes everybody wait. So
each lane remembers what its calls took, by the length of the request, and chooses by that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

# Calls expected to be shorter than this run on the event loop.
INLINE_BELOW_S: Final = 200e-6
# Part of a call that does not depend on its length, as a length.
BASE_BYTES: Final = 512
# How far one call moves the expectation. By a share and not by its own time: one that was interrupted by the machine
# says nothing about the next.
_UP: Final = 1.05
_DOWN: Final = 0.97
_FIRST_S_PER_BYTE: Final = 4e-9


class Lane:
    """One kind of call into the engine.

    Args:
        pool: Threads for long calls.
        inline_below_bytes: Requests of at least this size always go to the pool.
    """

    __slots__ = ("_inline_below_bytes", "_pool", "_s_per_byte")

    def __init__(self, pool: ThreadPoolExecutor, inline_below_bytes: int) -> None:
        self._pool = pool
        self._inline_below_bytes = inline_below_bytes
        self._s_per_byte = _FIRST_S_PER_BYTE

    async def run(self, call: Callable[[bytes, int], T], request: bytes, now_ms: int) -> T:
        """Calls the engine with a request and returns its answer."""
        size = len(request)
        if size >= self._inline_below_bytes:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call, request, now_ms)
        if (size + BASE_BYTES) * self._s_per_byte >= INLINE_BELOW_S:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._timed, call, request, now_ms)
        return self._timed(call, request, now_ms)

    def _timed(self, call: Callable[[bytes, int], T], request: bytes, now_ms: int) -> T:
        """Calls the engine and learns how long it took."""
        begin_s = time.perf_counter()
        try:
            return call(request, now_ms)
        finally:
            took_s = time.perf_counter() - begin_s
            self._s_per_byte *= _UP if took_s > (len(request) + BASE_BYTES) * self._s_per_byte else _DOWN
