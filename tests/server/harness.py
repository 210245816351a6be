"""A real server for tests: its own process, port 0, a database in a temporary folder; and stubs to call it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import message
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from pydispatch_protos.dispatch.v1 import (
    audit_service_pb2_grpc,
    booking_service_pb2_grpc,
    catalog_service_pb2_grpc,
    clock_service_pb2_grpc,
    customer_service_pb2_grpc,
    dispatch_service_pb2_grpc,
    enterprise_batch_service_pb2_grpc,
    geofence_service_pb2_grpc,
    location_service_pb2_grpc,
    region_service_pb2_grpc,
    technician_service_pb2_grpc,
    visit_service_pb2_grpc,
    webhook_service_pb2_grpc,
)
from pydispatch_protos.dispatch.v1 import (
    booking_service_pb2 as bookings,
)
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as catalog
from pydispatch_protos.dispatch.v1 import clock_service_pb2 as clock
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types

REGION = "regions/town"
PLAN = f"{REGION}/plan"
CENTER = types.LatLng(lat_deg=37.77, lon_deg=-122.42)
# Monday 2026-01-05 08:00:00 UTC.
START_S = 1_767_600_000
START = "2026-01-05T08:00:00Z"
READY_WITHIN_S = 60.0
CALL_S = 30.0


class Stubs:
    """Every stub of the contract over one channel."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.regions = region_service_pb2_grpc.RegionServiceStub(channel)
        self.technicians = technician_service_pb2_grpc.TechnicianServiceStub(channel)
        self.locations = location_service_pb2_grpc.LocationServiceStub(channel)
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        self.customers = customer_service_pb2_grpc.CustomerServiceStub(channel)
        self.bookings = booking_service_pb2_grpc.BookingServiceStub(channel)
        self.visits = visit_service_pb2_grpc.VisitServiceStub(channel)
        self.dispatch = dispatch_service_pb2_grpc.DispatchServiceStub(channel)
        self.batches = enterprise_batch_service_pb2_grpc.EnterpriseBatchServiceStub(channel)
        self.geofences = geofence_service_pb2_grpc.GeofenceServiceStub(channel)
        self.webhooks = webhook_service_pb2_grpc.WebhookServiceStub(channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(channel)
        self.clock = clock_service_pb2_grpc.ClockServiceStub(channel)
        self.health = health_pb2_grpc.HealthStub(channel)


class ServerProcess:
    """One server process on a database that outlives it."""

    def __init__(self, folder: Path, *flags: str, url: str = "") -> None:
        self.folder = folder
        self.database = folder / "records.db"
        self.url = url or f"sqlite:///{self.database}"
        self.flags = flags
        self._process: Any = None
        self._channel: grpc.Channel | None = None
        self.port = 0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Stubs:
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        seed = f"town:{CENTER.lat_deg}:{CENTER.lon_deg}:UTC"
        arguments = [
            *("--listen", "127.0.0.1:0", "--port-file", str(port_file)),
            *("--database-url", self.url, "--regions", seed, "--log-format", "json"),
            *("--audit-key-file", str(self.folder / "audit.key")),
            *self.flags,
        ]
        self._process = self._launch(arguments, self.folder / "server.log")
        wait_until(lambda: self._is_ready(port_file), READY_WITHIN_S, "the server is ready")
        self.port = int(port_file.read_text())
        return self.connect()

    def connect(self) -> Stubs:
        self.disconnect()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", options=[("grpc.use_local_subchannel_pool", 1)])
        return Stubs(self._channel)

    def disconnect(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def kill(self) -> None:
        """Ends the process as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def is_running(self) -> bool:
        assert self._process is not None
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, timeout_s: float = 30.0) -> int:
        assert self._process is not None
        code = self._process.wait(timeout_s)
        self._process = None
        return code

    def terminate(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()

    def close(self) -> None:
        self.disconnect()
        if self._process is not None:
            self.kill()

    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def _launch(self, arguments: list[str], log: Path) -> Any:
        with log.open("ab") as stream:
            command = [sys.executable, "-m", "pydispatch_server", *arguments]
            return subprocess.Popen(command, stderr=stream, cwd=self.folder)

    def _is_ready(self, port_file: Path) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the server ended with {self._process.returncode}:\n{self.log()}")
        return port_file.exists() and port_file.read_text().endswith("\n")


@dataclass
class Refusal:
    """What a caller learns from a refused call."""

    code: grpc.StatusCode
    reason: str = ""
    text: str = ""
    fields: dict[str, set[str]] = field(default_factory=dict)
    details: list[message.Message] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)

    def detail(self, kind: type[message.Message]) -> Any:
        return next(item for item in self.details if isinstance(item, kind))


def refusal(call: Callable[[], Any]) -> Refusal:
    """Makes a call that must fail and returns what it says."""
    try:
        call()
    except grpc.RpcError as error:
        return read_refusal(error)
    raise AssertionError("the call was accepted")


def read_refusal(error: Any) -> Refusal:
    found = Refusal(error.code(), text=error.details() or "")
    status = rpc_status.from_call(error)
    for box in status.details if status is not None else ():
        for kind in (
            error_details_pb2.ErrorInfo,
            error_details_pb2.BadRequest,
            error_details_pb2.ResourceInfo,
            error_details_pb2.PreconditionFailure,
            error_details_pb2.RetryInfo,
        ):
            item = kind()
            if box.Unpack(item):
                found.details.append(item)
                _read_detail(found, item)
    return found


def _read_detail(found: Refusal, item: Any) -> None:
    if isinstance(item, error_details_pb2.ErrorInfo):
        assert item.domain == "pydispatch"
        found.reason = item.reason
        found.metadata = dict(item.metadata)
    if isinstance(item, error_details_pb2.BadRequest):
        for violation in item.field_violations:
            assert violation.description
            found.fields.setdefault(violation.field, set()).add(violation.reason)


def wait_until(is_true: Callable[[], bool], within_s: float, what: str) -> None:
    deadline_s = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline_s, f"not within {within_s} s: {what}"
        time.sleep(0.01)


def near(north_m: float = 0.0, east_m: float = 0.0) -> types.LatLng:
    return types.LatLng(lat_deg=CENTER.lat_deg + north_m / 111_195, lon_deg=CENTER.lon_deg + east_m / 87_900)


def window(start_s: int, end_s: int) -> types.TimeWindow:
    made = types.TimeWindow()
    made.start_time.seconds, made.end_time.seconds = start_s, end_s
    return made


def day_shift(start_s: int = START_S - 3600, hours: int = 12) -> types.Shift:
    return types.Shift(window=window(start_s, start_s + hours * 3600))


def technician(index: int = 0, **more: Any) -> technicians.Technician:
    made = technicians.Technician(
        display_name=f"Technician {index}",
        skills=[types.SkillLevel(skill="fix", level=3)],
        shifts=[day_shift()],
        home_location=near(500.0 * (index % 7), 400.0 * (index % 5)),
    )
    made.MergeFrom(technicians.Technician(**more))
    return made


def add_technicians(stubs: Stubs, count: int, prefix: str = "t") -> None:
    new = [
        technicians.NewTechnician(technician_id=f"{prefix}{index:03d}", technician=technician(index))
        for index in range(count)
    ]
    request = technicians.BatchCreateTechniciansRequest(parent=REGION, technicians=new)
    stubs.technicians.BatchCreateTechnicians(request, timeout=CALL_S)


def add_service(stubs: Stubs, service_id: str = "fix", **more: Any) -> str:
    service = catalog.Service(duration_s=1800, required_skills=[types.SkillLevel(skill="fix", level=1)], **more)
    request = catalog.CreateServiceRequest(parent=REGION, service_id=service_id, service=service)
    return str(stubs.catalog.CreateService(request, timeout=CALL_S).service.name)


def booking(**more: Any) -> bookings.Booking:
    made = bookings.Booking(service=f"{REGION}/services/fix", site=types.Site(location=near(300, 300)))
    made.MergeFrom(bookings.Booking(**more))
    return made


def create_booking(stubs: Stubs, made: bookings.Booking | None = None, **more: Any) -> bookings.CreateBookingResponse:
    request = bookings.CreateBookingRequest(parent=REGION, booking=made or booking(), **more)
    answer: bookings.CreateBookingResponse = stubs.bookings.CreateBooking(request, timeout=CALL_S)
    return answer


def advance(stubs: Stubs, to_s: int) -> None:
    request = clock.AdvanceClockRequest()
    request.time.seconds = to_s
    stubs.clock.AdvanceClock(request, timeout=CALL_S)


def assert_clean(stubs: Stubs) -> dispatch.CheckPlanResponse:
    checked: dispatch.CheckPlanResponse = stubs.dispatch.CheckPlan(dispatch.CheckPlanRequest(name=PLAN), timeout=CALL_S)
    assert not checked.violations, checked.violations
    return checked


def is_serving(stubs: Stubs) -> bool:
    with contextlib.suppress(grpc.RpcError):
        answer = stubs.health.Check(health_pb2.HealthCheckRequest(), timeout=CALL_S)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
    return False


def all_pages(fetch: Callable[[str], Any], items: str) -> Iterator[Any]:
    token = ""
    while True:
        answer = fetch(token)
        yield from getattr(answer, items)
        token = answer.next_page_token
        if not token:
            return
