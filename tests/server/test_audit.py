"""Every durable change has its audit record; whatever is done to them in the database is found, and where."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
import sqlalchemy as sa
from pydispatch_cli.main import app
from pydispatch_protos.dispatch.v1 import audit_service_pb2 as pb
from typer.testing import CliRunner, Result

from pydispatch import audit
from tests.server import harness
from tests.server.databases import new_postgresql, with_driver
from tests.server.harness import CALL_S, REGION, START_S, ServerProcess, Stubs, refusal

TRIGGERS = ("audit_record_no_update", "audit_record_no_delete")
LATEST = f"{REGION}/auditCheckpoints/latest"


def verify(stubs: Stubs, *known: str) -> pb.VerifyAuditResponse:
    request = pb.VerifyAuditRequest(parent=REGION, known_checkpoints=known)
    *progress, last = stubs.audit.VerifyAudit(request, timeout=CALL_S)
    assert not any(message.HasField("result") for message in progress)
    assert last.HasField("result")
    return last


def records(stubs: Stubs, **filters: object) -> list[pb.AuditRecord]:
    def fetch(token: str) -> pb.ListAuditRecordsResponse:
        request = pb.ListAuditRecordsRequest(parent=REGION, page_size=7, page_token=token, **filters)
        return stubs.audit.ListAuditRecords(request, timeout=CALL_S)

    return list(harness.all_pages(fetch, "audit_records"))


def checkpoint(stubs: Stubs, name: str = LATEST) -> pb.AuditCheckpoint:
    return stubs.audit.GetCheckpoint(pb.GetCheckpointRequest(name=name), timeout=CALL_S).checkpoint


def fill(stubs: Stubs, bookings: int = 20) -> None:
    harness.add_technicians(stubs, 3)
    harness.add_service(stubs)
    for _ in range(bookings):
        harness.create_booking(stubs)
    harness.advance(stubs, START_S + 120)


@pytest.fixture(scope="module")
def filled(stubs: Stubs) -> Stubs:
    fill(stubs)
    return stubs


@pytest.fixture
def stopped(process: ServerProcess) -> ServerProcess:
    """A server that has written a chain and is gone, so that its database can be tampered with."""
    fill(process.start())
    process.terminate()
    return process


class Tamperable:
    """A running server whose database can be altered behind its back and put right again."""

    TABLES = ("audit_record", "audit_checkpoint")

    def __init__(self, process: ServerProcess) -> None:
        self.process = process
        self.stubs = process.start()
        fill(self.stubs)
        self.size = verify(self.stubs).result.size
        self._database = process.database

    @contextlib.contextmanager
    def by(self, *statements: str) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._database)
        with contextlib.closing(connection):
            for trigger in TRIGGERS:
                connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            before = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in self.TABLES}
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, statement
            connection.commit()
            yield connection
            for table, rows in before.items():
                connection.execute(f"DELETE FROM {table}")
                connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
            connection.commit()


@pytest.fixture(scope="module")
def tamperable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tamperable]:
    process = ServerProcess(tmp_path_factory.mktemp("tamperable"), "--manual-clock", "--clock-start", harness.START)
    yield Tamperable(process)
    process.close()


def tamper(process: ServerProcess, *statements: str) -> None:
    connection = sqlite3.connect(process.database)
    for trigger in TRIGGERS:
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        assert connection.execute(statement).rowcount > 0, statement
    connection.commit()
    connection.close()


def test_every_change_has_its_record(filled: Stubs) -> None:
    found = records(filled)
    assert [record.sequence for record in found] == list(range(1, len(found) + 1))
    by_resource: dict[str, list[pb.AuditRecord]] = {}
    for record in found:
        by_resource.setdefault(record.resource, []).append(record)
    visits = [name for name in by_resource if "/visits/" in name]
    assert len(visits) == 20
    for history in by_resource.values():
        assert history[0].before_digest == b""
        for earlier, later in itertools.pairwise(history):
            assert later.before_digest == earlier.after_digest
    some = by_resource[visits[0]]
    assert records(filled, resource=visits[0]) == some
    assert records(filled, start_sequence=len(found) - 2) == found[-3:]
    assert {record.actor for record in found} <= {"caller", "clock"}
    assert all(record.policy_revision for record in found)


def test_records_of_one_decision_share_it(filled: Stubs) -> None:
    created = [record for record in records(filled) if record.event_type == "booking.created"]
    assert len({record.decision_id for record in created}) == len(created)
    visits = {r.decision_id for r in records(filled) if r.event_type == "visit.assigned"}
    assert visits & {record.decision_id for record in created}


def test_the_chain_is_recomputed_with_nothing_but_hashlib(filled: Stubs) -> None:
    link = hashlib.sha256(b"\x03" + b"town").digest()
    leaves = []
    for record in records(filled):
        leaf = hashlib.sha256(b"\x00" + record.encoded).digest()
        link = hashlib.sha256(b"\x02" + link + leaf).digest()
        assert link == record.link
        leaves.append(leaf)
    signed = checkpoint(filled)
    assert signed.root == root_of(leaves[: signed.size])
    assert signed.link == records(filled)[signed.size - 1].link


def root_of(leaves: list[bytes]) -> bytes:
    """The definition in RFC 6962, 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def test_after_digests_are_of_what_is_stored(filled: Stubs, shared: ServerProcess) -> None:
    connection = sqlite3.connect(shared.database)
    salts = dict(connection.execute("SELECT id, salt FROM audit_salt"))
    newest = {record.resource: record.after_digest for record in records(filled)}
    rows = connection.execute("SELECT id, data FROM visit").fetchall()
    connection.close()
    assert rows
    for visit_id, data in rows:
        name = f"{REGION}/visits/{visit_id}"
        assert newest[name] == hashlib.sha256(b"\x04" + salts[name] + data).digest()


