"""Fixes in, neighbours out: what becomes of every fix, streams, and the filters of a search."""

from __future__ import annotations

import pytest
from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb
from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as tpb
from pydispatch_protos.dispatch.v1 import types_pb2 as types

from pydispatch import InvalidRequest, LocationStream, Overloaded
from tests.engine.city import CENTER, NOW_MS, NOW_S, REGION, City, at, fix, place, technician, technician_name, visit


@pytest.fixture
def city() -> City:
    """Five technicians a kilometre apart going north, none of them seen yet."""
    city = City()
    city.put(*(technician(f"t{number}") for number in range(5)))
    return city


def seen(city: City) -> None:
    city.report([fix(f"t{number}", place(1_000 * number)) for number in range(5)])


def test_every_fix_is_counted_by_what_became_of_it(city: City) -> None:
    batch = [
        fix("t0", place(0)),
        fix("t0", place(0)),
        fix("t0", place(0), age_ms=9_000),
        fix("t1", place(0), age_ms=-61_000),
        fix("t2", types.LatLng(lat_deg=91)),
        fix("t2", types.LatLng(lat_deg=float("nan"))),
        fix("t3", place(0), event_time_ms=0),
        fix("nobody", place(0)),
        fix("", place(0)),
        fix("t4", place(0), age_ms=2_000),
        fix("t4", place(400_000), age_ms=1_000),
    ]
    counts = city.report(batch)
    expected = lpb.FixCounts(
        applied=2, duplicate=1, older=1, far_future=1, invalid=3, unknown_technician=2, impossible_jump=1
    )
    assert counts == expected
    assert city.stats().fixes == expected
    assert city.stats().live_positions == 2


def test_search_is_by_distance_and_tells_travel_and_age(city: City) -> None:
    seen(city)
    found = city.near(max_results=3)
    assert [near.technician_id for near in found] == ["t0", "t1", "t2"]
    assert found[1].distance_m == pytest.approx(1_000, rel=0.01)
    assert found[1].travel_s == pytest.approx(1_000 * 1.3 / 8, abs=3)
    assert [near.age_ms for near in found] == [1_000] * 3
    assert [near.free_in_s for near in found] == [0] * 3
    assert city.near_ids(radius_m=2_500.0) == ["t0", "t1", "t2"]


def test_equally_near_come_by_identifier(city: City) -> None:
    city.report([fix(f"t{number}", place(500)) for number in (3, 1, 4, 0, 2)])
    assert city.near_ids() == ["t0", "t1", "t2", "t3", "t4"]


def test_stale_positions_do_not_count(city: City) -> None:
    city.report([fix("t0", place(0), age_ms=119_000), fix("t1", place(10), age_ms=121_000)])
    assert city.near_ids() == ["t0"]
    assert city.near_ids(max_staleness_ms=3_600_000) == ["t0", "t1"]
    assert city.near_ids(max_staleness_ms=1) == []


def test_positions_nobody_can_ask_for_are_dropped(city: City) -> None:
    city.report([fix("t0", place(0)), fix("t1", place(0), age_ms=10_000)])
    day_s = 86_400
    city.apply(day_s - 5, tick=epb.Tick())
    assert city.stats().live_positions == 1
    city.apply(day_s, tick=epb.Tick())
    assert city.stats().live_positions == 0


