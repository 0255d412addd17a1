"""WebSocket requests to what answers in HTTP: a watch becomes messages, the rest refuses the handshake.

Whoever speaks WebSocket itself (exec, logs, proxies) is not disturbed. Source: k8s.io/apiserver
pkg/endpoints/handlers/watch.go.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from .exchange import Receive, Request, Send

START, BODY = "http.response.start", "http.response.body"
LENGTH = struct.Struct(">I")


def adapt(request: Request) -> None:
    """Lets the request be answered as if it were plain HTTP."""
    adapter = _Adapter(request, request.receive, request.send)
    request.receive, request.send = adapter.receive, adapter.send


class _Adapter:
    def __init__(self, request: Request, receive: Receive, send: Send) -> None:
        self._request = request
        self._receive = receive
        self._send = send
        self._events = False
        self._binary = False

    async def receive(self) -> dict[str, Any]:
        message = await self._receive()
        if self._events and message["type"] == "websocket.disconnect":
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == START and message["status"] == 200 and self._request.info.verb == "watch":
            await self._accept(message)
        elif kind == BODY and self._events:
            await self._messages(message)
        elif kind in (START, BODY):
            await self._send({**message, "type": f"websocket.{kind}"})
        else:
            await self._send(message)

    async def _accept(self, message: dict[str, Any]) -> None:
        self._events = True
        self._binary = b"protobuf" in dict(message["headers"])[b"content-type"]
        offered = self._request.asgi.get("subprotocols", [])
        await self._send(
            {"type": "websocket.accept", "subprotocol": offered[0] if len(offered) == 1 else None}
        )

    async def _messages(self, message: dict[str, Any]) -> None:
        """A message for each event; a piece of the body never ends within one."""
        for event in _frames(message["body"]) if self._binary else message["body"].splitlines():
            data = {"bytes": event} if self._binary else {"text": event.decode()}
            await self._send({"type": "websocket.send", **data})
        if not message.get("more_body"):
            await self._send({"type": "websocket.close", "code": 1000})


def _frames(data: bytes) -> Iterator[bytes]:
    """What stands between the lengths of a protobuf stream."""
    at = 0
    while at < len(data):
        end = at + LENGTH.size + LENGTH.unpack_from(data, at)[0]
        yield data[at + LENGTH.size : end]
        at = end
