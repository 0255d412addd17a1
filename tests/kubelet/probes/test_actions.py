"""Each kind of probe against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from wherry.apimachinery.clock import SystemClock
from wherry.kubelet.probes.check import ActionChecker, Outcome, Target
from wherry.kubelet.probes.grpc import GrpcAction
from wherry.kubelet.probes.http import HttpAction
from wherry.kubelet.probes.tcp import TcpAction

from tests.support import run

IP = "127.127.8.1"


async def _answer(request: web.Request) -> web.Response:
    if request.path == "/hang":
        await asyncio.sleep(0.3)
    if request.path == "/circle":
        await asyncio.sleep(float(request.query.get("seconds", 0)))
        return web.Response(status=302, headers={"Location": str(request.rel_url)})
    status = int(request.path.strip("/") or 200)
    led = {"Location": request.query["to"]} if "to" in request.query else {}
    return web.Response(status=status, text=request.headers.get("X-Mine", ""), headers=led)


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_get("/{tail:.*}", _answer)
    runner = web.AppRunner(app, shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, IP, 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def probe(action: dict[str, Any], port: int, timeout: float = 1) -> Outcome:
    container = {"name": "c", "ports": [{"name": "web", "containerPort": port}]}
    clock = SystemClock()
    async with aiohttp.ClientSession() as session:
        actions: dict[str, Any] = {
            "httpGet": HttpAction(lambda: session, clock),
            "tcpSocket": TcpAction(clock),
        }
        checker = ActionChecker({**actions, "grpc": GrpcAction(clock)})
        return await checker.check(Target(IP, "id", container, {}), action, timeout)


@pytest.mark.parametrize(
    ("path", "ok", "message"),
    [
        ("/200", True, "yes"),
        ("/404", False, "HTTP probe failed with statuscode: 404"),
        ("/500", False, "HTTP probe failed with statuscode: 500"),
    ],
)
def test_http_judges_by_the_status(path: str, ok: bool, message: str) -> None:
    async def scenario() -> None:
        async with served() as port:
            headers = [{"name": "X-Mine", "value": "yes"}]
            outcome = await probe({"httpGet": {"path": path, "port": "web", "httpHeaders": headers}}, port)
            assert outcome == Outcome(ok, message)

    run(scenario())


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/302", Outcome(True, "Probe terminated redirects, Response body: yes", odd=True)),
        (
            "/302?to=http://0.0.0.0/",
            Outcome(True, "Probe terminated redirects, Response body: yes", odd=True),
        ),
        ("/307?to=/200", Outcome(True, "yes")),
        ("/301?to=503", Outcome(False, "HTTP probe failed with statuscode: 503")),
    ],
)
def test_http_follows_redirects_to_the_same_host_only(path: str, outcome: Outcome) -> None:
    async def scenario() -> None:
        async with served() as port:
            headers = [{"name": "X-Mine", "value": "yes"}]
            action = {"httpGet": {"path": path, "port": port, "httpHeaders": headers}}
            assert await probe(action, port) == outcome

    run(scenario())


def test_http_follows_redirects_so_many_times() -> None:
    async def scenario() -> None:
        async with served() as port:
            outcome = await probe({"httpGet": {"path": "/circle", "port": port}}, port)
            assert outcome == Outcome(False, f'Get "http://{IP}:{port}/circle": stopped after 10 redirects')

    run(scenario())


@pytest.mark.parametrize("path", ["/hang", "/circle?seconds=0.03"])
def test_http_gives_up_after_its_time(path: str) -> None:
    """Which is that of all redirects together."""

    async def scenario() -> None:
        async with served() as port:
            outcome = await probe({"httpGet": {"path": path, "port": port}}, port, timeout=0.1)
            why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            assert outcome == Outcome(False, f'Get "http://{IP}:{port}{path}": {why}')

    run(scenario())


@pytest.mark.parametrize("kind", ["httpGet", "tcpSocket"])
def test_nobody_listens(kind: str) -> None:
    async def scenario() -> None:
        outcome = await probe({kind: {"port": 9}}, 9)
        assert outcome.message.endswith(f"dial tcp {IP}:9: connect: connection refused")

    run(scenario())


def test_tcp_needs_a_connection_only() -> None:
    async def scenario() -> None:
        async with served() as port:
            assert (await probe({"tcpSocket": {"port": "web"}}, port)).ok

    run(scenario())


def test_an_unknown_port_name_is_an_error_of_the_probe() -> None:
    async def scenario() -> None:
        outcome = await probe({"tcpSocket": {"port": "none"}}, 1)
        assert outcome == Outcome(False, "couldn't find port: none", True)

    run(scenario())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\x00\x00\x00\x00\x02\x08\x01", "service healthy"),
        (b"\x00\x00\x00\x00\x02\x08\x02", 'service unhealthy (responded with "NOT_SERVING")'),
    ],
)
def test_grpc_reads_the_serving_status(body: bytes, message: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(24)
        writer.write(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        writer.write(len(body).to_bytes(3, "big") + b"\x00\x01\x00\x00\x00\x01" + body)
        await reader.read()
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_server(serve, IP, 0) as server:
            port = server.sockets[0].getsockname()[1]
            assert (await probe({"grpc": {"port": port, "service": "s"}}, port)).message == message

    run(scenario())
