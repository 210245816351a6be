"""Where `now` comes from. Everything below the server takes it as an argument."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time in milliseconds since the Unix epoch."""

    def now_ms(self) -> int:
        """Returns the present time in milliseconds since the Unix epoch."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Returns the present time in milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that moves only when told, for simulation, replay and tests.

    Args:
        start_ms: First time shown, in milliseconds since the Unix epoch.
    """

    def __init__(self, start_ms: int) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        """Returns the time last set, in milliseconds since the Unix epoch."""
        return self._now_ms

    def move_to(self, time_ms: int) -> None:
        """Moves the clock forward to `time_ms`.

        Raises:
            ValueError: `time_ms` is before the present time.
        """
        if time_ms < self._now_ms:
            raise ValueError("a manual clock cannot go back")
        self._now_ms = time_ms
