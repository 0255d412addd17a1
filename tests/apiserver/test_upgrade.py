"""Connections that stop being HTTP when the app says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.server import ServerState
from wherry.apiserver import upgrade
from wherry.apiserver.protocol import ApiProtocol

from tests.support import run

App = Callable[[Any, Any, Any], Awaitable[None]]
ASK = (
    b"POST /exec HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\n"
    b"Upgrade: SPDY/3.1\r\nContent-Length: 0\r\n\r\n"
)


async def shouting(scope: Any, receive: Any, send: Any) -> None:
    """Switches, and sends back in capitals what comes."""
    wanted = upgrade.of(scope)
    assert wanted is not None
    reader, writer = wanted.switch([(b"X-Stream-Protocol-Version", b"v4.channel.k8s.io")])
    while data := await reader.read(100):
        writer.write(data.upper())
    writer.close()
    await writer.wait_closed()


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"no"})


@asynccontextmanager
async def connected(
    app: App,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, ServerState]]:
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ApiProtocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer, state
    finally:
        writer.close()
        await writer.wait_closed()
        server.close()
        await asyncio.gather(*state.tasks)


def test_the_connection_is_handed_over() -> None:
    async def scenario() -> None:
        async with connected(shouting) as (reader, writer, state):
            writer.write(ASK)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
            assert (
                b"Upgrade: SPDY/3.1\r\n" in head
                and b"X-Stream-Protocol-Version: v4.channel.k8s.io\r\n" in head
            )
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"HELLO"
            assert len(state.connections) == 1
            writer.write_eof()
            assert await reader.read() == b""

    run(scenario())


def test_what_comes_before_the_answer_is_kept() -> None:
    async def scenario() -> None:
        async with connected(shouting) as (reader, writer, _):
            writer.write(ASK + b"early")
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(5) == b"EARLY"
            writer.write_eof()
            assert await reader.read() == b""

    run(scenario())


def test_a_refusal_is_plain_http_and_the_end() -> None:
    async def scenario() -> None:
        async with connected(refusing) as (reader, writer, _):
            writer.write(ASK)
            told = await reader.read()
            assert told.startswith(b"HTTP/1.1 403 ") and told.endswith(b"no")

    run(scenario())


def test_a_server_that_stops_closes_it() -> None:
    async def scenario() -> None:
        async with connected(shouting) as (reader, writer, state):
            writer.write(ASK)
            await reader.readuntil(b"\r\n\r\n")
            for connection in list(state.connections):
                connection.shutdown()
            assert await reader.read() == b""

    run(scenario())


def test_other_upgrades_are_not_offered() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(upgrade.of(scope))
        await refusing(scope, receive, send)

    async def scenario() -> None:
        async with connected(app) as (reader, writer, _):
            writer.write(ASK.replace(b"SPDY/3.1", b"h2c"))
            assert (await reader.readuntil(b"no")).startswith(b"HTTP/1.1 403 ")

    run(scenario())
    assert seen == [None]
