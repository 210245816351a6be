"""Backups: what was acknowledged before one is in it, whatever it is restored into; a damaged one changes nothing."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest
from pydispatch_protos.dispatch.v1 import audit_service_pb2 as audits
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_server.__main__ import main
from pydispatch_server.audit_key import load_or_create
from pydispatch_server.store.interface import ForeignSchema
from pydispatch_server.store.opening import open_store, opened

from tests.server import databases, harness
from tests.server.conftest import MANUAL
from tests.server.harness import REGION, ServerProcess, Stubs, refusal, wait_until
from tests.server.load import all_bookings, double_assignments, outbox_gaps

Launch = Callable[..., ServerProcess]
STORES = ["sqlite", "postgresql"]
COMMAND = Path(sys.executable).with_name("pydispatch")


def new_url(store: str, folder: Path) -> str:
    return databases.new_postgresql() if store == "postgresql" else f"sqlite:///{folder}/restored.db"


def db(*arguments: str | Path, code: int = 0) -> str:
    """Runs `pydispatch db` and returns what it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        found = main(["db", *map(str, arguments)])
    assert found == code, said.getvalue()
    return said.getvalue()


def where(process: ServerProcess, url: str = "") -> tuple[str, ...]:
    return ("--database-url", url or process.url, "--audit-key-file", str(process.folder / "audit.key"))


def town(process: ServerProcess, count: int = 20) -> Stubs:
    stubs = process.start()
    harness.add_technicians(stubs, 10)
    harness.add_service(stubs)
    for _ in range(count):
        harness.create_booking(stubs)
    return stubs


class Booking:
    """A caller who books and cancels until told to stop, and remembers what was acknowledged."""

    def __init__(self, stubs: Stubs) -> None:
        self.names: list[str] = []
        self._stubs = stubs
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._book)

    def __enter__(self) -> Booking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _book(self) -> None:
        while not self._stop.is_set():
            name = harness.create_booking(self._stubs).booking.name
            self.names.append(name)
            self._stubs.bookings.CancelBooking(bookings.CancelBookingRequest(name=name), timeout=harness.CALL_S)


class Taken(NamedTuple):
    """A backup and what it was taken from."""

    process: ServerProcess
    file: Path


def is_intact(stubs: Stubs) -> bool:
    *_, last = stubs.audit.VerifyAudit(audits.VerifyAuditRequest(parent=REGION), timeout=harness.CALL_S)
    return bool(last.result.intact)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """A backup of a server that goes on."""
    folder = tmp_path_factory.mktemp("taken")
    process = ServerProcess(folder, "--audit-checkpoint-records", "5", *MANUAL)
    town(process)
    db("backup", folder / "town.backup", *where(process))
    yield Taken(process, folder / "town.backup")
    process.close()


@pytest.mark.parametrize("target", STORES)
@pytest.mark.parametrize("source", STORES)
def test_everything_acknowledged_before_a_backup_under_load_is_restored(
    launch: Launch, tmp_path: Path, source: str, target: str
) -> None:
    process = launch(url=databases.new_postgresql() if source == "postgresql" else "")
    stubs = town(process)
    file = tmp_path / "town.backup"
    with Booking(stubs) as booking:
        wait_until(lambda: len(booking.names) > 20, 30, "bookings are under way")
        before = list(booking.names)
        said = db("backup", file, *where(process))
        wait_until(lambda: len(booking.names) > len(before) + 20, 30, "bookings went on")
    assert "town up to change" in said
    assert file.stat().st_mode & 0o077 == 0
    assert "is intact" in db("verify", file, *where(process))

    url = new_url(target, tmp_path)
    assert "is restored" in db("restore", file, *where(process, url))
    restored = launch(url=url)
    (process.folder / "audit.key").rename(restored.folder / "audit.key")
    stubs = restored.start()
    kept = {item.name for item in all_bookings(stubs)}
    assert set(before) <= kept
    assert harness.assert_clean(stubs).checked_stops > 0
    assert double_assignments(stubs) == 0
    assert outbox_gaps(url) == 0
    assert is_intact(stubs)
    assert harness.create_booking(stubs).booking.name not in kept


def test_restored_regions_are_owned_anew(launch: Launch, tmp_path: Path) -> None:
    process = launch()
    stubs = town(process)
    file = tmp_path / "town.backup"
    db("backup", file, *where(process))
    harness.create_booking(stubs)
    epoch = epoch_of(process.url)
    assert "has regions (town)" in db("restore", file, *where(process), code=1)
    assert epoch_of(process.url) == epoch
    db("restore", "--replace", file, *where(process))
    assert epoch_of(process.url) > epoch
    refused = refusal(lambda: harness.create_booking(stubs))
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "FENCED")


def epoch_of(url: str) -> int:
    store = open_store(url, busy_ms=5000)
    epoch = store.ownership("town").epoch
    store.close()
    return epoch


