"""Measures durable bookings over gRPC: part of `make bench-store`. One JSON object a line on stdout.

store.create_booking_per_s: CreateBooking with 64 in flight, each answered when it is on disk (SQLite, FULL).
Peer: an empty unary call on the same server in the same run, which is the most that gRPC and Python can do here.
store.group_commit_ratio: the same with micro-batches, beside one commit a call.
store.restart_s: from starting the process to ready, with 10,000 technicians and 100,000 open visits on their routes.
store.restart_cpu_s: the processor time of that, for a machine with other work.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import booking_service_pb2_grpc as booking_rpc
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as catalog
from pydispatch_protos.dispatch.v1 import catalog_service_pb2_grpc as catalog_rpc
from pydispatch_protos.dispatch.v1 import clock_service_pb2 as clock
from pydispatch_protos.dispatch.v1 import clock_service_pb2_grpc as clock_rpc
from pydispatch_protos.dispatch.v1 import region_service_pb2 as regions
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import technician_service_pb2_grpc as technician_rpc
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as visits
from pydispatch_server.audit_key import key_file, load_or_create
from pydispatch_server.audit_trail import AuditRules, AuditTrail, Decision
from pydispatch_server.store.interface import Changes, Event
from pydispatch_server.store.opening import open_store

REGION = "regions/town"
CENTER = types.LatLng(lat_deg=37.77, lon_deg=-122.42)
START_S = 1_767_600_000
START = "2026-01-05T08:00:00Z"
IN_FLIGHT = 64
TECHNICIANS = 1000
READY_WITHIN_S = 120.0
VISITS_OF_TECHNICIAN = 10
COMMIT_TECHNICIANS = 500


def say(text: str) -> None:
    """Tells progress."""
    print(text, file=sys.stderr)


def report(bench: str, n: int, value: float, unit: str, peer: str, peer_value: float | None) -> None:
    """Prints one line; larger values are better, but for times, where the ratio is turned round."""
    line: dict[str, Any] = {"bench": bench, "n": n, "value": round(value, 3), "unit": unit}
    if peer_value is not None:
        ratio = peer_value / value if unit == "s" else value / peer_value
        line |= {"peer": peer, "peer_value": round(peer_value, 3), "ratio": round(ratio, 3)}
    print(json.dumps(line), flush=True)


class Server:
    """A server process on a database of its own."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self._port_file = folder / "port"
        self._port_file.unlink(missing_ok=True)
        seed = f"town:{CENTER.lat_deg}:{CENTER.lon_deg}:UTC"
        command = [
            *(sys.executable, "-m", "pydispatch_server", "--listen", "127.0.0.1:0", "--regions", seed),
            *("--port-file", str(self._port_file), "--database-url", f"sqlite:///{folder}/records.db"),
            *("--manual-clock", "--clock-start", START, "--log-level", "error", *flags),
        ]
        self._process = subprocess.Popen(command, cwd=folder)
        deadline_s = time.monotonic() + READY_WITHIN_S
        while not self._port_file.exists() or not self._port_file.read_text().endswith("\n"):
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise SystemExit("bench_booking: the server did not start")
            time.sleep(0.005)
        self.used_s = processor_s(self._process.pid)
        self.address = f"127.0.0.1:{self._port_file.read_text().strip()}"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def processor_s(pid: int) -> float | None:
    """Returns the processor time that a process has used, None where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return None
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def place(chance: random.Random) -> types.LatLng:
    """Returns a place in town."""
    return types.LatLng(
        lat_deg=CENTER.lat_deg + chance.uniform(-0.1, 0.1), lon_deg=CENTER.lon_deg + chance.uniform(-0.1, 0.1)
    )


def window(start_s: int, end_s: int) -> types.TimeWindow:
    """Makes a window."""
    made = types.TimeWindow()
    made.start_time.seconds, made.end_time.seconds = start_s, end_s
    return made


def shift() -> types.Shift:
    """Returns the one shift of everybody."""
    return types.Shift(window=window(START_S - 3600, START_S + 50_000))


async def fill(channel: grpc.aio.Channel, chance: random.Random) -> None:
    """Makes the technicians and the service."""
    made = [
        technicians.NewTechnician(
            technician_id=f"t{number}",
            technician=technicians.Technician(home_location=place(chance), shifts=[shift()]),
        )
        for number in range(TECHNICIANS)
    ]
    request = technicians.BatchCreateTechniciansRequest(parent=REGION, technicians=made)
    await technician_rpc.TechnicianServiceStub(channel).BatchCreateTechnicians(request)
    service = catalog.CreateServiceRequest(parent=REGION, service_id="fix", service=catalog.Service(duration_s=1800))
    await catalog_rpc.CatalogServiceStub(channel).CreateService(service)


def requests(count: int, name: str, chance: random.Random) -> list[bookings.CreateBookingRequest]:
    """Makes bookings spread over the day, each with a request_id."""
    made = []
    for number in range(count):
        start_s = START_S + chance.randrange(0, 30_000)
        site = types.Site(location=place(chance), address="12 Main Street")
        booking = bookings.Booking(
            service=f"{REGION}/services/fix", site=site, start_window=window(start_s, start_s + 7200)
        )
        made.append(bookings.CreateBookingRequest(parent=REGION, booking=booking, request_id=f"{name}-{number}"))
    return made


async def rate(count: int, call: Callable[[int], Awaitable[Any]]) -> float:
    """Makes `count` calls with 64 in flight and returns calls a second."""
    numbers = iter(range(count))

    async def caller() -> None:
        for number in numbers:
            await call(number)

    begin_s = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    return count / (time.perf_counter() - begin_s)


async def measure(address: str, count: int) -> tuple[float, float]:
    """Returns the best of three rates of bookings and of empty calls."""
    chance = random.Random(1)
    empty_per_s = booked_per_s = 0.0
    async with grpc.aio.insecure_channel(address) as channel:
        await fill(channel, chance)
        clock_stub, booking_stub = clock_rpc.ClockServiceStub(channel), booking_rpc.BookingServiceStub(channel)
        for number in range(3):
            made = requests(count, f"round{number}", chance)
            empty_per_s = max(empty_per_s, await rate(count, lambda _: clock_stub.GetClock(clock.GetClockRequest())))
            booked_per_s = max(
                booked_per_s, await rate(count, lambda index, made=made: booking_stub.CreateBooking(made[index]))
            )
            say(f"round {number + 1}: empty {empty_per_s:.0f}/s, booked {booked_per_s:.0f}/s")
    return booked_per_s, empty_per_s


def bench_rates(count: int) -> None:
    """Measures bookings with group commit and with one commit a call."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = Server(Path(folder))
        booked_per_s, empty_per_s = asyncio.run(measure(server.address, count))
        server.stop()
    report("store.create_booking_per_s", count, booked_per_s, "1/s", "empty unary call", empty_per_s)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = Server(Path(folder), "--batch-max", "1")
        single_per_s, _ = asyncio.run(measure(server.address, max(count // 4, IN_FLIGHT)))
        server.stop()
    report("store.group_commit_ratio", count, booked_per_s, "1/s", "one commit a call", single_per_s)


def bench_restart(technician_count: int) -> None:
    """Measures a start with many technicians, each with a full route."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        say(f"writing {technician_count} routes")
        write_routes(Path(folder), technician_count)
        begin_s = time.perf_counter()
        server = Server(Path(folder))
        took_s = time.perf_counter() - begin_s
        server.stop()
    report("store.restart_s", technician_count * VISITS_OF_TECHNICIAN, took_s, "s", "", None)
    if server.used_s is not None:
        report("store.restart_cpu_s", technician_count * VISITS_OF_TECHNICIAN, server.used_s, "s", "", None)


def write_routes(folder: Path, technician_count: int) -> None:
    """Writes technicians with ten visits each straight into a store, as a server would have left them."""
    store = open_store(f"sqlite:///{folder}/records.db", busy_ms=1000)
    region = regions.Region(name=REGION, time_zone="UTC", center=CENTER)
    store.create_region("town", region.SerializeToString(), START_S * 1000)
    ownership = store.take_over("town")
    key = load_or_create(key_file(None, f"sqlite:///{folder}/records.db"), "bench")
    trail = AuditTrail(ownership, "town", store.audit.end("town"), AuditRules(key, 1000, 60_000))
    chance = random.Random(1)
    sequence = 0
    for first in range(0, technician_count, COMMIT_TECHNICIANS):
        changes = Changes("town", ownership.epoch, 0)
        for number in range(first, min(first + COMMIT_TECHNICIANS, technician_count)):
            add_route(changes, f"t{number:06d}", chance)
        sequence = add_events(changes, trail, ownership.epoch, sequence)
        store.commit(changes)
    store.close()


def add_events(changes: Changes, trail: AuditTrail, epoch: int, sequence: int) -> int:
    """Adds an event and an audit record for each resource of a commit and returns the newest sequence."""
    events = []
    for table, collection in (("technician", "technicians"), ("booking", "bookings"), ("visit", "visits")):
        for row in changes.puts[table]:
            sequence += 1
            name = f"{REGION}/{collection}/{row['id']}"
            events.append(Event(sequence, epoch, f"{table}.created", name, START_S * 1000, sequence))
    changes.sequence = sequence
    changes.appends["event"] = [{"region": "town", **event._asdict()} for event in events]
    trail.extend(changes, events, [Decision(sequence, "bench")], "default", START_S * 1000)
    return sequence


def add_route(changes: Changes, technician_id: str, chance: random.Random) -> None:
    """Adds a technician with a route to the rows of a commit."""
    made = technicians.Technician(
        name=f"{REGION}/technicians/{technician_id}",
        home_location=place(chance),
        availability=types.AVAILABILITY_STATE_AVAILABLE,
        shifts=[shift()],
        etag="1",
    )
    keys = {"region": "town", "revision": 1}
    rows = changes.puts
    rows.setdefault("technician", []).append(keys | {"id": technician_id, "data": made.SerializeToString()})
    for position in range(VISITS_OF_TECHNICIAN):
        visit = route_visit(made, position, chance)
        visit_id = visit.name.rpartition("/")[2]
        booking = bookings.Booking(
            name=visit.booking,
            service=visit.service,
            site=visit.site,
            visit=visit.name,
            state=bookings.BOOKING_STATE_CONFIRMED,
            etag="1",
        )
        state = {"state": booking.state, "data": booking.SerializeToString()}
        rows.setdefault("booking", []).append(
            keys | {"id": visit_id, "customer": None, "service": "fix", "batch": None} | state
        )
        place_of = {"booking": visit_id, "technician": technician_id, "state": visit.state}
        rows.setdefault("visit", []).append(keys | {"id": visit_id, "data": visit.SerializeToString()} | place_of)
        start_s, end_s = visit.placement.start_time.seconds, visit.placement.end_time.seconds
        promised = {"region": "town", "visit": visit_id, "technician": technician_id}
        changes.assignments.append(promised | {"start_s": start_s, "end_s": end_s})


def route_visit(technician: technicians.Technician, position: int, chance: random.Random) -> visits.Visit:
    """Makes one visit of a route, within reach of the one before."""
    visit_id = f"{technician.name.rpartition('/')[2]}-{position}"
    start_s = START_S + 600 + position * 4500
    home = technician.home_location
    location = types.LatLng(
        lat_deg=home.lat_deg + chance.uniform(-0.01, 0.01), lon_deg=home.lon_deg + chance.uniform(-0.01, 0.01)
    )
    visit = visits.Visit(
        name=f"{REGION}/visits/{visit_id}",
        booking=f"{REGION}/bookings/{visit_id}",
        service=f"{REGION}/services/fix",
        site=types.Site(location=location, address="12 Main Street"),
        priority=types.PRIORITY_ROUTINE,
        start_windows=[window(start_s - 3000, start_s + 9000)],
        duration_s=1800,
        state=types.VISIT_STATE_PLANNED,
        etag="1",
    )
    visit.request_time.seconds = START_S - 3600
    placement = visit.placement
    placement.technician, placement.position = technician.name, position
    for time_at, seconds in ((placement.arrival_time, start_s), (placement.start_time, start_s)):
        time_at.seconds = seconds
    placement.end_time.seconds = start_s + 1800
    return visit


def main() -> None:
    """Runs every measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bookings", type=int, default=4000)
    parser.add_argument("--technicians", type=int, default=10_000)
    parser.add_argument("--only", choices=("rates", "restart"))
    given = parser.parse_args()
    if given.only != "restart":
        bench_rates(given.bookings)
    if given.only != "rates":
        bench_restart(given.technicians)


if __name__ == "__main__":
    main()
