"""One connection to a pod inside a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from tests.kubelet.server.nodes import asked
from tests.support import run

IP = "127.127.9.1"


@contextlib.asynccontextmanager
async def shouting() -> AsyncIterator[int]:
    """A pod that answers in capitals when the client has ended."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        writer.close()

    async with await asyncio.start_server(serve, IP, 0) as server:
        yield server.sockets[0].getsockname()[1]


def test_bytes_pass_both_ways_and_an_empty_message_ends_a_direction(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shouting() as port, asked(tmp_path, IP) as client:
            async with client.ws_connect(f"/podProxy/default/p/{port}") as socket:
                for message in (b"hel", b"lo", b""):
                    await socket.send_bytes(message)
                received = [message.data async for message in socket]
            assert received == [b"HELLO", b""]

    run(scenario())


def test_a_client_that_leaves_ends_the_connection_to_the_pod(tmp_path: Path) -> None:
    async def scenario() -> None:
        over = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            over.set()
            writer.close()

        async with await asyncio.start_server(serve, IP, 0) as pod, asked(tmp_path, IP) as client:
            port = pod.sockets[0].getsockname()[1]
            socket = await client.ws_connect(f"/podProxy/default/p/{port}")
            await socket.close()
            await asyncio.wait_for(over.wait(), 5)

    run(scenario())


def test_what_cannot_be_reached_is_refused_before_the_upgrade(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with asked(tmp_path, IP) as client:
            for path, code in (("default/p/9", 503), ("default/none/80", 404), ("default/p/web", 503)):
                try:
                    await client.ws_connect(f"/podProxy/{path}")
                    raise AssertionError("not refused")
                except aiohttp.WSServerHandshakeError as refusal:
                    assert refusal.status == code, path

    run(scenario())
