"""Watchers come back after a break by themselves, and their callers see each change once."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import grpc
import pydispatch_client as pc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2 as details
from pydispatch_client import AsyncDispatchClient, Backoff, DispatchClient, methods
from pydispatch_client import messages as m

from tests.client.conftest import QUICK
from tests.client.scripted_server import Fail, Hang, ScriptedServer

PLAN = "regions/sf/plan"
BATCH = "regions/sf/batches/b"
DOWN = Fail(grpc.StatusCode.UNAVAILABLE, "stopping")


def event(kind: str, sequence: int = 0, token: str = "", visit: str = "") -> m.WatchPlanResponse:
    return m.WatchPlanResponse(
        type=m.PlanEventType.Value(f"PLAN_EVENT_TYPE_{kind}"),
        sequence=sequence,
        resume_token=token,
        visit=m.Visit(name=visit) if visit else None,
    )


def changed(sequence: int) -> m.WatchPlanResponse:
    return event("VISIT_CHANGED", sequence, f"t{sequence}", f"v{sequence}")


INITIAL = event("INITIAL", token="", visit="v0")
SYNCED = event("SYNCED", 1, "t1")


def seen(events) -> list[tuple[str, int]]:
    return [(m.PlanEventType.Name(event.type).removeprefix("PLAN_EVENT_TYPE_"), event.sequence) for event in events]


def tokens(scripted: ScriptedServer) -> list[str]:
    return [request.resume_token for request in scripted.calls_of(methods.WATCH_PLAN)]


def test_a_broken_watch_resumes_after_the_last_event(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [INITIAL, SYNCED, changed(2), DOWN], [changed(3), Hang()])
    events = list(itertools.islice(client.dispatch.watch_plan(PLAN, batch=BATCH), 4))
    assert seen(events) == [("INITIAL", 0), ("SYNCED", 1), ("VISIT_CHANGED", 2), ("VISIT_CHANGED", 3)]
    assert tokens(scripted) == ["", "t2"]
    assert {request.batch for request in scripted.calls_of(methods.WATCH_PLAN)} == {BATCH}


def test_a_break_is_told_to_whoever_wants_to_know(scripted: ScriptedServer, address: str) -> None:
    scripted.script(methods.WATCH_PLAN, [SYNCED, DOWN], [changed(2)], [changed(3), Hang()])
    breaks: list[pc.StreamBreak] = []
    with DispatchClient(address, replace(QUICK, on_break=breaks.append)) as client:
        assert len(list(itertools.islice(client.dispatch.watch_plan(PLAN), 3))) == 3
    assert [broken.method for broken in breaks] == [methods.WATCH_PLAN.path] * 2
    assert [type(broken.error) for broken in breaks] == [pc.Unavailable, type(None)]


def test_changes_sent_again_are_left_out(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [SYNCED, changed(2), changed(3), DOWN], [changed(2), changed(3), changed(4)])
    events = list(itertools.islice(client.dispatch.watch_plan(PLAN), 4))
    assert seen(events) == [("SYNCED", 1), ("VISIT_CHANGED", 2), ("VISIT_CHANGED", 3), ("VISIT_CHANGED", 4)]


def test_a_servers_resync_is_passed_on_and_its_numbers_taken(scripted: ScriptedServer, client: DispatchClient) -> None:
    resync = event("RESYNC", 1, "r1")
    scripted.script(methods.WATCH_PLAN, [changed(7), resync, INITIAL, event("SYNCED", 1, "r1"), changed(2), Hang()])
    events = list(itertools.islice(client.dispatch.watch_plan(PLAN, resume_token="old"), 5))
    assert [kind for kind, _ in seen(events)] == ["VISIT_CHANGED", "RESYNC", "INITIAL", "SYNCED", "VISIT_CHANGED"]
    assert tokens(scripted) == ["old"]


def test_a_break_amid_the_initial_state_says_resync(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [INITIAL, DOWN], [INITIAL, SYNCED, Hang()])
    events = list(itertools.islice(client.dispatch.watch_plan(PLAN), 4))
    assert seen(events) == [("INITIAL", 0), ("RESYNC", 0), ("INITIAL", 0), ("SYNCED", 1)]
    assert tokens(scripted) == ["", ""]


def test_a_stream_that_just_ends_is_opened_again(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [SYNCED], [changed(2), Hang()])
    assert seen(itertools.islice(client.dispatch.watch_plan(PLAN), 2)) == [("SYNCED", 1), ("VISIT_CHANGED", 2)]


def test_heartbeats_are_passed_on(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [event("HEARTBEAT", 1, "t1"), DOWN], [changed(2), Hang()])
    assert seen(itertools.islice(client.dispatch.watch_plan(PLAN), 2)) == [("HEARTBEAT", 1), ("VISIT_CHANGED", 2)]
    assert tokens(scripted) == ["", "t1"]


@pytest.mark.parametrize(
    ("fail", "kind"),
    [
        (Fail(grpc.StatusCode.NOT_FOUND, "no such region"), pc.NotFound),
        (Fail(grpc.StatusCode.INVALID_ARGUMENT, "bad token"), pc.InvalidArgument),
        (Fail(grpc.StatusCode.INTERNAL, "defect", [details.ErrorInfo(reason="INTERNAL")]), pc.Internal),
    ],
)
def test_a_refused_watch_is_not_repeated(fail, kind, scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [SYNCED, fail], [changed(2)])
    events = client.dispatch.watch_plan(PLAN)
    assert seen([next(events)]) == [("SYNCED", 1)]
    with pytest.raises(kind):
        next(events)
    assert len(tokens(scripted)) == 1


def test_a_watch_gives_up_when_the_server_stays_away(scripted: ScriptedServer, address: str) -> None:
    scripted.script(methods.WATCH_PLAN, *[DOWN] * 100)
    options = replace(QUICK, backoff=Backoff(initial_s=0.01, max_s=0.02, give_up_after_s=0.1))
    with DispatchClient(address, options) as client, pytest.raises(pc.Unavailable):
        next(client.dispatch.watch_plan(PLAN))
    assert 5 <= len(tokens(scripted)) <= 12


def test_progress_renews_the_patience(scripted: ScriptedServer, address: str) -> None:
    scripted.script(methods.WATCH_PLAN, *[[changed(number), DOWN] for number in range(1, 31)])
    options = replace(QUICK, backoff=Backoff(initial_s=0.01, max_s=0.02, give_up_after_s=0.1))
    with DispatchClient(address, options) as client:
        assert len(list(itertools.islice(client.dispatch.watch_plan(PLAN), 30))) == 30


def test_an_overloaded_server_says_when_to_come_back(scripted: ScriptedServer, client: DispatchClient) -> None:
    full = Fail(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "too many watchers",
        [details.ErrorInfo(reason="TOO_MANY_WATCHERS"), details.RetryInfo(retry_delay=Duration(nanos=300_000_000))],
    )
    scripted.script(methods.WATCH_PLAN, full, [SYNCED, Hang()])
    assert seen([next(client.dispatch.watch_plan(PLAN))]) == [("SYNCED", 1)]


def test_closing_the_client_ends_a_watch(scripted: ScriptedServer, address: str) -> None:
    scripted.script(methods.WATCH_PLAN, [SYNCED, Hang()])
    client = DispatchClient(address, QUICK)
    events = client.dispatch.watch_plan(PLAN)
    next(events)
    client.close()
    with pytest.raises(pc.Cancelled):
        next(events)


def test_leaving_a_watch_cancels_it_at_the_server(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [SYNCED, Hang()])
    for _ in client.dispatch.watch_plan(PLAN):
        break
    # Stopping waits for running handlers, and `Hang` ends when its client has left.
    scripted.stop()


async def test_asyncio_watch_resumes(scripted: ScriptedServer, async_client: AsyncDispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [SYNCED, changed(2), DOWN], [changed(2), changed(3), Hang()])
    events = []
    async for event in async_client.dispatch.watch_plan(PLAN):
        events.append(event)
        if len(events) == 3:
            break
    assert seen(events) == [("SYNCED", 1), ("VISIT_CHANGED", 2), ("VISIT_CHANGED", 3)]
    assert tokens(scripted) == ["", "t2"]


async def test_asyncio_watch_can_be_cancelled(scripted: ScriptedServer, async_client: AsyncDispatchClient) -> None:
    scripted.script(methods.WATCH_PLAN, [SYNCED, Hang()])
    has_begun = asyncio.Event()

    async def watch() -> None:
        async for _ in async_client.dispatch.watch_plan(PLAN):
            has_begun.set()

    task = asyncio.create_task(watch())
    await has_begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(tokens(scripted)) == 1


def progress(completed_count: int) -> m.WatchBatchProgressResponse:
    return m.WatchBatchProgressResponse(batch=m.Batch(name=BATCH, completed_count=completed_count))


def test_batch_progress_survives_a_break_and_ends_with_the_server(
    scripted: ScriptedServer, client: DispatchClient
) -> None:
    scripted.script(methods.WATCH_BATCH_PROGRESS, [progress(1), DOWN], [progress(1), progress(2)])
    assert [batch.completed_count for batch in client.batches.watch_progress(BATCH)] == [1, 2]


async def test_asyncio_batch_progress(scripted: ScriptedServer, async_client: AsyncDispatchClient) -> None:
    scripted.script(methods.WATCH_BATCH_PROGRESS, [progress(1), DOWN], [progress(1), progress(2)])
    found = [batch.completed_count async for batch in async_client.batches.watch_progress(BATCH)]
    assert found == [1, 2]


def test_a_refused_batch_watch_is_an_error(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.WATCH_BATCH_PROGRESS, Fail(grpc.StatusCode.NOT_FOUND, "no such batch"))
    with pytest.raises(pc.NotFound):
        list(client.batches.watch_progress(BATCH))


def geofence_event(kind: str, sequence: int) -> m.WatchGeofenceEventsResponse:
    return m.WatchGeofenceEventsResponse(
        type=m.GeofenceEventType.Value(f"GEOFENCE_EVENT_TYPE_{kind}"), sequence=sequence, resume_token=f"g{sequence}"
    )


def test_geofence_events_resume_and_come_once(scripted: ScriptedServer, client: DispatchClient) -> None:
    enter, leave = geofence_event("ENTER", 1), geofence_event("EXIT", 2)
    scripted.script(methods.WATCH_GEOFENCE_EVENTS, [enter, DOWN], [enter, leave, Hang()])
    assert list(itertools.islice(client.geofences.watch_events("regions/sf"), 2)) == [enter, leave]
    requests = scripted.calls_of(methods.WATCH_GEOFENCE_EVENTS)
    assert [request.resume_token for request in requests] == ["", "g1"]


def positions(*technician_ids: str, gone: tuple[str, ...] = ()) -> m.WatchLocationsResponse:
    return m.WatchLocationsResponse(
        positions=[m.LivePosition(technician_id=key) for key in technician_ids], gone_technician_ids=gone
    )


async def test_everybody_is_gone_after_a_break_and_comes_anew(
    scripted: ScriptedServer, async_client: AsyncDispatchClient
) -> None:
    before = [positions("ann", "bob", "eve"), positions("ann", gone=("eve",))]
    scripted.script(methods.WATCH_LOCATIONS, [*before, DOWN], [positions("ann"), Hang()])
    updates = []
    async for update in async_client.locations.watch("regions/sf", min_interval_ms=500):
        updates.append(update)
        if len(updates) == 4:
            break
    assert updates == [*before, positions(gone=("ann", "bob")), positions("ann")]
    assert {request.min_interval_ms for request in scripted.calls_of(methods.WATCH_LOCATIONS)} == {500}
