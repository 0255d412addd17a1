"""One HTTP exchange: the request as the verbs see it, and the response they give."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from ..lifetime import Lifetime
from ..registry.strategy import User
from .requestinfo import RequestInfo

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

NO_QUERY: Mapping[str, list[str]] = {}
JSON = b"application/json"
TEXT = b"text/plain; charset=utf-8"
PAGE_NOT_FOUND = "404 page not found\n"
AUDIT_ID = b"audit-id"
NO_SNIFF = (b"x-content-type-options", b"nosniff")
_BROKEN = re.compile(b"%(?![0-9A-Fa-f]{2})|;")


class Request:
    """A request on its way. `headers` are lower-case bytes; `query` maps a name to its values in order."""

    __slots__ = (
        "asgi",
        "audit_id",
        "body",
        "headers",
        "info",
        "life",
        "method",
        "path",
        "query",
        "receive",
        "send",
        "stamps",
        "user",
        "warnings",
    )

    def __init__(self, asgi: dict[str, Any], receive: Receive, send: Send, audit_id: str = "") -> None:
        self.asgi = asgi
        self.method: str = asgi.get("method", "GET")
        self.path: str = asgi["path"]
        self.headers: dict[bytes, bytes] = dict(asgi["headers"])
        raw = asgi["query_string"]
        self.query: Mapping[str, list[str]] = (
            parse_qs(_readable(raw).decode("latin-1"), keep_blank_values=True) if raw else NO_QUERY
        )
        self.receive = receive
        self.send = send
        self.body = b""
        self.warnings: list[str] = []
        """Texts for `Warning` headers, sent with success and failure alike."""
        self.audit_id = self.headers.get(AUDIT_ID) or audit_id.encode()
        """What the client calls the request, or else the server."""
        self.stamps: tuple[tuple[bytes, bytes], ...] = ((AUDIT_ID, self.audit_id),)
        """Headers that every answer to it carries: what it is called, which flow it belongs to."""
        self.life: Lifetime
        self.user: User
        self.info: RequestInfo

    def arg(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default

    def abort(self) -> None:
        """Cuts the connection off, and what is still to be sent with it."""
        cut = self.asgi["state"].get("abort")
        if cut is not None:
            cut()

    @property
    def push(self) -> Callable[[bytes], bool]:
        """Sends a further part of a streamed answer in this very step; False when it has to wait, or when
        there is nobody to send it to: then it is for `send`."""
        push: Callable[[bytes], bool] = self.asgi["state"].get("push", _cannot)
        return push

    def header(self, name: bytes, default: str = "") -> str:
        value = self.headers.get(name)
        return default if value is None else value.decode("latin-1")


def _readable(query: bytes) -> bytes:
    """Without the pairs that Go's net/url cannot read, and leaves out without a word."""
    if b"%" not in query and b";" not in query:
        return query
    return b"&".join(pair for pair in query.split(b"&") if not _BROKEN.search(pair))


def _cannot(body: bytes) -> bool:
    return False


class Response:
    """A complete answer."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self,
        body: bytes,
        status: int = 200,
        content_type: bytes = JSON,
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> None:
        self.body = body
        self.status = status
        self.content_type = content_type
        self.headers = headers


def text_answer(text: str, status: int, *headers: tuple[bytes, bytes]) -> Response:
    """An answer that is text and no Status, and that no browser may take for anything else."""
    return Response(text.encode(), status, TEXT, [*headers, NO_SNIFF])


def no_page() -> Response:
    """What upstream says of paths that nobody serves."""
    return text_answer(PAGE_NOT_FOUND, 404)


class Streamed:
    """The verb has sent its answer by itself (watch, log, proxy, WebSocket)."""


Answer = Response | Streamed
STREAMED = Streamed()
