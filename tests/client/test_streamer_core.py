"""The decisions of a location stream, with a clock and a server of the test's own."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydispatch_client import messages as m
from pydispatch_client.streaming.core import StreamerCore, StreamerOptions

NOW_MS = 1_700_000_000_000


def fix(technician: str, time_ms: int = NOW_MS):
    return (technician, 37.0, -122.0, time_ms, 0.0, 0.0, 0.0)


def fixes(count: int, prefix: str = "t"):
    return [fix(f"{prefix}{number}") for number in range(count)]


def core(**options) -> StreamerCore:
    return StreamerCore("regions/sf", "test", StreamerOptions(**options))


def parse(frame: bytes | None) -> m.StreamLocationsRequest:
    assert frame is not None
    return m.StreamLocationsRequest.FromString(frame)


def acknowledge(streamer: StreamerCore, sequence: int, credit: int = 10, now_s: float = 0.0, **counts: int) -> None:
    answer = m.StreamLocationsResponse(acknowledged_sequence=sequence, credit=credit, counts=m.FixCounts(**counts))
    streamer.acknowledge(answer, now_s)


def technicians(request: m.StreamLocationsRequest) -> list[str]:
    return [fix.technician_id for fix in request.fixes]


def test_a_full_batch_is_sent_at_once_and_a_small_one_after_its_delay() -> None:
    streamer = core(max_batch_fixes=3, max_delay_s=0.5)
    streamer.offer(fixes(4), now_s=0.0)
    acknowledge(streamer, 0)
    assert technicians(parse(streamer.next_frame(0.0))) == ["t0", "t1", "t2"]
    assert streamer.next_frame(0.4) is None
    assert streamer.wait_s(0.4) == pytest.approx(0.1)
    assert technicians(parse(streamer.next_frame(0.5))) == ["t3"]


def test_every_message_says_where_it_belongs() -> None:
    streamer = core(max_batch_fixes=1)
    acknowledge(streamer, 0)
    streamer.offer(fixes(2), now_s=0.0)
    first, second = parse(streamer.next_frame(0.0)), parse(streamer.next_frame(0.0))
    assert (first.parent, first.sequence, second.sequence) == ("regions/sf", 1, 2)
    assert first.stream_id == second.stream_id == streamer.stream_id
    assert 1 <= len(streamer.stream_id) <= 64


def test_two_streamers_never_share_a_stream_id() -> None:
    assert core().stream_id != core().stream_id


def test_only_one_batch_is_sent_before_the_server_gives_credit() -> None:
    streamer = core(max_batch_fixes=1)
    streamer.offer(fixes(5), now_s=0.0)
    assert streamer.next_frame(0.0) is not None
    assert streamer.next_frame(0.0) is None
    acknowledge(streamer, 1, credit=2)
    assert [parse(streamer.next_frame(0.0)).sequence for _ in range(2)] == [2, 3]
    assert streamer.next_frame(0.0) is None


def test_no_credit_holds_everything_back_until_there_is_some() -> None:
    streamer = core(max_batch_fixes=1)
    streamer.offer(fixes(3), now_s=0.0)
    streamer.next_frame(0.0)
    acknowledge(streamer, 1, credit=0)
    assert streamer.next_frame(1.0) is None
    acknowledge(streamer, 1, credit=1)
    assert parse(streamer.next_frame(1.0)).sequence == 2


def test_unacknowledged_batches_are_bounded() -> None:
    streamer = core(max_batch_fixes=1, max_unacknowledged_batches=2)
    acknowledge(streamer, 0, credit=100)
    streamer.offer(fixes(5), now_s=0.0)
    assert [parse(streamer.next_frame(0.0)).sequence for _ in range(2)] == [1, 2]
    assert streamer.next_frame(0.0) is None


def test_after_a_break_the_unacknowledged_are_sent_again_in_order() -> None:
    streamer = core(max_batch_fixes=1)
    acknowledge(streamer, 0)
    streamer.offer(fixes(3), now_s=0.0)
    for _ in range(3):
        streamer.next_frame(0.0)
    acknowledge(streamer, 1)
    streamer.disconnected()
    again = parse(streamer.next_frame(0.0))
    assert (again.sequence, technicians(again)) == (2, ["t1"])
    assert streamer.next_frame(0.0) is None, "a new connection begins with little credit"
    acknowledge(streamer, 2)
    assert technicians(parse(streamer.next_frame(0.0))) == ["t2"]
    assert streamer.counters().batches_resent == 2
    assert streamer.counters().reconnects == 1


def test_renumbering_keeps_the_fixes_under_a_new_name() -> None:
    streamer = core(max_batch_fixes=1)
    acknowledge(streamer, 0)
    streamer.offer(fixes(3), now_s=0.0)
    for _ in range(3):
        streamer.next_frame(0.0)
    acknowledge(streamer, 1)
    old_id = streamer.stream_id
    streamer.renumber()
    streamer.disconnected()
    first = parse(streamer.next_frame(0.0))
    assert (first.sequence, technicians(first)) == (1, ["t1"])
    assert first.stream_id != old_id
    acknowledge(streamer, 1)
    assert parse(streamer.next_frame(0.0)).sequence == 2
    streamer.offer(fixes(1, "new"), now_s=0.0)
    assert parse(streamer.next_frame(0.0)).sequence == 3


def test_a_full_buffer_keeps_the_newest_fix_of_each_technician() -> None:
    streamer = core(max_batch_fixes=4, max_buffered_fixes=4)
    acknowledge(streamer, 0, credit=0)
    streamer.offer([fix("a", NOW_MS + 1), fix("b"), fix("a", NOW_MS + 2), fix("a")], now_s=0.0)
    streamer.offer([fix("c")], now_s=0.0)
    acknowledge(streamer, 0)
    sent = parse(streamer.next_frame(9.0)).fixes
    assert [(fix.technician_id, fix.event_time_ms - NOW_MS) for fix in sent] == [("b", 0), ("a", 2), ("c", 0)]
    counters = streamer.counters()
    assert (counters.coalesced, counters.dropped) == (2, 0)


def test_a_buffer_full_of_different_technicians_drops_the_first() -> None:
    streamer = core(max_batch_fixes=4, max_buffered_fixes=4)
    acknowledge(streamer, 0, credit=0)
    streamer.offer(fixes(5), now_s=0.0)
    counters = streamer.counters()
    assert (counters.buffered, counters.dropped) == (4, 1)
    acknowledge(streamer, 0)
    assert technicians(parse(streamer.next_frame(9.0))) == ["t1", "t2", "t3", "t4"]


def test_closing_sends_what_is_there_without_waiting() -> None:
    streamer = core(max_batch_fixes=100, max_delay_s=60)
    streamer.offer(fixes(1), now_s=0.0)
    assert streamer.next_frame(0.0) is None
    streamer.begin_closing()
    assert streamer.next_frame(0.0) is not None
    assert not streamer.is_drained
    acknowledge(streamer, 1)
    assert streamer.is_drained


def test_a_silent_server_is_noticed() -> None:
    streamer = core(max_batch_fixes=1, acknowledge_timeout_s=5)
    streamer.offer(fixes(1), now_s=10.0)
    assert not streamer.is_stalled(100.0)
    streamer.next_frame(100.0)
    assert streamer.wait_s(101.0) == pytest.approx(4.0)
    assert not streamer.is_stalled(104.0)
    assert streamer.is_stalled(105.0)
    acknowledge(streamer, 1, now_s=105.0)
    assert not streamer.is_stalled(200.0)
    assert streamer.wait_s(200.0) is None


def test_what_became_of_the_fixes_is_added_up() -> None:
    streamer = core(max_batch_fixes=2)
    streamer.offer(fixes(4), now_s=0.0)
    streamer.next_frame(0.0)
    acknowledge(streamer, 1, applied=1, older=1)
    streamer.next_frame(0.0)
    acknowledge(streamer, 2, applied=1, unknown_technician=1)
    counters = streamer.counters()
    assert (counters.applied, counters.older, counters.unknown_technician, counters.invalid) == (2, 1, 1, 0)


def test_the_sender_is_woken_when_there_is_something_to_do() -> None:
    streamer = core(max_batch_fixes=3)
    assert streamer.offer(fixes(1), now_s=0.0), "the delay begins"
    assert not streamer.offer(fixes(1), now_s=0.0)
    assert streamer.offer(fixes(1), now_s=0.0), "a batch is full"
    assert not streamer.offer(fixes(1), now_s=0.0)


@pytest.mark.parametrize(
    "options",
    [{"max_batch_fixes": 0}, {"max_batch_fixes": 10_001}, {"max_buffered_fixes": 1}, {"max_unacknowledged_batches": 0}],
)
def test_impossible_bounds_are_refused(options) -> None:
    with pytest.raises(ValueError, match="must"):
        StreamerOptions(**options)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.integers(1, 8)),
        st.tuples(st.just("send"), st.integers(1, 3)),
        st.tuples(st.just("take"), st.integers(1, 3)),
        st.tuples(st.just("break"), st.booleans()),
    ),
    max_size=60,
)


@given(STEPS, st.integers(0, 2**32))
def test_against_a_server_that_breaks_anywhere_every_fix_is_accounted_for(steps, seed: int) -> None:
    """The server takes some of what was sent, then the connection breaks; sometimes the server forgets everything."""
    rng = random.Random(seed)
    streamer = core(max_batch_fixes=3, max_delay_s=0.0, max_buffered_fixes=12, max_unacknowledged_batches=4)
    wire: list[m.StreamLocationsRequest] = []
    taken: dict[str, int] = {}
    newest: dict[str, int] = {}
    time_ms = NOW_MS

    def send(count: int) -> None:
        for _ in range(count):
            frame = streamer.next_frame(0.0)
            if frame is not None:
                wire.append(parse(frame))

    def take(count: int) -> None:
        for request in wire[:count]:
            known = taken.get(request.stream_id, 0)
            assert request.sequence <= known + 1, "the stream has a gap"
            if request.sequence == known + 1:
                taken[request.stream_id] = request.sequence
                for sent in request.fixes:
                    newest[sent.technician_id] = max(newest.get(sent.technician_id, 0), sent.event_time_ms)
            acknowledge(streamer, taken[request.stream_id], credit=rng.randint(0, 3))
        del wire[:count]

    def connect_again(has_forgotten: bool) -> None:
        wire.clear()
        if has_forgotten:
            streamer.renumber()
        streamer.disconnected()

    last_reported: dict[str, int] = {}
    for step, value in steps:
        if step == "offer":
            for _ in range(value):
                time_ms += 1
                technician = f"t{rng.randint(0, 5)}"
                last_reported[technician] = time_ms
                streamer.offer([fix(technician, time_ms)], 0.0)
        elif step == "send":
            send(value)
        elif step == "take":
            take(value)
        else:
            connect_again(value)
        counters = streamer.counters()
        accounted = counters.buffered + counters.coalesced + counters.dropped
        assert counters.reported == accounted + counters.unacknowledged + counters.acknowledged
        assert counters.buffered <= 12
    streamer.begin_closing()
    for _ in range(200):
        connect_again(has_forgotten=False)
        send(1)
        take(1)
    assert streamer.is_drained
    assert streamer.counters().dropped > 0 or newest == last_reported
