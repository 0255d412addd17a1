"""Numbered channels in the messages of a WebSocket, binary or base64, as clients ask by subprotocol.

A binary message starts with its channel's number; a base64 one is text that starts with its digit. Source:
k8s.io/apimachinery httpstream/wsstream.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from ...apimachinery import errors

MAX_MESSAGE = 4 * 1024 * 1024


class Channels:
    """One upgraded connection."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self._text = "base64." in (socket.ws_protocol or "")

    @property
    def protocol(self) -> str:
        """The subprotocol in use, "" for a client that named none."""
        return self.socket.ws_protocol or ""

    async def send(self, channel: int, data: bytes) -> None:
        if self._text:
            await self.socket.send_str(chr(ord("0") + channel) + base64.b64encode(data).decode())
        else:
            await self.socket.send_bytes(bytes((channel,)) + data)

    async def messages(self) -> AsyncIterator[tuple[int, bytes]]:
        """Channel and data of what the client sends, until it goes or sends what cannot be read."""
        async for message in self.socket:
            if message.type not in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT) or not message.data:
                continue
            data: bytes = message.data if isinstance(message.data, bytes) else message.data.encode()
            if not self._text:
                yield data[0], data[1:]
                continue
            try:
                yield data[0] - ord("0"), base64.b64decode(data[1:])
            except binascii.Error:
                await self.socket.close(code=aiohttp.WSCloseCode.UNSUPPORTED_DATA)
                return

    async def close(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self.socket.close()


async def upgrade(request: web.Request, protocols: tuple[str, ...], limit: int = MAX_MESSAGE) -> Channels:
    """Answers 101. 400 for a plain request; a client that names only unknown subprotocols is hung up on."""
    socket = web.WebSocketResponse(protocols=protocols, max_msg_size=limit, compress=False)
    if not socket.can_prepare(request).ok:
        raise errors.bad_request("Upgrade request required")
    await socket.prepare(request)
    if socket.ws_protocol is None and request.headers.get("Sec-WebSocket-Protocol"):
        await socket.close(code=aiohttp.WSCloseCode.PROTOCOL_ERROR, message=b"no supported subprotocol")
    return Channels(socket)
