"""Collects violations, one for each field and reason."""

from __future__ import annotations

from pydispatch.errors import Violation
from pydispatch_server import reasons


class Report:
    """What was found wrong with one request.

    Args:
        now_ms: Present time in milliseconds since the Unix epoch, for rules that depend on it.
    """

    __slots__ = ("_found", "now_ms")

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self._found: dict[tuple[str, str], str] = {}

    def add(self, field: str, reason: str, description: str) -> None:
        """Notes one violation; the first description of a field and reason stays."""
        self._found.setdefault((field, reason), description)

    def violations(self) -> list[Violation]:
        """Lists what was found. A number that is no number is not also said to be out of range."""
        found = self._found
        return [
            Violation(field, reason, description)
            for (field, reason), description in found.items()
            if reason != reasons.OUT_OF_RANGE or (field, reasons.NOT_FINITE) not in found
        ]