def test_filters_are_applied_inside_the_search() -> None:
    city = City()
    gas = types.Certificate(certificate="gas", valid_until=at(100))
    city.put(
        technician("a", skills=[types.SkillLevel(skill="boiler", level=2)], partner="acme"),
        technician("b", skills=[types.SkillLevel(skill="boiler", level=4)], certificates=[gas]),
        technician("c", availability=types.AVAILABILITY_STATE_PAUSED),
        technician("d", availability=types.AVAILABILITY_STATE_OFFLINE),
    )
    city.report([fix(name, place(10 * number)) for number, name in enumerate("abcd")])
    skill = types.SkillLevel
    assert city.near_ids() == ["a", "b"]
    assert city.near_ids(required_skills=[skill(skill="boiler", level=2)]) == ["a", "b"]
    assert city.near_ids(required_skills=[skill(skill="boiler", level=3)]) == ["b"]
    assert city.near_ids(required_skills=[skill(skill="roofing", level=1)]) == []
    assert city.near_ids(required_certificates=["gas"]) == ["b"]
    assert city.near_ids(required_certificates=["gas"], certificate_time=at(100)) == ["b"], "the last second counts"
    assert city.near_ids(required_certificates=["gas"], certificate_time=at(101)) == []
    assert city.near_ids(partners=["acme"]) == ["a"]
    assert city.near_ids(partners=["-"]) == ["b"]
    assert city.near_ids(partners=["-", "acme"]) == ["a", "b"]
    assert city.near_ids(partners=["unknown"]) == []
    assert city.near_ids(excluded_technician_ids=["a", "stranger"]) == ["b"]
    paused, offline = types.AVAILABILITY_STATE_PAUSED, types.AVAILABILITY_STATE_OFFLINE
    assert city.near_ids(states=[paused, offline]) == ["c", "d"]


def test_an_area_with_a_hole_bounds_the_search(city: City) -> None:
    seen(city)
    outer = [place(n, e) for n, e in ((500, -900), (3_500, -900), (3_500, 900), (500, 900))]
    hole = types.Ring(points=[place(n, e) for n, e in ((1_500, -300), (2_500, -300), (2_500, 300), (1_500, 300))])
    assert city.near_ids(within=types.Polygon(outer=outer)) == ["t1", "t2", "t3"]
    assert city.near_ids(within=types.Polygon(outer=outer, holes=[hole])) == ["t1", "t3"]
    assert city.near_ids(within=types.Polygon(outer=outer, holes=[hole]), max_results=1) == ["t1"]
    with pytest.raises(InvalidRequest) as refused:
        city.near(within=types.Polygon(outer=outer[:2]))
    assert [violation.field for violation in refused.value.violations] == ["within.outer"]


def test_attributes_follow_commands(city: City) -> None:
    seen(city)
    paused = types.AVAILABILITY_STATE_PAUSED
    request = tpb.SetAvailabilityRequest(name=technician_name("t0"), availability=paused)
    city.apply(set_availability=request)
    city.apply(put_technician=technician("t1", partner="acme"))
    city.apply(delete_technician_id="t2")
    assert city.near_ids() == ["t1", "t3", "t4"]
    assert city.near_ids(partners=["acme"]) == ["t1"], "the position stays when attributes change"
    assert city.stats().live_positions == 4


def test_soonest_free_counts_what_is_promised(city: City) -> None:
    seen(city)
    city.add(visit("v", place(0)))
    busy = {near.technician_id: near.free_in_s for near in city.near()}
    (occupied,) = [name for name, free_in_s in busy.items() if free_in_s > 0]
    assert occupied == "t0"
    assert busy["t0"] >= 1_800
    assert city.near_ids(order=lpb.SEARCH_ORDER_ETA)[0] == "t0"
    assert city.near_ids(order=lpb.SEARCH_ORDER_SOONEST_FREE)[0] == "t1"
    city.apply(5, cancel_visit_id="v")
    assert city.near_ids(order=lpb.SEARCH_ORDER_SOONEST_FREE)[0] == "t0"


def test_a_visit_of_tomorrow_leaves_a_technician_free_today(city: City) -> None:
    shifts = [types.Shift(window=types.TimeWindow(start_time=at(0), end_time=at(80_000)))]
    city.put(technician("t0", shifts=shifts))
    seen(city)
    later = [types.TimeWindow(start_time=at(40_000), end_time=at(50_000))]
    city.add(visit("v", place(0), start_windows=later, due_time=None, required_technician=technician_name("t0")))
    assert city.near(max_results=1)[0].free_in_s == 0


