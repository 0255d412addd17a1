"""The paths that are no resources: health, which is answered here, and everything else, which FastAPI routes.

FastAPI takes a fifth of a start to import. So its app is made when somebody first asks for one of its paths,
or once the server is up and `Pages.make` is called, whichever comes first.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from ...apimachinery.clock import Clock
from . import health
from .catalogue import Catalogue
from .exchange import STREAMED, Answer, Request, Response, no_page, text_answer
from .openapi import OpenAPI

Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Sources(NamedTuple):
    """What the pages tell."""

    catalogue: Catalogue
    openapi: OpenAPI
    openid: Mapping[str, tuple[str, bytes]]
    """Path → (content type, body) of the service-account issuer's public documents."""
    checks: health.Checks
    clock: Clock
    metrics: list[Callable[[], str]]
    """What /metrics ends in."""
    dumps: dict[str, Callable[[bool], str]]
    """Debugging tables by path; the argument says whether details are wanted."""


class Pages:
    """Answers requests that were authenticated and authorized by the resource handler."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lock = threading.Lock()
        self._made: Asgi | None = None

    def make(self) -> Asgi:
        """FastAPI's app; any thread may ask for it."""
        with self._lock:
            if self._made is None:
                from .nonresource import build

                self._made = build(self._sources)
            return self._made

    async def answer(self, request: Request) -> Answer:
        kind, _, check = request.path[1:].partition("/")
        if kind in health.KINDS:
            return self._health(request, kind, check)
        app = self._made
        if app is None:
            app = await asyncio.to_thread(self.make)
        await app(request.asgi, request.receive, request.send)
        return STREAMED

    def _health(self, request: Request, kind: str, check: str) -> Response:
        """One check, or all of them."""
        if not check and request.path != f"/{kind}":
            return no_page()
        excluded = request.query.get("exclude", ())
        ok, text = self._sources.checks.report(kind, check, "verbose" in request.query, excluded)
        return no_page() if text is None else text_answer(text, 200 if ok else 500)
