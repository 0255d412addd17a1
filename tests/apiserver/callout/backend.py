"""A server for call-outs: HTTPS on a free port, with a certificate of its own authority."""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from aiohttp import web
from wherry.apiserver.pki.authority import Authority, KeyPair, Leaf

NAMES = ("127.0.0.1", "hook.default.svc")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@cache
def authority(name: str) -> Authority:
    return Authority.create(name, datetime.now(UTC))


def bundle(name: str = "webhooks") -> str:
    """The authority's certificate as a caBundle."""
    return base64.b64encode(authority(name).pair.certificate).decode()


@cache
def serving(names: tuple[str, ...] = NAMES) -> ssl.SSLContext:
    return shown(authority("webhooks").issue(Leaf("webhook", names=names, server=True), datetime.now(UTC)))


def shown(pair: KeyPair) -> ssl.SSLContext:
    """A server's context with that certificate."""
    folder = Path(tempfile.mkdtemp(prefix="wherry-webhook-"))
    (folder / "tls.crt").write_bytes(pair.certificate)
    (folder / "tls.key").write_bytes(pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    return context


@asynccontextmanager
async def listening(
    handler: Handler, *, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """Its port, while it runs."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, address, 0, ssl_context=tls or serving()).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
