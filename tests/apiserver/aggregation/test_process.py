"""A real API server process and a real kubectl, with an extension server that listens beside it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.e2e.kubectl import Kubectl, on_path
from tests.e2e.local import LocalCluster
from tests.support import run

from .extension import FLUNDERS, GROUP, NAME, ROOT, VERSION, Extension, api_service, slice_of

FLUNDER = {"kind": "Flunder", "apiVersion": f"{GROUP}/{VERSION}", "metadata": {"name": "one"}}
V3 = f"/openapi/v3{ROOT}"
SCHEMA = {
    "type": "object",
    "description": "Flunder is a fish.",
    "properties": {"spec": {"type": "object", "description": "Where it swims."}},
    "x-kubernetes-group-version-kind": [{"group": GROUP, "version": VERSION, "kind": "Flunder"}],
}
DOCUMENTS = {
    "/openapi/v3": {"paths": {ROOT.strip("/"): {"serverRelativeURL": f"{V3}?hash=1"}}},
    V3: {
        "openapi": "3.0.0",
        "info": {"title": "wardle", "version": "1"},
        "paths": {
            f"{ROOT}/namespaces/{{namespace}}/flunders": {
                "get": {
                    "responses": {"200": {"description": "OK"}},
                    "x-kubernetes-group-version-kind": {
                        "group": GROUP,
                        "version": VERSION,
                        "kind": "Flunder",
                    },
                }
            }
        },
        "components": {"schemas": {"example.Flunder": SCHEMA}},
    },
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster(tmp_path_factory.mktemp("aggregation"), "--ephemeral", nodes=0) as found:
        yield found


@pytest.fixture
def kubectl(cluster: LocalCluster) -> Kubectl:
    if not on_path():
        pytest.skip("there is no kubectl on the PATH")
    return Kubectl(on_path(), cluster.kubeconfig)


def proxies(cluster: LocalCluster) -> str:
    return (cluster.data / "pki" / "front-proxy-ca.crt").read_text()


def manifest(extension: Extension) -> str:
    service = {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": "api"},
        "spec": {"ports": [{"name": "https", "port": 443}]},
    }
    slices = {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", **slice_of(extension)}
    registered = {
        "kind": "APIService",
        "apiVersion": "apiregistration.k8s.io/v1",
        **api_service(extension.ca),
    }
    return json.dumps({"kind": "List", "apiVersion": "v1", "items": [service, slices, registered]})


def with_kubectl(kubectl: Kubectl, extension: Extension, work: Callable[[Any], Awaitable[None]]) -> None:
    """Runs `work` with an asynchronous kubectl while the extension server is registered."""

    async def call(*args: str, stdin: str = "") -> str:
        return await asyncio.to_thread(kubectl, *args, stdin=stdin)

    async def scenario() -> None:
        async with extension.serving():
            await call("apply", "-f", "-", stdin=manifest(extension))
            await call("wait", "--for=condition=Available", f"apiservice/{NAME}", "--timeout=20s")
            try:
                await work(call)
            finally:
                await call("delete", "-f", "-", stdin=manifest(extension))

    run(scenario(), 90)


def test_kubectl_reads_what_an_extension_server_serves(cluster: LocalCluster, kubectl: Kubectl) -> None:
    extension = Extension(proxies(cluster))
    extension.items = [FLUNDER]
    extension.documents = DOCUMENTS

    async def work(call: Any) -> None:
        assert "flunders" in await call("api-resources", f"--api-group={GROUP}")
        assert "one" in await call("get", "fl")
        assert "Flunder is a fish." in await call("explain", "flunders")
        rows = await call("get", "apiservices", NAME, "--no-headers")
        assert rows.split()[:3] == [NAME, "default/api", "True"]

    with_kubectl(kubectl, extension, work)


def test_a_watch_through_the_aggregator(cluster: LocalCluster, kubectl: Kubectl) -> None:
    extension = Extension(proxies(cluster))
    event = {"type": "ADDED", "object": FLUNDER}
    extension.news.put_nowait(json.dumps(event).encode() + b"\n")

    async def work(call: Any) -> None:
        asking = asyncio.create_subprocess_exec(
            *kubectl.command("get", "--raw", f"{FLUNDERS}?watch=1"),
            env=kubectl.environment,
            stdout=asyncio.subprocess.PIPE,
        )
        watching = await asking
        assert watching.stdout is not None
        assert json.loads(await watching.stdout.readline()) == event
        watching.terminate()
        await watching.wait()
        async with asyncio.timeout(10):
            # It is the first write after the connection was closed that fails, and closing takes its time.
            while not extension.watch_ended.is_set():
                extension.news.put_nowait(b"{}\n")
                await asyncio.sleep(0.01)

    with_kubectl(kubectl, extension, work)


def client_tls(cluster: LocalCluster) -> ssl.SSLContext:
    folder = cluster.data / "pki"
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    return context


class Switching(Extension):
    """Turns each request that asks for it into a connection that echoes."""

    async def _answer(self, request: Any) -> Any:
        if request.headers.get("upgrade") != "SPDY/3.1":
            return await super()._answer(request)
        self.requests.append(request)
        transport = request.transport
        self._transports.add(transport)
        transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
            b"X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\nhello "
        )
        echo = Echo(transport)
        transport.set_protocol(echo)
        await echo.lost.wait()
        raise ConnectionResetError("switched, and gone")


class Echo(asyncio.Protocol):
    """Sends back what it gets."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.lost = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


