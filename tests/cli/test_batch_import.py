"""`pydispatch batch import`: what is read, what is sent and what is said of bad lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydispatch_client import messages as m
from pydispatch_client import methods

from tests.cli.conftest import Run
from tests.client.scripted_server import ScriptedServer

HEADER = "external_id,service_id,lat_deg,lon_deg,window_start,window_end,address,duration_s,note\n"
GOOD = 'r1,plumbing,37.7,-122.4,2026-05-01T09:00Z,2026-05-01T12:00Z,"1 Main St, top",600,ring twice\n'
BARE = "r2,plumbing,37.7,-122.4,2026-05-01T09:00Z,2026-05-01T12:00Z,,,\n"


def sent_rows(scripted: ScriptedServer) -> list[m.BatchRow]:
    (requests,) = scripted.calls_of(methods.IMPORT_BATCH)
    return [row for request in requests for row in request.rows]


def write(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_csv_is_imported(tmp_path: Path, scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.IMPORT_BATCH, m.ImportBatchResponse(imported_count=2))
    result = run("batch", "import", write(tmp_path, "May.csv", "\ufeff" + HEADER + GOOD + BARE), "--customer", "acme")
    assert result.exit_code == 0, result.output
    assert "imported" in result.stdout
    first, second = sent_rows(scripted)
    assert (first.external_id, first.site.address, first.duration_s, first.note) == (
        "r1",
        "1 Main St, top",
        600,
        "ring twice",
    )
    assert (second.external_id, second.duration_s, second.note) == ("r2", 0, "")
    header = scripted.calls_of(methods.IMPORT_BATCH)[0][0].header
    assert (header.batch_id, header.customer) == ("may", "regions/sf/customers/acme")


def test_a_csv_may_say_who_comes(tmp_path: Path, scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.IMPORT_BATCH, m.ImportBatchResponse(imported_count=2))
    header = "external_id,service_id,lat_deg,lon_deg,window_start,window_end,group,languages,partners\n"
    line = "{},plumbing,37.7,-122.4,2026-05-01T09:00Z,2026-05-01T12:00Z,{}\n"
    text = header + line.format("r1", "mall,fr;zh-CN; ,north;-") + line.format("r2", ",,")
    assert run("batch", "import", write(tmp_path, "x.csv", text)).exit_code == 0
    first, second = sent_rows(scripted)
    assert (first.group, first.required_languages, first.partners) == ("mall", ["fr", "zh-CN"], ["north", "-"])
    assert (second.group, second.required_languages, second.partners) == ("", [], [])


def test_jsonl_takes_flat_keys_and_whole_rows(tmp_path: Path, scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.IMPORT_BATCH, m.ImportBatchResponse(imported_count=2))
    text = (
        '{"external_id": "r1", "service_id": "s", "lat_deg": 1, "lon_deg": 2.5, '
        '"window_start": "2026-05-01T09:00Z", "window_end": "2026-05-01T12:00Z"}\n\n'
        '{"external_id": "r2", "service_id": "s", "site": {"location": {"lat_deg": 1, "lon_deg": 2}}, '
        '"start_window": {"start_time": "2026-05-01T09:00:00Z", "end_time": "2026-05-01T12:00:00Z"}}\n'
    )
    assert run("batch", "import", write(tmp_path, "x.jsonl", text), "--id", "b").exit_code == 0
    first, second = sent_rows(scripted)
    assert first.site.location == m.LatLng(lat_deg=1, lon_deg=2.5)
    assert first.start_window == second.start_window


def test_refused_rows_are_shown_by_their_line(tmp_path: Path, scripted: ScriptedServer, run: Run) -> None:
    error = m.BatchRowError(
        row_number=2, external_id="r2", field="service_id", reason="UNKNOWN_REFERENCE", description="no such"
    )
    scripted.script(methods.IMPORT_BATCH, m.ImportBatchResponse(imported_count=1, refused_count=1, errors=[error]))
    result = run("batch", "import", write(tmp_path, "x.csv", HEADER + GOOD + BARE))
    assert result.exit_code == 1
    (row,) = [line for line in result.stdout.splitlines() if "UNKNOWN_REFERENCE" in line]
    assert row.split("│")[1].strip() == "3"


BAD_FILES = [
    ("x.csv", HEADER + "r1,s,north,-122.4,2026-05-01T09:00Z,2026-05-01T12:00Z,,,\n", "lat_deg is not a number"),
    ("x.csv", HEADER + "r1,s,1,2,tomorrow,2026-05-01T12:00Z,,,\n", "window_start is not an ISO 8601 time"),
    ("x.csv", HEADER + ",s,1,2,2026-05-01T09:00Z,2026-05-01T12:00Z,,,\n", "external_id missing"),
    ("x.csv", "external_id,service_id\nr1,s\n", "the header lacks lat_deg"),
    ("x.csv", HEADER, "no rows"),
    ("x.csv", HEADER + '"r1,s\n', "unexpected end of data"),
    ("x.jsonl", "{]\n", "Expecting"),
    ("x.jsonl", "[1]\n", "not a JSON object"),
    ("x.jsonl", '{"site": {"where": 1}}\n', "where"),
    ("x.xlsx", "", ".csv or .jsonl"),
]


@pytest.mark.parametrize(("name", "text", "problem"), BAD_FILES)
def test_a_file_that_cannot_be_read_is_told_by_line_and_not_sent(
    name: str, text: str, problem: str, tmp_path: Path, scripted: ScriptedServer, run: Run
) -> None:
    result = run("batch", "import", write(tmp_path, name, text))
    assert result.exit_code == 2
    assert problem in result.stderr
    assert "nothing was sent" in result.stderr
    assert not scripted.calls_of(methods.IMPORT_BATCH)


def test_every_bad_line_is_told(tmp_path: Path, run: Run) -> None:
    bad = "r,s,north,2,2026-05-01T09:00Z,2026-05-01T12:00Z,,,\n"
    result = run("batch", "import", write(tmp_path, "x.csv", HEADER + bad + GOOD + bad))
    assert "2 lines cannot be read" in result.stderr
    assert "line 2:" in result.stderr
    assert "line 4:" in result.stderr


def test_a_file_that_is_not_text_is_told(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(HEADER.encode() + b"\xff\xfe\n")
    assert "not UTF-8" in run("batch", "import", str(file)).stderr


def test_a_missing_file_is_a_usage_error(run: Run) -> None:
    assert run("batch", "import", "nowhere.csv").exit_code == 2
