"""Reaches a pod of another machine: through the WebSocket `/podProxy` of its node's kubelet."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import aiohttp

from .relay import BUFFER, Side
from .topology import Endpoint

NodeUrl = Callable[[str], str]
"""`https://ADDRESS:PORT` of a node's kubelet; empty when unknown."""


class Tunnels:
    """Opens and carries tunnels. `context` holds the credentials that kubelets accept."""

    def __init__(self, session: aiohttp.ClientSession, context: ssl.SSLContext | None, url: NodeUrl) -> None:
        self._session = session
        self._context = context
        self._url = url

    async def open(self, endpoint: Endpoint) -> aiohttp.ClientWebSocketResponse:
        """OSError when the node or its pod cannot be reached."""
        base = self._url(endpoint.node)
        namespace, name = endpoint.pod
        if not base or not name:
            raise OSError(f"node {endpoint.node!r} of {endpoint.address} cannot be reached")
        url = f"{base}/podProxy/{namespace}/{name}/{endpoint.port}"
        try:
            return await self._session.ws_connect(
                url, ssl=self._context if self._context is not None else True, max_msg_size=0, compress=0
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OSError(str(error)) from error


async def carry(side: Side, tunnel: aiohttp.ClientWebSocketResponse) -> None:
    """Until both directions have ended. Binary messages are bytes, an empty one ends its direction."""
    assert side.transport is not None
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=BUFFER, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    protocol.connection_made(side.transport)
    if early := side.take_early():
        reader.feed_data(early)
    if side.ended:
        reader.feed_eof()
    side.transport.set_protocol(protocol)
    writer = asyncio.StreamWriter(side.transport, protocol, reader, loop)
    side.transport.resume_reading()
    try:
        async with asyncio.TaskGroup() as group:
            outward = group.create_task(_outward(reader, tunnel), name="tunnel outward")
            await _inward(writer, tunnel)
            if tunnel.closed:
                outward.cancel()
    except* (OSError, aiohttp.ClientError):
        side.abort()
    finally:
        await tunnel.close()
        side.close()


async def _outward(reader: asyncio.StreamReader, tunnel: aiohttp.ClientWebSocketResponse) -> None:
    while data := await reader.read(BUFFER):
        await tunnel.send_bytes(data)
    await tunnel.send_bytes(b"")


async def _inward(writer: asyncio.StreamWriter, tunnel: aiohttp.ClientWebSocketResponse) -> None:
    async for message in tunnel:
        if message.type is not aiohttp.WSMsgType.BINARY:
            continue
        if message.data:
            writer.write(message.data)
            await writer.drain()
        elif writer.can_write_eof():
            writer.write_eof()
