"""Bytes that are no message, and messages beyond their bounds: always InvalidRequest, never anything else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb
from pydispatch_protos.dispatch.v1 import region_service_pb2 as rpb

from pydispatch import Engine, InvalidRequest, request_region
from tests.engine.city import CENTER, NOW_MS, REGION, City, fix, region, technician

VALID = lpb.BatchReportLocationsRequest(parent=REGION, fixes=[fix("t0", CENTER)]).SerializeToString()

BROKEN = {
    "no field number": b"\x00",
    "field number zero": b"\x02\x00",
    "unknown wire type": b"\x0e",
    "another unknown wire type": b"\x0f",
    "tag cut short": b"\x80",
    "tag of eleven bytes": b"\x80" * 10 + b"\x01",
    "field number beyond 2^29": b"\xff\xff\xff\xff\xff\x01",
    "length beyond the end": b"\x0a\x05ab",
    "length of 2^63": b"\x0a" + b"\xff" * 8 + b"\x7f",
    "length varint too long": b"\x0a" + b"\xff" * 11,
    "parent not UTF-8": b"\x0a\x02\xff\xfe",
    "parent as varint": b"\x08\x01",
    "parent as fixed64": b"\x09" + bytes(8),
    "parent as fixed32": b"\x0d" + bytes(4),
    "group never ends": b"\x7b",
    "group ends as another": b"\x7b\x84\x01",
    "end of no group": b"\x7c",
    "groups 10,000 deep": b"\x7b" * 10_000 + b"\x7c" * 10_000,
    "fixed64 cut short": b"\x79\x00\x00",
    "fixed32 cut short": b"\x7d\x00",
    "varint overflows": b"\x78" + b"\xff" * 9 + b"\x02",
    "cut in the middle": VALID[: len(VALID) // 2],
    "cut at the last byte": VALID[:-1],
    "fix as varint": b"\x10\x01",
    "text instead of protobuf": b"POST / HTTP/1.1\r\n\r\n",
    "JSON instead of protobuf": b'{"parent": "regions/sf"}',
}

Call = Callable[[Engine, bytes], object]
CALLS: dict[str, Call] = {
    "restore": lambda engine, message: engine.restore(message, NOW_MS),
    "apply": lambda engine, message: engine.apply(message, NOW_MS),
    "report_locations": lambda engine, message: engine.report_locations(message, NOW_MS),
    "stream_locations": lambda engine, message: engine.stream_locations(message, NOW_MS),
    "search_nearby": lambda engine, message: engine.search_nearby(message, NOW_MS),
    "recommend": lambda engine, message: engine.recommend(message, NOW_MS),
    "plan": lambda engine, message: engine.plan(message, NOW_MS),
    "new": lambda _, message: Engine(message),
}
# The messages differ in what they hold; these are broken for all of them.
BROKEN_FOR_ALL = {
    name: message for name, message in BROKEN.items() if not name.startswith(("parent", "cut", "fix ", "length beyond"))
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    city = City()
    city.put(technician("t0"))
    return city.engine


@pytest.mark.parametrize("message", BROKEN.values(), ids=BROKEN)
def test_a_broken_batch_is_refused_whole(message: bytes) -> None:
    city = City()
    city.put(technician("t0"))
    with pytest.raises(InvalidRequest) as refused:
        city.engine.report_locations(message, NOW_MS)
    assert refused.value.reason == "MALFORMED_MESSAGE"
    assert refused.value.violations == []
    assert city.stats().live_positions == 0


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("message", BROKEN_FOR_ALL.values(), ids=BROKEN_FOR_ALL)
def test_every_method_refuses_broken_bytes(engine: Engine, call: Call, message: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        call(engine, message)
    assert refused.value.reason == "MALFORMED_MESSAGE"


@given(message=st.binary(max_size=80))
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_any_bytes_are_answered_or_refused(engine: Engine, call: Call, message: bytes) -> None:
    if (call is CALLS["restore"] or call is CALLS["new"]) and not message:
        return  # nothing is a valid snapshot of nothing
    with suppress(InvalidRequest):
        call(engine, message)


def test_unknown_fields_are_skipped() -> None:
    city = City()
    city.put(technician("t0"))
    future = b"\x98\x06\x01" + b"\xa2\x06\x03abc" + b"\xab\x06\xac\x06" + VALID
    answer = lpb.BatchReportLocationsResponse.FromString(city.engine.report_locations(future, NOW_MS))
    assert answer.counts.applied == 1


@pytest.mark.parametrize(
    ("fields", "violations"),
    [
        ({}, [("parent", "REQUIRED"), ("fixes", "TOO_FEW_ITEMS")]),
        ({"parent": "sf"}, [("parent", "BAD_FORMAT"), ("fixes", "TOO_FEW_ITEMS")]),
        ({"parent": "regions/SF"}, [("parent", "BAD_FORMAT"), ("fixes", "TOO_FEW_ITEMS")]),
        ({"parent": "regions/sf/technicians/a"}, [("parent", "BAD_FORMAT"), ("fixes", "TOO_FEW_ITEMS")]),
        ({"parent": "regions/🚐"}, [("parent", "BAD_FORMAT"), ("fixes", "TOO_FEW_ITEMS")]),
        ({"parent": "regions/la", "fixes": [fix("t0", CENTER)]}, [("parent", "WRONG_REGION")]),
        ({"parent": REGION, "fixes": [fix("t0", CENTER)] * 10_001}, [("fixes", "TOO_MANY_ITEMS")]),
    ],
)
def test_batches_out_of_bounds(engine: Engine, fields: dict[str, object], violations: list[tuple[str, str]]) -> None:
    message = lpb.BatchReportLocationsRequest(**fields).SerializeToString()
    with pytest.raises(InvalidRequest) as refused:
        engine.report_locations(message, NOW_MS)
    assert refused.value.reason == "INVALID_FIELDS"
    assert [(wrong.field, wrong.reason) for wrong in refused.value.violations] == violations


@pytest.mark.parametrize(
    ("fields", "violation"),
    [
        ({"stream_id": ""}, ("stream_id", "REQUIRED")),
        ({"stream_id": "x" * 65}, ("stream_id", "TOO_LONG")),
        ({"sequence": 0}, ("sequence", "OUT_OF_RANGE")),
        ({"sequence": -1}, ("sequence", "OUT_OF_RANGE")),
    ],
)
def test_streams_out_of_bounds(engine: Engine, fields: dict[str, object], violation: tuple[str, str]) -> None:
    base: dict[str, object] = {"parent": REGION, "stream_id": "s", "sequence": 1, "fixes": [fix("t0", CENTER)]}
    message = lpb.StreamLocationsRequest(**{**base, **fields}).SerializeToString()
    with pytest.raises(InvalidRequest) as refused:
        engine.stream_locations(message, NOW_MS)
    assert [(wrong.field, wrong.reason) for wrong in refused.value.violations] == [violation]


def test_a_stream_may_be_named_in_any_script(engine: Engine) -> None:
    message = lpb.StreamLocationsRequest(
        parent=REGION, stream_id="🚐" * 64, sequence=2**63 - 1, fixes=[fix("t0", CENTER)]
    )
    answer = lpb.StreamLocationsResponse.FromString(engine.stream_locations(message.SerializeToString(), NOW_MS))
    assert answer.acknowledged_sequence == 2**63 - 1


def test_a_message_too_large_is_not_read(engine: Engine) -> None:
    with pytest.raises(InvalidRequest, match="MESSAGE_TOO_LARGE"):
        engine.report_locations(bytes(2**21 + 1), NOW_MS)


def test_only_bytes_are_taken(engine: Engine) -> None:
    for other in ("text", bytearray(VALID), memoryview(VALID), None):
        with pytest.raises(TypeError):
            engine.report_locations(other, NOW_MS)  # type: ignore[arg-type]


def test_times_at_the_ends_of_the_range_are_answered(engine: Engine) -> None:
    search = lpb.SearchNearbyTechniciansRequest(parent=REGION, location=CENTER).SerializeToString()
    for now_ms in (-(2**63), -1, 0, 253_402_300_799_999):
        engine.search_nearby(search, now_ms)
        engine.report_locations(VALID, now_ms)
    for beyond in (2**63, -(2**63) - 1):
        with pytest.raises(OverflowError):
            engine.search_nearby(search, beyond)


def test_the_region_of_a_request() -> None:
    assert request_region(VALID) == "sf"
    assert request_region(lpb.StreamLocationsRequest(parent="regions/a/b").SerializeToString()) == "a"
    for message in (b"", b"\x12\x00", b"\x0a\x03sf/", b"\x0a\xff"):
        with pytest.raises(InvalidRequest):
            request_region(message)


@pytest.mark.parametrize(
    ("fields", "violation"),
    [
        ({"name": ""}, ("region.name", "REQUIRED")),
        ({"name": "regions/sf/x"}, ("region.name", "BAD_FORMAT")),
        ({"time_zone": "Mars/Olympus"}, ("region.time_zone", "UNKNOWN_TIME_ZONE")),
        ({"center": None}, ("region.center", "REQUIRED")),
        (
            {"travel_model": rpb.TravelModel(speed_mps_by_hour=[8.0] * 23)},
            ("region.travel_model.speed_mps_by_hour", "TOO_FEW_ITEMS"),
        ),
        ({"travel_model": rpb.TravelModel(detour_factor=0.5)}, ("region.travel_model.detour_factor", "OUT_OF_RANGE")),
    ],
)
def test_regions_out_of_bounds(fields: dict[str, object], violation: tuple[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Engine(region(**fields).SerializeToString())
    assert (refused.value.violations[0].field, refused.value.violations[0].reason) == violation
