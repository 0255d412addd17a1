"""Relays a client's WebSocket to a kubelet's, message by message, with the same subprotocol."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp

from ....apimachinery import errors
from ..exchange import Request
from ..server import Server
from . import kubelets

MAX_MESSAGE = 0
"""No limit of our own: SPDY frames and terminals decide."""
PASSED_ON = frozenset(range(1000, 1004)) | frozenset(range(1007, 1012)) | frozenset(range(3000, 5000))
"""Close codes that may stand in a frame; 1006, for one, only describes a lost connection."""
UPGRADE_REQUIRED = "Upgrade request required"


async def relay(server: Server, request: Request, url: str) -> None:
    """Connects both ends and copies until either closes. 400 for a plain HTTP request, 500 when the kubelet
    cannot be reached."""
    if request.asgi["type"] != "websocket":
        raise errors.bad_request(UPGRADE_REQUIRED)
    await join(request, await dial(server, url, request.asgi.get("subprotocols", [])))


async def join(request: Request, far: aiohttp.ClientWebSocketResponse) -> None:
    """Accepts the client's WebSocket and copies between the two until either closes."""
    async with far:
        await request.receive()
        await request.send({"type": "websocket.accept", "subprotocol": far.protocol})
        await _copy(request, far)


async def dial(server: Server, url: str, protocols: Sequence[str]) -> aiohttp.ClientWebSocketResponse:
    """A WebSocket to a kubelet or a pod. 500 when it cannot be reached or speaks only HTTP, its own status
    when it refuses."""
    session = kubelets.of(server).session
    try:
        return await session.ws_connect(
            url.replace("https://", "wss://", 1), protocols=protocols, max_msg_size=MAX_MESSAGE, autoping=True
        )
    except aiohttp.WSServerHandshakeError as error:
        text = f"unable to upgrade connection: {error.message}"
        if error.status < 400:
            raise errors.internal(text) from None
        raise errors.StatusError(error.status, "BadRequest", text) from None
    except (aiohttp.ClientError, OSError) as error:
        raise errors.internal(f"error dialing backend: {error}") from None


async def _copy(request: Request, far: aiohttp.ClientWebSocketResponse) -> None:
    up = asyncio.create_task(_upstream(request, far), name="websocket-upstream")
    down = asyncio.create_task(_downstream(request, far), name="websocket-downstream")
    try:
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)


async def _upstream(request: Request, far: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        message = await request.receive()
        if message["type"] == "websocket.disconnect":
            await far.close()
            return
        if (data := message.get("bytes")) is not None:
            await far.send_bytes(data)
        elif (text := message.get("text")) is not None:
            await far.send_str(text)


async def _downstream(request: Request, far: aiohttp.ClientWebSocketResponse) -> None:
    async for message in far:
        if message.type is aiohttp.WSMsgType.BINARY:
            await request.send({"type": "websocket.send", "bytes": message.data})
        elif message.type is aiohttp.WSMsgType.TEXT:
            await request.send({"type": "websocket.send", "text": message.data})
    # 1005 and 1006 say that no code came; they must not be sent (RFC 6455, 7.4.1).
    code = far.close_code if far.close_code not in (None, 1005, 1006) else 1000
    await request.send({"type": "websocket.close", "code": code})
