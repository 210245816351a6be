"""Watching: initial state, changes in order, resuming where one left off, and beginning again when that is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits
from pydispatch_server.watch import write_token

from tests.server import harness
from tests.server.conftest import MANUAL
from tests.server.harness import PLAN, REGION, ServerProcess, Stubs, refusal, wait_until

INITIAL = dispatch.PLAN_EVENT_TYPE_INITIAL
SYNCED = dispatch.PLAN_EVENT_TYPE_SYNCED
CHANGED = dispatch.PLAN_EVENT_TYPE_VISIT_CHANGED
RESYNC = dispatch.PLAN_EVENT_TYPE_RESYNC
HEARTBEAT = dispatch.PLAN_EVENT_TYPE_HEARTBEAT


class Watch:
    """One watch stream."""

    def __init__(self, stubs: Stubs, token: str = "", **filters: Any) -> None:
        request = dispatch.WatchPlanRequest(name=PLAN, resume_token=token, **filters)
        self._call = stubs.dispatch.WatchPlan(request, timeout=60)
        self._messages: Iterator[dispatch.WatchPlanResponse] = iter(self._call)

    def next(self) -> dispatch.WatchPlanResponse:
        return next(self._messages)

    def until(self, kind: dispatch.PlanEventType) -> list[dispatch.WatchPlanResponse]:
        found = [self.next()]
        while found[-1].type != kind:
            found.append(self.next())
        return found

    def changes(self, count: int) -> list[dispatch.WatchPlanResponse]:
        found: list[dispatch.WatchPlanResponse] = []
        while len(found) < count:
            message = self.next()
            if message.type == CHANGED:
                found.append(message)
        return found

    def is_ended(self) -> bool:
        """Reads on until the stream ends."""
        try:
            return not [None for message in self._messages if message.type == INITIAL]
        except grpc.RpcError:
            return True

    def close(self) -> None:
        self._call.cancel()


class Replica(Watch):
    """A watcher who keeps every open visit as the stream tells it."""

    def __init__(self, stubs: Stubs, token: str = "", known: dict[str, visits.Visit] | None = None) -> None:
        super().__init__(stubs, token)
        self._stubs = stubs
        self.visits = dict(known or {})
        self.kinds: set[dispatch.PlanEventType] = set()
        self.sequences: list[int] = []

    def follow(self) -> dispatch.WatchPlanResponse:
        message = self.next()
        self.kinds.add(message.type)
        if message.type == RESYNC:
            self.visits.clear()
        elif message.type in (INITIAL, CHANGED):
            self.visits[message.visit.name] = message.visit
        if message.type == CHANGED:
            self.sequences.append(message.sequence)
        return message

    def follow_until(self, kind: dispatch.PlanEventType) -> dispatch.WatchPlanResponse:
        while (message := self.follow()).type != kind:
            pass
        return message

    def follow_until_synced(self) -> dispatch.WatchPlanResponse:
        return self.follow_until(SYNCED)

    def follow_until_changed(self) -> dispatch.WatchPlanResponse:
        return self.follow_until(CHANGED)

    def catch_up(self) -> None:
        """Follows until what was told is what is; the stream's deadline is the test's."""
        listed = self._stubs.visits.ListVisits(visits.ListVisitsRequest(parent=REGION, page_size=1000)).visits
        truth = {visit.name: visit for visit in listed if is_open(visit)}
        while {name: visit for name, visit in self.visits.items() if is_open(visit)} != truth:
            self.follow()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose memory of changes is short, with quick heartbeats."""
    flags = (*MANUAL, "--event-ring-max", "40", "--heartbeat-s", "0.3")
    process = ServerProcess(tmp_path_factory.mktemp("server"), *flags)
    process.start()
    yield process
    process.close()


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    harness.add_technicians(stubs, 10)
    harness.add_service(stubs)
    for _ in range(5):
        harness.create_booking(stubs)


def test_initial_state_then_changes(stubs: Stubs) -> None:
    open_names = {
        visit.name
        for visit in stubs.visits.ListVisits(visits.ListVisitsRequest(parent=REGION)).visits
        if visit.state < types.VISIT_STATE_COMPLETED
    }
    watch = Watch(stubs)
    *initial, synced = watch.until(SYNCED)
    assert {message.type for message in initial} == {INITIAL}
    assert {message.visit.name for message in initial} == open_names
    booked = harness.create_booking(stubs)
    (change,) = watch.changes(1)
    assert change.visit == booked.visit
    assert change.sequence > synced.sequence
    assert change.event_time.seconds == harness.START_S
    assert change.resume_token
    assert {message.epoch for message in (*initial, synced, change)} == {1}
    assert stubs.visits.GetVisit(visits.GetVisitRequest(name=change.visit.name)).visit == change.visit
    watch.close()


def test_resume_from_memory_gets_what_was_missed(stubs: Stubs) -> None:
    replica = Replica(stubs)
    token = replica.follow_until_synced().resume_token
    replica.close()
    for _ in range(3):
        harness.create_booking(stubs)
    resumed = Replica(stubs, token, replica.visits)
    resumed.catch_up()
    assert RESYNC not in resumed.kinds
    assert INITIAL not in resumed.kinds
    assert resumed.sequences == sorted(set(resumed.sequences))
    resumed.close()


