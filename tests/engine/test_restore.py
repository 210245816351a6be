"""An engine rebuilt from what was stored stands where the old one stood."""

from __future__ import annotations

import pytest
from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as tpb
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as vpb

from pydispatch import InvalidRequest
from tests.engine.city import NOW_MS, City, fix, place, region, technician, visit


class Store:
    """What a server keeps: technicians, and visits as the outcomes left them."""

    def __init__(self) -> None:
        self.technicians: dict[str, tpb.Technician] = {}
        self.visits: dict[str, vpb.Visit] = {}

    def note(self, changes: dict[str, epb.VisitChange]) -> None:
        for visit_id, change in changes.items():
            stored = self.visits[visit_id]
            stored.state = change.state
            for field in ("placement", "times"):
                stored.ClearField(field)  # type: ignore[arg-type]
                if change.HasField(field):  # type: ignore[arg-type]
                    getattr(stored, field).CopyFrom(getattr(change, field))
            del stored.unassigned_reasons[:], stored.excluded_technicians[:]
            stored.unassigned_reasons.extend(change.unassigned_reasons)
            stored.excluded_technicians.extend(change.excluded_technicians)

    def snapshot(self) -> bytes:
        open_visits = [stored for stored in self.visits.values() if stored.state < types.VISIT_STATE_COMPLETED]
        return epb.Snapshot(
            region=region(), technicians=self.technicians.values(), visits=open_visits
        ).SerializeToString()


@pytest.fixture
def day() -> tuple[City, Store]:
    """Forty visits of twelve technicians, some under way, one declined, one done, one nobody can do."""
    city, store = City(), Store()
    for number in range(12):
        person = technician(f"t{number:02}", place(700 * number, -500 * number))
        store.technicians[person.name] = person
        city.put(person)
    impossible = types.SkillLevel(skill="roofing", level=1)
    visits = [visit(f"v{number:02}", place(-300 * number, 400 * number)) for number in range(40)]
    visits.append(visit("v99", required_skills=[impossible]))
    store.visits = {made.name.rpartition("/")[2]: made for made in visits}
    store.note(city.add(*visits))
    for visit_id, event in [
        ("v00", vpb.VISIT_EVENT_DEPART),
        ("v01", vpb.VISIT_EVENT_ACCEPT),
        ("v02", vpb.VISIT_EVENT_DECLINE),
    ]:
        who = store.visits[visit_id].placement.technician.rpartition("/")[2]
        report = vpb.ReportVisitProgressRequest(
            name=store.visits[visit_id].name, technician=store.visits[visit_id].placement.technician, event=event
        )
        assert who
        store.note(city.apply(30, visit_progress=report))
    return city, store


def test_a_restored_engine_has_the_same_plan(day: tuple[City, Store]) -> None:
    city, store = day
    restored = City()
    restored.engine.restore(store.snapshot(), NOW_MS + 30_000)
    # Routes nobody touched keep the times of their last touch; a tick brings both to the same present.
    city.apply(30, tick=epb.Tick())
    assert not restored.apply(30, tick=epb.Tick())
    assert restored.plan() == city.plan()
    assert restored.stats().open_visits == city.stats().open_visits
    assert restored.stats().unassigned_visits == city.stats().unassigned_visits
    assert not restored.check().violations


def test_a_restored_engine_goes_on_as_the_old_one_would(day: tuple[City, Store]) -> None:
    city, store = day
    restored = City()
    restored.engine.restore(store.snapshot(), NOW_MS + 30_000)
    assert restored.recommend() == city.recommend()
    late = [visit("w", place(100, 100))]
    ours, theirs = restored.add(*late, after_s=40), city.add(*late, after_s=40)
    assert ours["w"] == theirs["w"]


def test_positions_of_those_who_remain_are_kept(day: tuple[City, Store]) -> None:
    city, store = day
    city.report([fix("t00", place(10)), fix("t01", place(20))])
    del store.technicians["regions/sf/technicians/t01"]
    for stored in store.visits.values():
        if stored.placement.technician.endswith("/t01"):
            stored.ClearField("placement")
            stored.state = types.VISIT_STATE_UNASSIGNED
    city.engine.restore(store.snapshot(), NOW_MS)
    assert city.near_ids() == ["t00"]
    assert city.stats().live_positions == 1


def test_what_was_promised_is_known_after_a_restore(day: tuple[City, Store]) -> None:
    _, store = day
    restored = City()
    restored.engine.restore(store.snapshot(), NOW_MS)
    restored.report([fix(f"t{number:02}", place(10)) for number in range(12)])
    assert any(found.free_in_s > 0 for found in restored.near(max_results=20))


def test_a_snapshot_of_another_region_is_refused_and_changes_nothing(day: tuple[City, Store]) -> None:
    city, store = day
    before = city.plan()
    foreign = epb.Snapshot.FromString(store.snapshot())
    foreign.region.name = "regions/la"
    with pytest.raises(InvalidRequest):
        city.engine.restore(foreign.SerializeToString(), NOW_MS)
    broken = epb.Snapshot.FromString(store.snapshot())
    broken.visits[3].state = types.VISIT_STATE_UNSPECIFIED
    broken.technicians[0].name = "anna"
    with pytest.raises(InvalidRequest) as refused:
        city.engine.restore(broken.SerializeToString(), NOW_MS)
    assert [wrong.field for wrong in refused.value.violations] == ["technicians[0].name", "visits[3].state"]
    assert city.plan() == before
