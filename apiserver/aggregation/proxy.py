"""Hands a request on to the extension server that answers for its group and version, and the answer back."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from yarl import URL

from .. import upgrade as upgrades
from ..callout import BadBundle, Unresolved, words
from ..endpoints.exchange import STREAMED, TEXT, Answer, Request, Response, text_answer
from ..endpoints.subresources.websocket_relay import join
from ..lifetime import ClientGone, TimeIsUp
from . import raw
from .connection import Connections, Headers, identity
from .services import ApiService

log = logging.getLogger("wherry.apiserver")

DISCOVERY_SECONDS = 5.0
REDIRECTED = "the backend attempted to redirect this request, which is not permitted"
OWN = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
     b"trailer", b"trailers", b"transfer-encoding", b"upgrade", b"host", b"authorization", b"content-length",
     b"x-remote-user", b"x-remote-uid", b"x-remote-group", b"audit-id")
)  # fmt: skip
"""Headers that belong to one connection, or that only this server may set."""
OWN_PREFIXES = (b"x-remote-extra-", b"impersonate-", b"sec-websocket-")


def plain(text: str, status: int) -> Response:
    """An error as upstream's proxies give it: a line of text and no Status."""
    return text_answer(f"{text}\n", status)


class Proxy:
    """Requests towards extension servers, on behalf of the user who sent them."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def forward(self, request: Request, service: ApiService) -> Answer:
        """Answers the request by `service`; 503 while it is not available."""
        if not service.available or service.backend is None:
            return plain("service unavailable", 503)
        try:
            url = _url(await self._connections.base(service), request)
            target = self._connections.trust(service)
        except Unresolved:
            return plain("service unavailable", 503)
        except BadBundle as error:
            return plain(str(error), 500)
        if request.asgi["type"] == "websocket":
            return await self._websocket(request, url, target)
        if (upgrade := upgrades.of(request.asgi)) is not None:
            return await self._upgrade(request, upgrade, url, target)
        return await self._exchange(request, url, target)

    async def _websocket(self, request: Request, url: str, target: dict[str, Any]) -> Answer:
        try:
            far = await self._connections.session.ws_connect(
                URL(url, encoded=True).with_scheme("wss"),
                protocols=request.asgi.get("subprotocols", []),
                headers=[*passed_on(request), *identity(request.user)],
                max_msg_size=0,
                **target,
            )
        except aiohttp.WSServerHandshakeError as error:
            return plain(error.message, error.status)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return plain(f"error trying to reach service: {words.of(error)}", 503)
        await join(request, far)
        return STREAMED

    async def _upgrade(
        self, request: Request, upgrade: upgrades.Upgrade, url: str, target: dict[str, Any]
    ) -> Answer:
        headers = [*passed_on(request), *_forwarded(request), *identity(request.user)]
        try:
            far = await raw.dial(request.method, url, headers, request.header(b"upgrade"), target)
        except (OSError, ValueError) as error:
            return plain(f"error trying to reach service: {words.of(error)}", 503)
        if far.head.status != raw.SWITCHED:
            try:
                return Response(await far.rest(), far.head.status, far.head.content_type)
            finally:
                far.close()
        await raw.join(upgrade, far)
        return STREAMED

    async def _exchange(self, request: Request, url: str, target: dict[str, Any]) -> Answer:
        headers = [*passed_on(request), *_forwarded(request), *identity(request.user)]
        length = request.header(b"content-length")
        if length:
            headers.append(("Content-Length", length))
        sends = bool(length.strip("0")) or b"transfer-encoding" in request.headers
        total = DISCOVERY_SECONDS if not request.info.resource else None
        if not sends:
            request.life.look_out()
        try:
            async with request.life.bounded():
                answer = await self._connections.session.request(
                    request.method,
                    URL(url, encoded=True),
                    headers=headers,
                    data=_body(request) if sends else None,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=total, sock_connect=10.0),
                    **target,
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return plain(f"error trying to reach service: {words.of(error)}", 503)
        async with answer:
            if 300 <= answer.status < 400 and answer.status != 304:
                return Response(REDIRECTED.encode(), 502, TEXT)
            await _stream_back(request, answer)
        return STREAMED


def _url(base: str, request: Request) -> str:
    path = request.asgi.get("raw_path") or request.path.encode()
    query = request.asgi["query_string"]
    return base + path.partition(b"?")[0].decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")


def passed_on(request: Request) -> Headers:
    """The client's headers, but for those that end here."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.asgi["headers"]
        if name not in OWN and not name.startswith(OWN_PREFIXES)
    ]


def _forwarded(request: Request) -> Headers:
    client = request.asgi.get("client") or ("", 0)
    return [
        ("X-Forwarded-For", str(client[0])),
        ("X-Forwarded-Host", request.header(b"host")),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Uri", request.path),
        ("Audit-Id", request.audit_id.decode("latin-1")),
    ]


async def _body(request: Request) -> AsyncIterator[bytes]:
    """What the client sends; after it nothing but its going away is expected."""
    while True:
        message = await request.receive()
        if message["type"] != "http.request":
            raise ConnectionResetError("the client went away")
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            request.life.look_out()
            return


async def _stream_back(request: Request, answer: aiohttp.ClientResponse) -> None:
    headers = [(k.lower(), v) for k, v in answer.raw_headers if k.lower() not in OWN]
    if (length := answer.headers.get("content-length")) is not None:
        headers.append((b"content-length", length.encode()))
    headers += request.stamps
    await request.send({"type": "http.response.start", "status": answer.status, "headers": headers})
    try:
        async with request.life.bounded():
            async for chunk in answer.content.iter_any():
                await request.send({"type": "http.response.body", "body": chunk, "more_body": True})
    except ClientGone:
        answer.close()
        raise
    except (aiohttp.ClientError, OSError, TimeIsUp) as error:
        # An answer without its end lets the server close the connection: the client sees that it is cut.
        log.info("%s %s was cut: %s", request.method, request.path, error)
        return
    await request.send({"type": "http.response.body", "body": b"", "more_body": False})
