"""`/portForward`: SPDY/3.1 in the binary messages of a WebSocket, subprotocol `SPDY/3.1+portforward.k8s.io`.

A connection is a pair of streams with one `requestID`: `error`, then `data`, both naming the pod's `port`.
Other subprotocols are those of `portchannels`.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from ...apimachinery import errors, ports, spdy
from . import portchannels
from .channels import upgrade

if TYPE_CHECKING:
    from .app import NodeServer

PROTOCOL = "SPDY/3.1+portforward.k8s.io"
CHUNK = 32 * 1024


async def serve(server: NodeServer, request: web.Request) -> web.StreamResponse:
    worker = server.find_pod(request)
    if worker.sandbox is None:
        raise errors.bad_request("pod is not running")
    host = worker.sandbox.ip or server.facts.ip
    if PROTOCOL not in request.headers.get("Sec-WebSocket-Protocol", ""):
        ports = portchannels.ports_of(request)
        channels = await upgrade(request, portchannels.PROTOCOLS)
        await portchannels.PortChannels(channels, host, worker.name, ports).run()
    else:
        channels = await upgrade(request, (PROTOCOL,), spdy.MAX_FRAME)
        await Forwarder(channels.socket, host, worker.name).run()
    return channels.socket


class Forwarder:
    """All forwarded connections of one client."""

    def __init__(self, socket: web.WebSocketResponse, host: str, pod: str) -> None:
        self._socket = socket
        self._host = host
        self._pod = pod
        self._framer = spdy.Framer()
        self._errors: dict[str, int] = {}
        self._writers: dict[int, asyncio.StreamWriter] = {}
        self._early: dict[int, list[bytes]] = {}
        self._closed_early: set[int] = set()
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        try:
            async for message in self._socket:
                if message.type != aiohttp.WSMsgType.BINARY:
                    continue
                for frame in self._framer.feed(message.data):
                    await self._frame(frame)
        except ValueError:
            await self._socket.close(code=aiohttp.WSCloseCode.PROTOCOL_ERROR)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _frame(self, frame: spdy.Frame) -> None:
        if frame.kind == spdy.SYN_STREAM:
            await self._opened(frame)
        elif frame.kind == spdy.DATA:
            await self._data(frame)
        elif frame.kind == spdy.PING:
            await self._send(spdy.ping(frame.number))
        elif frame.kind == spdy.RST_STREAM:
            task = self._tasks.pop(frame.stream, None)
            if task is not None:
                task.cancel()
        elif frame.kind == spdy.GOAWAY:
            await self._socket.close()

    async def _opened(self, frame: spdy.Frame) -> None:
        kind, request = frame.headers.get("streamtype", ""), frame.headers.get("requestid", "")
        if kind not in ("error", "data"):
            await self._send(spdy.reset(frame.stream, spdy.REFUSED_STREAM))
            return
        await self._send(self._framer.syn_reply(frame.stream, {}))
        if kind == "error":
            self._errors[request] = frame.stream
            return
        port = int(frame.headers.get("port", "0"))
        self._early[frame.stream] = []
        forward = self._forward(frame.stream, self._errors.pop(request, 0), port)
        self._tasks[frame.stream] = asyncio.create_task(forward, name=f"port-forward {self._pod}:{port}")

    async def _data(self, frame: spdy.Frame) -> None:
        writer = self._writers.get(frame.stream)
        fin = bool(frame.flags & spdy.FIN)
        if writer is None:
            if frame.stream in self._early:
                self._early[frame.stream].append(frame.data)
                if fin:
                    self._closed_early.add(frame.stream)
            return
        with contextlib.suppress(OSError):
            if frame.data:
                writer.write(frame.data)
                await writer.drain()
            if fin:
                writer.write_eof()

    async def _forward(self, stream: int, error_stream: int, port: int) -> None:
        try:
            reader, writer = await asyncio.open_connection(self._host, ports.served_at(port))
        except OSError as error:
            await self._fail(stream, error_stream, port, error)
            return
        try:
            writer.write(b"".join(self._early.pop(stream, [])))
            self._writers[stream] = writer
            if stream in self._closed_early:
                writer.write_eof()
            with contextlib.suppress(OSError):
                while data := await reader.read(CHUNK):
                    await self._send(spdy.data_frame(stream, data))
            await self._send(spdy.data_frame(stream, b"", fin=True))
            if error_stream:
                await self._send(spdy.data_frame(error_stream, b"", fin=True))
        finally:
            self._writers.pop(stream, None)
            self._closed_early.discard(stream)
            writer.close()
            self._tasks.pop(stream, None)

    async def _fail(self, stream: int, error_stream: int, port: int, error: OSError) -> None:
        self._early.pop(stream, None)
        text = portchannels.failure(port, self._pod, self._host, error)
        if error_stream:
            await self._send(spdy.data_frame(error_stream, text.encode(), fin=True))
        await self._send(spdy.data_frame(stream, b"", fin=True))
        self._tasks.pop(stream, None)

    async def _send(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await self._socket.send_bytes(data)
