"""Positions of one engine for the next: only what is new is told, newest event times win, stale ones are left."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb

from tests.engine.city import NOW_MS, City, fix, place, technician

DAY_MS = 86_400_000


def city_of(count: int) -> City:
    city = City()
    city.put(*(technician(f"t{number}") for number in range(count)))
    return city


def test_a_part_is_told_when_something_in_it_is_new() -> None:
    city = city_of(1_200)
    snapshot = city.engine.position_snapshot()
    assert snapshot.parts() == 2
    assert [snapshot.part(number) for number in range(3)] == [None] * 3, "nobody has a position"
    city.report([fix("t0", place(0)), fix("t1100", place(0))])
    first, second = snapshot.part(0), snapshot.part(1)
    assert first is not None
    assert second is not None
    told = lpb.BatchReportLocationsRequest.FromString(second)
    assert [(item.technician_id, item.event_time_ms) for item in told.fixes] == [("t1100", NOW_MS - 1_000)]
    assert (snapshot.part(0), snapshot.part(1)) == (None, None)
    city.report([fix("t0", place(5), age_ms=500)])
    assert snapshot.part(0) not in (None, first)
    assert snapshot.part(1) is None
    city.apply(delete_technician_id="t1100")
    assert snapshot.part(1) == b"", "nobody is left"
    assert snapshot.part(1) is None


def test_positions_pass_whole_to_another_engine() -> None:
    city, other = city_of(5), city_of(5)
    city.report([fix(f"t{number}", place(100 * number), age_ms=1_000 + number) for number in range(5)])
    part = city.engine.position_snapshot().part(0)
    assert part is not None
    assert other.engine.warm_positions(part, NOW_MS) == (5, 0)
    assert other.near() == city.near()


def test_newest_event_time_wins_over_a_snapshot() -> None:
    city, other = city_of(2), city_of(2)
    city.report([fix("t0", place(0), age_ms=5_000), fix("t1", place(0), age_ms=5_000)])
    other.report([fix("t0", place(300), age_ms=1_000)])
    part = city.engine.position_snapshot().part(0)
    assert part is not None
    assert other.engine.warm_positions(part, NOW_MS) == (1, 1)
    assert [near.age_ms for near in other.near()] == [5_000, 1_000]


def test_what_no_search_can_ask_for_is_left_out() -> None:
    city, later = city_of(2), city_of(2)
    city.report([fix("t0", place(0), age_ms=10_000), fix("t1", place(0), age_ms=1_000)])
    part = city.engine.position_snapshot().part(0)
    assert part is not None
    assert later.engine.warm_positions(part, NOW_MS + DAY_MS - 5_000) == (1, 1)
    assert later.stats().live_positions == 1


def test_how_positions_were_learned_is_counted_apart() -> None:
    city, other = city_of(4), city_of(4)
    city.report([fix("t0", place(0)), fix("t1", place(0))])
    part = city.engine.position_snapshot().part(0)
    assert part is not None
    other.engine.warm_positions(part, NOW_MS)
    other.report([fix(f"t{number}", place(0), age_ms=500) for number in range(3)])
    stats = other.stats()
    assert (stats.warmed_positions, stats.relearned_positions) == (2, 1)
    assert stats.fixes == lpb.FixCounts(applied=3), "what came from a snapshot was not reported"
