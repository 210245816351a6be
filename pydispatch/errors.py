"""The errors that cross the line: ordinary Python classes, raised by the engine and by everything built on it.

One class for each row of the error table in ARCHITECTURE.md; the server's mapper turns them into gRPC statuses with
rich details. `reason` is stable and documented in docs/errors.md: match on the class and the reason, never on the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = [
    "AlreadyExists",
    "Conflict",
    "DispatchError",
    "IllegalTransition",
    "InternalError",
    "InvalidRequest",
    "NotFound",
    "Overloaded",
    "Unavailable",
    "Violation",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that cannot be accepted.

    Attributes:
        field: Path of the field as the proto names it, such as "technician.shifts[1].window.end_time". Empty when the
            message as a whole is meant.
        reason: UPPER_SNAKE reason of docs/errors.md.
        description: One sentence for a person.
    """

    field: str
    reason: str
    description: str

    def __str__(self) -> str:
        """Returns "field: description"."""
        return f"{self.field}: {self.description}" if self.field else self.description


class DispatchError(Exception):
    """Base of every error of pydispatch. A refused request has changed nothing.

    Attributes:
        message: One sentence for a person.
        reason: UPPER_SNAKE reason of docs/errors.md.
        metadata: Further facts, such as the sequence expected; keys are lowerCamelCase.
    """

    # Every parameter but the message has a default so that errors survive pickling between processes.
    def __init__(self, message: str, *, reason: str = "UNKNOWN", metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.metadata: dict[str, str] = dict(metadata or {})

    def __str__(self) -> str:
        """Returns "message [REASON]"."""
        return f"{self.message} [{self.reason}]"


class InvalidRequest(DispatchError):
    """The request cannot be read, or fields of it break their documented bounds. All of them are listed.

    Attributes:
        violations: Every field that cannot be accepted, in the order of the message; empty when it is not a message
            of its type at all.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "INVALID_FIELDS",
        violations: Iterable[Violation] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.violations: list[Violation] = list(violations)

    def __str__(self) -> str:
        """Returns the message with every violation."""
        text = super().__str__()
        return f"{text}: {'; '.join(map(str, self.violations))}" if self.violations else text


class _AboutResource(DispatchError):
    """An error about one named resource."""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "UNKNOWN",
        resource_type: str = "",
        resource_name: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.resource_type = resource_type
        self.resource_name = resource_name


class NotFound(_AboutResource):
    """A named resource does not exist.

    Attributes:
        resource_type: Type of the resource, such as "technician".
        resource_name: Its full name where known, such as "regions/sf/technicians/anna".
    """


class AlreadyExists(_AboutResource):
    """A resource of that name exists already.

    Attributes:
        resource_type: Type of the resource, such as "technician".
        resource_name: Its full name where known, such as "regions/sf/technicians/anna".
    """


class Conflict(DispatchError):
    """Someone else was faster: read again and retry."""


class IllegalTransition(DispatchError):
    """The thing is in a state from which this step cannot be taken.

    Attributes:
        subject: Full name of what is in the wrong state.
        from_state: State it is in.
        to_state: State asked for.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "ILLEGAL_TRANSITION",
        subject: str = "",
        from_state: str = "",
        to_state: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.subject = subject
        self.from_state = from_state
        self.to_state = to_state


class _RetryLater(DispatchError):
    """An error that goes away by waiting."""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "UNKNOWN",
        retry_after_s: float = 0.0,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.retry_after_s = retry_after_s


class Overloaded(_RetryLater):
    """A bound is reached: the caller is ahead of what was granted.

    Attributes:
        retry_after_s: Seconds to wait before the next try.
    """


class Unavailable(_RetryLater):
    """Nothing is wrong with the request, but it cannot be served now.

    Attributes:
        retry_after_s: Seconds to wait before the next try.
    """


class InternalError(DispatchError):
    """A defect of ours. Nothing of it is told but an identifier, under which the log has the whole story.

    Attributes:
        error_id: Identifier of the entry in the log.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "INTERNAL",
        error_id: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.error_id = error_id

    def __str__(self) -> str:
        """Returns the message with the identifier to look for."""
        return f"{super().__str__()} (error id {self.error_id})"
