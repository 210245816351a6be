"""Recorded positions: reading, marking outliers, leaving a trace and meeting it again."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from pydispatch_cli.simulate.errors import BadInput
from pydispatch_cli.simulate.roaming import REJOIN_M, Roaming
from pydispatch_cli.simulate.traces import longest_gap_s, read_traces
from pydispatch_cli.simulate.world import TracePoint

from tests.simulate.makers import START_S, east

COLUMNS = {"time": "ts", "technician": "who", "lat_deg": "lat", "lon_deg": "lon"}


def write(path: Path, points: list[tuple[int, str, float]], header: str = "ts,who,lat,lon") -> Path:
    lines = [header, *(f"{START_S + at},{who},{east(m).lat_deg},{east(m).lon_deg}" for at, who, m in points)]
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "wt") as file:
        file.write("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("name", ["traces.csv", "traces.csv.xz"])
def test_reads_plain_and_packed_files(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, [(0, "7", 0), (60, "7", 500), (60, "8", 0), (9999, "7", 0)])

    traces = read_traces(path, COLUMNS, START_S, START_S + 100)

    assert {who: [point.at_s - START_S for point in points] for who, points in traces.items()} == {
        "7": [0, 60],
        "8": [60],
    }


def test_marks_jumps_no_vehicle_can_make_and_keeps_them(tmp_path: Path) -> None:
    path = write(tmp_path / "traces.csv", [(0, "7", 0), (60, "7", 50_000), (120, "7", 900)])

    (points,) = read_traces(path, COLUMNS, START_S, START_S + 200).values()

    assert [point.is_plausible for point in points] == [True, False, True]


def test_believes_the_new_place_after_several_outliers_in_a_row(tmp_path: Path) -> None:
    path = write(tmp_path / "traces.csv", [(0, "7", 0), *((at, "7", 80_000) for at in (10, 20, 30, 40, 50))])

    (points,) = read_traces(path, COLUMNS, START_S, START_S + 200).values()

    assert [point.is_plausible for point in points] == [True, False, False, False, True, True]


def test_names_every_missing_column(tmp_path: Path) -> None:
    path = write(tmp_path / "traces.csv", [], header="ts,who")

    with pytest.raises(BadInput, match="lat, lon"):
        read_traces(path, COLUMNS, START_S, START_S + 200)


def test_names_the_row_of_a_bad_number(tmp_path: Path) -> None:
    path = tmp_path / "traces.csv"
    path.write_text("ts,who,lat,lon\n1,a,north,2\n")

    with pytest.raises(BadInput, match="row 2"):
        read_traces(path, COLUMNS, 0, 10)


def test_longest_gap_looks_at_both_ends() -> None:
    trace = [TracePoint(50, east(0)), TracePoint(60, east(0))]

    assert longest_gap_s(trace, 0, 100) == 50
    assert longest_gap_s([], 0, 100) == 100


def test_a_vehicle_off_its_trace_rejoins_it_only_where_it_passes_near() -> None:
    parked = east(2000)
    roaming = Roaming([TracePoint(at, east(metres)) for at, metres in ((0, 0), (10, 800), (20, 1500), (30, 1900))])

    assert [point.at_s for point in roaming.advance(10, east(0))] == [0, 10]
    assert roaming.take_roamed_m() == pytest.approx(800, rel=1e-3)
    roaming.leave()
    roaming.advance(20, parked)
    assert not roaming.is_following
    roaming.advance(30, parked)
    assert roaming.is_following
    assert 0 < roaming.take_rejoined_m() <= REJOIN_M
    assert roaming.place == east(1900)
