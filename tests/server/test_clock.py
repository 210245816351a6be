"""Time: it moves only when told, and what is due by then has happened and is durable when the answer comes."""

from __future__ import annotations

import grpc
from pydispatch_protos.dispatch.v1 import clock_service_pb2 as clock
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits
from pydispatch_server.clock import BELIEVED_AFTER_S, ClockGuard, ManualClock

from tests.server import harness
from tests.server.harness import REGION, START_S, ServerProcess, Stubs, refusal


def now_s(stubs: Stubs) -> int:
    return int(stubs.clock.GetClock(clock.GetClockRequest()).time.seconds)


def test_clock_moves_when_told(process: ServerProcess) -> None:
    stubs = process.start()
    assert now_s(stubs) == START_S
    harness.advance(stubs, START_S + 5)
    assert now_s(stubs) == START_S + 5
    harness.advance(stubs, START_S + 5)
    harness.advance(stubs, START_S + 40 * 86_400)
    assert now_s(stubs) == START_S + 40 * 86_400


def test_what_is_due_has_happened_and_is_durable(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_service(stubs, response_target_s=600, response_limit_s=1800)
    waiting = harness.create_booking(stubs).visit
    assert waiting.state == types.VISIT_STATE_UNASSIGNED
    harness.advance(stubs, START_S + 2400)
    process.kill()
    stubs = process.start()
    visit = stubs.visits.GetVisit(visits.GetVisitRequest(name=waiting.name)).visit
    assert visit.state == types.VISIT_STATE_EXPIRED
    assert START_S + 1800 <= visit.times.end_time.seconds <= START_S + 1830


def test_unassigned_visit_is_tried_again_when_room_appears(process: ServerProcess) -> None:
    stubs = process.start()
    harness.add_service(stubs)
    waiting = harness.create_booking(stubs).visit
    harness.add_technicians(stubs, 1)
    harness.advance(stubs, START_S + 1200)
    visit = stubs.visits.GetVisit(visits.GetVisitRequest(name=waiting.name)).visit
    assert visit.state == types.VISIT_STATE_PLANNED
    assert visit.placement.technician == f"{REGION}/technicians/t000"


def test_server_on_the_system_clock_has_no_clock_service(process: ServerProcess) -> None:
    system = ServerProcess(process.folder)
    try:
        stubs = system.start()
        found = refusal(lambda: stubs.clock.GetClock(clock.GetClockRequest()))
        assert found.code == grpc.StatusCode.UNIMPLEMENTED
    finally:
        system.close()


class Passing:
    """What has really passed."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_drift_is_followed_and_a_jump_believed_only_once_it_has_lasted() -> None:
    wall, passing = ManualClock(START_S * 1000), Passing()
    guard = ClockGuard(wall, passing)
    passing.seconds += 10
    wall.jump_to((START_S + 12) * 1000)
    assert not guard.is_astray()
    assert guard.steady_ms() == (START_S + 12) * 1000
    wall.jump_to((START_S + 86_412) * 1000)
    passing.seconds += 10
    assert guard.is_astray()
    assert guard.steady_ms() == (START_S + 22) * 1000
    passing.seconds += BELIEVED_AFTER_S - 1
    assert guard.is_astray()
    passing.seconds += 1
    assert not guard.is_astray()
    assert guard.steady_ms() == wall.now_ms()


def test_a_jump_that_is_mended_leaves_no_trace() -> None:
    wall, passing = ManualClock(START_S * 1000), Passing()
    guard = ClockGuard(wall, passing)
    wall.jump_to((START_S - 86_400) * 1000)
    assert guard.is_astray()
    passing.seconds += 100
    wall.jump_to((START_S + 100) * 1000)
    assert not guard.is_astray()
    wall.jump_to((START_S + 86_400) * 1000)
    passing.seconds += BELIEVED_AFTER_S - 1
    assert guard.is_astray(), "its own time counts, not that of the jump before"
