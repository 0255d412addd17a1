"""exec, attach and port-forward over SPDY, between a client's frames and a kubelet's WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from wherry.apimachinery import errors, spdy
from wherry.apiserver.endpoints.exchange import Request
from wherry.apiserver.endpoints.subresources import spdy_relay
from wherry.apiserver.upgrade import Streams

from tests.support import run

Kubelet = Callable[[web.WebSocketResponse], Awaitable[None]]
FAILED = {"status": "Failure", "message": "exit status 3", "reason": "NonZeroExitCode"}


def asking(query: str, *versions: str) -> Request:
    headers = [(b"x-stream-protocol-version", version.encode()) for version in versions]
    scope = {"type": "http", "path": "/", "query_string": query.encode(), "headers": headers}
    return Request(scope, None, None)  # type: ignore[arg-type]


class Client:
    """The far end of the SPDY connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._framer = spdy.Framer()
        self.frames: list[spdy.Frame] = []

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    def open(self, **streams: int) -> None:
        for name, number in streams.items():
            self.send(self._framer.syn_stream(number, {"streamtype": name}))

    async def read(self) -> None:
        """Every frame until the server closes."""
        while data := await self._reader.read(4096):
            self.frames += self._framer.feed(data)

    def data(self, stream: int) -> bytes:
        return b"".join(f.data for f in self.frames if f.kind == spdy.DATA and f.stream == stream)

    def ended(self, stream: int) -> bool:
        return any(f.kind == spdy.DATA and f.stream == stream and f.flags & spdy.FIN for f in self.frames)


@asynccontextmanager
async def far_end(kubelet: Kubelet) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=(spdy_relay.CHANNELS,))
        await socket.prepare(request)
        await kubelet(socket)
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as far:
            yield far
    finally:
        await runner.cleanup()


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[Client, Streams]]:
    """Both ends of one connection."""
    got: asyncio.Queue[Streams] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await got.put(Streams(reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield Client(reader, writer), await got.get()
    finally:
        writer.close()
        await writer.wait_closed()
        server.close()


async def bridged(
    kubelet: Kubelet, version: str, channels: set[int], talk: Callable[[Client], None]
) -> Client:
    async with far_end(kubelet) as far, pair() as (client, streams):
        talk(client)
        await spdy_relay.ChannelBridge(streams, far, version, channels).run()
        await spdy_relay.close(streams)
        await client.read()
    return client


def test_channels_become_streams_and_end_with_the_status() -> None:
    async def kubelet(socket: web.WebSocketResponse) -> None:
        for channel, data in ((1, b"out"), (2, b"err"), (1, b" more"), (3, orjson.dumps(FAILED))):
            await socket.send_bytes(bytes((channel,)) + data)
        await socket.close()

    version = "v4.channel.k8s.io"
    client = run(bridged(kubelet, version, {1, 2, 3}, lambda c: c.open(error=1, stdout=3, stderr=5)))
    assert (client.data(3), client.data(5), orjson.loads(client.data(1))) == (b"out more", b"err", FAILED)
    assert all(client.ended(stream) for stream in (1, 3, 5))
    assert client.frames[-1].kind == spdy.GOAWAY


@pytest.mark.parametrize(("status", "text"), [(FAILED, b"exit status 3"), ({"status": "Success"}, b"")])
def test_older_versions_get_the_message_alone(status: dict[str, Any], text: bytes) -> None:
    async def kubelet(socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x03" + orjson.dumps(status))
        await socket.close()

    client = run(bridged(kubelet, "v2.channel.k8s.io", {1, 3}, lambda c: c.open(error=1, stdout=3)))
    assert client.data(1) == text and client.ended(1)


def test_stdin_and_sizes_reach_the_kubelet() -> None:
    got: list[bytes] = []

    async def kubelet(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            got.append(message.data)
            if message.data == b"\xff\x00":
                break
        await socket.close()

    def talk(client: Client) -> None:
        client.open(error=1, stdin=3, stdout=5, resize=7)
        client.send(spdy.data_frame(7, b'{"Width":80,"Hei'))
        client.send(spdy.data_frame(7, b'ght":24}\n{"Width":81,"Height":25}\n'))
        client.send(spdy.ping(9))
        client.send(spdy.data_frame(3, b"typed"))
        client.send(spdy.data_frame(3, b"", fin=True))

    client = run(bridged(kubelet, "v4.channel.k8s.io", {0, 1, 3, 4}, talk))
    sizes = [b'\x04{"Width":80,"Height":24}', b'\x04{"Width":81,"Height":25}']
    assert got == [*sizes, b"\x00typed", b"\xff\x00"]
    assert [frame.number for frame in client.frames if frame.kind == spdy.PING] == [9]


def test_a_stream_that_is_none_is_reset() -> None:
    async def kubelet(socket: web.WebSocketResponse) -> None:
        await socket.close()

    client = run(bridged(kubelet, "v4.channel.k8s.io", {3}, lambda c: c.open(nonsense=1, error=3)))
    assert [f.stream for f in client.frames if f.kind == spdy.RST_STREAM] == [1]


def test_a_tunnel_copies_bytes() -> None:
    async def kubelet(socket: web.WebSocketResponse) -> None:
        assert (await socket.receive()).data == b"frames"
        await socket.send_bytes(b"answers")
        await socket.close()

    async def scenario() -> bytes:
        async with far_end(kubelet) as far, pair() as (client, streams):
            client.send(b"frames")
            await spdy_relay.tunnel(streams, far)
            await spdy_relay.close(streams)
            return await client._reader.read()

    assert run(scenario()) == b"answers"


def test_the_first_version_that_both_know() -> None:
    known = spdy_relay.EXEC_VERSIONS
    assert (
        spdy_relay.negotiate(asking("", "v5.channel.k8s.io", "v4.channel.k8s.io"), known)
        == "v4.channel.k8s.io"
    )
    assert (
        spdy_relay.negotiate(asking("", "v3.channel.k8s.io, v2.channel.k8s.io"), known) == "v3.channel.k8s.io"
    )
    assert spdy_relay.negotiate(asking(""), known) == "channel.k8s.io"
    with pytest.raises(errors.StatusError, match="unable to negotiate protocol: client supports") as refused:
        spdy_relay.negotiate(asking("", "v9"), known)
    assert refused.value.code == 403


@pytest.mark.parametrize(
    ("query", "version", "channels"),
    [
        ("stdout=true&stderr=true", "v4.channel.k8s.io", {1, 2, 3}),
        ("stdin=1&stdout=1&stderr=1&tty=1", "v4.channel.k8s.io", {0, 1, 3, 4}),
        ("stdin=1&stdout=1&tty=true", "v2.channel.k8s.io", {0, 1, 3}),
    ],
)
def test_the_streams_to_wait_for(query: str, version: str, channels: set[int]) -> None:
    assert spdy_relay.expected(asking(query), version) == channels
