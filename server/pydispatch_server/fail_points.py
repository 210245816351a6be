"""Named places on the way of a commit where a test may kill, break or slow the server. Nothing is armed by itself.

`arm` takes the setting `fail_point`: `POINT:NTH:ACTION`, several separated by commas. Every NTH time that the server
comes to a point it does what ACTION says: `kill` ends the process at once as SIGKILL does, `raise` fails the way a
database fails, `delay=MS` waits. A place that is not armed costs one look at a variable.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import Final

from pydispatch_server.store.interface import StoreDown

# Before and after the commands of a micro-batch change the engine.
BEFORE_APPLY: Final = "before-apply"
AFTER_APPLY: Final = "after-apply"
# Before and after the rows of a commit go to the database, inside its transaction.
BEFORE_WRITE: Final = "before-write"
AFTER_WRITE: Final = "after-write"
# Before the transaction is asked to become durable, and when it is and nobody knows.
BEFORE_FSYNC: Final = "before-fsync"
AFTER_FSYNC: Final = "after-fsync"
# Before the callers of a micro-batch are answered, and when one of them is about to send its answer.
BEFORE_ACK: Final = "before-ack"
AFTER_ACK: Final = "after-ack"
# Before and after watchers are told.
BEFORE_PUBLISH: Final = "before-publish"
AFTER_PUBLISH: Final = "after-publish"

# Where a failure has somebody to tell it to: the region's thread, whose owner then rebuilds from the store.
MAY_RAISE: Final = (BEFORE_APPLY, AFTER_APPLY, BEFORE_WRITE, AFTER_WRITE, BEFORE_FSYNC, AFTER_FSYNC)
ALL: Final = (*MAY_RAISE, BEFORE_ACK, BEFORE_PUBLISH, AFTER_PUBLISH, AFTER_ACK)
MAX_NTH: Final = 1_000_000
MAX_DELAY_MS: Final = 60_000


@dataclass(slots=True)
class _Armed:
    """What happens at one point."""

    nth: int
    action: str
    delay_ms: int
    hits: int = 0


_armed: dict[str, _Armed] = {}


def arm(setting: str) -> None:
    """Arms the points that a setting names and disarms all others; an empty setting arms none.

    Raises:
        ValueError: The setting cannot be read; the text says what is allowed.
    """
    parsed = _parse(setting)
    _armed.clear()
    _armed.update(parsed)


def check(setting: str) -> str:
    """Returns a setting that `arm` will take.

    Raises:
        ValueError: The setting cannot be read; the text says what is allowed.
    """
    _parse(setting)
    return setting


def hit(point: str) -> None:
    """Does what is armed at a point, which is nothing unless a test says so.

    Raises:
        StoreDown: The action is `raise`.
    """
    if _armed:
        _act(point)


def _act(point: str) -> None:
    """Counts a hit and acts on every nth."""
    armed = _armed.get(point)
    if armed is None:
        return
    armed.hits += 1
    if armed.hits % armed.nth:
        return
    if armed.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if armed.action == "raise":
        raise StoreDown(f"fail point {point}")
    time.sleep(armed.delay_ms / 1000)


def _parse(setting: str) -> dict[str, _Armed]:
    """Reads a setting."""
    return dict(_parse_one(item.strip()) for item in setting.split(",") if item.strip())


def _parse_one(item: str) -> tuple[str, _Armed]:
    """Reads one POINT:NTH:ACTION."""
    point, _, rest = item.partition(":")
    nth, _, action = rest.partition(":")
    kind, _, delay_ms = action.partition("=")
    if point not in ALL:
        raise ValueError(f"there is no fail point {point!r}; known are {', '.join(ALL)}")
    if not nth.isdecimal() or not 1 <= int(nth) <= MAX_NTH:
        raise ValueError(f"fail point {item!r}: write POINT:NTH:ACTION with NTH from 1 to {MAX_NTH}")
    if kind == "delay" and delay_ms.isdecimal() and int(delay_ms) <= MAX_DELAY_MS:
        return point, _Armed(int(nth), kind, int(delay_ms))
    if action == "kill" or (action == "raise" and point in MAY_RAISE):
        return point, _Armed(int(nth), action, 0)
    allowed = "kill, raise or delay=MS" if point in MAY_RAISE else "kill or delay=MS"
    raise ValueError(f"fail point {item!r}: the action is {allowed}")
