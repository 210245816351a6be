"""Each status and its details become the error class that a caller can act on."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
import pydispatch_client as pc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from pydispatch_client import DispatchClient, methods, names
from pydispatch_client.errors import STATUS_DETAILS_KEY, from_rpc_error

from tests.client.scripted_server import Fail, ScriptedServer

INFO = details.ErrorInfo(reason="SOME_REASON", domain="pydispatch", metadata={"region": "sf"})
BAD_REQUEST = details.BadRequest(
    field_violations=[
        details.BadRequest.FieldViolation(
            field="technician.skills[0].level", reason="OUT_OF_RANGE", description="1 to 5"
        ),
        details.BadRequest.FieldViolation(field="parent", reason="BAD_FORMAT", description="not a region"),
    ]
)
RESOURCE = details.ResourceInfo(resource_type="technician", resource_name="regions/sf/technicians/ann")
PRECONDITION = details.PreconditionFailure(
    violations=[
        details.PreconditionFailure.Violation(type="STATE", subject="regions/sf/visits/v", description="is final")
    ]
)
RETRY = details.RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000))
ERROR_ID = details.ErrorInfo(reason="INTERNAL", metadata={"errorId": "abc123"})

CASES: list[tuple[grpc.StatusCode, Sequence[Message], type[pc.DispatchClientError], dict[str, object]]] = [
    (
        grpc.StatusCode.INVALID_ARGUMENT,
        [INFO, BAD_REQUEST],
        pc.InvalidArgument,
        {
            "violations": (
                pc.FieldViolation("technician.skills[0].level", "OUT_OF_RANGE", "1 to 5"),
                pc.FieldViolation("parent", "BAD_FORMAT", "not a region"),
            )
        },
    ),
    (grpc.StatusCode.OUT_OF_RANGE, [INFO], pc.InvalidArgument, {"violations": ()}),
    (
        grpc.StatusCode.NOT_FOUND,
        [INFO, RESOURCE],
        pc.NotFound,
        {"resource_type": "technician", "resource_name": "regions/sf/technicians/ann"},
    ),
    (grpc.StatusCode.ALREADY_EXISTS, [INFO, RESOURCE], pc.AlreadyExists, {"resource_type": "technician"}),
    (grpc.StatusCode.ABORTED, [INFO], pc.Aborted, {}),
    (
        grpc.StatusCode.FAILED_PRECONDITION,
        [INFO, PRECONDITION],
        pc.FailedPrecondition,
        {"violations": (pc.PreconditionViolation("STATE", "regions/sf/visits/v", "is final"),)},
    ),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, [INFO, RETRY], pc.ResourceExhausted, {"retry_after_s": 1.5}),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, [INFO], pc.ResourceExhausted, {"retry_after_s": None}),
    (grpc.StatusCode.INTERNAL, [ERROR_ID], pc.Internal, {"error_id": "abc123", "reason": "INTERNAL"}),
    (grpc.StatusCode.UNKNOWN, [], pc.Internal, {"error_id": "", "reason": ""}),
    (grpc.StatusCode.UNAUTHENTICATED, [INFO], pc.Unauthenticated, {}),
    (grpc.StatusCode.PERMISSION_DENIED, [INFO], pc.PermissionDenied, {}),
    (grpc.StatusCode.UNIMPLEMENTED, [], pc.Unimplemented, {}),
    (grpc.StatusCode.DEADLINE_EXCEEDED, [], pc.DeadlineExceeded, {}),
    (grpc.StatusCode.CANCELLED, [], pc.Cancelled, {}),
]


@pytest.mark.parametrize(("code", "packed", "kind", "facts"), CASES, ids=lambda value: getattr(value, "name", None))
def test_status_becomes_error(code, packed, kind, facts, scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.GET_REGION, Fail(code, "a sentence", packed))
    with pytest.raises(pc.DispatchClientError) as raised:
        client.regions.get(names.region("sf"))
    error = raised.value
    assert type(error) is kind
    assert (error.code, error.message, error.method) == (code, "a sentence", methods.GET_REGION.path)
    assert {name: getattr(error, name) for name in facts} == facts
    if INFO in packed:
        assert (error.reason, error.domain, error.metadata) == ("SOME_REASON", "pydispatch", {"region": "sf"})


def test_unavailable_keeps_the_servers_wait(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.CREATE_REGION, Fail(grpc.StatusCode.UNAVAILABLE, "stopping", [INFO, RETRY]))
    with pytest.raises(pc.Unavailable) as raised:
        client.regions.create("sf", pc.messages.Region())
    assert raised.value.retry_after_s == 1.5


async def test_asyncio_errors_are_the_same(scripted: ScriptedServer, async_client: pc.AsyncDispatchClient) -> None:
    scripted.script(methods.GET_REGION, Fail(grpc.StatusCode.INVALID_ARGUMENT, "a sentence", [INFO, BAD_REQUEST]))
    with pytest.raises(pc.InvalidArgument) as raised:
        await async_client.regions.get("regions/sf")
    assert len(raised.value.violations) == 2
    assert isinstance(raised.value.__cause__, grpc.RpcError)


def test_text_names_reason_message_and_every_field(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(
        methods.GET_REGION, Fail(grpc.StatusCode.INVALID_ARGUMENT, "2 fields are wrong", [INFO, BAD_REQUEST])
    )
    with pytest.raises(pc.InvalidArgument) as raised:
        client.regions.get("regions/sf")
    assert str(raised.value).splitlines() == [
        "INVALID_ARGUMENT SOME_REASON: 2 fields are wrong",
        "  technician.skills[0].level: 1 to 5 [OUT_OF_RANGE]",
        "  parent: not a region [BAD_FORMAT]",
    ]


def test_the_request_id_of_a_refused_change_is_kept(scripted: ScriptedServer, client: DispatchClient) -> None:
    scripted.script(methods.CANCEL_BOOKING, Fail(grpc.StatusCode.ABORTED, "etag"))
    with pytest.raises(pc.Aborted) as raised:
        client.bookings.cancel("regions/sf/bookings/b", request_id="mine")
    assert raised.value.request_id == "mine"


class DamagedStatus(grpc.RpcError):
    """A status whose details are not what they claim."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self._raw = raw

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.NOT_FOUND

    def details(self) -> str:
        return "gone"

    def trailing_metadata(self) -> list[tuple[str, bytes]]:
        return [(STATUS_DETAILS_KEY, self._raw)]


@pytest.mark.parametrize("raw", [b"\xff\xff\xff", b"", b"\x1a\x02\x0a\x7f"])
def test_damaged_details_are_left_out(raw: bytes) -> None:
    error = from_rpc_error(DamagedStatus(raw))
    assert type(error) is pc.NotFound
    assert (error.message, error.reason) == ("gone", "")
