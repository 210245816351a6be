"""What the readers of text formats share."""

from __future__ import annotations

from pydispatch.errors import InvalidRequest, Violation

__all__ = ["malformed", "numbers", "scaled", "unsupported"]


def malformed(what: str) -> InvalidRequest:
    """Returns the error of a text that is not of its format."""
    return InvalidRequest(what, reason="MALFORMED_MESSAGE")


def unsupported(field: str, what: str) -> InvalidRequest:
    """Returns the error of a field that the format knows and the solver does not."""
    violation = Violation(field, "UNSUPPORTED", what)
    return InvalidRequest("the problem asks for what the solver cannot do", violations=[violation])


def numbers(line: str) -> list[float] | None:
    """Returns the numbers of a line, or None when it holds anything else or nothing."""
    try:
        return [float(token) for token in line.split()] or None
    except ValueError:
        return None


def scaled(value: float, scale: float) -> int:
    """Returns a value in the problem's integer units."""
    return round(value * scale)
