"""The one place where errors become gRPC statuses with rich details. No other module catches `Exception`.

DispatchError and its kinds carry what the caller may know; anything else is a defect: it is logged whole under an
error id, and the id is all that leaves the process.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final, TypeVar

import grpc
import structlog
from google.protobuf import duration_pb2, message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from pydispatch import errors
from pydispatch_server import reasons

T = TypeVar("T")

DOMAIN: Final = "pydispatch"
# The most violations told of one request; the rest would only repeat the pattern.
MAX_VIOLATIONS: Final = 100

_log = structlog.get_logger(__name__)


class StartError(Exception):
    """The server cannot start; the text says why in one sentence."""


class DeadlinePassed(errors.DispatchError):
    """The caller's deadline passed while its command waited, so the command was not applied."""

    def __init__(self) -> None:
        super().__init__("the deadline passed before the command was applied", reason=reasons.DEADLINE_PASSED)


# The first class that fits gives the code, so special classes come before their base.
_CODES: Final[tuple[tuple[type[errors.DispatchError], int], ...]] = (
    (errors.InvalidRequest, code_pb2.INVALID_ARGUMENT),
    (errors.NotFound, code_pb2.NOT_FOUND),
    (errors.AlreadyExists, code_pb2.ALREADY_EXISTS),
    (errors.Conflict, code_pb2.ABORTED),
    (errors.IllegalTransition, code_pb2.FAILED_PRECONDITION),
    (errors.Overloaded, code_pb2.RESOURCE_EXHAUSTED),
    (errors.Unavailable, code_pb2.UNAVAILABLE),
    (DeadlinePassed, code_pb2.DEADLINE_EXCEEDED),
)


def invalid(*violations: errors.Violation) -> errors.InvalidRequest:
    """Makes the error that lists these violations."""
    count = len(violations)
    text = str(violations[0]) if count == 1 else f"{count} fields cannot be accepted, first {violations[0]}"
    return errors.InvalidRequest(text, reason=reasons.INVALID_FIELDS, violations=violations[:MAX_VIOLATIONS])


def invalid_field(field: str, reason: str, description: str) -> errors.InvalidRequest:
    """Makes the error of one field."""
    return invalid(errors.Violation(field, reason, description))


def attempt(call: Callable[[], T]) -> tuple[T, None] | tuple[None, Exception]:
    """Calls a function and returns its result, or the error that it raised, whatever it is.

    For the owner's loop, which must answer one caller with the error and go on serving the others.
    """
    try:
        return call(), None
    except Exception as error:  # noqa: BLE001 - this module is the one mapper
        return None, error


def to_grpc(error: Exception, method: str) -> grpc.Status:
    """Turns any error into the status that the caller sees.

    Args:
        error: What a handler raised.
        method: Full name of the method, for the log.
    """
    known = error if isinstance(error, errors.DispatchError) else _defect(error, method)
    status = status_pb2.Status(code=_code(known), message=known.message)
    for detail in _details(known):
        status.details.add().Pack(detail)
    return rpc_status.to_status(status)


def _code(error: errors.DispatchError) -> int:
    """Returns the gRPC code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), code_pb2.INTERNAL)


def _defect(error: Exception, method: str) -> errors.InternalError:
    """Logs an unexpected error whole and returns the one that may be told."""
    error_id = uuid.uuid4().hex
    _log.error("defect", method=method, error_id=error_id, exc_info=error)
    return errors.InternalError("the server met a defect of its own", reason=reasons.INTERNAL, error_id=error_id)


def _details(error: errors.DispatchError) -> list[message.Message]:
    """Lists the details of an error: ErrorInfo always, then what its kind adds."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    details: list[message.Message] = [info]
    match error:
        case errors.InvalidRequest(violations=[_, *_]):
            details.append(_bad_request(error))
        case errors.NotFound() | errors.AlreadyExists():
            details.append(
                error_details_pb2.ResourceInfo(
                    resource_type=error.resource_type, resource_name=error.resource_name, description=error.message
                )
            )
        case errors.IllegalTransition():
            details.append(_precondition(error))
        case errors.Overloaded() | errors.Unavailable():
            delay = duration_pb2.Duration()
            delay.FromMilliseconds(int(error.retry_after_s * 1000))
            details.append(error_details_pb2.RetryInfo(retry_delay=delay))
        case errors.InternalError():
            info.metadata["errorId"] = error.error_id
    return details


def _bad_request(error: errors.InvalidRequest) -> error_details_pb2.BadRequest:
    """Lists every violation with its path, reason and sentence."""
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(
                field=violation.field, reason=violation.reason, description=violation.description
            )
            for violation in error.violations
        ]
    )


def _precondition(error: errors.IllegalTransition) -> error_details_pb2.PreconditionFailure:
    """Says what is in which state and which one was asked for."""
    failure = error_details_pb2.PreconditionFailure()
    states = f"{error.from_state} -> {error.to_state}: " if error.from_state else ""
    failure.violations.add(type=error.reason, subject=error.subject, description=states + error.message)
    return failure
