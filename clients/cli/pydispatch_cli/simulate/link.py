"""One connection to the server: unary calls with retries and measured latencies, a bound on what is under way."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any

import grpc
import grpc.aio
from pydispatch_protos.dispatch.v1 import (
    booking_service_pb2_grpc,
    catalog_service_pb2_grpc,
    clock_service_pb2_grpc,
    customer_service_pb2_grpc,
    dispatch_service_pb2_grpc,
    enterprise_batch_service_pb2_grpc,
    location_service_pb2_grpc,
    region_service_pb2_grpc,
    technician_service_pb2_grpc,
    visit_service_pb2_grpc,
)

from pydispatch_cli.simulate.errors import ServerRefused

MAX_CALLS_UNDER_WAY = 32
MAX_TRIES = 200
RETRY_PAUSE_S = 0.1
CALL_LIMIT_S = 60.0

CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
)
RETRIED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}


class Refused(ServerRefused):
    """The server refused a call, or was away for too long.

    Attributes:
        code: Status code of the answer.
    """

    def __init__(self, name: str, error: grpc.aio.AioRpcError) -> None:
        super().__init__(f"{name} {error.code().name}: {error.details()}")
        self.code = error.code()


class Link:
    """Stubs of every service over one channel.

    Attributes:
        latencies_ms: Method name to the time of each call that was answered at the first try.
        retries: Calls sent again because the server was away or busy.
        refusals: Sentence to the number of calls refused for good where the simulation can go on.
    """

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._under_way = asyncio.Semaphore(MAX_CALLS_UNDER_WAY)
        self.latencies_ms: dict[str, list[float]] = defaultdict(list)
        self.retries = 0
        self.refusals: Counter[str] = Counter()
        # Typed for the synchronous channel; the asynchronous one gives awaitables.
        channel: Any = self._channel
        self.batches: Any = enterprise_batch_service_pb2_grpc.EnterpriseBatchServiceStub(channel)
        self.bookings: Any = booking_service_pb2_grpc.BookingServiceStub(channel)
        self.catalog: Any = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        self.clock: Any = clock_service_pb2_grpc.ClockServiceStub(channel)
        self.customers: Any = customer_service_pb2_grpc.CustomerServiceStub(channel)
        self.dispatch: Any = dispatch_service_pb2_grpc.DispatchServiceStub(channel)
        self.locations: Any = location_service_pb2_grpc.LocationServiceStub(channel)
        self.regions: Any = region_service_pb2_grpc.RegionServiceStub(channel)
        self.technicians: Any = technician_service_pb2_grpc.TechnicianServiceStub(channel)
        self.visits: Any = visit_service_pb2_grpc.VisitServiceStub(channel)

    async def __aenter__(self) -> "Link":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._channel.close()

    async def call(self, name: str, method: Callable[..., Awaitable[Any]], request: object) -> Any:
        """Makes one unary call; a request that changes something must carry a request_id or be safe to repeat.

        Raises:
            Refused: The server refused, or was away for longer than MAX_TRIES pauses.
        """
        async with self._under_way:
            for attempt in range(1, MAX_TRIES + 1):
                begin = time.perf_counter()
                try:
                    answer = await method(request, timeout=CALL_LIMIT_S)
                except grpc.aio.AioRpcError as error:
                    if error.code() not in RETRIED or attempt == MAX_TRIES:
                        raise Refused(name, error) from error
                    self.retries += 1
                    await asyncio.sleep(RETRY_PAUSE_S)
                else:
                    if attempt == 1:
                        self.latencies_ms[name].append((time.perf_counter() - begin) * 1000)
                    return answer
        raise AssertionError("Invariant: the last try returns or raises")

    async def together(self, calls: Iterable[Awaitable[Any]]) -> list[Any]:
        """Makes several calls at once and waits for all; they reach the server in the order given.

        Raises:
            Refused: One of them was refused; the others are cancelled.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_finish(call)) for call in calls]
        except* Refused as errors:
            raise errors.exceptions[0] from errors
        return [task.result() for task in tasks]


async def _finish(call: Awaitable[Any]) -> Any:
    return await call
