"""A visit's life through the engine, from booking to completion and through everything that breaks a plan."""

from __future__ import annotations

import pytest
from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as cpb
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dpb
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as tpb
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as vpb

from pydispatch import AlreadyExists, IllegalTransition, InvalidRequest, NotFound
from tests.engine.city import (
    HOUR_S,
    REGION,
    City,
    place,
    technician,
    technician_name,
    visit,
    visit_name,
    window,
)

BOILER = types.SkillLevel(skill="boiler", level=3)


@pytest.fixture
def city() -> City:
    return City()


def test_a_visit_goes_to_the_nearest_who_may_and_is_priced(city: City) -> None:
    city.put(technician("near"), technician("able", place(3_000), skills=[BOILER]))
    change = city.add(visit("v", place(100), required_skills=[BOILER]))["v"]
    assert change.kind == epb.CHANGE_KIND_ASSIGNED
    assert change.state == types.VISIT_STATE_PLANNED
    assert change.placement.technician == technician_name("able")
    assert change.placement.cost_milli == sum(term.cost_milli for term in change.placement.score_terms)
    assert change.placement.policy_revision == city.engine.policy_revision()
    assert change.times.HasField("assign_time")
    assert not city.check().violations


def test_the_whole_life_of_a_visit(city: City) -> None:
    city.put(technician("anna"))
    city.add(visit("v", place(1_000)))
    steps = [
        (vpb.VISIT_EVENT_ACCEPT, types.VISIT_STATE_ACCEPTED),
        (vpb.VISIT_EVENT_DEPART, types.VISIT_STATE_EN_ROUTE),
        (vpb.VISIT_EVENT_ARRIVE, types.VISIT_STATE_ARRIVED),
        (vpb.VISIT_EVENT_START, types.VISIT_STATE_IN_SERVICE),
        (vpb.VISIT_EVENT_COMPLETE, types.VISIT_STATE_COMPLETED),
    ]
    for minute, (event, state) in enumerate(steps, start=1):
        change = city.progress("v", "anna", event, after_s=60 * minute)
        assert change.state == state
    assert change.times.end_time.seconds - change.times.accept_time.seconds == 240
    assert city.stats().open_visits == 0
    with pytest.raises(NotFound) as refused:
        city.progress("v", "anna", vpb.VISIT_EVENT_ACCEPT, after_s=600)
    assert (refused.value.reason, refused.value.resource_name) == ("VISIT_NOT_FOUND", visit_name("v"))


def test_a_step_that_is_not_next_is_refused_and_changes_nothing(city: City) -> None:
    city.put(technician("anna"), technician("bob", place(9_000)))
    city.add(visit("v"))
    before = city.plan().SerializeToString(deterministic=True)
    with pytest.raises(IllegalTransition) as refused:
        city.progress("v", "anna", vpb.VISIT_EVENT_COMPLETE, after_s=10)
    error = refused.value
    assert (error.reason, error.subject, error.from_state) == ("ILLEGAL_TRANSITION", visit_name("v"), "PLANNED")
    with pytest.raises(IllegalTransition, match="WRONG_TECHNICIAN"):
        city.progress("v", "bob", vpb.VISIT_EVENT_ACCEPT, after_s=10)
    assert city.plan().SerializeToString(deterministic=True) == before


def test_who_declines_never_gets_the_visit_again(city: City) -> None:
    city.put(technician("anna"), technician("bob", place(5_000)))
    city.add(visit("v"))
    change = city.progress("v", "anna", vpb.VISIT_EVENT_DECLINE, after_s=10)
    assert change.kind == epb.CHANGE_KIND_MOVED
    assert change.placement.technician == technician_name("bob")
    assert list(change.excluded_technicians) == [technician_name("anna")]
    change = city.progress("v", "bob", vpb.VISIT_EVENT_DECLINE, after_s=20)
    assert change.state == types.VISIT_STATE_UNASSIGNED
    assert [(reason.rule, reason.technician_count) for reason in change.unassigned_reasons] == [
        (types.RULE_TECHNICIAN, 2)
    ]


@pytest.mark.parametrize("how", ["availability", "disruption", "deletion"])
def test_visits_of_someone_gone_move_to_others(city: City, how: str) -> None:
    city.put(technician("anna"), technician("bob", place(5_000)))
    city.add(visit("v"))
    match how:
        case "availability":
            offline = types.AVAILABILITY_STATE_OFFLINE
            request = tpb.SetAvailabilityRequest(name=technician_name("anna"), availability=offline)
            changes = city.apply(10, set_availability=request)
        case "disruption":
            gone = dpb.TechnicianOffline(technician=technician_name("anna"))
            report = dpb.ReportDisruptionRequest(parent=REGION, technician_offline=gone)
            changes = city.apply(10, disruption=report)
        case _:
            changes = city.apply(10, delete_technician_id="anna")
    assert changes["v"].placement.technician == technician_name("bob")
    assert not city.check().violations


def test_cancelling_frees_the_route(city: City) -> None:
    city.put(technician("anna"))
    city.add(visit("v1"), visit("v2"))
    assert city.apply(5, cancel_visit_id="v1")["v1"].state == types.VISIT_STATE_CANCELLED
    stops = [stop.visit for route in city.plan().routes for stop in route.stops]
    assert stops == [visit_name("v2")]