def test_an_untouched_chain_is_intact(filled: Stubs) -> None:
    last = verify(filled, checkpoint(filled).note)
    assert last.result.intact
    assert last.fault_count == 0
    assert last.verified_records == last.total_records == last.result.size
    assert last.result.confirmed_size == checkpoint(filled).size


def test_a_checkpoint_is_signed_by_the_key_in_the_file(filled: Stubs, shared: ServerProcess) -> None:
    signed = checkpoint(filled)
    public = (shared.folder / "audit.key.pub").read_text()
    opened = audit.open_checkpoint(signed.note, "town", [public])
    assert (opened.size, opened.root, opened.link) == (signed.size, signed.root, signed.link)
    assert checkpoint(filled, signed.name) == signed


def test_records_are_proved(filled: Stubs) -> None:
    signed = checkpoint(filled)
    for sequence in {1, 2, signed.size // 2, signed.size}:
        request = pb.GetInclusionProofRequest(name=f"{REGION}/auditRecords/{sequence}", checkpoint=signed.name)
        proof = filled.audit.GetInclusionProof(request, timeout=CALL_S)
        record = proof.audit_record.encoded
        assert audit.is_included(record, sequence, signed.size, proof.path, signed.root)
        assert not audit.is_included(record + b"x", sequence, signed.size, proof.path, signed.root)


@pytest.mark.parametrize(
    ("call", "request_message", "code"),
    [
        ("GetCheckpoint", pb.GetCheckpointRequest(name=f"{REGION}/auditCheckpoints/999999"), grpc.StatusCode.NOT_FOUND),
        ("GetCheckpoint", pb.GetCheckpointRequest(name="regions/none/auditCheckpoints/1"), grpc.StatusCode.NOT_FOUND),
        ("GetCheckpoint", pb.GetCheckpointRequest(name="town"), grpc.StatusCode.INVALID_ARGUMENT),
        (
            "GetInclusionProof",
            pb.GetInclusionProofRequest(name=f"{REGION}/auditRecords/99999999"),
            grpc.StatusCode.NOT_FOUND,
        ),
        (
            "GetInclusionProof",
            pb.GetInclusionProofRequest(
                name=f"{REGION}/auditRecords/1", checkpoint="regions/other/auditCheckpoints/latest"
            ),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (
            "ListAuditRecords",
            pb.ListAuditRecordsRequest(parent=REGION, page_token="x"),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
    ],
)
def test_what_does_not_exist_is_refused(filled: Stubs, call: str, request_message: object, code: object) -> None:
    assert refusal(lambda: getattr(filled.audit, call)(request_message, timeout=CALL_S)).code == code


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE audit_record SET record = substr(record, 1, 19) || x'ff' || substr(record, 21) WHERE sequence = 9",
            ("RECORD_CHANGED", 9, 9),
        ),
        ("UPDATE audit_record SET record = 'text' WHERE sequence = 9", ("RECORD_CHANGED", 9, 9)),
        ("UPDATE audit_record SET link = x'00' WHERE sequence = 9", ("LINK_CHANGED", 9, 9)),
        ("UPDATE audit_record SET resource = 'hidden' WHERE sequence = 9", ("ROW_CHANGED", 9, 9)),
        ("UPDATE audit_record SET resource = CAST(x'ff' AS TEXT) WHERE sequence = 9", ("ROW_CHANGED", 9, 9)),
        ("DELETE FROM audit_record WHERE sequence BETWEEN 9 AND 11", ("MISSING", 9, 11)),
        (
            "UPDATE audit_checkpoint SET note = replace(note, 'time_ms 1', 'time_ms 2') WHERE size < 20",
            ("CHECKPOINT_INVALID", None, None),
        ),
    ],
)
def test_tampering_is_located(tamperable: Tamperable, statement: str, fault: tuple[str, int, int]) -> None:
    with tamperable.by(statement):
        last = verify(tamperable.stubs)
    assert not last.result.intact
    (found,) = last.result.faults
    assert pb.AuditFaultType.Name(found.type) == f"AUDIT_FAULT_TYPE_{fault[0]}"
    if fault[1] is not None:
        assert (found.first_sequence, found.last_sequence) == fault[1:]
    assert verify(tamperable.stubs).result.intact


