"""A set of identifiers that can be walked in order from any point, for lists by page."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class SortedIds:
    """Identifiers in order. Adding costs O(1); the first walk after out-of-order additions sorts, O(n) when few.

    Args:
        ids: First members, each once, in any order.
    """

    __slots__ = ("_ids", "_is_sorted")

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids = sorted(ids)
        self._is_sorted = True

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, new_id: str) -> None:
        """Adds an identifier that is not there yet."""
        if self._ids and new_id < self._ids[-1]:
            self._is_sorted = False
        self._ids.append(new_id)

    def remove(self, old_id: str) -> None:
        """Removes an identifier that is there. Costs O(n)."""
        self._sort()
        del self._ids[bisect_left(self._ids, old_id)]

    def after(self, last_id: str) -> Iterator[str]:
        """Walks the identifiers after `last_id` in order; all of them when it is empty."""
        self._sort()
        for index in range(bisect_right(self._ids, last_id), len(self._ids)):
            yield self._ids[index]

    def _sort(self) -> None:
        """Puts late additions in place; a list that is nearly in order takes one pass."""
        if not self._is_sorted:
            self._ids.sort()
            self._is_sorted = True
