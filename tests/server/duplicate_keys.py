"""Sends each of many request_ids many times at once: `make duplicates KEYS=1000 COPIES=50 STORE=postgresql`.

The last line on stdout is one JSON object with the counts; the exit code is 1 when a key has more than one effect, more
than one answer, or none.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

import grpc
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import booking_service_pb2_grpc

from tests.server import databases, harness
from tests.server.conftest import MANUAL
from tests.server.harness import REGION, ServerProcess, Stubs
from tests.server.load import all_bookings

TECHNICIANS = 10
# Keys under way at once; with 50 copies each that is more than a micro-batch and less than the queue holds.
KEYS_AT_ONCE = 20
# Connections that the copies of a key are spread over.
CONNECTIONS = 4
CALL_S = 120


async def answers_of(port: int, keys: list[str], copies: int) -> dict[str, list[bytes]]:
    """Books under each key so many times at once and returns the answers to each key."""
    channels = [
        grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
        for _ in range(CONNECTIONS)
    ]
    stubs = [booking_service_pb2_grpc.BookingServiceStub(channel) for channel in channels]
    found: dict[str, list[bytes]] = {}

    async def book(key: str, copy: int) -> None:
        request = bookings.CreateBookingRequest(parent=REGION, booking=harness.booking(note=key), request_id=key)
        answer = await stubs[copy % CONNECTIONS].CreateBooking(request, timeout=CALL_S)
        found.setdefault(key, []).append(answer.SerializeToString(deterministic=True))

    for begin in range(0, len(keys), KEYS_AT_ONCE):
        some = keys[begin : begin + KEYS_AT_ONCE]
        await asyncio.gather(*(book(key, copy) for copy in range(copies) for key in some))
    for channel in channels:
        await channel.close()
    return found


def judge(stubs: Stubs, found: dict[str, list[bytes]], keys: list[str], copies: int) -> dict[str, int]:
    """Counts effects and answers."""
    notes = [item.note for item in all_bookings(stubs)]
    effects = {key: notes.count(key) for key in keys}
    return {
        "keys": len(keys),
        "calls": sum(map(len, found.values())),
        "unanswered": sum(len(found.get(key, ())) != copies for key in keys),
        "without_effect": sum(effects[key] < 1 for key in keys),
        "more_than_one_effect": sum(effects[key] > 1 for key in keys),
        "different_answers": sum(len(set(answers)) != 1 for answers in found.values()),
    }


def play(process: ServerProcess, stubs: Stubs, prefix: str, keys: int, copies: int) -> dict[str, int]:
    """Sends so many keys so many times and returns the counts."""
    wanted = [f"{prefix}-{number}" for number in range(keys)]
    found = asyncio.run(answers_of(process.port, wanted, copies))
    return judge(stubs, found, wanted, copies)


def is_good(figures: dict[str, int]) -> bool:
    """Tells whether every key had one effect and one answer."""
    return not any(figures[name] for name in list(figures)[2:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--keys", type=int, default=1000)
    parser.add_argument("--copies", type=int, default=50)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    url = databases.new_postgresql() if given.store == "postgresql" else ""
    with tempfile.TemporaryDirectory(prefix="duplicates-") as folder:
        process = ServerProcess(Path(folder), *MANUAL, url=url)
        try:
            stubs = process.start()
            harness.add_technicians(stubs, TECHNICIANS)
            harness.add_service(stubs)
            figures = play(process, stubs, "key", given.keys, given.copies)
        finally:
            process.close()
    sys.stdout.write(json.dumps({"store": given.store, **figures}) + "\n")
    return 0 if is_good(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
