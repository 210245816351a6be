"""Readers and writers in threads: nothing is lost, nobody waits for more than a bounded piece of work."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb
from pydispatch_protos.dispatch.v1 import location_service_pb2 as lpb

from tests.engine.city import CENTER, NOW_MS, REGION, City, fix, place, technician, visit

TECHNICIANS = 2_000


def crowded() -> City:
    city = City()
    for number in range(TECHNICIANS):
        city.put(technician(f"t{number}", place(number % 97 * 50, number % 89 * 50)))
    return city


def batch(event_time_ms: int) -> bytes:
    fixes = [
        fix(f"t{number}", place(number % 97 * 50, number % 89 * 50), event_time_ms=event_time_ms)
        for number in range(TECHNICIANS)
    ] * 5
    return lpb.BatchReportLocationsRequest(parent=REGION, fixes=fixes).SerializeToString()


def test_readers_go_between_the_chunks_of_a_writer() -> None:
    """While batches of 10,000 fixes are written without a pause, searches are answered between their chunks.

    A reader that had to wait for whole batches could be answered at most once a batch.
    """
    city = crowded()
    batches = [batch(NOW_MS - 60_000 + number) for number in range(30)]
    search = lpb.SearchNearbyTechniciansRequest(parent=REGION, location=CENTER).SerializeToString()
    is_written = threading.Event()

    def write() -> None:
        for message in batches:
            city.engine.report_locations(message, NOW_MS)
        is_written.set()

    def read() -> int:
        answers = 0
        while not is_written.is_set():
            city.engine.search_nearby(search, NOW_MS)
            answers += 1
        return answers

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        pool.submit(write).result()
        assert sum(reader.result() for reader in readers) > 2 * len(batches)
    assert city.stats().fixes.applied == TECHNICIANS * len(batches)


def test_fixes_are_taken_while_the_planner_works() -> None:
    """Fixes and searches pass while a command of 1,000 visits is applied: the planner's lock is not theirs."""
    city = crowded()
    visits = [visit(f"v{number}", place(number % 61 * 80, number % 53 * 80)) for number in range(1_000)]
    command = epb.Command(add_visits=epb.AddVisits(visits=visits)).SerializeToString()
    message = batch(NOW_MS - 30_000)
    search = lpb.SearchNearbyTechniciansRequest(parent=REGION, location=CENTER).SerializeToString()
    with ThreadPoolExecutor(1) as pool:
        planning = pool.submit(city.engine.apply, command, NOW_MS)
        taken_meanwhile = 0
        deadline = time.monotonic() + 100
        while not planning.done() and time.monotonic() < deadline:
            city.engine.report_locations(message, NOW_MS)
            city.engine.search_nearby(search, NOW_MS)
            taken_meanwhile += not planning.done()
        assert len(epb.Outcome.FromString(planning.result()).changes) == 1_000
    assert taken_meanwhile > 0
    assert not city.check().violations


def test_two_copies_of_a_batch_at_once_are_applied_once() -> None:
    city = City()
    city.put(technician("t0"))

    def send(sequence: int) -> int:
        reported = [fix("t0", CENTER, event_time_ms=NOW_MS - 10_000 + sequence)]
        return city.stream("s", sequence, reported).counts.applied

    with ThreadPoolExecutor(8) as pool:
        applied = sum(sum(pool.map(send, [sequence] * 8)) for sequence in range(1, 51))
    assert applied == 50
    assert city.stats().fixes.applied == 50


def test_streams_do_not_disturb_each_other() -> None:
    city = City()
    city.put(*(technician(f"t{number}") for number in range(8)))

    def drive(number: int) -> int:
        for sequence in range(1, 101):
            reported = [fix(f"t{number}", CENTER, event_time_ms=NOW_MS - 10_000 + sequence)]
            answer = city.stream(f"s{number}", sequence, reported)
            assert answer.acknowledged_sequence == sequence
        return answer.acknowledged_sequence

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(drive, range(8))) == [100] * 8
    assert city.stats().fixes.applied == 800
