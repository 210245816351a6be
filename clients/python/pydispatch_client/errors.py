"""What can go wrong in a call, rebuilt from the status and details the server sent.

Every error of this package is a `DispatchClientError`. Catch the class for the kind of trouble, read `reason` for the
exact one: it is stable and UPPER_SNAKE, while `message` is a sentence for people and may change.
Start at `from_rpc_error`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

STATUS_DETAILS_KEY = "grpc-status-details-bin"
MessageT = TypeVar("MessageT", bound=Message)
# Violations shown by __str__; all of them are in `violations`.
MAX_SHOWN_VIOLATIONS = 20


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field of a request that the server refused."""

    # Path of the field in the request, such as "technician.skills[0].level".
    field: str
    # Stable reason in UPPER_SNAKE, empty when the server gave none.
    reason: str
    # One sentence for a person.
    description: str


@dataclass(frozen=True, slots=True)
class PreconditionViolation:
    """One condition that did not hold when a request arrived."""

    # Kind of condition, such as "VISIT_STATE".
    type: str
    # What it is about, mostly a resource name.
    subject: str
    # One sentence for a person.
    description: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The parts of a failed call that every error keeps."""

    code: grpc.StatusCode
    message: str
    # Stable reason in UPPER_SNAKE from ErrorInfo, empty when the failure did not come from the server's own code.
    reason: str = ""
    domain: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    # Full name of the RPC, such as "/dispatch.v1.BookingService/CreateBooking".
    method: str = ""
    # The request_id sent, empty for calls that carry none.
    request_id: str = ""


class DispatchClientError(Exception):
    """A call failed; the class says how, `reason` says why.

    Attributes:
        code: gRPC status code.
        message: One sentence for a person.
        reason: Stable reason in UPPER_SNAKE; empty when the failure is the transport's.
        domain: Who defined the reason.
        metadata: Further facts about the reason.
        method: Full name of the RPC.
        request_id: The request_id sent, empty for calls that carry none.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.code = failure.code
        self.message = failure.message
        self.reason = failure.reason
        self.domain = failure.domain
        self.metadata = failure.metadata
        self.method = failure.method
        self.request_id = failure.request_id

    def __str__(self) -> str:
        name = self.code.name + (f" {self.reason}" if self.reason else "")
        lines = [f"{name}: {self.message}" if self.message else name, *self._more_lines()]
        return "\n".join(lines)

    def _more_lines(self) -> list[str]:
        """Lines that a subclass adds below the message."""
        return []


class InvalidArgument(DispatchClientError):
    """The request can never succeed as it is; `violations` names every refused field."""

    def __init__(self, failure: Failure, violations: tuple[FieldViolation, ...] = ()) -> None:
        super().__init__(failure)
        self.violations = violations

    def _more_lines(self) -> list[str]:
        shown = [_violation_line(violation) for violation in self.violations[:MAX_SHOWN_VIOLATIONS]]
        hidden_count = len(self.violations) - len(shown)
        return [*shown, f"  and {hidden_count} more"] if hidden_count else shown


class NotFound(DispatchClientError):
    """Something the request names does not exist."""

    def __init__(self, failure: Failure, resource_type: str = "", resource_name: str = "") -> None:
        super().__init__(failure)
        self.resource_type = resource_type
        self.resource_name = resource_name


class AlreadyExists(DispatchClientError):
    """What the request would create exists."""

    def __init__(self, failure: Failure, resource_type: str = "", resource_name: str = "") -> None:
        super().__init__(failure)
        self.resource_type = resource_type
        self.resource_name = resource_name


class Aborted(DispatchClientError):
    """Someone else was faster (an etag or the plan changed): read again, then repeat."""


class FailedPrecondition(DispatchClientError):
    """The request is well formed but the present state does not allow it."""

    def __init__(self, failure: Failure, violations: tuple[PreconditionViolation, ...] = ()) -> None:
        super().__init__(failure)
        self.violations = violations

    def _more_lines(self) -> list[str]:
        return [
            f"  {violation.subject}: {violation.description}" for violation in self.violations[:MAX_SHOWN_VIOLATIONS]
        ]


class ResourceExhausted(DispatchClientError):
    """The server is overloaded or a limit is reached; wait `retry_after_s` seconds before trying again."""

    def __init__(self, failure: Failure, retry_after_s: float | None = None) -> None:
        super().__init__(failure)
        self.retry_after_s = retry_after_s


class Unavailable(DispatchClientError):
    """The server cannot be reached or cannot answer now, and retries did not help."""

    def __init__(self, failure: Failure, retry_after_s: float | None = None) -> None:
        super().__init__(failure)
        self.retry_after_s = retry_after_s


class Internal(DispatchClientError):
    """The server has a defect; `error_id` finds it in the server's log. Empty when the transport broke."""

    def __init__(self, failure: Failure, error_id: str = "") -> None:
        super().__init__(failure)
        self.error_id = error_id

    def _more_lines(self) -> list[str]:
        return [f"  error id {self.error_id}"] if self.error_id else []


