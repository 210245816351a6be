"""`pydispatch.audit` agrees with hashlib alone, and with the second implementation in the command line."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydispatch_cli import audit_file
from pydispatch_cli.audit_file import BadFile, ChainFault, Frame

from pydispatch import audit

DATA = Path(__file__).resolve().parents[1] / "data" / "audit"
REGION = "harbour"
KEY = audit.Key.from_seed("audit.example", bytes(range(32)))
TIME_MS = 1_700_000_000_000


def change(number: int, content: bytes | None = b"content", *, is_erasing: bool = False) -> audit.Change:
    resource = f"regions/{REGION}/visits/v{number % 7}"
    return audit.Change("visit.assigned", resource, content, is_erasing, TIME_MS + number, f"1-{number}", "caller")


def salts(count: int) -> bytes:
    return b"".join(number.to_bytes(audit.SALT_BYTES, "big") for number in range(count))


def written(count: int) -> tuple[audit.Chain, list[audit.Change], list[audit.Appended]]:
    chain = audit.Chain(REGION)
    changes = [change(number, b"content %d" % number) for number in range(1, count + 1)]
    return chain, changes, chain.append(1, "p1", changes, salts(count))


def frames(count: int) -> list[Frame]:
    chain, _, appended = written(count)
    records = [Frame(audit_file.RECORD, row.record, row.link) for row in appended]
    return [*records, Frame(audit_file.CHECKPOINT, chain.checkpoint(KEY, TIME_MS).encode())]


def test_the_vectors_are_what_hashlib_makes(tmp_path: Path) -> None:
    target = tmp_path / "chain.json"
    subprocess.run([sys.executable, str(DATA / "make_vectors.py"), str(target)], check=True)
    assert json.loads(target.read_text("utf-8")) == json.loads((DATA / "chain.json").read_text("utf-8"))


def test_the_chain_is_that_of_the_vectors() -> None:
    vectors = json.loads((DATA / "chain.json").read_text("utf-8"))
    chain = audit.Chain(vectors["region"])
    assert chain.link.hex() == vectors["genesis"]
    for sequence, wanted in enumerate(vectors["records"], start=1):
        content = bytes.fromhex(wanted["content"]) if wanted["content"] is not None else None
        is_erasing = wanted["event_type"] == "customer.erased"
        one = audit.Change(
            wanted["event_type"], wanted["resource"], content, is_erasing, TIME_MS + sequence, f"1-{sequence}", "caller"
        )
        (row,) = chain.append(1, "p1", [one], bytes.fromhex(wanted["salt"]))
        assert row.record.hex() == wanted["record"]
        assert row.link.hex() == wanted["link"]
        opened = audit.open_checkpoint(chain.checkpoint(KEY, sequence), REGION, [KEY.public_text])
        assert opened.root.hex() == wanted["root"]


def test_a_record_is_read_as_it_was_written() -> None:
    _, changes, appended = written(3)
    record = audit.read_record(appended[2].record)
    assert (record.sequence, record.region, record.resource) == (3, REGION, changes[2].resource)
    assert record.policy_revision == "p1"
    with pytest.raises(ValueError, match="too few"):
        audit.read_record(appended[2].record[:-1])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60))
def test_both_implementations_agree_on_a_whole_chain(count: int) -> None:
    chain, changes, appended = written(count)
    verifier = audit.Verifier(REGION, [KEY.public_text])
    verifier.expect_checkpoint(chain.checkpoint(KEY, TIME_MS), count)
    verifier.feed(
        [
            (number, one.resource.encode(), row.record, row.link)
            for number, (one, row) in enumerate(zip(changes, appended, strict=True), start=1)
        ]
    )
    report = verifier.finish(count)
    checked = audit_file.verify(REGION, frames(count), KEY.public_text)
    assert report.is_intact
    assert (report.size, report.confirmed, report.link, report.root) == (
        checked.records,
        checked.confirmed,
        checked.link,
        checked.root,
    )


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 30), st.data())
def test_the_second_implementation_finds_any_flipped_bit(count: int, data: st.DataObject) -> None:
    file = io.BytesIO()
    audit_file.write_header(file, REGION)
    for frame in frames(count):
        audit_file.write_frame(file, frame)
    damaged = bytearray(file.getvalue())
    bit = data.draw(st.integers(0, 8 * len(damaged) - 1))
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises((BadFile, ChainFault)):
        read(bytes(damaged))


def read(content: bytes, *known: str) -> audit_file.Checked:
    file = io.BytesIO(content)
    region = audit_file.read_header(file)
    return audit_file.verify(region, audit_file.read_frames(file), KEY.public_text, known)


@pytest.mark.parametrize(
    ("alter", "told"),
    [
        (lambda found: found[:4] + found[5:], "where record 5 should be there is record 6"),
        (lambda found: [*found[:4], found[3], *found[4:]], "where record 5 should be there is record 4"),
        (lambda found: [*found[:4], found[5], found[4], *found[6:]], "where record 5 should be there is record 6"),
        (lambda found: [*found[:5], found[-1]], "records 6 to 9 are missing"),
    ],
)
def test_the_second_implementation_locates(alter: object, told: str) -> None:
    with pytest.raises(ChainFault, match=told):
        audit_file.verify(REGION, alter(frames(9)), KEY.public_text)


def test_a_checkpoint_kept_elsewhere_counts() -> None:
    short, long = written(5)[0].checkpoint(KEY, 1), written(12)[0].checkpoint(KEY, 1)
    assert audit_file.verify(REGION, frames(9), KEY.public_text, [short]).confirmed == 9
    with pytest.raises(ChainFault, match="10 to 12 are missing"):
        audit_file.verify(REGION, frames(9), KEY.public_text, [long])
    other = audit.Key.from_seed("audit.example", bytes(32))
    with pytest.raises(ChainFault, match="not signed"):
        audit_file.verify(REGION, frames(9), KEY.public_text, [written(5)[0].checkpoint(other, 1)])


def test_a_chain_goes_on_from_what_is_stored() -> None:
    count = 2 * audit.BLOCK_RECORDS + 5
    chain, _, appended = written(count)
    blocks = [row.block for row in appended if row.block is not None]
    tail = [(row.record, row.link) for row in appended[2 * audit.BLOCK_RECORDS - 1 :]]
    resumed = audit.Chain(REGION, blocks, tail)
    assert (resumed.size, resumed.link) == (chain.size, chain.link)
    assert resumed.checkpoint(KEY, 1) == chain.checkpoint(KEY, 1)
    with pytest.raises(ValueError, match=f"broken at record {count}"):
        audit.Chain(REGION, blocks, [*tail[:-1], (tail[-1][0], bytes(32))])


@pytest.mark.parametrize("sequence", [1, 700, 1024, 1025, 2048, 2050])
def test_records_are_proved(sequence: int) -> None:
    size, block = 2050, audit.BLOCK_RECORDS
    chain, _, appended = written(size)
    records = [row.record for row in appended]
    blocks = [row.block for row in appended if row.block is not None]
    start = (sequence - 1) // block * block
    path = audit.prove(sequence, size, blocks, records[start : start + block], records[2 * block :])
    root = audit.open_checkpoint(chain.checkpoint(KEY, 1), REGION, [KEY.public_text]).root
    assert audit.is_included(records[sequence - 1], sequence, size, path, root)
    assert not audit.is_included(records[sequence - 1], sequence % size + 1, size, path, root)


def test_erasing_keeps_the_chain_and_unties_it_from_the_content() -> None:
    chain = audit.Chain(REGION)
    person = "Zoë, +46 70 123 45 67".encode()
    first, second = chain.append(1, "p", [change(1, person), change(1, b"erased", is_erasing=True)], salts(2))
    assert first.salt is not None
    assert second.salt not in (None, first.salt)
    assert audit.read_record(second.record).before == audit.read_record(first.record).after
    assert person not in first.record


def test_what_fits_in_no_record_changes_nothing() -> None:
    chain = audit.Chain(REGION)
    long = change(1)._replace(actor="x" * 256)
    for changes, random_bytes in (([change(1), long], salts(2)), ([change(1)], b"short")):
        with pytest.raises(ValueError, match=r"255 bytes|fresh salt"):
            chain.append(1, "p", changes, random_bytes)
    assert chain.size == 0


def test_the_command_line_has_no_engine() -> None:
    assert importlib.util.find_spec("pydispatch_cli.audit_file") is not None
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, pydispatch_cli.audit_file; print('pydispatch' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert loaded.stdout.strip() == "False"
