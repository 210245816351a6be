"""Encrypted connections, with certificates made for the test by the openssl program."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import pydispatch_client as pc
import pytest
from pydispatch_client import DispatchClient, Tls, methods
from pydispatch_client import messages as m

from tests.client.conftest import QUICK
from tests.client.scripted_server import ScriptedServer

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is missing")
NAME = "dispatch.test"


@dataclass(frozen=True)
class Pem:
    """A key and its certificate, signed by itself."""

    key: Path
    certificate: Path


def make_pem(folder: Path, name: str) -> Pem:
    pem = Pem(folder / f"{name}.key", folder / f"{name}.pem")
    command = [
        *(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ),
        *("-keyout", pem.key, "-out", pem.certificate, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return pem


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pem, Pem]:
    """The server's and a client's."""
    folder = tmp_path_factory.mktemp("pems")
    return make_pem(folder, NAME), make_pem(folder, "client.test")


@pytest.fixture(params=[False, True], ids=["tls", "mutual"])
def address(request: pytest.FixtureRequest, scripted: ScriptedServer, pems: tuple[Pem, Pem]) -> str:
    server, client = pems
    roots = client.certificate.read_bytes() if request.param else None
    credentials = grpc.ssl_server_credentials(
        [(server.key.read_bytes(), server.certificate.read_bytes())], roots, require_client_auth=request.param
    )
    scripted.script(methods.GET_REGION, m.GetRegionResponse(region=m.Region(name="regions/sf")))
    return scripted.start(credentials)


def test_a_client_with_the_right_certificates_is_let_in(address: str, pems: tuple[Pem, Pem]) -> None:
    server, own = pems
    tls = Tls.from_files(server.certificate, own.key, own.certificate, server_name=NAME)
    with DispatchClient(address, replace(QUICK, tls=tls)) as client:
        assert client.regions.get("regions/sf").name == "regions/sf"


async def test_the_asyncio_client_is_let_in(address: str, pems: tuple[Pem, Pem]) -> None:
    server, own = pems
    tls = Tls.from_files(server.certificate, own.key, own.certificate, server_name=NAME)
    async with pc.AsyncDispatchClient(address, replace(QUICK, tls=tls)) as client:
        assert (await client.regions.get("regions/sf")).name == "regions/sf"


def test_a_server_that_is_not_trusted_gets_nothing(
    address: str, pems: tuple[Pem, Pem], scripted: ScriptedServer
) -> None:
    _, other = pems
    tls = Tls.from_files(other.certificate, server_name=NAME)
    with DispatchClient(address, replace(QUICK, tls=tls)) as client, pytest.raises(pc.Unavailable):
        client.regions.get("regions/sf")
    assert not scripted.calls_of(methods.GET_REGION)


def test_a_client_in_the_clear_gets_nowhere(address: str, scripted: ScriptedServer) -> None:
    with DispatchClient(address, QUICK) as client, pytest.raises(pc.Unavailable):
        client.regions.get("regions/sf")
    assert not scripted.calls_of(methods.GET_REGION)


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(Tls(private_key=b"secret"))