def test_only_the_next_batch_of_a_stream_is_applied(city: City) -> None:
    taken = city.stream("s", 1, [fix("t0", place(0), age_ms=5_000)])
    assert (taken.acknowledged_sequence, taken.counts.applied) == (1, 1)
    assert taken.credit > 0
    again = city.stream("s", 1, [fix("t1", place(0))])
    assert (again.acknowledged_sequence, again.counts) == (1, lpb.FixCounts())
    with pytest.raises(InvalidRequest) as refused:
        city.stream("s", 3, [fix("t1", place(0))])
    assert refused.value.reason == "SEQUENCE_GAP"
    assert refused.value.metadata == {"expectedSequence": "2"}
    assert city.stats().fixes.applied == 1, "neither the repeat nor the gap was applied"
    assert city.stream("s", 2, [fix("t1", place(0))]).acknowledged_sequence == 2
    assert city.stream("unknown", 40, [fix("t2", place(0))]).acknowledged_sequence == 40


def test_one_acknowledgement_tells_of_all_batches_since_the_last(city: City) -> None:
    call = city.engine.location_stream()
    assert call.acknowledgement() is None
    for number in range(1, 4):
        assert call.take(stream_batch("s", number, fix("t0", place(0), age_ms=5_000 - number)), NOW_MS)
    assert call.take(stream_batch("s", 2, fix("t1", place(0))), NOW_MS), "a repeat is acknowledged too"
    assert call.take(stream_batch("other", 7, fix("t2", place(0))), NOW_MS)
    with pytest.raises(InvalidRequest):
        call.take(stream_batch("s", 9, fix("t2", place(0))), NOW_MS)
    told = [acknowledgement(call), acknowledgement(call)]
    assert [(answer.acknowledged_sequence, answer.counts.applied) for answer in told] == [(3, 3), (7, 1)]
    assert call.acknowledgement() is None


def test_a_call_that_owes_as_much_as_its_credit_takes_no_more(city: City) -> None:
    call = city.engine.location_stream()
    batches = [stream_batch("s", number, fix("t0", place(0), age_ms=5_000 - number)) for number in range(1, 34)]
    assert [call.take(message, NOW_MS) for message in batches[:32]] == [True] * 31 + [False]
    with pytest.raises(Overloaded) as refused:
        call.take(batches[32], NOW_MS)
    assert (refused.value.reason, refused.value.retry_after_s) == ("OVER_CREDIT", 1.0)
    assert acknowledgement(call).acknowledged_sequence == 32
    assert call.take(batches[32], NOW_MS)
    assert acknowledgement(call).counts.applied == 1


def stream_batch(stream_id: str, sequence: int, reported: lpb.Fix) -> bytes:
    request = lpb.StreamLocationsRequest(parent=REGION, stream_id=stream_id, sequence=sequence, fixes=[reported])
    return request.SerializeToString()


def acknowledgement(call: LocationStream) -> lpb.StreamLocationsResponse:
    message = call.acknowledgement()
    assert message is not None
    return lpb.StreamLocationsResponse.FromString(message)


def test_newest_event_time_wins_whatever_the_order_of_arrival(city: City) -> None:
    for age_ms in (9_000, 1_000, 5_000):
        city.report([fix("t0", place(age_ms / 100), age_ms=age_ms)])
    (found,) = city.near()
    assert found.age_ms == 1_000
    assert found.location.lat_deg == pytest.approx(place(10).lat_deg, abs=1e-6)


def test_a_request_for_another_region_is_refused(city: City) -> None:
    request = lpb.SearchNearbyTechniciansRequest(parent="regions/la", location=CENTER)
    with pytest.raises(InvalidRequest) as refused:
        city.engine.search_nearby(request.SerializeToString(), NOW_S * 1_000)
    assert [(wrong.field, wrong.reason) for wrong in refused.value.violations] == [("parent", "WRONG_REGION")]
    assert NOW_MS == NOW_S * 1_000
