"""Binds servicers to gRPC: every method takes bytes and gives bytes, so that broken ones are answered like any other.

A servicer has one coroutine (or async generator, for streams) per method of its proto service, named in snake_case.
Unary requests are parsed and checked here before the servicer sees them. Methods marked `raw` get bytes as they came,
those marked `duplex` read and write the bytes themselves.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final, TypeVar

import grpc
import structlog
from google.protobuf import descriptor_pool, message, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError

from pydispatch.errors import InvalidRequest
from pydispatch_server import log, reasons, rules
from pydispatch_server.clock import Clock
from pydispatch_server.errors import to_grpc
from pydispatch_server.staleness import Staleness

Context = grpc.aio.ServicerContext[Any, Any]
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")
_log = structlog.get_logger(__name__)


def raw(function: FunctionT) -> FunctionT:
    """Marks a method that takes the request's bytes and answers with bytes."""
    function.is_raw = True  # type: ignore[attr-defined]  # a mark of ours
    return function


def duplex(function: FunctionT) -> FunctionT:
    """Marks a method of streams both ways that reads and writes bytes on the call itself."""
    function.is_duplex = True  # type: ignore[attr-defined]  # a mark of ours
    return function


def checks_itself(function: FunctionT) -> FunctionT:
    """Marks a method whose request can be checked only once it is merged with what is stored."""
    function.checks_itself = True  # type: ignore[attr-defined]  # a mark of ours
    return function


def remaining_deadline_s(context: Context) -> float | None:
    """Returns the caller's deadline as monotonic time, None when there is none."""
    remaining_s = context.time_remaining()
    # Without a deadline gRPC says None, whatever its type says.
    return time.monotonic() + remaining_s if remaining_s is not None else None  # type: ignore[redundant-expr]


def parse(kind: type[Any], data: bytes) -> Any:
    """Reads a message.

    Raises:
        InvalidRequest: The bytes are no such message.
    """
    try:
        return kind.FromString(data)
    except DecodeError as error:
        name = kind.DESCRIPTOR.name
        raise InvalidRequest(f"the bytes are no {name}", reason=reasons.MALFORMED_MESSAGE) from error


def request_types(service: ServiceDescriptor) -> list[type[message.Message]]:
    """Lists the request messages of a service."""
    return [_message_class(method.input_type.full_name) for method in service.methods]


def bind(
    server: grpc.aio.Server, service: ServiceDescriptor, servicer: object, clock: Clock, staleness: Staleness
) -> None:
    """Registers a servicer for the methods of a proto service. gRPC itself answers UNIMPLEMENTED for one it lacks.

    Args:
        server: Where to register.
        service: The proto service.
        servicer: Has a method for each of the service's that is served.
        clock: Where `now` comes from.
        staleness: Flags answers that may be behind.
    """
    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
    for method in service.methods:
        if hasattr(servicer, _python_name(method)):
            handlers[method.name] = _Method(method, servicer, clock, staleness).handler()
        else:
            _log.warning("method not served", service=service.full_name, method=method.name)
    # Not as "registered" methods: for every call gRPC would look at all of those, which costs more than many a call.
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, handlers),))


