"""Who may come and what is taken along, over gRPC: languages, partners and parts."""

from __future__ import annotations

import pytest
from google.protobuf import field_mask_pb2
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits

from tests.server import harness
from tests.server.harness import REGION, Stubs

VALVE = types.PartCount(part="valve", count=1)


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    add(stubs, "own", languages=["en-GB"], parts=[types.PartCount(part="valve", count=2)])
    add(stubs, "lent", languages=["zh-CN"], partner="north")
    harness.add_service(stubs)
    harness.add_service(stubs, "valves", partners=["-"], parts=[VALVE])


def add(stubs: Stubs, technician_id: str, **more: object) -> None:
    new = harness.technician(len(technician_id), **more)
    request = technicians.CreateTechnicianRequest(parent=REGION, technician_id=technician_id, technician=new)
    stubs.technicians.CreateTechnician(request)


def book(stubs: Stubs, **more: object) -> visits.Visit:
    return harness.create_booking(stubs, harness.booking(**more)).visit


def who(visit: visits.Visit) -> str:
    return visit.placement.technician.rpartition("/")[2]


def test_a_language_is_kept_and_decides(stubs: Stubs) -> None:
    visit = book(stubs, required_languages=["fr", "zh"])
    assert (who(visit), list(visit.required_languages)) == ("lent", ["fr", "zh"])
    nobody = book(stubs, required_languages=["zh-TW"])
    assert [(reason.rule, reason.technician_count) for reason in nobody.unassigned_reasons] == [
        (types.RULE_LANGUAGE, 2)
    ]


def test_partners_and_parts_come_from_the_service_unless_the_booking_says(stubs: Stubs) -> None:
    of_service = book(stubs, service=f"{REGION}/services/valves")
    assert (who(of_service), list(of_service.partners), list(of_service.parts)) == ("own", ["-"], [VALVE])
    of_booking = book(
        stubs, service=f"{REGION}/services/valves", partners=["north"], parts=[types.PartCount(part="seal", count=1)]
    )
    assert {reason.rule for reason in of_booking.unassigned_reasons} == {types.RULE_PARTNER, types.RULE_PARTS}
    book(stubs, service=f"{REGION}/services/valves")
    third = book(stubs, service=f"{REGION}/services/valves")
    assert types.RULE_PARTS in {reason.rule for reason in third.unassigned_reasons}
    harness.assert_clean(stubs)
    more = technicians.Technician(name=f"{REGION}/technicians/own", parts=[types.PartCount(part="valve", count=9)])
    update = technicians.UpdateTechnicianRequest(technician=more, update_mask=field_mask_pb2.FieldMask(paths=["parts"]))
    assert stubs.technicians.UpdateTechnician(update).technician.parts[0].count == 9
    assert who(book(stubs, service=f"{REGION}/services/valves")) == "own"
    harness.assert_clean(stubs)


def test_recommendations_obey_them_too(stubs: Stubs) -> None:
    def recommended(**more: object) -> list[str]:
        request = dispatch.RecommendTechniciansRequest(parent=REGION, location=harness.near(), **more)
        return sorted(found.technician_id for found in stubs.dispatch.RecommendTechnicians(request).recommendations)

    assert recommended() == ["lent", "own"]
    assert recommended(required_languages=["en"]) == ["own"]
    assert recommended(partners=["north"]) == ["lent"]
    assert recommended(service=f"{REGION}/services/valves") == ["own"]
    assert recommended(parts=[types.PartCount(part="boiler", count=1)]) == []


def test_work_takes_as_long_as_it_takes_who_does_it(stubs: Stubs) -> None:
    harness.add_service(stubs, "boiler", partners=["south"])
    pace = technicians.WorkPace(service=f"{REGION}/services/boiler", percent=150)
    add(stubs, "learner", partner="south", work_paces=[technicians.WorkPace(percent=100), pace])
    visit = book(stubs, service=f"{REGION}/services/boiler")
    placed = visit.placement
    assert (who(visit), visit.duration_s) == ("learner", 1800)
    assert placed.end_time.seconds - placed.start_time.seconds == 2700
    harness.assert_clean(stubs)


def test_a_visit_may_start_in_several_windows_and_never_works_in_a_blackout(stubs: Stubs) -> None:
    begin_s = harness.START_S + 2 * 3600
    windows = [harness.window(begin_s, begin_s + 60), harness.window(begin_s + 3600, begin_s + 3660)]
    dark = harness.window(begin_s + 1000, begin_s + 3000)
    visit = book(stubs, start_windows=windows, blackouts=[dark], required_languages=["en"])
    assert (list(visit.start_windows), list(visit.blackouts)) == (windows, [dark])
    assert visit.placement.start_time.seconds == begin_s + 3600
    harness.assert_clean(stubs)


def test_windows_out_of_order_or_beside_another_are_refused(stubs: Stubs) -> None:
    first, second = (
        harness.window(harness.START_S + hour * 3600, harness.START_S + hour * 3600 + 60) for hour in (3, 2)
    )
    made = harness.booking(start_window=first, start_windows=[first, second], blackouts=[first, first])
    found = harness.refusal(lambda: harness.create_booking(stubs, made))
    assert found.fields == {
        "booking.start_windows": {"CONTRADICTION"},
        "booking.start_windows[1]": {"OVERLAP"},
        "booking.blackouts[1]": {"OVERLAP"},
    }


def test_charges_and_repeats_are_terms_of_the_score(stubs: Stubs) -> None:
    harness.add_service(stubs, "paint", partners=["dear"])
    add(stubs, "painter", partner="dear", attended_count=200, repeat_count=40, cost_per_visit_milli=7000)
    visit = book(stubs, service=f"{REGION}/services/paint")
    terms = {term.term: term for term in visit.placement.score_terms}
    assert (terms["visit_cost"].quantity, terms["visit_cost"].cost_milli) == (7000, 7000)
    # (40 of 200 shrunk by 20 at 5%) is 18.64%, 13.64 above the usual.
    assert (terms["repeats"].quantity, terms["repeats"].unit, terms["repeats"].cost_milli) == (13.64, "percent", 1364)
    assert sum(term.cost_milli for term in visit.placement.score_terms) == visit.placement.cost_milli