async def upgraded(cluster: LocalCluster) -> tuple[bytes, asyncio.StreamReader, asyncio.StreamWriter]:
    """The head of the answer to a request to switch, and the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", cluster.port, ssl=client_tls(cluster))
    lines = f"POST {FLUNDERS}/a/exec HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: SPDY/3.1"
    writer.write("\r\n".join((*lines, "", "")).encode())
    return await reader.readuntil(b"\r\n\r\n"), reader, writer


def test_a_connection_that_becomes_spdy_passes_through(cluster: LocalCluster, kubectl: Kubectl) -> None:
    extension = Switching(proxies(cluster))

    async def work(call: Any) -> None:
        head, reader, writer = await upgraded(cluster)
        assert head.startswith(b"HTTP/1.1 101 ")
        assert b"v4.channel.k8s.io" in head
        writer.write(b"frames")
        assert await reader.readexactly(12) == b"hello frames"
        assert extension.last(f"{FLUNDERS}/a/exec").headers["X-Remote-User"] == "kubernetes-admin"
        writer.close()
        await writer.wait_closed()

    with_kubectl(kubectl, extension, work)


def test_a_server_that_does_not_switch_is_heard(cluster: LocalCluster, kubectl: Kubectl) -> None:
    async def work(call: Any) -> None:
        head, reader, writer = await upgraded(cluster)
        assert head.startswith(b"HTTP/1.1 201 ")
        assert b"content-type: application/json" in head
        assert b"FlunderList" in await reader.read()
        writer.close()
        await writer.wait_closed()

    with_kubectl(kubectl, Extension(proxies(cluster)), work)


def test_the_front_proxy_speaks_for_a_user(cluster: LocalCluster) -> None:
    async def asked(*names: str) -> str:
        folder = cluster.data / "pki"
        context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
        if names:
            context.load_cert_chain(folder / f"{names[0]}.crt", folder / f"{names[0]}.key")
        reader, writer = await asyncio.open_connection("127.0.0.1", cluster.port, ssl=context)
        writer.write(
            b"GET /api/v1/namespaces/default/pods HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"X-Remote-User: jane\r\n\r\n"
        )
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        return answer

    assert 'User \\"jane\\" cannot list' in run(asked("front-proxy-client"))
    assert 'User \\"system:anonymous\\" cannot list' in run(asked())
