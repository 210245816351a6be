"""Typed client of a pydispatch server; pure Python.

`DispatchClient` and `AsyncDispatchClient` have the same attributes and methods, one attribute for each service of the
contract: `client.technicians.create(...)`, `client.dispatch.recommend(...)`. `messages` holds every message, `names`
builds resource names, and whatever goes wrong is a `DispatchClientError`.
"""

from pydispatch_client import messages, names
from pydispatch_client._async.client import AsyncDispatchClient
from pydispatch_client._sync.client import DispatchClient
from pydispatch_client.errors import (
    Aborted,
    AlreadyExists,
    Cancelled,
    DeadlineExceeded,
    DispatchClientError,
    FailedPrecondition,
    FieldViolation,
    FlushIncomplete,
    Internal,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    PreconditionViolation,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Unimplemented,
)
from pydispatch_client.fixes import FixBatch, FixTuple
from pydispatch_client.options import Backoff, ClientOptions, Deadlines, RetryPolicy, StreamBreak, Tls
from pydispatch_client.receiving import BadWebhook, verify_webhook
from pydispatch_client.streaming.aio import AsyncLocationStreamer
from pydispatch_client.streaming.core import StreamerCounters, StreamerOptions
from pydispatch_client.streaming.threaded import LocationStreamer

__all__ = [
    "Aborted",
    "AlreadyExists",
    "AsyncDispatchClient",
    "AsyncLocationStreamer",
    "Backoff",
    "BadWebhook",
    "Cancelled",
    "ClientOptions",
    "DeadlineExceeded",
    "Deadlines",
    "DispatchClient",
    "DispatchClientError",
    "FailedPrecondition",
    "FieldViolation",
    "FixBatch",
    "FixTuple",
    "FlushIncomplete",
    "Internal",
    "InvalidArgument",
    "LocationStreamer",
    "NotFound",
    "PermissionDenied",
    "PreconditionViolation",
    "ResourceExhausted",
    "RetryPolicy",
    "StreamBreak",
    "StreamerCounters",
    "StreamerOptions",
    "Tls",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "messages",
    "names",
    "verify_webhook",
]