@pytest.mark.parametrize("store", STORES)
def test_damaged_file_is_refused_and_nothing_is_written(taken: Taken, tmp_path: Path, store: str) -> None:
    data = taken.file.read_bytes()
    url = new_url(store, tmp_path)
    at = where(taken.process, url)
    bad = tmp_path / "bad.backup"
    for damaged in (data[:-1], data[: len(data) // 2], flipped(data, len(data) // 2), flipped(data, len(data) - 5)):
        bad.write_bytes(damaged)
        assert "is damaged" in db("restore", bad, *at, code=1)
    bad.write_bytes(b"Dear diary\n" * 100)
    assert "is no pydispatch backup" in db("restore", bad, *at, code=1)
    bad.write_bytes(data.replace(b'"version":1', b'"version":9', 1))
    assert "form 9" in db("restore", bad, *at, code=1)
    with opened(url, busy_ms=5000) as found:
        assert found.revision is None


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE visit SET data = CAST(data || x'00' AS BLOB) WHERE id = (SELECT min(id) FROM visit)",
        "UPDATE visit SET data = 'a text' WHERE id = (SELECT min(id) FROM visit)",
        "DELETE FROM visit WHERE id = (SELECT min(id) FROM visit)",
        "UPDATE audit_record SET record = CAST(replace(record, x'63', x'64') AS BLOB) WHERE sequence = 7",
        "DELETE FROM audit_record WHERE sequence = (SELECT max(sequence) FROM audit_record)",
        "DELETE FROM audit_salt WHERE id = (SELECT min(id) FROM audit_salt)",
    ],
)
def test_backup_that_disagrees_with_its_audit_is_refused(taken: Taken, tmp_path: Path, tampering: str) -> None:
    """Whoever can write a backup can give it a right digest, but not the right audit."""
    forged = tmp_path / "forged.backup"
    forged.write_bytes(tampered(taken.file, tmp_path / "inner.db", tampering))
    url = f"sqlite:///{tmp_path}/restored.db"
    assert "does not agree with its audit" in db("restore", forged, *where(taken.process, url), code=1)
    with opened(url, busy_ms=5000) as found:
        assert found.revision is None


def tampered(backup: Path, inner: Path, statement: str) -> bytes:
    header, _, rest = backup.read_bytes().partition(b"\n")
    inner.write_bytes(gzip.decompress(rest[:-32]))
    connection = sqlite3.connect(inner)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    assert connection.execute(statement).rowcount == 1
    connection.commit()
    connection.close()
    content = header + b"\n" + gzip.compress(inner.read_bytes())
    return content + hashlib.sha256(content).digest()


def test_backup_of_a_later_version_is_refused(taken: Taken, tmp_path: Path) -> None:
    later = tmp_path / "later.backup"
    later.write_bytes(tampered(taken.file, tmp_path / "inner.db", "UPDATE alembic_version SET version_num = '9999'"))
    said = db("restore", later, *where(taken.process, f"sqlite:///{tmp_path}/restored.db"), code=1)
    assert "schema 9999" in said


def test_backup_names_its_keys_for_a_machine_that_has_none(taken: Taken, tmp_path: Path) -> None:
    header = json.loads(taken.file.read_bytes().partition(b"\n")[0])
    assert [region["id"] for region in header["regions"]] == ["town"]
    at = ("--database-url", f"sqlite:///{tmp_path}/new.db")
    assert "keys that the backup names itself" in db("verify", taken.file, *at)
    load_or_create(tmp_path / "new.audit-key", "another")
    assert "does not agree with its audit" in db("verify", taken.file, *at, code=1)
    assert "is intact" in db("verify", taken.file, *at, "--audit-earlier-keys", header["audit_keys"][0])


def test_backup_never_replaces_a_file(taken: Taken, tmp_path: Path) -> None:
    file = tmp_path / "town.backup"
    file.write_text("precious")
    assert "exists already" in db("backup", file, *where(taken.process), code=1)
    assert file.read_text() == "precious"


def test_empty_database_has_no_backup(tmp_path: Path) -> None:
    said = db("backup", tmp_path / "x", "--database-url", f"sqlite:///{tmp_path}/none.db", code=1)
    assert "is empty" in said


@pytest.mark.parametrize("store", STORES)
def test_foreign_database_is_neither_read_nor_written(taken: Taken, tmp_path: Path, store: str) -> None:
    url = new_url(store, tmp_path)
    with opened(url, busy_ms=5000) as found, found.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE recipes (id INTEGER)")
    for arguments in (("restore", "--replace", taken.file), ("backup", tmp_path / "other")):
        assert "not pydispatch's" in db(*arguments, *where(taken.process, url), code=1)
    with pytest.raises(ForeignSchema):
        open_store(url, busy_ms=5000)


def test_upgrade_makes_an_empty_database_ready_from_the_command_line(tmp_path: Path) -> None:
    command = [COMMAND, "db", "upgrade", "--database-url", f"sqlite:///{tmp_path}/new.db"]
    first = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert first.startswith("schema empty -> ")
    assert db(*command[2:]).startswith("schema " + first.split()[-1])
    open_store(f"sqlite:///{tmp_path}/new.db", busy_ms=5000).close()