def test_a_late_visit_pushes_what_follows(city: City) -> None:
    city.put(technician("anna"))
    changes = city.add(visit("v1"), visit("v2"))
    first = min(changes.values(), key=lambda change: change.placement.position).visit_id
    late = dpb.VisitLate(visit=visit_name(first), delay_s=HOUR_S)
    changes = city.apply(10, disruption=dpb.ReportDisruptionRequest(parent=REGION, visit_late=late))
    assert set(changes) == {"v1", "v2"}
    assert not city.check().violations


def test_nobody_can_come_is_an_answer_with_reasons(city: City) -> None:
    city.put(technician("anna"), technician("bob", availability=types.AVAILABILITY_STATE_PAUSED))
    change = city.add(visit("v", required_skills=[BOILER]))["v"]
    assert change.state == types.VISIT_STATE_UNASSIGNED
    counts = {reason.rule: reason.technician_count for reason in change.unassigned_reasons}
    assert counts == {types.RULE_SKILL: 1, types.RULE_AVAILABILITY: 1}
    assert [open_visit.visit for open_visit in city.plan().unassigned_visits] == [visit_name("v")]
    city.apply(10, put_technician=technician("anna", skills=[BOILER]))
    changes = city.apply(600, tick=epb.Tick(max_moves=0))
    assert city.plan().routes[0].stops[0].visit == visit_name("v"), changes


def test_services_complete_what_a_recommendation_asks(city: City) -> None:
    city.put(technician("near"), technician("able", place(2_000), skills=[BOILER]))
    service = cpb.Service(name=f"{REGION}/services/repair", required_skills=[BOILER], duration_s=HOUR_S)
    city.apply(put_service=service)
    found = city.recommend(service=f"{REGION}/services/repair")
    assert [ranked.technician_id for ranked in found.recommendations] == ["able"]
    assert [(reason.rule, reason.technician_count) for reason in found.reasons] == [(types.RULE_SKILL, 1)]
    city.apply(delete_service_id="repair")
    with pytest.raises(NotFound, match="SERVICE_NOT_FOUND"):
        city.recommend(service=f"{REGION}/services/repair")


def test_recommendations_are_ranked_priced_and_change_nothing(city: City) -> None:
    city.put(*(technician(f"t{number}", place(1_000 * number)) for number in range(6)))
    before = city.plan()
    found = city.recommend(max_results=4)
    assert [ranked.rank for ranked in found.recommendations] == [1, 2, 3, 4]
    assert [ranked.technician_id for ranked in found.recommendations] == ["t0", "t1", "t2", "t3"]
    for ranked in found.recommendations:
        assert ranked.cost_milli == sum(term.cost_milli for term in ranked.score_terms)
    assert city.recommend(max_results=4) == found
    assert city.plan() == before


def test_the_live_position_decides_who_is_near(city: City) -> None:
    from tests.engine.city import fix

    city.put(technician("anna", place(0)), technician("bob", place(8_000)))
    city.report([fix("anna", place(8_000)), fix("bob", place(0))])
    assert city.recommend(max_results=1).recommendations[0].technician_id == "bob"


def test_the_same_visit_twice_is_refused(city: City) -> None:
    city.put(technician("anna"))
    city.add(visit("v"))
    with pytest.raises(AlreadyExists) as refused:
        city.add(visit("w"), visit("v"))
    assert (refused.value.reason, refused.value.resource_name) == ("VISIT_EXISTS", visit_name("v"))
    assert city.stats().open_visits == 1, "applied wholly or refused wholly"


def test_everything_wrong_with_a_command_is_told_at_once(city: City) -> None:
    shifts = [types.Shift(window=window(0, 3_600)), types.Shift(window=window(7_200, 7_000))]
    person = technician("anna", shifts=shifts, star_tier=9)
    person.home_location.lat_deg = float("nan")
    with pytest.raises(InvalidRequest) as refused:
        city.put(person)
    assert [(wrong.field, wrong.reason) for wrong in refused.value.violations] == [
        ("technician.shifts[1].window.end_time", "INTERVAL_REVERSED"),
        ("technician.home_location.lat_deg", "NOT_FINITE"),
        ("technician.star_tier", "OUT_OF_RANGE"),
    ]
    assert city.stats().technicians == 0


def test_places_far_from_the_region_are_refused_by_the_planner_too(city: City) -> None:
    with pytest.raises(InvalidRequest) as refused:
        city.put(technician("anna", types.LatLng(lat_deg=48.1, lon_deg=11.6)))
    assert [(wrong.field, wrong.reason) for wrong in refused.value.violations] == [
        ("technician.home_location", "OUTSIDE_REGION")
    ]


def test_a_policy_prices_and_is_named() -> None:
    city = City('{"revision": "r7", "max_visits": 1}')
    assert city.engine.policy_revision() == "r7"
    city.put(technician("anna"))
    changes = city.add(visit("v1"), visit("v2"))
    assert sorted(change.state for change in changes.values()) == [
        types.VISIT_STATE_UNASSIGNED,
        types.VISIT_STATE_PLANNED,
    ]
    for bad in ('{"max_visit": 1}', "nonsense", '{"notice_s": -1}'):
        with pytest.raises(InvalidRequest):
            City(bad)
