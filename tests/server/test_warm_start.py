"""Live positions outlive a restart through Redis, and a Redis that is away, wrong or full of rubbish harms nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydispatch_protos.dispatch.v1 import location_service_pb2 as locations

from tests.server import harness
from tests.server.harness import CALL_S, CENTER, REGION, START_S, ServerProcess, Stubs, is_serving, wait_until
from tests.server.redis_process import RedisProcess

KEY = "pydispatch:positions:town"
TECHNICIANS = 30


@pytest.fixture
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("r"))
    process.start()
    yield process
    process.kill()


def report(stubs: Stubs, count: int, age_s: int = 1) -> locations.FixCounts:
    fixes = [
        locations.Fix(
            technician_id=f"t{number:03d}",
            lat_deg=CENTER.lat_deg + number * 1e-4,
            lon_deg=CENTER.lon_deg,
            event_time_ms=(START_S - age_s) * 1000 + number,
        )
        for number in range(count)
    ]
    request = locations.BatchReportLocationsRequest(parent=REGION, fixes=fixes)
    return stubs.locations.BatchReportLocations(request, timeout=CALL_S).counts


def found(stubs: Stubs) -> list[locations.NearbyTechnician]:
    search = locations.SearchNearbyTechniciansRequest(parent=REGION, location=CENTER, max_results=1000)
    return list(stubs.locations.SearchNearbyTechnicians(search, timeout=CALL_S).technicians)


def told(process: ServerProcess, event: str) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in process.log().splitlines() if line.startswith("{"))
    return [line for line in lines if line["event"] == event]


def test_positions_survive_a_kill_with_their_event_times(
    launch: Callable[..., ServerProcess], redis_process: RedisProcess
) -> None:
    process = launch("--redis-url", redis_process.url)
    stubs = process.start()
    harness.add_technicians(stubs, TECHNICIANS)
    assert report(stubs, TECHNICIANS).applied == TECHNICIANS
    before = found(stubs)
    with redis_process.client() as client:
        wait_until(lambda: client.hlen(KEY) == 1, 60, "the positions are saved")
    process.kill()
    stubs = process.start()
    assert found(stubs) == before
    assert len(before) == TECHNICIANS
    (line,) = [line for line in told(process, "positions warmed") if line["warmed"]]
    assert (line["region"], line["warmed"], line["left_out"]) == ("town", TECHNICIANS, 0)
    assert report(stubs, TECHNICIANS, age_s=2).older == TECHNICIANS, "a fix from before the snapshot changes nothing"
    assert report(stubs, TECHNICIANS, age_s=0).applied == TECHNICIANS


def test_a_stop_saves_first_and_what_is_gone_is_not_brought_back(
    launch: Callable[..., ServerProcess], redis_process: RedisProcess
) -> None:
    process = launch("--redis-url", redis_process.url)
    stubs = process.start()
    harness.add_technicians(stubs, 3)
    report(stubs, 2)
    assert process.terminate() == 0
    with redis_process.client() as client:
        client.hset(KEY, "7", b"\x0a\x0cregions/town")
        client.hset(KEY, "8", b"\xff")
    stubs = process.start()
    assert [near.technician_id for near in found(stubs)] == ["t000", "t001"]
    assert len(told(process, "positions unreadable")) == 2
    assert process.terminate() == 0
    with redis_process.client() as client:
        assert client.hkeys(KEY) == [b"0"], "parts that nobody is in are removed"
        assert 0 < client.ttl(KEY) <= 86_400


def test_a_redis_that_comes_late_and_goes_early_harms_nothing(
    launch: Callable[..., ServerProcess], redis_process: RedisProcess
) -> None:
    redis_process.kill()
    process = launch("--redis-url", redis_process.url)
    # The first start makes the region, the second finds it.
    process.start()
    assert process.terminate() == 0
    stubs = process.start()
    assert len(told(process, "positions not warmed")) == 1
    harness.add_technicians(stubs, 3)
    assert report(stubs, 3).applied == 3
    redis_process.start()
    with redis_process.client() as client:
        wait_until(lambda: client.hlen(KEY) == 1, 60, "the positions are saved")
    redis_process.kill()
    assert is_serving(stubs)
    assert report(stubs, 3, age_s=0).applied == 3
    assert process.terminate() == 0
    assert "Traceback" not in process.log()


def test_a_key_of_another_kind_is_no_reason_not_to_start(
    launch: Callable[..., ServerProcess], redis_process: RedisProcess
) -> None:
    with redis_process.client() as client:
        client.set(KEY, "something else")
    process = launch("--redis-url", redis_process.url)
    process.start()
    assert process.terminate() == 0
    stubs = process.start()
    assert len(told(process, "positions not warmed")) == 1
    assert is_serving(stubs)
