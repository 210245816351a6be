"""Many watchers at once: everyone hears everything, and one who reads nothing changes nothing for the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import grpc
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import booking_service_pb2_grpc, dispatch_service_pb2_grpc, visit_service_pb2_grpc
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits
from pydispatch_server.feed import Feed

from tests.server import harness
from tests.server.harness import PLAN, REGION, ServerProcess

Launch = Callable[..., ServerProcess]
WATCHERS = 100
BOOKINGS = 60
WITHIN_S = 60
KINDS = dispatch.PlanEventType


class Replica:
    """A watcher who keeps every visit as the stream tells it, and checks the order of what it hears."""

    def __init__(self, channel: grpc.aio.Channel, bundle_ms: int, token: str = "") -> None:
        request = dispatch.WatchPlanRequest(name=PLAN, bundle_ms=bundle_ms, resume_token=token)
        self._call = dispatch_service_pb2_grpc.DispatchServiceStub(channel).WatchPlan(request, timeout=2 * WITHIN_S)
        self.visits: dict[str, visits.Visit] = {}
        self.kinds: list[int] = []
        self.token = token
        self._sequence = 0

    async def follow(self) -> int:
        message = await self._call.read()
        assert message is not grpc.aio.EOF
        self.kinds.append(message.type)
        self.token = message.resume_token or self.token
        if message.type == KINDS.PLAN_EVENT_TYPE_RESYNC:
            self.visits.clear()
            self._sequence = 0
        elif message.type in (KINDS.PLAN_EVENT_TYPE_INITIAL, KINDS.PLAN_EVENT_TYPE_VISIT_CHANGED):
            self.visits[message.visit.name] = message.visit
        for change in message.changes:
            assert change.sequence > self._sequence
            self._sequence = change.sequence
            self.visits[change.visit.name] = change.visit
        return int(message.type)

    async def until_synced(self) -> None:
        while await self.follow() != KINDS.PLAN_EVENT_TYPE_SYNCED:
            pass

    async def until(self, truth: dict[str, visits.Visit]) -> None:
        while self.visits != truth:
            await self.follow()

    def cancel(self) -> None:
        self._call.cancel()


async def truth_of(channel: grpc.aio.Channel) -> dict[str, visits.Visit]:
    request = visits.ListVisitsRequest(parent=REGION, page_size=1000)
    return {
        visit.name: visit
        for visit in (await visit_service_pb2_grpc.VisitServiceStub(channel).ListVisits(request)).visits
    }


async def book(channel: grpc.aio.Channel, count: int) -> None:
    create = booking_service_pb2_grpc.BookingServiceStub(channel).CreateBooking
    request = bookings.CreateBookingRequest(parent=REGION, booking=harness.booking(note="x" * 900))
    await asyncio.gather(*(create(request) for _ in range(count)))


async def test_a_stuck_watcher_changes_nothing_for_a_hundred_others(launch: Launch) -> None:
    process = launch("--event-ring-max", "5000", "--watch-queue-max", "20")
    stubs = process.start()
    harness.add_technicians(stubs, 20)
    harness.add_service(stubs)
    options = [("grpc.use_local_subchannel_pool", 1)]
    address = f"127.0.0.1:{process.port}"
    async with (
        grpc.aio.insecure_channel(address, options) as channel,
        grpc.aio.insecure_channel(address, options) as own,
    ):
        await book(channel, 5)
        stuck = [Replica(own, bundle_ms) for bundle_ms in (0, 50)]
        watching = [Replica(channel, (0, 50, 200)[number % 3]) for number in range(WATCHERS)]
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(*(watcher.until_synced() for watcher in (*stuck, *watching)))
            for _ in range(5):
                await book(channel, BOOKINGS)
                now = await truth_of(channel)
                await asyncio.gather(*(watcher.until(now) for watcher in watching))
            assert all(KINDS.PLAN_EVENT_TYPE_BUNDLE in watcher.kinds for watcher in watching[1::3])
            # Far behind, they are told to begin again or get what they have missed; either way they end where all are.
            await asyncio.gather(*(watcher.until(now) for watcher in stuck))
            token, known = watching[1].token, dict(watching[1].visits)
            watching[1].cancel()
            await book(channel, 3)
            back = Replica(channel, 50, token)
            back.visits = known
            await back.until(await truth_of(channel))
            assert KINDS.PLAN_EVENT_TYPE_RESYNC not in back.kinds
    harness.assert_clean(stubs)


def test_many_watchers_get_longer_bundles() -> None:
    feed = Feed(ring_max=10, queue_max=10, watchers_max=1_000)
    subscriptions = [feed.subscribe(None) for _ in range(1_000)]
    assert [feed.period_ms(asked_ms) for asked_ms in (0, 30, 250, 400, 5_000)] == [512, 480, 500, 400, 5_000]
    for subscription in subscriptions[100:]:
        feed.unsubscribe(subscription)
    assert [feed.period_ms(asked_ms) for asked_ms in (30, 250)] == [60, 250]