class DeadlineExceeded(DispatchClientError):
    """No answer within the deadline. A mutation may have happened: repeat it under the same request_id."""


class Cancelled(DispatchClientError):
    """The call was cancelled before it ended."""


class Unimplemented(DispatchClientError):
    """The server does not offer this call; a clock, for one, needs a server started with a manual clock."""


class Unauthenticated(DispatchClientError):
    """The server does not know who is calling."""


class PermissionDenied(DispatchClientError):
    """The caller may not do this."""


class FlushIncomplete(DispatchClientError):
    """A location stream was closed before every fix was acknowledged."""

    def __init__(self, unacknowledged_fixes: int, deadline_s: float) -> None:
        message = f"{unacknowledged_fixes} fixes were not acknowledged within {deadline_s:g} s"
        super().__init__(Failure(grpc.StatusCode.DEADLINE_EXCEEDED, message))
        self.unacknowledged_fixes = unacknowledged_fixes


def from_rpc_error(error: Any, method: str = "", request_id: str = "") -> DispatchClientError:
    """Builds the error class that fits a failed RPC.

    Args:
        error: The error raised by grpcio, synchronous or asyncio; both have code, details and trailing_metadata.
        method: Full name of the RPC.
        request_id: The request_id sent, if any.

    Returns:
        The error to raise; details that cannot be decoded are left out, never raised.
    """
    details = _Details(_status(error))
    info = details.first(error_details_pb2.ErrorInfo)
    failure = Failure(
        code=error.code(),
        message=error.details() or "",
        reason=info.reason if info else "",
        domain=info.domain if info else "",
        metadata=dict(info.metadata) if info else {},
        method=method,
        request_id=request_id,
    )
    return _build(failure, details)


class _Details:
    """The details of one status, looked up by message type."""

    def __init__(self, status: status_pb2.Status | None) -> None:
        self._packed = list(status.details) if status else []

    def first(self, kind: type[MessageT]) -> MessageT | None:
        """Returns the first detail of this type; None when there is none that can be decoded."""
        for packed in self._packed:
            message = kind()
            if packed.Is(kind.DESCRIPTOR):
                try:
                    packed.Unpack(message)
                except DecodeError:
                    continue
                return message
        return None


def _status(error: Any) -> status_pb2.Status | None:
    """Reads the rich status out of the trailing metadata; None when there is none or it is damaged."""
    trailing = error.trailing_metadata()
    for key, value in trailing or ():
        if key == STATUS_DETAILS_KEY:
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                return None
    return None


def _build(failure: Failure, details: _Details) -> DispatchClientError:
    """Chooses the class by code and hands it the details that it keeps."""
    match failure.code:
        case grpc.StatusCode.INVALID_ARGUMENT | grpc.StatusCode.OUT_OF_RANGE:
            return InvalidArgument(failure, _field_violations(details))
        case grpc.StatusCode.NOT_FOUND:
            return NotFound(failure, *_resource(details))
        case grpc.StatusCode.ALREADY_EXISTS:
            return AlreadyExists(failure, *_resource(details))
        case grpc.StatusCode.FAILED_PRECONDITION:
            return FailedPrecondition(failure, _precondition_violations(details))
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return ResourceExhausted(failure, _retry_after_s(details))
        case grpc.StatusCode.UNAVAILABLE:
            return Unavailable(failure, _retry_after_s(details))
        case grpc.StatusCode.INTERNAL | grpc.StatusCode.UNKNOWN | grpc.StatusCode.DATA_LOSS:
            return Internal(failure, failure.metadata.get("errorId", ""))
        case _:
            return _PLAIN.get(failure.code, DispatchClientError)(failure)


_PLAIN: Mapping[grpc.StatusCode, type[DispatchClientError]] = {
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.CANCELLED: Cancelled,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.UNIMPLEMENTED: Unimplemented,
}


def _field_violations(details: _Details) -> tuple[FieldViolation, ...]:
    bad_request = details.first(error_details_pb2.BadRequest)
    if bad_request is None:
        return ()
    return tuple(FieldViolation(v.field, v.reason, v.description) for v in bad_request.field_violations)


def _precondition_violations(details: _Details) -> tuple[PreconditionViolation, ...]:
    failure = details.first(error_details_pb2.PreconditionFailure)
    if failure is None:
        return ()
    return tuple(PreconditionViolation(v.type, v.subject, v.description) for v in failure.violations)


def _resource(details: _Details) -> tuple[str, str]:
    resource = details.first(error_details_pb2.ResourceInfo)
    return (resource.resource_type, resource.resource_name) if resource else ("", "")


def _retry_after_s(details: _Details) -> float | None:
    retry = details.first(error_details_pb2.RetryInfo)
    return retry.retry_delay.ToTimedelta().total_seconds() if retry else None


def _violation_line(violation: FieldViolation) -> str:
    reason = f" [{violation.reason}]" if violation.reason else ""
    return f"  {violation.field or '(request)'}: {violation.description}{reason}"
