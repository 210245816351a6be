"""Pins through the engine's bytes: what is held is told, restored, and let go with its technician."""

from __future__ import annotations

import pytest
from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dpb
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as vpb

from pydispatch import IllegalTransition, InvalidRequest, NotFound
from tests.engine.city import (
    HOUR_S,
    NOW_MS,
    REGION,
    City,
    at,
    place,
    technician,
    technician_name,
    visit,
    visit_name,
    window,
)

EVERYTHING = epb.PinVisit(visit_id="v", technician=True, start_time=True, position=True)


@pytest.fixture
def city() -> City:
    """Anna has "first" and then "v" at two hours from now; Bob lives far away."""
    city = City()
    city.put(technician("anna"))
    city.add(visit("v", place(500), start_windows=[window(2 * HOUR_S, 4 * HOUR_S)], due_time=None))
    city.add(visit("first", place(900), start_windows=[window(HOUR_S, HOUR_S + 600)], due_time=None))
    city.put(technician("bob", place(9_000)))
    return city


def test_a_pin_is_told_and_survives_a_restore(city: City) -> None:
    change = city.apply(pin_visit=EVERYTHING)["v"]
    assert change.kind == epb.CHANGE_KIND_PINNED
    pin = vpb.Pin(
        technician=technician_name("anna"),
        start_time=at(2 * HOUR_S),
        position=True,
        preceding_visits=[visit_name("first")],
    )
    assert change.pin == pin
    stored = [
        visit(
            "v",
            place(500),
            start_windows=[window(2 * HOUR_S, 4 * HOUR_S)],
            due_time=None,
            state=change.state,
            placement=change.placement,
            pin=pin,
        )
    ]
    people = [technician("anna"), technician("bob", place(9_000))]
    city.engine.restore(epb.Snapshot(technicians=people, visits=stored).SerializeToString(), NOW_MS)
    assert not city.check().violations
    # Nothing comes before it on Anna's route, near as the new visit is.
    early = city.add(visit("early", place(400), start_windows=[window(HOUR_S, HOUR_S + 600)], due_time=None))["early"]
    assert early.placement.technician == technician_name("bob")
    change = city.apply(unpin_visit_id="v")["v"]
    assert (change.kind, change.HasField("pin")) == (epb.CHANGE_KIND_PINNED, False)


def test_who_falls_out_loses_the_pin_but_the_start_stays(city: City) -> None:
    city.apply(pin_visit=EVERYTHING)
    report = dpb.ReportDisruptionRequest(
        parent=REGION, technician_offline=dpb.TechnicianOffline(technician=technician_name("anna"))
    )
    change = city.apply(disruption=report)["v"]
    assert change.placement.technician == technician_name("bob")
    assert change.pin == vpb.Pin(start_time=at(2 * HOUR_S))
    assert change.placement.start_time == at(2 * HOUR_S)


def test_bad_pins_are_refused(city: City) -> None:
    with pytest.raises(InvalidRequest):
        city.apply(pin_visit=epb.PinVisit(visit_id="v"))
    with pytest.raises(NotFound):
        city.apply(pin_visit=epb.PinVisit(visit_id="nobody", start_time=True))
    nowhere = city.add(visit("nowhere", required_technician=technician_name("carl")))["nowhere"]
    assert nowhere.state == types.VISIT_STATE_UNASSIGNED
    with pytest.raises(IllegalTransition):
        city.apply(pin_visit=epb.PinVisit(visit_id="nowhere", start_time=True))
