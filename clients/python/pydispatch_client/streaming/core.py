"""What a location stream decides: when to send, what to keep until it is acknowledged, what to give up when full.

No IO and no clock: `now_s` is any clock that only goes forward. One lock makes it safe between caller and shell.
Start at `StreamerCore.next_frame`.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydispatch_client import messages as m
from pydispatch_client.fixes import MAX_FIXES_PER_MESSAGE, STREAM_FIXES_TAG, FixEncoder, FixTuple, stream_header

# Batches that may be sent on a new stream before the server has said how many it takes.
INITIAL_CREDIT = 1
# A full buffer is brought down to this share, so that the work of making room is paid for by many fixes.
MAKE_ROOM_SHARE = 0.75
MAX_LABEL_CHARACTERS = 48


@dataclass(frozen=True, slots=True)
class StreamerOptions:
    """Bounds of one location stream.

    Attributes:
        max_batch_fixes: A batch is sent when it holds this many fixes, 1 to 10,000.
        max_delay_s: A smaller batch is sent when its oldest fix has waited this long.
        max_buffered_fixes: Fixes held while the server is slow or away. When full, only the newest fix of each
            technician is kept; when that does not help, the fixes reported first are dropped.
        max_unacknowledged_batches: Batches sent and kept until the server has acknowledged them.
        acknowledge_timeout_s: A stream on which nothing was acknowledged for this long is given up for a new one.
        close_deadline_s: How long `close` waits for the last acknowledgement unless told otherwise.
    """

    max_batch_fixes: int = 1_000
    max_delay_s: float = 0.02
    max_buffered_fixes: int = 200_000
    max_unacknowledged_batches: int = 64
    acknowledge_timeout_s: float = 30.0
    close_deadline_s: float = 5.0

    def __post_init__(self) -> None:
        if not 1 <= self.max_batch_fixes <= MAX_FIXES_PER_MESSAGE:
            raise ValueError(f"max_batch_fixes must be 1 to {MAX_FIXES_PER_MESSAGE}, not {self.max_batch_fixes}")
        if self.max_buffered_fixes < self.max_batch_fixes or self.max_unacknowledged_batches < 1:
            raise ValueError("max_buffered_fixes must hold a batch, max_unacknowledged_batches at least 1")


DEFAULT_STREAMER_OPTIONS = StreamerOptions()


@dataclass(slots=True)
class StreamerCounters:
    """What has happened to the fixes of one stream so far.

    reported = buffered + coalesced + dropped + unacknowledged + acknowledged, at any moment.
    """

    # Fixes handed in.
    reported: int = 0
    # Fixes waiting to be sent.
    buffered: int = 0
    # Fixes replaced by a newer one of the same technician because the buffer was full.
    coalesced: int = 0
    # Fixes given up because the buffer was full of different technicians.
    dropped: int = 0
    # Fixes sent, or to be sent again, and not acknowledged.
    unacknowledged: int = 0
    # Fixes of acknowledged batches.
    acknowledged: int = 0
    # Messages sent, and those among them that had been sent before.
    batches_sent: int = 0
    batches_resent: int = 0
    # Streams opened after the first.
    reconnects: int = 0
    # What the server says became of acknowledged fixes, as in `FixCounts`.
    applied: int = 0
    duplicate: int = 0
    older: int = 0
    far_future: int = 0
    impossible_jump: int = 0
    invalid: int = 0
    unknown_technician: int = 0


_OUTCOMES = tuple(field.name for field in m.FixCounts.DESCRIPTOR.fields)


@dataclass(slots=True)
class _Batch:
    """Fixes sent together, kept until they are acknowledged."""

    sequence: int
    payload: bytes
    fix_count: int
    was_sent: bool = False


class FixBuffer:
    """Packed fixes waiting to be sent, first in first out and bounded."""

    def __init__(self, max_fixes: int) -> None:
        self._max_fixes = max_fixes
        self._technicians: list[str] = []
        self._times_ms: list[int] = []
        self._packed: list[bytes] = []
        self.coalesced = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._packed)

    def extend(self, fixes: Sequence[FixTuple], packed: list[bytes]) -> None:
        """Adds fixes with their packed form, making room as often as needed. Amortised O(1) a fix."""
        start = 0
        while start < len(packed):
            if len(self) == self._max_fixes:
                self._make_room()
            end = start + self._max_fixes - len(self)
            self._technicians += [fix[0] for fix in fixes[start:end]]
            self._times_ms += [fix[3] for fix in fixes[start:end]]
            self._packed += packed[start:end]
            start = end

    def take(self, count: int) -> list[bytes]:
        """Removes and returns the first fixes, at most `count`."""
        taken = self._packed[:count]
        del self._technicians[:count], self._times_ms[:count], self._packed[:count]
        return taken

    def _make_room(self) -> None:
        """Keeps the newest fix of each technician, and of these the last reported if there are still too many."""
        newest: dict[str, int] = {}
        for index, technician in enumerate(self._technicians):
            known = newest.get(technician)
            if known is None or self._times_ms[index] >= self._times_ms[known]:
                newest[technician] = index
        self.coalesced += len(self) - len(newest)
        # At least one place must come free even in the smallest buffer.
        room = min(int(self._max_fixes * MAKE_ROOM_SHARE), self._max_fixes - 1)
        excess = max(0, len(newest) - room)
        self.dropped += excess
        kept = sorted(newest.values())[excess:]
        self._technicians = [self._technicians[index] for index in kept]
        self._times_ms = [self._times_ms[index] for index in kept]
        self._packed = [self._packed[index] for index in kept]


class StreamerCore:
    """The state of one location stream across all its connections."""

    def __init__(self, parent: str, label: str, options: StreamerOptions) -> None:
        self._parent = parent
        self._label = label[:MAX_LABEL_CHARACTERS]
        self._options = options
        self._lock = threading.Lock()
        self._encoder = FixEncoder(STREAM_FIXES_TAG)
        self._buffer = FixBuffer(options.max_buffered_fixes)
        self._waiting_since_s = 0.0
        self._unacknowledged: deque[_Batch] = deque()
        self._counters = StreamerCounters()
        self._is_closing = False
        self._next_sequence = 1
        self._begin_stream_id()
        self._acknowledged_at_s = 0.0

    def _begin_stream_id(self) -> None:
        # The suffix makes every streamer a stream of its own: under a name used before, the server would take the
        # first batches for repeats and leave them out.
        self.stream_id = f"{self._label}-{uuid.uuid4().hex[:12]}" if self._label else uuid.uuid4().hex
        self._acknowledged_sequence = 0
        self._begin_connection()

    def _begin_connection(self) -> None:
        self._send_index = 0
        self._last_allowed_sequence = self._acknowledged_sequence + INITIAL_CREDIT

    def offer(self, fixes: Iterable[FixTuple], now_s: float) -> bool:
        """Takes fixes and returns whether the sender should look now."""
        kept = fixes if isinstance(fixes, Sequence) else list(fixes)
        batch_fixes = self._options.max_batch_fixes
        with self._lock:
            size_before = len(self._buffer)
            self._buffer.extend(kept, self._encoder.encode_many(kept))
            self._counters.reported += len(kept)
            if not size_before:
                self._waiting_since_s = now_s
            return not size_before or size_before < batch_fixes <= len(self._buffer)

    def next_frame(self, now_s: float) -> bytes | None:
        """Returns the bytes of the next message to send now, None when there is nothing to send or no credit."""
        with self._lock:
            if self._send_index == len(self._unacknowledged) and self._is_batch_due(now_s):
                self._cut_batch(now_s)
            if self._send_index == len(self._unacknowledged):
                return None
            batch = self._unacknowledged[self._send_index]
            if batch.sequence > self._last_allowed_sequence:
                return None
            if self._send_index == 0:
                self._acknowledged_at_s = now_s
            self._send_index += 1
            self._counters.batches_sent += 1
            self._counters.batches_resent += batch.was_sent
            batch.was_sent = True
            return stream_header(self._parent, self.stream_id, batch.sequence) + batch.payload

    def _is_batch_due(self, now_s: float) -> bool:
        """Whether a new batch should be cut. Without credit none is: in the buffer its fixes can still be coalesced."""
        if not self._buffer or self._next_sequence > self._last_allowed_sequence:
            return False
        if len(self._unacknowledged) >= self._options.max_unacknowledged_batches:
            return False
        return (
            self._is_closing
            or len(self._buffer) >= self._options.max_batch_fixes
            or now_s - self._waiting_since_s >= self._options.max_delay_s
        )

    def _cut_batch(self, now_s: float) -> None:
        packed = self._buffer.take(self._options.max_batch_fixes)
        self._unacknowledged.append(_Batch(self._next_sequence, b"".join(packed), len(packed)))
        self._next_sequence += 1
        self._waiting_since_s = now_s

    def wait_s(self, now_s: float) -> float | None:
        """Returns how long nothing will be due if nothing happens; None for as long as nothing happens."""
        with self._lock:
            waits = []
            if self._buffer and self._next_sequence <= self._last_allowed_sequence:
                waits.append(self._waiting_since_s + self._options.max_delay_s - now_s)
            if self._send_index:
                waits.append(self._acknowledged_at_s + self._options.acknowledge_timeout_s - now_s)
            return max(0.0, min(waits)) if waits else None

    def is_stalled(self, now_s: float) -> bool:
        """Returns True when the server has left sent batches unacknowledged for too long."""
        with self._lock:
            return self._send_index > 0 and now_s - self._acknowledged_at_s >= self._options.acknowledge_timeout_s

    def acknowledge(self, answer: m.StreamLocationsResponse, now_s: float) -> None:
        """Forgets what the server has taken and notes its credit."""
        with self._lock:
            self._acknowledged_at_s = now_s
            while self._unacknowledged and self._unacknowledged[0].sequence <= answer.acknowledged_sequence:
                batch = self._unacknowledged.popleft()
                self._counters.acknowledged += batch.fix_count
                self._send_index = max(0, self._send_index - 1)
            self._acknowledged_sequence = max(self._acknowledged_sequence, answer.acknowledged_sequence)
            self._last_allowed_sequence = self._acknowledged_sequence + max(0, answer.credit)
            for outcome in _OUTCOMES:
                counted = getattr(self._counters, outcome) + getattr(answer.counts, outcome)
                setattr(self._counters, outcome, counted)

    def disconnected(self) -> None:
        """Prepares for the next connection: everything unacknowledged will be sent again."""
        with self._lock:
            self._begin_connection()
            self._counters.reconnects += 1

    def renumber(self) -> None:
        """Begins a stream under a new name, for a server that has forgotten where the old one was."""
        with self._lock:
            for sequence, batch in enumerate(self._unacknowledged, start=1):
                batch.sequence = sequence
            self._next_sequence = len(self._unacknowledged) + 1
            self._begin_stream_id()

    def begin_closing(self) -> None:
        """Lets everything be sent without waiting for full batches."""
        with self._lock:
            self._is_closing = True

    @property
    def is_closing(self) -> bool:
        """True once `begin_closing` was called."""
        return self._is_closing

    @property
    def is_drained(self) -> bool:
        """True when nothing waits to be sent or acknowledged."""
        with self._lock:
            return not self._buffer and not self._unacknowledged

    def counters(self) -> StreamerCounters:
        """Returns a copy of the counters."""
        with self._lock:
            copy = StreamerCounters(**{name: getattr(self._counters, name) for name in StreamerCounters.__slots__})
            copy.buffered = len(self._buffer)
            copy.coalesced = self._buffer.coalesced
            copy.dropped = self._buffer.dropped
            copy.unacknowledged = sum(batch.fix_count for batch in self._unacknowledged)
            return copy
