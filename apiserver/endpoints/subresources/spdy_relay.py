"""exec, attach and port-forward over SPDY/3.1: kubectl before 1.30, client-go's SPDY executors.

The kubelet is spoken to over a WebSocket. Port-forward's frames pass through it as they are; the streams of
exec and attach become the channels of `v5.channel.k8s.io` and back.
Source: k8s.io/client-go/tools/remotecommand, k8s.io/apimachinery/pkg/util/httpstream.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

import aiohttp
import orjson

from ....apimachinery import errors, spdy
from ...upgrade import Streams, Upgrade
from .. import options
from ..exchange import Request

VERSION_HEADER = b"x-stream-protocol-version"
EXEC_VERSIONS = ("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")
STATUS_VERSION = "v4.channel.k8s.io"
"""The first version whose error stream carries a Status; those before it carry its message."""
CHANNELS = "v5.channel.k8s.io"
PORT_FORWARD = "portforward.k8s.io"
TUNNEL = "SPDY/3.1+portforward.k8s.io"
STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
NAMES = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR, "error": ERROR, "resize": RESIZE}
STREAMS_SECONDS = 30.0
"""How long a client may take to open the streams it asked for."""
CHUNK = 64 * 1024


def negotiate(request: Request, known: Iterable[str]) -> str:
    """The client's first choice that is known. 403 when there is none; a client that names nothing gets the
    oldest."""
    headers: list[tuple[bytes, bytes]] = request.asgi["headers"]
    raw = [value.decode("latin-1") for name, value in headers if name == VERSION_HEADER]
    wanted = [part.strip() for value in raw for part in value.split(",") if part.strip()]
    served = list(known)
    if not wanted:
        return served[-1]
    for name in wanted:
        if name in served:
            return name
    sides = f"client supports [{' '.join(wanted)}], server accepts [{' '.join(served)}]"
    text = f"unable to upgrade connection: unable to negotiate protocol: {sides}"
    raise errors.StatusError(403, "Forbidden", text)


def switch(upgrade: Upgrade, version: str) -> Streams:
    return upgrade.switch([(b"X-Stream-Protocol-Version", version.encode())])


async def tunnel(streams: Streams, far: aiohttp.ClientWebSocketResponse) -> None:
    """Copies frames unread, until either end closes."""
    up = asyncio.create_task(_to_socket(streams.reader, far), name="spdy-tunnel-up")
    down = asyncio.create_task(_from_socket(streams.writer, far), name="spdy-tunnel-down")
    await _until_either_ends(up, down)


async def _to_socket(reader: asyncio.StreamReader, far: aiohttp.ClientWebSocketResponse) -> None:
    while data := await reader.read(CHUNK):
        await far.send_bytes(data)


async def _from_socket(writer: asyncio.StreamWriter, far: aiohttp.ClientWebSocketResponse) -> None:
    async for message in far:
        if message.type is aiohttp.WSMsgType.BINARY:
            writer.write(message.data)
            await writer.drain()


async def _until_either_ends(*tasks: asyncio.Task[None]) -> None:
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        # A lost connection is how these end; anything else is an error of ours.
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(
                outcome, OSError | ValueError | aiohttp.ClientError
            ):
                raise outcome


def expected(request: Request, version: str) -> set[int]:
    """The channels a client will open for its query, by exec's and attach's options."""
    found = {ERROR} | {NAMES[name] for name in ("stdin", "stdout", "stderr") if _asked(request, name)}
    if _asked(request, "tty"):
        found.discard(STDERR)
        if version in EXEC_VERSIONS[:2]:
            found.add(RESIZE)
    return found


def _asked(request: Request, name: str) -> bool:
    return name in request.query and options.parse_bool(request.arg(name))


class ChannelBridge:
    """One exec or attach: SPDY streams on this side, a WebSocket's channels on the other."""

    def __init__(
        self, streams: Streams, far: aiohttp.ClientWebSocketResponse, version: str, channels: set[int]
    ) -> None:
        self._reader, self._writer = streams
        self._far = far
        self._version = version
        self._missing = set(channels)
        self._framer = spdy.Framer()
        self._streams: dict[int, int] = {}
        """Channel to stream."""
        self._channels: dict[int, int] = {}
        self._ready = asyncio.Event()
        self._sizes = b""

    async def run(self) -> None:
        """Until the command has ended or the client is gone."""
        up = asyncio.create_task(self._from_client(), name="spdy-channels-up")
        down = asyncio.create_task(self._from_kubelet(), name="spdy-channels-down")
        await _until_either_ends(up, down)

    async def _from_client(self) -> None:
        while data := await self._reader.read(CHUNK):
            for frame in self._framer.feed(data):
                if frame.kind == spdy.GOAWAY:
                    return
                await self._frame(frame)

    async def _frame(self, frame: spdy.Frame) -> None:
        if frame.kind == spdy.SYN_STREAM:
            self._opened(frame)
        elif frame.kind == spdy.DATA:
            await self._data(self._channels.get(frame.stream, -1), frame)
        elif frame.kind == spdy.PING:
            self._writer.write(spdy.ping(frame.number))
        elif frame.kind == spdy.RST_STREAM and self._channels.get(frame.stream) == STDIN:
            await self._far.send_bytes(bytes((CLOSE, STDIN)))

    def _opened(self, frame: spdy.Frame) -> None:
        channel = NAMES.get(frame.headers.get("streamtype", ""), -1)
        if channel < 0 or channel in self._streams:
            self._writer.write(spdy.reset(frame.stream, spdy.REFUSED_STREAM))
            return
        self._streams[channel], self._channels[frame.stream] = frame.stream, channel
        self._writer.write(self._framer.syn_reply(frame.stream, {}))
        self._missing.discard(channel)
        if not self._missing:
            self._ready.set()

    async def _data(self, channel: int, frame: spdy.Frame) -> None:
        if channel == STDIN:
            if frame.data:
                await self._far.send_bytes(bytes((STDIN,)) + frame.data)
            if frame.flags & spdy.FIN:
                await self._far.send_bytes(bytes((CLOSE, STDIN)))
        elif channel == RESIZE:
            *whole, self._sizes = (self._sizes + frame.data).split(b"\n")
            for size in filter(None, whole):
                await self._far.send_bytes(bytes((RESIZE,)) + size)

    async def _from_kubelet(self) -> None:
        try:
            async with asyncio.timeout(STREAMS_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            return
        async for message in self._far:
            if message.type is aiohttp.WSMsgType.BINARY and len(message.data) > 1:
                await self._message(message.data[0], message.data[1:])
        await self._end()

    async def _message(self, channel: int, data: bytes) -> None:
        if channel == ERROR:
            data = data if self._version == STATUS_VERSION else _old_error(data)
        stream = self._streams.get(channel)
        if stream is not None and data:
            self._writer.write(spdy.data_frame(stream, data))
            await self._writer.drain()

    async def _end(self) -> None:
        for channel in (STDOUT, STDERR, ERROR):
            if (stream := self._streams.get(channel)) is not None:
                self._writer.write(spdy.data_frame(stream, b"", fin=True))
        self._writer.write(spdy.goaway(max(self._channels, default=0)))
        await self._writer.drain()


def _old_error(data: bytes) -> bytes:
    """What stands on the error stream before v4: nothing, or why it failed."""
    status = orjson.loads(data)
    return b"" if status.get("status") == "Success" else str(status.get("message", "")).encode()


async def close(streams: Streams) -> None:
    """Lets go of the client's connection; one that is lost already is fine."""
    streams.writer.close()
    with contextlib.suppress(OSError):
        await streams.writer.wait_closed()
