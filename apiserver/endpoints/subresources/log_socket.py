"""pods/log over a WebSocket: what the kubelet sends goes into messages, binary or base64 by subprotocol."""

from __future__ import annotations

import base64

import aiohttp

from ....apimachinery import errors
from ..exchange import Request
from ..server import Server
from . import kubelets

BINARY, BASE64 = "binary.k8s.io", "base64.binary.k8s.io"


async def serve(server: Server, request: Request, url: str) -> None:
    """Accepts and copies until the log ends or the client goes. 503 when the kubelet cannot be reached; what
    it refuses is refused here."""
    wanted = request.asgi.get("subprotocols", [])
    protocol = next((name for name in wanted if name in (BINARY, BASE64)), None)
    if wanted and protocol is None:
        raise errors.bad_request(f"unsupported protocols {', '.join(wanted)}")
    try:
        answer = await kubelets.of(server).session.get(url)
    except (aiohttp.ClientError, OSError) as error:
        raise errors.service_unavailable(f"error trying to reach service: {error}") from None
    async with answer:
        if answer.status >= 400:
            status = await answer.json()
            raise errors.StatusError(answer.status, status["reason"], status["message"])
        await request.receive()
        await request.send({"type": "websocket.accept", "subprotocol": protocol})
        await _send(request, b"", protocol == BASE64)
        async for chunk in answer.content.iter_any():
            await _send(request, chunk, protocol == BASE64)
        await request.send({"type": "websocket.close", "code": 1000})


async def _send(request: Request, data: bytes, text: bool) -> None:
    if text:
        await request.send({"type": "websocket.send", "text": base64.b64encode(data).decode()})
    else:
        await request.send({"type": "websocket.send", "bytes": data})