def test_a_checkpoint_kept_elsewhere_finds_what_the_database_no_longer_tells(tamperable: Tamperable) -> None:
    kept, size = checkpoint(tamperable.stubs).note, tamperable.size
    chain = audit.Chain("town")
    changes = [audit.Change("forged", f"{REGION}/visits/v{n}", b"", False, n, "1-1", "caller") for n in range(size)]
    made = chain.append(1, "p", changes, bytes(audit.SALT_BYTES * size))
    values = [
        ("town", n, change.resource, row.record, row.link)
        for n, (change, row) in enumerate(zip(changes, made, strict=True), start=1)
    ]
    forged = chain.checkpoint(audit.Key.from_seed("pydispatch", bytes(32)), 1)
    with tamperable.by("DELETE FROM audit_record", "DELETE FROM audit_checkpoint") as connection:
        connection.executemany("INSERT INTO audit_record VALUES (?, ?, ?, ?, ?)", values)
        connection.commit()
        assert verify(tamperable.stubs).result.intact
        assert fault_types(verify(tamperable.stubs, forged)) == ["AUDIT_FAULT_TYPE_CHECKPOINT_INVALID"]
        assert fault_types(verify(tamperable.stubs, kept)) == ["AUDIT_FAULT_TYPE_REWRITTEN"]


def fault_types(message: pb.VerifyAuditResponse) -> list[str]:
    return [pb.AuditFaultType.Name(fault.type) for fault in message.result.faults]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_record WHERE sequence = 9",
        "UPDATE audit_record SET record = x'00' WHERE sequence = 9",
        "UPDATE audit_checkpoint SET note = 'nothing'",
    ],
)
def test_nothing_is_proved_of_what_was_tampered_with(tamperable: Tamperable, statement: str) -> None:
    request = pb.GetInclusionProofRequest(name=f"{REGION}/auditRecords/3")
    with tamperable.by(statement):
        found = refusal(lambda: tamperable.stubs.audit.GetInclusionProof(request, timeout=CALL_S))
        told = records(tamperable.stubs)
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "AUDIT_BROKEN")
    assert len(told) >= tamperable.size - 1
    assert len(tamperable.stubs.audit.GetInclusionProof(request, timeout=CALL_S).path) > 0


def test_a_chain_is_verified_while_it_grows(process: ServerProcess) -> None:
    stubs = process.start()
    fill(stubs, bookings=3)
    with ThreadPoolExecutor(1) as pool:
        booking = pool.submit(lambda: [harness.create_booking(stubs) for _ in range(150)])
        sizes = set()
        while not booking.done():
            found = verify(stubs)
            assert found.result.intact, found
            sizes.add(found.result.size)
        booking.result()
    assert len(sizes) > 1


def test_a_region_whose_newest_records_are_tampered_with_is_not_served(stopped: ServerProcess) -> None:
    tamper(stopped, "DELETE FROM audit_record WHERE sequence = (SELECT max(sequence) FROM audit_record)")
    with pytest.raises(AssertionError, match="the server ended"):
        stopped.start()
    assert "records where" in stopped.log()


def test_records_are_neither_changed_nor_removed_by_accident(stopped: ServerProcess) -> None:
    connection = sqlite3.connect(stopped.database)
    for statement in ("UPDATE audit_record SET resource = 'x'", "DELETE FROM audit_record"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_chain_goes_on_over_kills(launch: Callable[..., ServerProcess], kind: str) -> None:
    process = launch(url=new_postgresql() if kind == "postgresql" else "")
    fill(process.start(), bookings=5)
    for _ in range(3):
        process.kill()
        stubs = process.start()
        harness.create_booking(stubs)
    found = verify(stubs)
    assert found.result.intact, found
    assert found.result.size == len(records(stubs))


def test_tampering_with_postgresql_is_located(launch: Callable[..., ServerProcess]) -> None:
    process = launch(url=new_postgresql())
    stubs = process.start()
    fill(stubs)
    alter = "UPDATE audit_record SET record = overlay(record placing '\\xff'::bytea from 20) WHERE sequence = 9"
    engine = sa.create_engine(with_driver(process.url))
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), engine.begin() as connection:
        connection.exec_driver_sql(alter)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_record DISABLE TRIGGER USER")
        connection.exec_driver_sql(alter)
    engine.dispose()
    (found,) = verify(stubs).result.faults
    assert (found.type, found.first_sequence) == (pb.AuditFaultType.AUDIT_FAULT_TYPE_RECORD_CHANGED, 9)


