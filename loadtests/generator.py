"""Makes the load: a process of its own that tells of every call on stdout, a JSON object a line.

    python -m loadtests.generator --server HOST:PORT

Lines: {"kind": "ready"}, {"kind": "call", ...} for each call that ended, {"kind": "shed", ...}, and at last
{"kind": "done", ...} with what only the generator knows: calls due, its own lateness and CPU. Calls due in the
warm-up are made and not told of.
"""

from __future__ import annotations

import asyncio
import datetime
import gc
import itertools
import json
import queue
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, replace

from pydispatch_client import AsyncDispatchClient, ClientOptions, DispatchClient, DispatchClientError, RetryPolicy
from pydispatch_client.transport import AsyncTransport

from loadtests.city import Fleet, build
from loadtests.flows import Calls, Done, FixStream
from loadtests.judge import GeneratorFigures, percentile
from loadtests.profile import Profile, read_profile
from loadtests.schedule import merged

# After the last arrival, answers are waited for this long.
FINISH_LIMIT_S = 15.0
# Retries would hide failures from the figures.
OPTIONS = ClientOptions(retry=RetryPolicy(max_attempts=1))


class Teller:
    """Writes lines to stdout in a thread, so that a slow reader never delays a send."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[dict[str, object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="teller")
        self._thread.start()

    def tell(self, **line: object) -> None:
        """Queues a line."""
        self._lines.put(line)

    def close(self) -> None:
        """Writes what is queued."""
        self._lines.put(None)
        self._thread.join()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            sys.stdout.write(json.dumps(line) + "\n")
            if self._lines.empty():
                sys.stdout.flush()
        sys.stdout.flush()


class Run:
    """One run of a profile."""

    def __init__(self, profile: Profile, fleet: Fleet, teller: Teller) -> None:
        self._profile = profile
        self._fleet = fleet
        self._teller = teller
        self._measured_from_s = 0.0
        self._due: Counter[str] = Counter()
        self._lags_ms: list[float] = []

    async def run(self) -> None:
        """Makes every call of the schedule and tells how it went."""
        profile = self._profile
        transport = AsyncTransport(profile.server, OPTIONS)
        async with AsyncDispatchClient(profile.server, OPTIONS) as client:
            calls = {flow: Calls(flow, client, profile.seed, self._report) for flow in ("booking", "recommend")}
            streams = [
                FixStream(number, transport, share, profile.batch_fixes, self._report)
                for number, share in enumerate(self._fleet.shared_out(profile.streams))
            ]
            for stream in streams:
                stream.open()
            cpu_share = await self._play(calls, streams)
            await asyncio.gather(
                *(flow.finish(FINISH_LIMIT_S) for flow in calls.values()),
                *(stream.finish(FINISH_LIMIT_S) for stream in streams),
            )
        await transport.close()
        self._teller.tell(
            kind="done",
            seconds=profile.seconds,
            due=dict(self._due),
            generator=asdict(
                GeneratorFigures(
                    lag_p99_ms=percentile(sorted(self._lags_ms), 99),
                    lag_max_ms=max(self._lags_ms, default=0.0),
                    cpu_share=cpu_share,
                    fixes_sent=sum(stream.sent_fixes for stream in streams),
                    fixes_applied=sum(stream.applied for stream in streams),
                )
            ),
        )

    async def _play(self, calls: dict[str, Calls], streams: list[FixStream]) -> float:
        """Sends each call when it is due; returns the CPU share of the measured time."""
        profile = self._profile
        total_s = profile.warmup_s + profile.seconds
        began_s = time.perf_counter()
        self._measured_from_s = began_s + profile.warmup_s
        cpu_from_s: float | None = None
        stream_in_turn = itertools.cycle(streams)
        for arrival in merged(profile.rates_per_s(), total_s, profile.arrivals, profile.seed):
            due_at_s = began_s + arrival.due_s
            await _sleep_until(due_at_s)
            sent_at_s = time.perf_counter()
            is_measured = due_at_s >= self._measured_from_s
            if is_measured:
                cpu_from_s = time.process_time() if cpu_from_s is None else cpu_from_s
                self._due[arrival.flow] += 1
                self._lags_ms.append((sent_at_s - due_at_s) * 1000)
            flow = calls.get(arrival.flow) or next(stream_in_turn)
            if not flow.send(due_at_s) and is_measured:
                self._teller.tell(kind="shed", flow=arrival.flow)
        await _sleep_until(began_s + total_s)
        return (time.process_time() - cpu_from_s) / profile.seconds if cpu_from_s is not None else 0.0

    def _report(self, done: Done) -> None:
        if done.due_at_s >= self._measured_from_s:
            self._teller.tell(kind="call", flow=done.flow, latency_ms=round(done.latency_ms, 3), error=done.error)


async def _sleep_until(at_s: float) -> None:
    """Sleeps until a time; always yields, so that answers are read between calls that are due together."""
    await asyncio.sleep(max(0.0, at_s - time.perf_counter()))


def main() -> int:
    """Builds the city, makes the load; returns 2 when the city cannot be built."""
    profile = read_profile()
    fleet = Fleet.of(profile.technicians, profile.seed)
    try:
        with DispatchClient(profile.server, replace(OPTIONS, retry=RetryPolicy())) as client:
            client.wait_until_ready(profile.ready_within_s)
            build(client, fleet, datetime.datetime.now(datetime.UTC), profile.seed)
    except DispatchClientError as error:
        sys.stderr.write(f"the load's city cannot be built: {error}\n")
        return 2
    teller = Teller()
    teller.tell(kind="ready")
    # What exists now stays; a collection that walks it would look like a slow server.
    gc.collect()
    gc.freeze()
    try:
        asyncio.run(Run(profile, fleet, teller).run())
    finally:
        teller.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
