"""The client against the contract: nothing of it is missing, and only what is safe to repeat is repeated."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pydispatch_client
import pydispatch_protos.dispatch.v1 as contract
import pytest
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from pydispatch_client import RetryPolicy, messages
from pydispatch_client.methods import ALL, Shape, Wait, service_config

ROOT = Path(__file__).resolve().parents[2]
# Calls whose repeat changes nothing although they carry no request_id.
REPEATABLE_BY_NATURE = {"BatchReportLocations", "AdvanceClock", "CancelPlanOperation"}
READING_VERBS = (
    "Get",
    "List",
    "Search",
    "Recommend",
    "Check",
    "Resolve",
    "Preview",
    "Evaluate",
    "Explain",
    "Compare",
    "Wait",
)


def files() -> list[FileDescriptor]:
    names = [module.name for module in pkgutil.iter_modules(contract.__path__) if module.name.endswith("_pb2")]
    return [importlib.import_module(f"{contract.__name__}.{name}").DESCRIPTOR for name in names]


def rpcs() -> dict[str, MethodDescriptor]:
    return {
        f"/{service.full_name}/{rpc.name}": rpc
        for file in files()
        for service in file.services_by_name.values()
        for rpc in service.methods
    }


def shape(rpc: MethodDescriptor) -> Shape:
    return {
        (False, False): Shape.UNARY,
        (True, False): Shape.CLIENT_STREAM,
        (False, True): Shape.SERVER_STREAM,
        (True, True): Shape.BIDI,
    }[(rpc.client_streaming, rpc.server_streaming)]


def test_the_table_holds_every_rpc_with_its_types_and_shape() -> None:
    assert {method.path: (method.request.DESCRIPTOR, method.response.DESCRIPTOR, method.shape) for method in ALL} == {
        path: (rpc.input_type, rpc.output_type, shape(rpc)) for path, rpc in rpcs().items()
    }


@pytest.mark.parametrize("method", ALL, ids=lambda method: method.name)
def test_only_what_is_safe_to_repeat_is_repeated(method) -> None:
    has_request_id = "request_id" in method.request.DESCRIPTOR.fields_by_name
    is_read = method.name.startswith(READING_VERBS)
    is_unary = method.shape is Shape.UNARY
    assert method.is_repeatable == (is_unary and (has_request_id or is_read or method.name in REPEATABLE_BY_NATURE))
    assert (method.wait is Wait.STREAM) == (method.shape in (Shape.SERVER_STREAM, Shape.BIDI))


def test_the_service_config_repeats_the_repeatable_on_unavailable_only() -> None:
    config = json.loads(service_config(RetryPolicy()))
    (entry,) = config["methodConfig"]
    named = {f"/{name['service']}/{name['method']}" for name in entry["name"]}
    assert named == {method.path for method in ALL if method.is_repeatable}
    assert entry["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert service_config(RetryPolicy(max_attempts=1)) == "{}"


def test_messages_export_every_message_and_enum() -> None:
    declared = {name for file in files() for name in [*file.message_types_by_name, *file.enum_types_by_name]}
    assert set(messages.__all__) == declared


def test_the_synchronous_client_is_made_from_the_asyncio_one() -> None:
    finished = subprocess.run(
        [sys.executable, ROOT / "scripts" / "sync_client.py", "check"], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


def test_importing_the_client_needs_neither_engine_nor_server() -> None:
    source = "import sys, pydispatch_client; print(*{name.partition('.')[0] for name in sys.modules})"
    imported = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydispatch", "pydispatch_server", "pydispatch_cli"} & set(imported)


def test_all_is_sorted_and_resolves() -> None:
    assert pydispatch_client.__all__ == sorted(pydispatch_client.__all__)
    assert all(hasattr(pydispatch_client, name) for name in pydispatch_client.__all__)


def test_the_readmes_example_is_the_quickstart() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    assert (ROOT / "clients" / "python" / "examples" / "quickstart.py").read_text(encoding="utf-8").endswith(example)
