"""The subprotocols of client libraries: older channels, base64, and ports as channels."""

from __future__ import annotations

import asyncio
import base64
import struct
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from tests.kubelet.server.test_streams import IP, node
from tests.support import run

FAILING = "/exec/default/p/c?stdout=1&command=sh&command=-c&command=echo+out;+exit+3"


async def messages(client: Any, path: str, *protocols: str) -> list[Any]:
    async with client.ws_connect(path, protocols=protocols) as socket:
        assert socket.protocol == (protocols[0] if protocols else None)
        return [message.data async for message in socket]


def executing(tmp_path: Path, *protocols: str) -> list[Any]:
    async def scenario() -> list[Any]:
        async with node(tmp_path, "sleep", "100") as client:
            return await messages(client, FAILING, *protocols)

    return run(scenario())


@pytest.mark.parametrize("protocols", [(), ("channel.k8s.io",)])
def test_the_first_channels_tell_errors_in_words(tmp_path: Path, protocols: tuple[str, ...]) -> None:
    *out, error = executing(tmp_path, *protocols)
    assert b"".join(part[1:] for part in out) == b"out\n"
    assert error == b"\x03command terminated with non-zero exit code: exit status 3"


def test_base64_channels_are_text(tmp_path: Path) -> None:
    *out, error = executing(tmp_path, "v4.base64.channel.k8s.io")
    assert {part[0] for part in out} == {"1"} and error[0] == "3"
    assert b"".join(base64.b64decode(part[1:]) for part in out) == b"out\n"
    assert orjson.loads(base64.b64decode(error[1:]))["reason"] == "NonZeroExitCode"


def test_base64_goes_in_as_well(tmp_path: Path) -> None:
    async def scenario() -> bytes:
        async with node(tmp_path, "sleep", "100") as client:
            path = "/exec/default/p/c?stdin=1&stdout=1&command=head&command=-c3"
            async with client.ws_connect(path, protocols=("base64.channel.k8s.io",)) as socket:
                await socket.send_str("0" + base64.b64encode(b"abcdef").decode())
                return b"".join([base64.b64decode(m.data[1:]) async for m in socket])

    assert run(scenario()) == b"abc"


def test_text_that_is_no_base64_ends_the_connection(tmp_path: Path) -> None:
    async def scenario() -> int | None:
        async with node(tmp_path, "sleep", "100") as client:
            path = "/exec/default/p/c?stdin=1&command=cat"
            async with client.ws_connect(path, protocols=("base64.channel.k8s.io",)) as socket:
                await socket.send_str("0abc")
                async for _ in socket:
                    pass
                return socket.close_code

    assert run(scenario()) == aiohttp.WSCloseCode.UNSUPPORTED_DATA


def test_subprotocols_that_nobody_knows_are_hung_up_on(tmp_path: Path) -> None:
    async def scenario() -> int | None:
        async with (
            node(tmp_path, "sleep", "100") as client,
            client.ws_connect(FAILING, protocols=("v9.channel.k8s.io",)) as socket,
        ):
            await socket.receive()
            return socket.close_code

    assert run(scenario()) == aiohttp.WSCloseCode.PROTOCOL_ERROR


def test_each_port_has_a_pair_of_channels(tmp_path: Path) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(5)).upper())
        writer.close()

    async def scenario() -> tuple[int, dict[int, bytes]]:
        server = await asyncio.start_server(shout, IP, 0)
        port = server.sockets[0].getsockname()[1]
        got: dict[int, bytes] = {}
        async with node(tmp_path, "sleep", "100") as client:
            path = f"/portForward/default/p?port={port},9"
            async with client.ws_connect(path, protocols=("v4.channel.k8s.io",)) as socket:
                await socket.send_bytes(b"\x00hello")
                async for message in socket:
                    got[message.data[0]] = got.get(message.data[0], b"") + message.data[1:]
        server.close()
        return port, got

    port, got = run(scenario())
    first, second = struct.pack("<H", port), struct.pack("<H", 9)
    assert got[0] == first + b"HELLO" and got[1] == first and got[2] == second
    assert got[3].startswith(second + b"error forwarding port 9 to pod default/p: ")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", 'query parameter "port" is required'),
        ("?port=x", 'unable to parse "x" as a port'),
        ("?port=70000", 'unable to parse "70000" as a port'),
        ("?port=0", 'port "0" must be > 0'),
    ],
)
def test_ports_that_are_none(tmp_path: Path, query: str, message: str) -> None:
    async def scenario() -> None:
        async with node(tmp_path, "sleep", "100") as client:
            answer = await client.get(f"/portForward/default/p{query}")
            assert (answer.status, (await answer.json())["message"]) == (400, message)

    run(scenario())
