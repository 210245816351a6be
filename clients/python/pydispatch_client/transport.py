"""Channels and calls: the only module that touches grpcio's call objects.

`AsyncTransport` and `Transport` are the two faces of one thing and are kept in step by eye: a channel opened at the
first call, a multi-callable per method, the default deadline, and one place where failed RPCs become our errors.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from typing import Any

import grpc
import grpc.aio

from pydispatch_client import errors
from pydispatch_client.methods import Method, RequestT, ResponseT, Shape, service_config
from pydispatch_client.options import USER_AGENT, BackoffTimer, ClientOptions, StreamBreak

# The standard health check by hand, so that no further distribution is needed: an empty request asks about the whole
# server, and field 1 = 1 of the answer says SERVING.
HEALTH_CHECK_PATH = "/grpc.health.v1.Health/Check"
HEALTH_SERVING = b"\x08\x01"


def channel_arguments(options: ClientOptions) -> list[tuple[str, Any]]:
    """Returns the gRPC channel arguments for these options."""
    arguments: list[tuple[str, Any]] = [
        ("grpc.primary_user_agent", USER_AGENT),
        ("grpc.enable_retries", 1),
        ("grpc.service_config", service_config(options.retry)),
        ("grpc.keepalive_time_ms", round(options.keepalive_time_s * 1000)),
        ("grpc.keepalive_timeout_ms", round(options.keepalive_timeout_s * 1000)),
        ("grpc.max_send_message_length", options.max_message_bytes),
        ("grpc.max_receive_message_length", options.max_message_bytes),
        # The channel's own reconnects must not be slower than the streams that wait for them.
        ("grpc.initial_reconnect_backoff_ms", round(options.backoff.initial_s * 1000)),
        ("grpc.min_reconnect_backoff_ms", round(options.backoff.initial_s * 1000)),
        ("grpc.max_reconnect_backoff_ms", round(options.backoff.max_s * 1000)),
    ]
    if options.tls and options.tls.server_name:
        arguments.append(("grpc.ssl_target_name_override", options.tls.server_name))
    return arguments


def _serialize(request: Any) -> bytes:
    """Serialises a message; bytes are a message already."""
    return request if isinstance(request, bytes) else request.SerializeToString()


class _TransportBase:
    """What both faces share: options, deadlines and request ids."""

    def __init__(self, server: str, options: ClientOptions) -> None:
        self.server = server
        self.options = options
        self.rng = random.Random(options.seed)  # noqa: S311 - jitter, no secret
        self.is_closed = False
        self._callables: dict[str, Any] = {}

    def request_id(self, given: str | None) -> str:
        """Returns the given request_id, or a new one for None."""
        return self.options.new_request_id() if given is None else given

    def backoff_timer(self) -> BackoffTimer:
        """Returns a new timer for one stream."""
        return BackoffTimer(self.options.backoff, self.rng)

    def tell_break(self, method: Method[Any, Any], error: errors.DispatchClientError | None, delay_s: float) -> None:
        """Tells whoever asked to be told that a stream broke."""
        if self.options.on_break is not None:
            self.options.on_break(StreamBreak(method.path, error, delay_s))

    def _call_options(self, method: Method[Any, Any], timeout_s: float | None) -> dict[str, Any]:
        deadline_s = method.wait.deadline_s(self.options.deadlines) if timeout_s is None else timeout_s
        return {
            "timeout": deadline_s,
            "metadata": self.options.metadata,
            "wait_for_ready": self.options.wait_for_ready or None,
        }

    def _callable(self, channel: Any, method: Method[Any, Any]) -> Any:
        found = self._callables.get(method.path)
        if found is None:
            open_callable = {
                Shape.UNARY: channel.unary_unary,
                Shape.SERVER_STREAM: channel.unary_stream,
                Shape.CLIENT_STREAM: channel.stream_unary,
                Shape.BIDI: channel.stream_stream,
            }[method.shape]
            found = self._callables[method.path] = open_callable(
                method.path, request_serializer=_serialize, response_deserializer=method.response.FromString
            )
        return found


def _error(error: Any, method: Method[Any, Any], request: object = None) -> errors.DispatchClientError:
    return errors.from_rpc_error(error, method.path, getattr(request, "request_id", ""))


async def _write_all(call: Any, requests: Iterable[Any]) -> None:
    """Writes every request and closes the sending side; stops early when the server has answered already."""
    try:
        for request in requests:
            await call.write(request)
        await call.done_writing()
    except (grpc.RpcError, asyncio.InvalidStateError):
        # The call is over. A failed write only says so; awaiting the call tells how the server ended it.
        return


class _GuardedRequests:
    """Requests for a thread of grpcio, which would swallow the error that ends them."""

    def __init__(self, requests: Iterable[Any]) -> None:
        self._requests = requests
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._requests
        except BaseException as error:
            self.error = error
            raise


class AsyncTransport(_TransportBase):
    """The asyncio face. The channel belongs to the event loop of the first call."""

    def __init__(self, server: str, options: ClientOptions) -> None:
        super().__init__(server, options)
        self._channel: grpc.aio.Channel | None = None

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel, opened at first use."""
        if self._channel is None:
            arguments = channel_arguments(self.options)
            if self.options.tls:
                self._channel = grpc.aio.secure_channel(self.server, self.options.tls.credentials(), arguments)
            else:
                self._channel = grpc.aio.insecure_channel(self.server, arguments)
        return self._channel

    async def unary(
        self, method: Method[RequestT, ResponseT], request: RequestT | bytes, timeout_s: float | None = None
    ) -> ResponseT:
        """Makes one unary call and returns its answer."""
        try:
            response: ResponseT = await self._callable(self.channel, method)(
                request, **self._call_options(method, timeout_s)
            )
        except grpc.RpcError as error:
            raise _error(error, method, request) from error
        return response

    async def server_stream(
        self, method: Method[RequestT, ResponseT], request: RequestT, timeout_s: float | None = None
    ) -> AsyncGenerator[ResponseT, None]:
        """Yields the answers of one stream and cancels it when the caller stops reading."""
        call = self._callable(self.channel, method)(request, **self._call_options(method, timeout_s))
        try:
            async for response in call:
                yield response
        except grpc.RpcError as error:
            raise _error(error, method, request) from error
        finally:
            call.cancel()

    async def client_stream(
        self,
        method: Method[RequestT, ResponseT],
        requests: Iterable[RequestT],
        timeout_s: float | None = None,
    ) -> ResponseT:
        """Sends the requests and returns the one answer; an error raised by `requests` cancels the call."""
        call = self._callable(self.channel, method)(**self._call_options(method, timeout_s))
        try:
            await _write_all(call, requests)
            response: ResponseT = await call
        except grpc.RpcError as error:
            raise _error(error, method) from error
        finally:
            call.cancel()
        return response

    def open_bidi(self, method: Method[RequestT, ResponseT]) -> grpc.aio.StreamStreamCall[Any, ResponseT]:
        """Opens a stream both ways; its requests are messages or bytes."""
        call: grpc.aio.StreamStreamCall[Any, ResponseT] = self._callable(self.channel, method)(
            metadata=self.options.metadata, wait_for_ready=self.options.wait_for_ready or None
        )
        return call

    async def health(self, timeout_s: float) -> bool:
        """Returns True when the server answers that it is serving, within this time."""
        check: Any = self.channel.unary_unary(HEALTH_CHECK_PATH)
        try:
            answer: bytes = await check(b"", timeout=timeout_s, wait_for_ready=True)
        except grpc.RpcError:
            return False
        return answer == HEALTH_SERVING

    async def close(self) -> None:
        """Closes the channel; calls under way are cancelled."""
        self.is_closed = True
        if self._channel is not None:
            await self._channel.close()


