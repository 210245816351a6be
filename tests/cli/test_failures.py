"""What the command says and returns when things go wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2 as details
from pydispatch_cli.main import app
from pydispatch_client import methods
from typer.testing import CliRunner

from tests.cli.conftest import Run
from tests.client.scripted_server import Fail, ScriptedServer

BAD = Fail(
    grpc.StatusCode.INVALID_ARGUMENT,
    "1 field cannot be accepted",
    [
        details.ErrorInfo(reason="INVALID_FIELDS", domain="pydispatch"),
        details.BadRequest(
            field_violations=[
                details.BadRequest.FieldViolation(
                    field="technician.skills[0].level", reason="OUT_OF_RANGE", description="must be [1, 5]"
                )
            ]
        ),
    ],
)
STATE = Fail(
    grpc.StatusCode.FAILED_PRECONDITION,
    "the visit is over",
    [
        details.ErrorInfo(reason="ILLEGAL_TRANSITION"),
        details.PreconditionFailure(
            violations=[
                details.PreconditionFailure.Violation(
                    type="ILLEGAL_TRANSITION", subject="regions/sf/visits/b1", description="COMPLETED -> CANCELLED"
                )
            ]
        ),
    ],
)
BUSY = Fail(
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    "the queue is full",
    [details.ErrorInfo(reason="QUEUE_FULL"), details.RetryInfo(retry_delay=Duration(nanos=500_000_000))],
)
DEFECT = Fail(grpc.StatusCode.INTERNAL, "a defect", [details.ErrorInfo(reason="INTERNAL", metadata={"errorId": "e1"})])


def test_a_refusal_shows_every_field(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.CREATE_TECHNICIAN, BAD)
    result = run("technicians", "create", "ann", "--at", "1,2", "--skill", "plumbing:9")
    assert result.exit_code == 1
    assert result.stdout == ""
    for text in ("1 field cannot be accepted", "INVALID_FIELDS", "technician.skills[0].level", "must be [1, 5]"):
        assert text in result.stderr


@pytest.mark.parametrize(
    ("fail", "text"),
    [(STATE, "COMPLETED -> CANCELLED"), (BUSY, "try again in 0.5 s"), (DEFECT, "error id e1")],
    ids=["state", "busy", "defect"],
)
def test_a_refusal_says_what_to_do(fail: Fail, text: str, scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.CANCEL_BOOKING, fail)
    result = run("bookings", "cancel", "b1")
    assert result.exit_code == 1
    assert text in result.stderr


def test_a_refusal_as_json_is_one_document(scripted: ScriptedServer, run: Run) -> None:
    scripted.script(methods.CREATE_TECHNICIAN, BAD)
    result = run("technicians", "create", "ann", "--at", "1,2", "--json")
    assert result.exit_code == 1
    error = json.loads(result.stderr)["error"]
    assert (error["code"], error["reason"]) == ("INVALID_ARGUMENT", "INVALID_FIELDS")
    assert error["violations"] == [
        {"field": "technician.skills[0].level", "reason": "OUT_OF_RANGE", "description": "must be [1, 5]"}
    ]


def test_a_refusal_midway_through_a_list_keeps_what_was_printed(scripted: ScriptedServer, run: Run) -> None:
    from pydispatch_client import messages as m

    page = m.ListTechniciansResponse(technicians=[m.Technician(name="regions/sf/technicians/a")], next_page_token="2")
    scripted.script(methods.LIST_TECHNICIANS, page, DEFECT)
    result = run("technicians", "list", "--json")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1


def test_no_server_is_said_with_the_way_out() -> None:
    result = CliRunner().invoke(app, ["regions", "list", "--server", "127.0.0.1:1"])
    assert result.exit_code == 3
    for text in ("127.0.0.1:1", "pydispatch serve", "PYDISPATCH_SERVER"):
        assert text in result.stderr


USAGE_ERRORS = [
    ["nearby", "--at", "north"],
    ["nearby", "--at", "1,2,3"],
    ["nearby"],
    ["nearby", "--at", "1,2", "--skill", "gas:high"],
    ["nearby", "--at", "1,2", "--order", "price"],
    ["bookings", "create", "--service", "s", "--at", "1,2", "--window", "tomorrow"],
    ["bookings", "list", "--state", "lost"],
    ["technicians", "fire", "ann"],
    ["fly"],
]


@pytest.mark.parametrize("arguments", USAGE_ERRORS, ids=" ".join)
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str], run: Run) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_serve_without_the_server_says_what_to_install(tmp_path: Path) -> None:
    source = (
        "import importlib.util, sys\n"
        "found = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'pydispatch_server' else found(name, *more)\n"
        "from pydispatch_cli.main import app\n"
        "app(['serve'])\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=tmp_path, env={**os.environ}, check=False
    )
    assert finished.returncode == 2
    assert "pip install pydispatch-server" in finished.stderr
