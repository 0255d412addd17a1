"""A pod of another machine is reached through the WebSocket of its node's kubelet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web
from wherry.apimachinery.clock import FakeClock
from wherry.proxy.balancer import Balancer
from wherry.proxy.connections import Connections
from wherry.proxy.listeners import Listeners
from wherry.proxy.remote import Tunnels
from wherry.proxy.table import Listen, PortName, Route
from wherry.proxy.topology import Endpoint

from tests.support import run

KUBELET, PORT = "127.71.250.9", 18440
WHERE = Listen("127.48.250.9", 18441)
FAR = Endpoint("10.0.0.1", 8080, "far", ("ns", "pod"))


async def _kubelet(request: web.Request) -> web.StreamResponse:
    """Answers in capitals; ends its direction when the other has ended."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_bytes(request.path.encode() + b"\n")
    async for message in socket:
        if not message.data:
            break
        await socket.send_bytes(message.data.upper())
    await socket.send_bytes(b"")
    await socket.close()
    return socket


def with_kubelet(url: str, test: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        app = web.Application()
        app.router.add_get("/podProxy/{namespace}/{pod}/{port}", _kubelet)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, KUBELET, PORT).start()
        async with aiohttp.ClientSession() as session:
            tunnels = Tunnels(session, None, lambda node: url)
            connections = Connections(
                FakeClock(), tunnels, lambda node: False, connect_seconds=2, drain_seconds=30
            )
            balancer = Balancer(Route(PortName("ns", "web", ""), (FAR,), 0), FakeClock())
            listeners = Listeners()
            await listeners.open(WHERE, lambda: connections.accept(balancer))
            try:
                await test()
            finally:
                await listeners.close_all()
                await connections.close()
                await runner.cleanup()

    run(whole())


def test_bytes_and_ends_pass_through_the_tunnel() -> None:
    async def test() -> None:
        reader, writer = await asyncio.open_connection(*WHERE[:2])
        assert await reader.readline() == b"/podProxy/ns/pod/8080\n"
        writer.write(b"hello")
        writer.write_eof()
        assert await reader.read() == b"HELLO"
        writer.close()

    with_kubelet(f"http://{KUBELET}:{PORT}", test)


def test_what_the_client_sends_at_once_is_not_lost() -> None:
    async def test() -> None:
        reader, writer = await asyncio.open_connection(*WHERE[:2])
        writer.write(b"early")
        writer.write_eof()
        assert await reader.read() == b"/podProxy/ns/pod/8080\nEARLY"
        writer.close()

    with_kubelet(f"http://{KUBELET}:{PORT}", test)


def test_an_unknown_node_refuses() -> None:
    async def test() -> None:
        reader, writer = await asyncio.open_connection(*WHERE[:2])
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()

    with_kubelet("", test)