class Transport(_TransportBase):
    """The synchronous face. Safe to use from several threads."""

    def __init__(self, server: str, options: ClientOptions) -> None:
        super().__init__(server, options)
        arguments = channel_arguments(options)
        self.channel: grpc.Channel = (
            grpc.secure_channel(server, options.tls.credentials(), arguments)
            if options.tls
            else grpc.insecure_channel(server, arguments)
        )

    def unary(
        self, method: Method[RequestT, ResponseT], request: RequestT | bytes, timeout_s: float | None = None
    ) -> ResponseT:
        """Makes one unary call and returns its answer."""
        try:
            response: ResponseT = self._callable(self.channel, method)(request, **self._call_options(method, timeout_s))
        except grpc.RpcError as error:
            raise _error(error, method, request) from error
        return response

    def server_stream(
        self, method: Method[RequestT, ResponseT], request: RequestT, timeout_s: float | None = None
    ) -> Generator[ResponseT, None, None]:
        """Yields the answers of one stream and cancels it when the caller stops reading."""
        call = self._callable(self.channel, method)(request, **self._call_options(method, timeout_s))
        try:
            yield from call
        except grpc.RpcError as error:
            raise _error(error, method, request) from error
        finally:
            call.cancel()

    def client_stream(
        self, method: Method[RequestT, ResponseT], requests: Iterable[RequestT], timeout_s: float | None = None
    ) -> ResponseT:
        """Sends the requests and returns the one answer; an error raised by `requests` cancels the call."""
        guarded = _GuardedRequests(requests)
        try:
            response: ResponseT = self._callable(self.channel, method)(
                iter(guarded), **self._call_options(method, timeout_s)
            )
        except grpc.RpcError as error:
            raise guarded.error or _error(error, method) from error
        return response

    def open_bidi(self, method: Method[RequestT, ResponseT], requests: Iterator[Any]) -> Any:
        """Opens a stream both ways; its requests are messages or bytes. Iterating over the call yields the answers."""
        return self._callable(self.channel, method)(
            requests, metadata=self.options.metadata, wait_for_ready=self.options.wait_for_ready or None
        )

    def health(self, timeout_s: float) -> bool:
        """Returns True when the server answers that it is serving, within this time."""
        check: Any = self.channel.unary_unary(HEALTH_CHECK_PATH)
        try:
            answer: bytes = check(b"", timeout=timeout_s, wait_for_ready=True)
        except grpc.RpcError:
            return False
        return answer == HEALTH_SERVING

    def close(self) -> None:
        """Closes the channel; calls under way are cancelled."""
        self.is_closed = True
        self.channel.close()
