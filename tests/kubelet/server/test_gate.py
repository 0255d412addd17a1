"""One listener for all simulated nodes: which of them is meant, and who may ask."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from wherry.apiserver.pki.bundle import PkiSettings, ensure
from wherry.kubelet.server.gate import Gate
from wherry.kubelet.settings import Settings

from tests.kubelet.server.nodes import server
from tests.support import run

NODES = {"127.127.8.1": "n1", "127.127.8.2": "n2"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data")
    ensure(directory, PkiSettings(service_ip="127.48.0.1", nodes={"n1": ("127.127.8.1",)}), datetime.now(UTC))
    return directory


def ask(data: Path, address: str, who: str = "apiserver-kubelet-client") -> tuple[int, str]:
    """Status and text of /stats/summary at `address`."""
    context = ssl.create_default_context(cafile=str(data / "pki" / "ca.crt"))
    context.check_hostname = False
    context.load_cert_chain(data / "pki" / f"{who}.crt", data / "pki" / f"{who}.key")

    async def scenario() -> tuple[int, str]:
        gate = Gate(0)
        for ip, name in NODES.items():
            gate.add(server(data, ip, name))
        await gate.open(Settings(kubeconfig=data / "none", nodes=list(NODES.values()), data_dir=data))
        try:
            url = f"https://{address}:{gate.port}/stats/summary"
            async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as answer:
                return answer.status, await answer.text()
        finally:
            await gate.close()

    return run(scenario())


@pytest.mark.parametrize("address", NODES)
def test_the_address_says_which_node_is_meant(data: Path, address: str) -> None:
    status, text = ask(data, address)
    assert (status, f'"nodeName":"{NODES[address]}"' in text) == (200, True)


def test_an_address_of_no_node_is_not_found(data: Path) -> None:
    assert ask(data, "127.127.8.9")[0] == 404


def test_strangers_are_refused_as_anywhere(data: Path) -> None:
    assert ask(data, "127.127.8.1", "proxy")[0] == 403


def test_without_certificates_nothing_is_served(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = Gate(0)
        await gate.open(Settings(kubeconfig=tmp_path / "none", nodes=["n1"], data_dir=tmp_path))
        try:
            async with aiohttp.ClientSession() as session:
                with pytest.raises(aiohttp.ClientError):
                    await session.get(f"http://127.127.8.1:{gate.port}/healthz", timeout=_soon())
        finally:
            await gate.close()

    run(scenario())


def _soon() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=2)
