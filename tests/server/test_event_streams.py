"""Events in Redis: all of them, once each, in order, whoever was away meanwhile; and a note where some are missing."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from pydispatch_protos.dispatch.v1 import audit_service_pb2 as audits
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch

from tests.server import databases, harness
from tests.server.harness import PLAN, REGION, ServerProcess, Stubs, wait_until
from tests.server.redis_process import RedisProcess

Launch = Callable[..., ServerProcess]
KEY = "pydispatch:events:town"
SOON_S = 30.0


@pytest.fixture
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("r"))
    process.start()
    yield process
    process.kill()


def entries(process: RedisProcess) -> list[tuple[str, dict[str, str]]]:
    with process.client() as client:
        found = client.xrange(KEY)
    return [(key.decode(), {name.decode(): value.decode() for name, value in told.items()}) for key, told in found]


def newest(stubs: Stubs) -> int:
    return int(stubs.dispatch.GetPlan(dispatch.GetPlanRequest(name=PLAN)).plan.sequence)


def newest_record(stubs: Stubs) -> int:
    """Returns the sequence of the region's newest change, of whatever it was."""

    def fetch(token: str) -> audits.ListAuditRecordsResponse:
        request = audits.ListAuditRecordsRequest(parent=REGION, page_size=1000, page_token=token)
        return stubs.audit.ListAuditRecords(request)

    return max(record.sequence for record in harness.all_pages(fetch, "audit_records"))


def assert_complete(process: RedisProcess, stubs: Stubs, first: int = 1) -> list[dict[str, str]]:
    """Waits until the stream ends with the newest change, and finds every change from `first` on in it, in order."""
    last = newest_record(stubs)
    wait_until(lambda: [key for key, _ in entries(process)][-1:] == [f"{last}-0"], SOON_S, "everything is there")
    found = entries(process)
    assert [key for key, _ in found] == [f"{sequence}-0" for sequence in range(first, last + 1)]
    assert [int(told["sequence"]) for _, told in found] == list(range(first, last + 1))
    return [told for _, told in found]


def town(process: ServerProcess) -> Stubs:
    stubs = process.start()
    harness.add_technicians(stubs, 5)
    harness.add_service(stubs)
    return stubs


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_dispatch_goes_on_without_redis_which_then_gets_everything_in_order(
    launch: Launch, redis_process: RedisProcess, store: str
) -> None:
    url = databases.new_postgresql() if store == "postgresql" else ""
    process = launch("--redis-url", redis_process.url, url=url)
    stubs = town(process)
    for _ in range(5):
        harness.create_booking(stubs)
    told = assert_complete(redis_process, stubs)
    records = stubs.audit.ListAuditRecords(audits.ListAuditRecordsRequest(parent=REGION, page_size=1000)).audit_records
    for entry, record in zip(told, records, strict=True):
        assert (entry["region"], entry["type"], entry["resource"]) == (REGION, record.event_type, record.resource)
        assert (int(entry["epoch"]), entry["decision_id"]) == (record.epoch, record.decision_id)
        assert entry["policy_revision"] == record.policy_revision
        assert bytes.fromhex(entry["before_digest"]) == record.before_digest
        assert bytes.fromhex(entry["after_digest"]) == record.after_digest
        assert int(entry["time_ms"]) == record.record_time.ToMilliseconds()
    redis_process.kill()
    for _ in range(5):
        harness.create_booking(stubs)
    redis_process.start()
    assert_complete(redis_process, stubs)
    redis_process.kill()
    harness.create_booking(stubs)
    process.kill()
    stubs = process.start()
    harness.create_booking(stubs)
    redis_process.start()
    epochs = [int(entry["epoch"]) for entry in assert_complete(redis_process, stubs)]
    assert epochs == sorted(epochs)
    assert len(set(epochs)) == 2
    harness.assert_clean(stubs)


def test_what_is_missing_is_said_and_a_database_set_back_begins_anew(
    launch: Launch, redis_process: RedisProcess
) -> None:
    process = launch("--redis-url", redis_process.url)
    stubs = town(process)
    harness.create_booking(stubs)
    assert process.terminate() == 0
    backup = process.folder / "backup.db"
    shutil.copy(process.database, backup)
    stubs = process.start()
    for _ in range(5):
        harness.create_booking(stubs)
    last = newest(stubs)
    wait_until(lambda: entries(redis_process)[-1][0] == f"{last}-0", SOON_S, "everything is there")
    assert process.terminate() == 0

    for suffix in ("", "-wal", "-shm"):
        process.database.with_name(process.database.name + suffix).unlink(missing_ok=True)
    shutil.copy(backup, process.database)
    connection = sqlite3.connect(process.database)
    connection.execute("DELETE FROM event WHERE sequence <= 2")
    connection.commit()
    connection.close()
    stubs = process.start()
    harness.create_booking(stubs)
    last_now = newest(stubs)
    assert last_now < last
    wait_until(lambda: entries(redis_process)[-1][0] == f"{last_now}-0", SOON_S, "the stream begins anew")
    (first, note), (second, _) = entries(redis_process)[:2]
    assert (first, second) == ("2-1", "3-0")
    assert (note["type"], note["first_sequence"], note["last_sequence"]) == ("resync", "1", "2")
    with redis_process.client() as client:
        assert client.exists(f"{KEY}:until-{last}")