def test_destroying_a_salt_keeps_the_chain_and_forgets_the_content(stopped: ServerProcess) -> None:
    connection = sqlite3.connect(stopped.database)
    connection.execute("DELETE FROM audit_salt WHERE id LIKE '%/bookings/%'")
    connection.commit()
    connection.close()
    assert verify(stopped.start()).result.intact


def test_a_key_that_others_can_read_is_refused(process: ServerProcess) -> None:
    (process.folder / "audit.key").touch(0o644)
    with pytest.raises(AssertionError, match="the server ended"):
        process.start()
    assert "can be read by others" in process.log()


def test_a_key_can_be_given(process: ServerProcess) -> None:
    key = audit.Key.from_seed("audit.example", bytes(range(32)))
    path = process.folder / "audit.key"
    path.touch(0o600)
    path.write_text(key.secret_text() + "\n")
    stubs = process.start()
    fill(stubs, bookings=5)
    signed = checkpoint(stubs)
    assert signed.public_key == key.public_text
    assert signed.note.startswith("audit.example/regions/town\n")


def test_keys_can_be_changed(launch: Callable[..., ServerProcess], tmp_path: Path) -> None:
    database = tmp_path / "kept.db"
    place = ("--database-url", f"sqlite:///{database}")
    first = launch(*place)
    fill(first.start(), bookings=3)
    first.terminate()
    old = (first.folder / "audit.key.pub").read_text().strip()
    changed = launch(*place, "--audit-key-file", str(tmp_path / "new-key"), "--clock-start", "2026-01-05T09:00:00Z")
    stubs = changed.start()
    assert fault_types(verify(stubs))[0] == "AUDIT_FAULT_TYPE_CHECKPOINT_INVALID"
    changed.terminate()
    trusting = launch(*place, "--audit-key-file", str(tmp_path / "new-key"), "--audit-earlier-keys", old)
    stubs = trusting.start()
    assert checkpoint(stubs).public_key == old
    harness.create_booking(stubs)
    harness.advance(stubs, START_S + 3600)
    assert checkpoint(stubs).public_key == (tmp_path / "new-key.pub").read_text().strip()
    assert verify(stubs).result.intact


def command(process: ServerProcess, *arguments: str) -> Result:
    environment = {"PYDISPATCH_SERVER": f"127.0.0.1:{process.port}", "PYDISPATCH_REGION": "town"}
    return CliRunner().invoke(app, ["audit", *arguments], env=environment)


def test_the_command_lists_exports_and_verifies(filled: Stubs, shared: ServerProcess, tmp_path: Path) -> None:
    listed = command(shared, "list", "--json", "--count", "5")
    assert [json.loads(line)["sequence"] for line in listed.stdout.splitlines()] == list("12345")
    assert "booking.created" in command(shared, "list", "--count", "1000").stdout
    assert command(shared, "verify").exit_code == 0

    known, export = tmp_path / "checkpoint", tmp_path / "chain"
    known.write_text(command(shared, "checkpoint").stdout, encoding="utf-8")
    signed = checkpoint(filled)
    assert known.read_text(encoding="utf-8") == signed.note
    assert signed.public_key in command(shared, "export", str(export)).stdout
    offline = ("verify", "--file", str(export), "--public-key", signed.public_key, "--known", str(known))
    assert json.loads(command(shared, *offline, "--json").stdout)["confirmed_size"] == str(signed.size)

    damaged = bytearray(export.read_bytes())
    damaged[200] ^= 1
    export.write_bytes(bytes(damaged))
    found = command(shared, *offline)
    assert found.exit_code == 1
    assert "record 1 or its link was altered" in found.stderr
    assert command(shared, "verify", "--file", str(export)).exit_code == 2


def test_the_command_tells_of_faults(tamperable: Tamperable) -> None:
    with tamperable.by("DELETE FROM audit_record WHERE sequence = 7"):
        found = command(tamperable.process, "verify")
        as_json = command(tamperable.process, "verify", "--json")
    assert found.exit_code == as_json.exit_code == 1
    assert "missing" in found.stdout
    assert json.loads(as_json.stdout)["faults"][0]["first_sequence"] == "7"
