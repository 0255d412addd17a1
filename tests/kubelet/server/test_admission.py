"""Who may speak to a node: certificates of the cluster's authority, and of those only some."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from wherry.apiserver.pki.bundle import PkiSettings, ensure
from wherry.kubelet.settings import Settings

from tests.kubelet.server.nodes import server
from tests.support import run

IP, PORT = "127.127.9.3", 18450


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data")
    ensure(directory, PkiSettings(service_ip="127.48.0.1", nodes={"n1": (IP,)}), datetime.now(UTC))
    return directory


def ask(data: Path, who: str, path: str) -> tuple[int, str]:
    """The answer to the holder of the certificate `who`; to nobody when it is empty."""
    context = ssl.create_default_context(cafile=str(data / "pki" / "ca.crt"))
    if who:
        context.load_cert_chain(data / "pki" / f"{who}.crt", data / "pki" / f"{who}.key")

    async def scenario() -> tuple[int, str]:
        node = server(data, IP)
        await node.open(Settings(kubeconfig=data / "none", nodes=["n1"], data_dir=data, port=PORT), IP)
        try:
            url = f"https://{IP}:{PORT}{path}"
            async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as answer:
                return answer.status, await answer.text()
        finally:
            await node.close()

    return run(scenario())


@pytest.mark.parametrize("who", ["apiserver-kubelet-client", "admin"])
def test_the_api_server_and_administrators_may_do_everything(data: Path, who: str) -> None:
    assert ask(data, who, "/healthz") == (200, "ok")


def test_a_proxy_may_only_open_connections_to_pods(data: Path) -> None:
    assert ask(data, "proxy", "/podProxy/default/none/80")[0] == 404
    status, text = ask(data, "proxy", "/exec/default/p/c?command=sh")
    assert (status, "system:kube-proxy" in text, '"kind":"Status"' in text) == (403, True, True)


@pytest.mark.parametrize("path", ["/containerLogs/default/p/c", "/podProxy/default/p/80", "/pods"])
def test_another_node_is_refused(data: Path, path: str) -> None:
    assert ask(data, "kubelet-client-n1", path)[0] == 403


def test_without_a_certificate_there_is_no_connection(data: Path) -> None:
    with pytest.raises((aiohttp.ClientError, ConnectionError, ssl.SSLError)):
        ask(data, "", "/healthz")


def test_a_node_without_certificates_has_no_server(tmp_path: Path) -> None:
    async def scenario() -> None:
        node = server(tmp_path, IP)
        await node.open(
            Settings(kubeconfig=tmp_path / "none", nodes=["n1"], data_dir=tmp_path, port=PORT), IP
        )
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(f"https://{IP}:{PORT}/healthz", ssl=False)
        await node.close()

    run(scenario())
