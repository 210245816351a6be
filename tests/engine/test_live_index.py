"""The live index as a library: compared with brute force, fed through every kind of buffer, refused what is wrong."""

from __future__ import annotations

import math
import random
from array import array
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pydispatch import InvalidRequest, LiveIndex

NOW_MS = 1_750_000_000_000
EARTH_RADIUS_M = 6_371_008.8


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    lat, lon, other_lat, other_lon = map(math.radians, (lat, lon, other_lat, other_lon))
    half = math.sin((other_lat - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(half))


def crowd(places: list[tuple[float, float]], **limits: float) -> LiveIndex:
    index = LiveIndex(**limits)  # type: ignore[arg-type]
    numbers = index.register_many([f"t{number}" for number in range(len(places))])
    lats, lons = (array("d", column) for column in zip(*places, strict=True))
    times = array("q", [NOW_MS] * len(places))
    assert index.move_many(numbers, lats, lons, times, NOW_MS)["applied"] == len(places)
    return index


PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(st.lists(PLACES, min_size=1, max_size=40), PLACES, st.integers(1, 50))
def test_nearest_is_what_brute_force_finds(
    places: list[tuple[float, float]], origin: tuple[float, float], k: int
) -> None:
    index = crowd(places)
    numbers, distances = index.nearest(*origin, k, NOW_MS)
    expected = sorted(distance_m(*origin, *place) for place in places)[:k]
    assert len(numbers) == len(set(numbers)) == len(expected)
    assert distances == pytest.approx(expected, rel=1e-6, abs=0.01)
    assert distances == sorted(distances)


def test_many_searches_answer_as_one_by_one() -> None:
    rng = random.Random(7)
    index = crowd([(rng.uniform(37, 38), rng.uniform(-123, -122)) for _ in range(500)])
    lats = array("d", (rng.uniform(37, 38) for _ in range(200)))
    lons = array("d", (rng.uniform(-123, -122) for _ in range(200)))
    numbers, distances = index.nearest_many(lats, lons, 7, NOW_MS, radius_m=8_000.0)
    assert (numbers.format, distances.format, len(numbers)) == ("I", "d", 1_400)
    for row, (lat, lon) in enumerate(zip(lats, lons, strict=True)):
        alone, alone_m = index.nearest(lat, lon, 7, NOW_MS, radius_m=8_000.0)
        missing = 7 - len(alone)
        assert list(numbers[row * 7 : row * 7 + 7]) == alone + [2**32 - 1] * missing
        assert list(distances[row * 7 : row * 7 + 7]) == alone_m + [math.inf] * missing


def test_names_have_numbers_that_last() -> None:
    index = LiveIndex()
    anna = index.register("安娜")
    assert index.register("安娜", partner="acme") == anna
    assert (index.number("安娜"), index.name(anna), len(index)) == (anna, "安娜", 1)
    assert index.remove(anna)
    assert not index.remove(anna)
    assert (index.number("安娜"), index.name(anna), len(index)) == (None, None, 0)
    assert index.move_one(anna, 0, 0, NOW_MS, NOW_MS) == "UNKNOWN_TECHNICIAN"
    assert index.register("安娜") == anna


def test_every_outcome_of_a_move_is_named() -> None:
    index = LiveIndex()
    anna = index.register("anna")
    outcomes = [
        index.move_one(anna, 10.0, 20.0, NOW_MS, NOW_MS),
        index.move_one(anna, 10.0, 20.0, NOW_MS, NOW_MS),
        index.move_one(anna, 10.0, 20.0, NOW_MS - 1, NOW_MS),
        index.move_one(anna, 10.0, 20.0, NOW_MS + 31_000, NOW_MS),
        index.move_one(anna, 10.0, math.nan, NOW_MS + 1, NOW_MS),
        index.move_one(anna, 50.0, 20.0, NOW_MS + 1, NOW_MS),
        index.move_one(2**32 - 1, 10.0, 20.0, NOW_MS, NOW_MS),
    ]
    assert outcomes == [
        "APPLIED",
        "DUPLICATE",
        "OLDER",
        "FAR_FUTURE",
        "INVALID",
        "IMPOSSIBLE_JUMP",
        "UNKNOWN_TECHNICIAN",
    ]
    assert index.position(anna) == (pytest.approx(10.0, abs=1e-6), pytest.approx(20.0, abs=1e-6), NOW_MS)


def test_filters_are_built_once_and_belong_to_their_index() -> None:
    index = LiveIndex()
    able = index.register("able", skills=[("boiler", 3)], certificates=[("gas", None, NOW_MS + 5)], partner="acme")
    own = index.register("own", availability="WORKING")
    for number in (able, own):
        index.move_one(number, 1.0, 1.0 + number / 1_000, NOW_MS, NOW_MS)

    def found(now_ms: int = NOW_MS, **conditions: object) -> list[int]:
        made = index.filter(**conditions)  # type: ignore[arg-type]
        return index.nearest(1.0, 1.0, 10, now_ms, made)[0]

    assert found() == [able, own]
    assert found(skills=[("boiler", 3)]) == [able]
    assert found(skills=[("boiler", 4)]) == found(skills=[("roofing", 1)]) == []
    assert found(certificates=["gas"], certified_at_ms=NOW_MS + 4) == [able]
    assert found(certificates=["gas"], certified_at_ms=NOW_MS + 5) == []
    assert found(availability=["WORKING"]) == [own]
    assert found(partners=[None]) == [own]
    assert found(partners=["acme", None]) == [able, own]
    assert found(exclude=[able]) == [own]
    assert found(now_ms=NOW_MS + 11, max_staleness_ms=10) == []
    assert found(area=[(0.9, 0.9), (1.1, 0.9), (1.1, 1.0005), (0.9, 1.0005)]) == [able]
    index.set_availability(own, "OFFLINE")
    assert found(availability=["WORKING"]) == []
    with pytest.raises(ValueError, match="another index"):
        LiveIndex().nearest(0, 0, 1, NOW_MS, index.filter())


def test_positions_expire_exactly() -> None:
    index = LiveIndex()
    for age_ms in range(10):
        index.move_one(index.register(f"t{age_ms}"), 0, 0, NOW_MS - age_ms, NOW_MS)
    assert sorted(index.expire(NOW_MS - 4)) == [5, 6, 7, 8, 9]
    assert index.positioned() == 5


@pytest.mark.parametrize(
    "call",
    [
        lambda index: index.nearest(math.nan, 0, 1, NOW_MS),
        lambda index: index.nearest(0, 0, 0, NOW_MS),
        lambda index: index.nearest(0, 0, 1, NOW_MS, radius_m=-1.0),
        lambda index: index.register("x", availability="SLEEPING"),
        lambda index: index.set_availability(99, "OFFLINE"),
        lambda index: index.filter(area=[(0, 0), (1, 1)]),
        lambda _: LiveIndex(max_speed_mps=math.nan),
    ],
)
def test_arguments_out_of_range_are_refused(call: object) -> None:
    with pytest.raises(InvalidRequest):
        call(LiveIndex())  # type: ignore[operator]


def test_arrays_that_do_not_fit_are_refused() -> None:
    index = LiveIndex()
    numbers, two, one, times = array("I", [0, 0]), array("d", [0, 0]), array("d", [0]), array("q", [0, 0])
    with pytest.raises(ValueError, match="same length"):
        index.move_many(numbers, two, one, times, NOW_MS)
    with pytest.raises(BufferError):
        index.move_many(numbers, array("f", [0, 0]), two, times, NOW_MS)
    with pytest.raises(ValueError, match="contiguous"):
        index.move_many(numbers, memoryview(array("d", [0] * 4))[::2], two, times, NOW_MS)
    for lats, lons, k in [(two, one, 1), (two, two, 0), (two, two, 2**24)]:
        with pytest.raises(ValueError, match="at most 2"):
            index.nearest_many(lats, lons, k, NOW_MS)


def test_readers_and_writers_share_an_index() -> None:
    rng = random.Random(3)
    places = [(rng.uniform(37, 38), rng.uniform(-123, -122)) for _ in range(5_000)]
    index = crowd(places, max_speed_mps=math.inf)
    numbers = array("I", range(5_000))
    lats, lons = (array("d", column) for column in zip(*places, strict=True))

    def write(start: int) -> int:
        times = array("q", [NOW_MS + start] * 5_000)
        return index.move_many(numbers, lats, lons, times, NOW_MS)["applied"]

    def read(_: int) -> int:
        return len(index.nearest(37.5, -122.5, 10, NOW_MS)[0])

    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(write, start) for start in range(1, 41)]
        assert set(pool.map(read, range(500))) == {10}
        assert sum(written.result() for written in writes) <= 40 * 5_000
    assert index.position(0) == (pytest.approx(lats[0], abs=1e-5), pytest.approx(lons[0], abs=1e-5), NOW_MS + 40)
