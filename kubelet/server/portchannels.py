"""`/portForward` as client libraries want it: `v4.channel.k8s.io`, two channels for each port of the query.

Channel 2n carries the n-th port's bytes, 2n+1 its errors; each begins with its port: 2 bytes, little-endian.
There is one connection for each port: when all have ended, so has the WebSocket.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct

from aiohttp import web

from ...apimachinery import errors, field, ports
from .channels import Channels

PROTOCOLS = ("v4.channel.k8s.io", "v4.base64.channel.k8s.io")
CHUNK = 32 * 1024


def ports_of(request: web.Request) -> list[int]:
    """The ports of the query, `port=80&port=81,82`. 400 for none, and for what is no port."""
    texts = request.query.getall("port", [])
    if not texts:
        raise errors.bad_request('query parameter "port" is required')
    found = []
    for text in texts:
        for part in text.split(","):
            if not part.isdecimal() or int(part) > 65535:
                raise errors.bad_request(f"unable to parse {field.quote(text)} as a port")
            if int(part) < 1:
                raise errors.bad_request(f"port {field.quote(text)} must be > 0")
            found.append(int(part))
    return found


def failure(port: int, pod: str, host: str, error: OSError) -> str:
    """What a client is told when nothing can be dialled."""
    why = f"dial tcp4 {host}:{port}: connect: {(error.strerror or str(error)).lower()}"
    return f"error forwarding port {port} to pod {pod}: failed to connect to localhost:{port}: {why}"


class PortChannels:
    """All ports of one client."""

    def __init__(self, channels: Channels, host: str, pod: str, ports: list[int]) -> None:
        self._channels = channels
        self._host = host
        self._pod = pod
        self._ports = ports
        self._inputs: list[asyncio.Queue[bytes]] = [asyncio.Queue(maxsize=16) for _ in ports]

    async def run(self) -> None:
        """Until every connection has ended, or the client has gone."""
        for index, port in enumerate(self._ports):
            for channel in (2 * index, 2 * index + 1):
                await self._channels.send(channel, struct.pack("<H", port))
        client = asyncio.create_task(self._receive(), name=f"port-forward {self._pod} input")
        work = asyncio.create_task(self._forward_all(), name=f"port-forward {self._pod}")
        try:
            await asyncio.wait((client, work), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (client, work):
                task.cancel()
            await asyncio.gather(client, work, return_exceptions=True)
            await self._channels.close()

    async def _receive(self) -> None:
        async for channel, data in self._channels.messages():
            index, kind = divmod(channel, 2)
            if kind == 0 and 0 <= index < len(self._inputs):
                await self._inputs[index].put(data)

    async def _forward_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for index, port in enumerate(self._ports):
                group.create_task(self._forward(index, port), name=f"port-forward {self._pod}:{port}")

    async def _forward(self, index: int, port: int) -> None:
        try:
            reader, writer = await asyncio.open_connection(self._host, ports.served_at(port))
        except OSError as error:
            text = failure(port, self._pod, self._host, error)
            with contextlib.suppress(ConnectionError):
                await self._channels.send(2 * index + 1, text.encode())
            return
        feeding = asyncio.create_task(self._feed(index, writer), name=f"port-forward {self._pod}:{port} in")
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(CHUNK):
                    await self._channels.send(2 * index, data)
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            writer.close()

    async def _feed(self, index: int, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(await self._inputs[index].get())
                await writer.drain()