class _Method:
    """One method of one service on its way between bytes and the servicer."""

    def __init__(self, method: MethodDescriptor, servicer: object, clock: Clock, staleness: Staleness) -> None:
        self._descriptor = method
        self._name = f"/{method.containing_service.full_name}/{method.name}"
        self._call = getattr(servicer, _python_name(method))
        self._is_raw = getattr(self._call, "is_raw", False)
        self._checks_itself = getattr(self._call, "checks_itself", False)
        self._request_class = _message_class(method.input_type.full_name)
        self._clock = clock
        self._staleness = staleness
        self._is_logged = log.is_debug()

    def handler(self) -> grpc.RpcMethodHandler[Any, Any]:
        """Makes the handler for the method's arity."""
        match self._descriptor.client_streaming, self._descriptor.server_streaming:
            case False, False:
                return grpc.unary_unary_rpc_method_handler(self._unary)
            case False, True:
                return grpc.unary_stream_rpc_method_handler(self._server_stream)
            case True, False:
                return grpc.stream_unary_rpc_method_handler(self._client_stream)
            case _ if getattr(self._call, "is_duplex", False):
                return grpc.stream_stream_rpc_method_handler(self._duplex)
            case _:
                return grpc.stream_stream_rpc_method_handler(self._bidi_stream)

    async def _unary(self, data: bytes, context: Context) -> bytes:
        """Answers one request."""
        begin_s = time.perf_counter() if self._is_logged else 0.0
        try:
            request = self._request(data)
            answer = await self._call(request, context)
            if flag := self._staleness.flag(request):
                await context.send_initial_metadata(flag)
        except Exception as error:
            await self._abort(context, error)
            raise AssertionError("abort never returns") from error
        if self._is_logged:
            self._say("ok", begin_s)
        return answer if isinstance(answer, bytes) else answer.SerializeToString()

    async def _client_stream(self, requests: AsyncIterator[bytes], context: Context) -> bytes:
        """Answers a stream of requests once."""
        try:
            answer = await self._call(self._requests(requests), context)
        except Exception as error:
            await self._abort(context, error)
            raise AssertionError("abort never returns") from error
        return answer if isinstance(answer, bytes) else answer.SerializeToString()

    async def _server_stream(self, data: bytes, context: Context) -> AsyncIterator[bytes]:
        """Answers one request by a stream."""
        try:
            request = self._request(data)
            if flag := self._staleness.flag(request):
                await context.send_initial_metadata(flag)
            async with aclosing(self._call(request, context)) as answers:
                async for answer in answers:
                    yield answer if isinstance(answer, bytes) else answer.SerializeToString()
        except Exception as error:  # noqa: BLE001 - handed to the one mapper
            await self._abort(context, error)

    async def _bidi_stream(self, requests: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
        """Answers a stream of requests by a stream."""
        try:
            async with aclosing(self._call(self._requests(requests), context)) as answers:
                async for answer in answers:
                    yield answer if isinstance(answer, bytes) else answer.SerializeToString()
        except Exception as error:  # noqa: BLE001 - handed to the one mapper
            await self._abort(context, error)

    async def _duplex(self, _: AsyncIterator[bytes], context: Context) -> None:
        """Lets the method talk to the caller."""
        try:
            await self._call(context)
        except Exception as error:  # noqa: BLE001 - handed to the one mapper
            await self._abort(context, error)

    def _request(self, data: bytes) -> Any:
        """Reads and checks a request, unless the method does that itself."""
        if self._is_raw:
            return data
        request = parse(self._request_class, data)
        if not self._checks_itself:
            rules.check(request, self._clock.now_ms())
        return request

    def _requests(self, requests: AsyncIterator[bytes]) -> AsyncIterator[Any]:
        """Reads the requests of a stream; their checks depend on their order and are the method's own."""
        return requests if self._is_raw else (parse(self._request_class, data) async for data in requests)

    async def _abort(self, context: Context, error: Exception) -> None:
        """Ends the call with the status that the mapper makes of an error."""
        status = to_grpc(error, self._name)
        if self._is_logged:
            self._say(status.code.name, 0.0, details=status.details)
        await context.abort_with_status(status)

    def _say(self, outcome: str, begin_s: float, **more: str) -> None:
        """Logs one request."""
        took_ms = round((time.perf_counter() - begin_s) * 1000, 3) if begin_s else None
        _log.debug("request", method=self._name, outcome=outcome, took_ms=took_ms, **more)


def _python_name(method: MethodDescriptor) -> str:
    """Returns the name under which a servicer has a method: snake_case."""
    return _WORD.sub("_", method.name).lower()


def _message_class(full_name: str) -> type[message.Message]:
    """Finds the generated class of a message."""
    descriptor = descriptor_pool.Default().FindMessageTypeByName(full_name)
    return message_factory.GetMessageClass(descriptor)
