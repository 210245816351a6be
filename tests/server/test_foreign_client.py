"""A client that nobody here wrote finds its way by reflection alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydispatch_protos.dispatch.v1 import (
    booking_service_pb2,
    catalog_service_pb2,
    clock_service_pb2,
    customer_service_pb2,
    dispatch_service_pb2,
    enterprise_batch_service_pb2,
    region_service_pb2,
    technician_service_pb2,
    visit_service_pb2,
)

from tests.server import harness
from tests.server.harness import REGION, ServerProcess, Stubs

BUF = Path(sys.executable).parent / "buf"
SERVED = [
    booking_service_pb2,
    catalog_service_pb2,
    clock_service_pb2,
    customer_service_pb2,
    dispatch_service_pb2,
    enterprise_batch_service_pb2,
    region_service_pb2,
    technician_service_pb2,
    visit_service_pb2,
]


@pytest.fixture(scope="module", autouse=True)
def town(stubs: Stubs) -> None:
    harness.add_service(stubs)


def curl(server: ServerProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(BUF), "curl", "--protocol", "grpc", "--http2-prior-knowledge", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=server.folder)


def call(server: ServerProcess, method: str, request: dict[str, object]) -> subprocess.CompletedProcess[str]:
    url = f"http://127.0.0.1:{server.port}/dispatch.v1.{method}"
    return curl(server, "--data", json.dumps(request), url)


def test_services_are_listed(shared: ServerProcess) -> None:
    listed = curl(shared, "--list-services", f"http://127.0.0.1:{shared.port}")
    assert listed.returncode == 0, listed.stderr
    names = set(listed.stdout.split())
    expected = {f"dispatch.v1.{name}" for module in SERVED for name in module.DESCRIPTOR.services_by_name}
    assert expected <= names
    assert "grpc.health.v1.Health" in names


def test_technician_and_booking_are_created(shared: ServerProcess) -> None:
    technician = {
        "displayName": "Anna 安娜",
        "homeLocation": {"latDeg": 37.77, "lonDeg": -122.42},
        "skills": [{"skill": "fix", "level": 2}],
        "shifts": [{"window": {"startTime": "2026-01-05T07:00:00Z", "endTime": "2026-01-05T19:00:00Z"}}],
    }
    request = {"parent": REGION, "technicianId": "anna", "technician": technician}
    made = call(shared, "TechnicianService/CreateTechnician", request)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["technician"]["name"] == f"{REGION}/technicians/anna"
    site = {"location": {"latDeg": 37.78, "lonDeg": -122.41}, "address": "1 Main Street"}
    booking = {"service": f"{REGION}/services/fix", "site": site}
    booked = call(shared, "BookingService/CreateBooking", {"parent": REGION, "booking": booking})
    assert booked.returncode == 0, booked.stderr
    visit = json.loads(booked.stdout)["visit"]
    assert visit["state"] == "VISIT_STATE_PLANNED"
    assert visit["placement"]["technician"] == f"{REGION}/technicians/anna"


def test_bad_input_is_told_in_rich_errors(shared: ServerProcess) -> None:
    booking = {"service": "fix", "site": {"location": {"latDeg": "NaN"}}}
    refused = call(shared, "BookingService/CreateBooking", {"parent": REGION, "booking": booking})
    assert refused.returncode != 0
    error = json.loads(refused.stderr)
    assert error["code"] == "invalid_argument"
    details = {detail["type"]: detail for detail in error["details"]}
    assert {"google.rpc.ErrorInfo", "google.rpc.BadRequest"} <= set(details)
