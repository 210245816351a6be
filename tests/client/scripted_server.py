"""A gRPC server that answers as a test's script says, on a real port: faults by table, nothing mocked."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_status import rpc_status
from pydispatch_client.methods import ALL, Method, Shape
from pydispatch_client.transport import HEALTH_CHECK_PATH

MAX_THREADS = 16


@dataclass(frozen=True)
class Fail:
    """Ends a call with this status."""

    code: grpc.StatusCode
    message: str = ""
    details: Sequence[Message] = ()

    def status(self) -> grpc.Status:
        status = status_pb2.Status(code=self.code.value[0], message=self.message)
        for detail in self.details:
            status.details.add().Pack(detail)
        return rpc_status.to_status(status)


class Hang:
    """Holds a call until its client leaves or the server stops."""


Step = Message | Fail | Hang
Handler = Callable[[Any, grpc.ServicerContext], Any]


class ScriptedServer(grpc.GenericRpcHandler):
    """Serves every method of the contract from a script; a call without one fails as UNIMPLEMENTED."""

    def __init__(self, **server_arguments: Any) -> None:
        self.requests: dict[str, list[Any]] = defaultdict(list)
        self.metadata: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._scripts: dict[str, deque[Sequence[Step]]] = defaultdict(deque)
        self._handlers: dict[str, Handler] = {}
        self._methods = {method.path: method for method in ALL}
        self._has_stopped = threading.Event()
        self._server = grpc.server(futures.ThreadPoolExecutor(MAX_THREADS), **server_arguments)
        self._server.add_generic_rpc_handlers((self,))

    def script(self, method: Method[Any, Any], *calls: Step | Sequence[Step]) -> None:
        """Says how the next calls of a method go, one entry a call: a step, or for a stream of answers several."""
        self._scripts[method.path].extend([call] if isinstance(call, Step) else call for call in calls)

    def handle(self, method: Method[Any, Any], handler: Handler) -> None:
        """Lets a function serve a method."""
        self._handlers[method.path] = handler

    def calls_of(self, method: Method[Any, Any]) -> list[Any]:
        return self.requests[method.path]

    def start(self, credentials: grpc.ServerCredentials | None = None, address: str = "127.0.0.1:0") -> str:
        port = (
            self._server.add_secure_port(address, credentials)
            if credentials
            else self._server.add_insecure_port(address)
        )
        self._server.start()
        return f"{address.rpartition(':')[0]}:{port}"

    def stop(self) -> None:
        self._has_stopped.set()
        self._server.stop(grace=None).wait()

    def service(self, call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        path = call_details.method
        if path == HEALTH_CHECK_PATH:
            return grpc.unary_unary_rpc_method_handler(lambda request, context: b"\x08\x01")
        method = self._methods.get(path)
        if method is None:
            return None
        make, serve = {
            Shape.UNARY: (grpc.unary_unary_rpc_method_handler, self._one_answer),
            Shape.CLIENT_STREAM: (grpc.stream_unary_rpc_method_handler, self._one_answer),
            Shape.SERVER_STREAM: (grpc.unary_stream_rpc_method_handler, self._answers),
            Shape.BIDI: (grpc.stream_stream_rpc_method_handler, self._answers),
        }[method.shape]
        return make(
            lambda request, context: serve(method, request, context),
            request_deserializer=method.request.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _note(self, method: Method[Any, Any], request: Any, context: grpc.ServicerContext) -> None:
        if method.shape is Shape.CLIENT_STREAM:
            request = list(request)
        self.requests[method.path].append(request)
        self.metadata[method.path].append(dict(context.invocation_metadata()))

    def _one_answer(self, method: Method[Any, Any], request: Any, context: grpc.ServicerContext) -> Message:
        return next(iter(self._answers(method, request, context)))

    def _answers(self, method: Method[Any, Any], request: Any, context: grpc.ServicerContext) -> Iterator[Message]:
        if method.path in self._handlers:
            yield from self._handlers[method.path](request, context)
            return
        self._note(method, request, context)
        if not self._scripts[method.path]:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "the script has ended")
        for step in self._scripts[method.path].popleft():
            if isinstance(step, Fail):
                context.abort_with_status(step.status())
            elif isinstance(step, Hang):
                while context.is_active() and not self._has_stopped.wait(0.01):
                    pass
                return
            else:
                yield step
