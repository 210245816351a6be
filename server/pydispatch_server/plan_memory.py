"""With whom visits were: what it takes to go back to an earlier revision of the plan."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

# Changes of visits remembered in a region.
CHANGES_MAX: Final = 50_000


class Standing(NamedTuple):
    """Where a visit was before a change.

    Attributes:
        sequence: The change, by its number.
        visit: Identifier of the visit.
        technician: Who had it, by full name; empty when nobody had.
        start_s: Its planned start, 0 when it had none.
    """

    sequence: int
    visit: str
    technician: str
    start_s: int


class PlanMemory:
    """Remembers the newest changes of who has which visit and when. It begins when the region is read from the store.

    Args:
        sequence: Revision from which on it knows everything.
    """

    def __init__(self, sequence: int) -> None:
        self._known_from = sequence
        self._changes: deque[Standing] = deque()

    def extend(self, changes: Iterable[Standing]) -> None:
        """Takes in changes that have become durable, in order."""
        self._changes.extend(changes)
        while len(self._changes) > CHANGES_MAX:
            self._known_from = self._changes.popleft().sequence

    def knows(self, sequence: int) -> bool:
        """Tells whether everything since a revision is remembered."""
        return sequence >= self._known_from

    def since(self, sequence: int) -> dict[str, Standing]:
        """Returns where each visit changed since a revision was then, by identifier. O(C) in the changes since."""
        found: dict[str, Standing] = {}
        for change in reversed(self._changes):
            if change.sequence <= sequence:
                break
            found[change.visit] = change
        return found
