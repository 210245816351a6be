"""Where `now` comes from. Everything below the server takes it as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

# Difference between two looks that is drift, or the correction of one.
DRIFT_MS: Final = 10_000
# A clock that has jumped is believed after this.
BELIEVED_AFTER_S: Final = 600.0

_log = structlog.get_logger(__name__)


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

    def jump_to(self, time_ms: int) -> None:
        """Sets the clock forwards or backwards, as happens to a machine's clock."""
        self._now_ms = time_ms


class ClockGuard:
    """Notices when a clock has jumped, by how much time has really passed.

    Drift is followed. A jump is disbelieved at first, because what a wrong clock makes happen cannot be taken back, and
    believed when it has lasted.

    Args:
        clock: The clock to watch.
        passed_s: Tells how many seconds have passed since some fixed moment.
    """

    def __init__(self, clock: Clock, passed_s: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._passed_s = passed_s
        self._offset_ms = clock.now_ms() - self._passed_ms()
        self._jumped_at_s: float | None = None

    def steady_ms(self) -> int:
        """Returns the time as it would be without a jump, in milliseconds since the Unix epoch."""
        return self._passed_ms() + self._offset_ms

    def is_astray(self) -> bool:
        """Tells whether the clock has jumped and is not believed yet. To be asked every few seconds."""
        jump_ms = self._clock.now_ms() - self.steady_ms()
        now_s = self._passed_s()
        if abs(jump_ms) > DRIFT_MS:
            if self._jumped_at_s is None:
                self._jumped_at_s = now_s
                _log.warning("clock jumped", jump_s=jump_ms // 1000, believed_in_s=BELIEVED_AFTER_S)
            if now_s - self._jumped_at_s < BELIEVED_AFTER_S:
                return True
            _log.warning("clock believed", jump_s=jump_ms // 1000)
        self._offset_ms += jump_ms
        self._jumped_at_s = None
        return False

    def _passed_ms(self) -> int:
        """Returns how many milliseconds have passed since a fixed moment."""
        return int(self._passed_s() * 1000)
