"""The hand packing gives the bytes that protobuf reads back as the same fixes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydispatch_client import FixBatch
from pydispatch_client import messages as m
from pydispatch_client.fixes import STREAM_FIXES_TAG, FixEncoder, stream_header, varint

FIXES = st.tuples(
    st.text(max_size=70),
    st.floats(allow_nan=False),
    st.floats(allow_nan=False),
    st.one_of(st.integers(0, 2**63 - 1), st.integers(1_700_000_000_000, 1_700_000_000_010)),
    st.floats(width=32, allow_nan=False),
    st.floats(width=32, allow_nan=False),
    st.floats(width=32, allow_nan=False),
)


def as_message(fix) -> m.Fix:
    fields = [field.name for field in m.Fix.DESCRIPTOR.fields]
    return m.Fix(**dict(zip(fields, fix, strict=True)))


@given(st.lists(FIXES, max_size=20))
def test_a_report_reads_back_as_its_fixes(fixes) -> None:
    raw = FixBatch(fixes).report_bytes("regions/sf")
    expected = m.BatchReportLocationsRequest(parent="regions/sf", fixes=map(as_message, fixes))
    assert m.BatchReportLocationsRequest.FromString(raw) == expected


@given(st.lists(FIXES, max_size=20), st.integers(1, 2**63 - 1))
def test_a_stream_message_reads_back_as_its_parts(fixes, sequence: int) -> None:
    raw = stream_header("regions/sf", "stream", sequence) + b"".join(FixEncoder(STREAM_FIXES_TAG).encode_many(fixes))
    expected = m.StreamLocationsRequest(
        parent="regions/sf", stream_id="stream", sequence=sequence, fixes=map(as_message, fixes)
    )
    assert m.StreamLocationsRequest.FromString(raw) == expected


@pytest.mark.parametrize("time_ms", [-1, 0, 2**35 - 1, 2**35, 2**42 - 1, 2**42, 2**63 - 1])
def test_times_of_any_length_survive(time_ms: int) -> None:
    fix = ("ann", 1.0, 2.0, time_ms, 0.0, 0.0, 0.0)
    (read,) = m.BatchReportLocationsRequest.FromString(FixBatch([fix]).report_bytes("regions/sf")).fixes
    assert read.event_time_ms == time_ms


def test_values_that_are_no_places_travel_unchanged_for_the_server_to_refuse() -> None:
    batch = FixBatch()
    batch.add("ann", math.nan, math.inf, 1_700_000_000_000, accuracy_m=math.nan)
    (read,) = m.BatchReportLocationsRequest.FromString(batch.report_bytes("regions/sf")).fixes
    assert math.isnan(read.lat_deg)
    assert math.isinf(read.lon_deg)
    assert math.isnan(read.accuracy_m)


def test_clear_empties_a_batch() -> None:
    batch = FixBatch([("ann", 1.0, 2.0, 1_700_000_000_000, 0.0, 0.0, 0.0)])
    batch.clear()
    assert len(batch) == 0
    assert not m.BatchReportLocationsRequest.FromString(batch.report_bytes("regions/sf")).fixes


@pytest.mark.parametrize(("value", "packed"), [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_varint(value: int, packed: bytes) -> None:
    assert varint(value) == packed