def test_resuming_after_any_change_misses_nothing(stubs: Stubs) -> None:
    replica = Replica(stubs)
    replica.follow_until_synced()
    for _ in range(6):
        harness.create_booking(stubs)
        token = replica.follow_until_changed().resume_token
        replica.close()
        replica = Replica(stubs, token, replica.visits)
    replica.catch_up()
    replica.close()


def test_resume_from_the_store_after_a_kill(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_technicians(stubs, 3)
    harness.add_service(stubs)
    replica = Replica(stubs)
    token = replica.follow_until_synced().resume_token
    replica.close()
    for _ in range(4):
        harness.create_booking(stubs)
    process.kill()
    stubs = process.start()
    resumed = Replica(stubs, token, replica.visits)
    resumed.catch_up()
    assert RESYNC not in resumed.kinds
    resumed.close()


def test_token_too_old_for_the_memory_begins_again(stubs: Stubs) -> None:
    watch = Watch(stubs)
    token = watch.until(SYNCED)[-1].resume_token
    watch.close()
    for _ in range(60):
        harness.create_booking(stubs)
    resumed = Watch(stubs, token)
    messages = resumed.until(SYNCED)
    assert messages[0].type == RESYNC
    assert not messages[0].resume_token
    resumed.close()


def test_token_from_the_future_begins_again(stubs: Stubs) -> None:
    sequence = stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan.sequence
    for token in (write_token("town", 1, sequence + 1), write_token("town", 99, sequence)):
        resumed = Watch(stubs, token)
        assert resumed.next().type == RESYNC
        resumed.close()


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "🔧", "A" * 27])
def test_token_of_nobody_is_refused(stubs: Stubs, token: str) -> None:
    found = refusal(lambda: Watch(stubs, token).next())
    assert found.code == grpc.StatusCode.INVALID_ARGUMENT
    assert found.fields == {"resume_token": {"BAD_RESUME_TOKEN"}}


def test_heartbeat_in_silence_can_be_resumed_from(stubs: Stubs) -> None:
    replica = Replica(stubs)
    replica.follow_until_synced()
    heartbeat = replica.follow_until(HEARTBEAT)
    replica.close()
    harness.create_booking(stubs)
    resumed = Replica(stubs, heartbeat.resume_token, replica.visits)
    resumed.catch_up()
    assert RESYNC not in resumed.kinds
    resumed.close()


def test_filter_by_technician_tells_when_a_visit_leaves(stubs: Stubs) -> None:
    booked = harness.create_booking(stubs)
    who = booked.visit.placement.technician
    watch = Watch(stubs, technicians=[who])
    *initial, _ = watch.until(SYNCED)
    assert {message.visit.placement.technician for message in initial} == {who}
    offline = dispatch.TechnicianOffline(technician=who)
    answer = stubs.dispatch.ReportDisruption(
        dispatch.ReportDisruptionRequest(parent=REGION, technician_offline=offline)
    )
    told = {message.visit.name for message in watch.changes(len(initial))}
    assert told == {message.visit.name for message in initial}
    assert told <= {visit.name for visit in answer.visits}
    watch.close()


def test_watcher_whose_queue_overflows_begins_again_and_misses_nothing(launch: Callable[..., ServerProcess]) -> None:
    process = launch("--watch-queue-max", "5")
    stubs = process.start()
    harness.add_technicians(stubs, 10)
    harness.add_service(stubs)
    for _ in range(30):
        harness.create_booking(stubs)
    replica = Replica(stubs)
    replica.follow_until_synced()
    # Nobody departs, so a tick moves the times of all of them: more at once than the queue holds.
    harness.advance(stubs, harness.START_S + 600)
    replica.catch_up()
    assert RESYNC in replica.kinds
    harness.create_booking(stubs)
    replica.catch_up()
    replica.close()


def is_open(visit: visits.Visit) -> bool:
    return visit.state < types.VISIT_STATE_COMPLETED


def test_streams_end_when_the_server_stops(process: ServerProcess) -> None:
    stubs = process.start()
    watch = Watch(stubs)
    watch.until(SYNCED)
    assert process.terminate() == 0
    assert watch.is_ended()


def test_watchers_who_leave_make_room(launch: Callable[..., ServerProcess]) -> None:
    stubs = launch("--watchers-max", "3").start()
    for _ in range(3):
        watching = [Watch(stubs) for _ in range(3)]
        for watch in watching:
            watch.until(SYNCED)
        found = refusal(lambda: Watch(stubs).next())
        assert (found.code, found.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_WATCHERS")
        for watch in watching:
            watch.close()
        wait_until(lambda: has_room(stubs), 20, "the watchers who left are forgotten")


def has_room(stubs: Stubs) -> bool:
    watching = [Watch(stubs) for _ in range(3)]
    try:
        return all(watch.next().type == SYNCED for watch in watching)
    except grpc.RpcError:
        return False
    finally:
        for watch in watching:
            watch.close()
