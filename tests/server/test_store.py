"""The store keeps its own promises, whoever calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydispatch_server.store import schema
from pydispatch_server.store.interface import Changes, Fenced, ForeignSchema, StoreDown
from pydispatch_server.store.opening import open_store, upgrade
from pydispatch_server.store.sql import SqlStore

from tests.server import databases


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/records.db"
    return databases.new_postgresql()


@pytest.fixture
def store(url: str) -> Any:
    store = open_store(url, busy_ms=100)
    store.create_region("town", b"region", 1)
    yield store
    store.close()


def visit_row(visit_id: str) -> dict[str, Any]:
    return {
        "region": "town",
        "id": visit_id,
        "booking": visit_id,
        "technician": "anna",
        "state": 2,
        "revision": 1,
        "data": b"v",
    }


def booking_row(booking_id: str) -> dict[str, Any]:
    keys = {"customer": None, "service": "fix", "batch": None}
    return {"region": "town", "id": booking_id, **keys, "state": 2, "revision": 1, "data": b"b"}


def assignment(visit_id: str, start_s: int, end_s: int) -> dict[str, Any]:
    return {"region": "town", "visit": visit_id, "technician": "anna", "start_s": start_s, "end_s": end_s}


def changes_of(epoch: int, sequence: int, *assigned: tuple[str, int, int]) -> Changes:
    changes = Changes("town", epoch, sequence)
    visit_ids = [visit_id for visit_id, _, _ in assigned]
    changes.puts["technician"] = [{"region": "town", "id": "anna", "revision": 1, "data": b"t"}]
    changes.puts["booking"] = [booking_row(visit_id) for visit_id in visit_ids]
    changes.puts["visit"] = [visit_row(visit_id) for visit_id in visit_ids]
    changes.unassigned = visit_ids
    changes.assignments = [assignment(*item) for item in assigned]
    return changes


def test_migrations_make_the_described_schema(store: SqlStore, url: str) -> None:
    engine = sa.create_engine(databases.with_driver(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_commit_under_an_old_epoch_changes_nothing(store: SqlStore) -> None:
    old = store.take_over("town").epoch
    new = store.take_over("town").epoch
    assert new == old + 1
    with pytest.raises(Fenced):
        store.commit(changes_of(old, 1, ("a", 0, 60)))
    assert store.ownership("town") == (new, 0)
    assert not store.load("town").visits
    store.commit(changes_of(new, 1, ("a", 0, 60)))
    assert store.ownership("town") == (new, 1)


def test_overlapping_assignments_of_one_technician_are_refused(store: SqlStore) -> None:
    epoch = store.take_over("town").epoch
    store.commit(changes_of(epoch, 1, ("a", 0, 60), ("b", 60, 120)))
    for start_s, end_s in ((59, 61), (0, 120), (10, 20), (119, 200)):
        with pytest.raises(StoreDown, match="overlap"):
            store.commit(changes_of(epoch, 2, ("c", start_s, end_s)))
    assert len(store.load("town").visits) == 2
    assert store.ownership("town").sequence == 1, "the whole transaction is undone"


def test_assignments_may_change_places_in_one_transaction(store: SqlStore) -> None:
    epoch = store.take_over("town").epoch
    store.commit(changes_of(epoch, 1, ("a", 0, 60), ("b", 60, 120)))
    store.commit(changes_of(epoch, 2, ("a", 60, 120), ("b", 0, 60)))


def test_dangling_references_are_refused(store: SqlStore) -> None:
    epoch = store.take_over("town").epoch
    changes = Changes("town", epoch, 1)
    changes.puts["visit"] = [visit_row("orphan")]
    with pytest.raises(StoreDown, match=r"(?i)foreign key"):
        store.commit(changes)


def test_durability_settings_of_sqlite_are_in_force(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/records.db", busy_ms=100)
    with store._engine.connect() as connection:

        def pragma(name: str) -> object:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2, "FULL"
        assert pragma("foreign_keys") == 1
    store.close()


def test_regions_do_not_fence_each_other(store: SqlStore) -> None:
    store.create_region("other", b"region", 1)
    mine, other = store.take_over("town").epoch, store.take_over("other").epoch
    store.take_over("other")
    store.commit(changes_of(mine, 1, ("a", 0, 60)))
    assert store.ownership("town") == (mine, 1)
    assert store.ownership("other") == (other + 1, 0)
    assert store.regions() == [b"region", b"region"]


def test_many_answers_are_found_at_once(store: SqlStore) -> None:
    epoch = store.take_over("town").epoch
    ids = [f"key {number} '\"{{}}" for number in range(2500)]
    changes = Changes("town", epoch, 0)
    keys = {"region": "town", "method": "m", "digest": b"d", "create_time_ms": 1}
    changes.appends["request_result"] = [{**keys, "request_id": key, "answer": key.encode()} for key in ids]
    store.commit(changes)
    found = store.results("town", [*ids, "unknown"])
    assert {key: result.answer for key, result in found.items()} == {key: key.encode() for key in ids}
    assert store.results("elsewhere", ids) == {}


def test_answers_and_events_are_pruned_in_bounded_parts(store: SqlStore) -> None:
    epoch = store.take_over("town").epoch
    changes = Changes("town", epoch, 10)
    changes.appends["event"] = [
        {
            "region": "town",
            "sequence": number,
            "epoch": epoch,
            "type": "visit.assigned",
            "resource": "r",
            "time_ms": number,
            "revision": number,
        }
        for number in range(1, 11)
    ]
    changes.appends["request_result"] = [
        {
            "region": "town",
            "request_id": str(number),
            "method": "m",
            "digest": b"d",
            "answer": b"a",
            "create_time_ms": number,
        }
        for number in range(1, 11)
    ]
    store.commit(changes)
    assert store.prune("town", 6, 4, limit=2) == 4
    assert store.prune("town", 6, 4, limit=100) == 4
    assert store.prune("town", 6, 4, limit=100) == 0
    assert set(store.results("town", [str(number) for number in range(1, 11)])) == {"6", "7", "8", "9", "10"}
    assert store.first_sequence("town") == 4
    assert [event.sequence for event in store.events_after("town", 5, 3)] == [6, 7, 8]


@pytest.mark.parametrize(
    "text", ["postgres", "mysql://host/db", "://", "postgresql://nobody@127.0.0.1:1/none", "sqlite:////proc/none/x.db"]
)
def test_unknown_databases_are_refused(text: str) -> None:
    with pytest.raises(StoreDown):
        open_store(text, busy_ms=100)


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreDown, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}/records.db", busy_ms=100)


def test_upgrade_refuses_what_is_not_ours(url: str) -> None:
    assert upgrade(url, busy_ms=100)[0] is None
    assert upgrade(url, busy_ms=100)[0] == upgrade(url, busy_ms=100)[1]
    engine = sa.create_engine(databases.with_driver(url))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ForeignSchema, match="9999"):
        upgrade(url, busy_ms=100)
