"""A stand-in for a kubelet: HTTPS on a free port, answering with what it was asked."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from wherry.kubelet.images.standins import certificates

from ...harness import PODS, Api, pki, pod

STATUS = web.AppKey("status", int)
"""What plain requests are answered with."""
PAGE = web.AppKey("page", str)
"""HTML to answer with instead."""


async def _echo(request: web.Request) -> web.StreamResponse:
    if request.headers.get("upgrade", "").lower() == "websocket":
        return await _stream(request)
    body = (await request.read()).decode()
    if request.app[PAGE]:
        headers = {"location": "/next", "access-control-allow-origin": "*"}
        return web.Response(text=request.app[PAGE], content_type="text/html", headers=headers)
    text = f"{request.method} {request.raw_path} {body}".strip()
    return web.Response(text=text, status=request.app[STATUS], headers={"x-from": "kubelet"})


async def _stream(request: web.Request) -> web.WebSocketResponse:
    """Greets with the path, sends back what comes, ends at "end"."""
    socket = web.WebSocketResponse(protocols=("v5.channel.k8s.io",))
    await socket.prepare(request)
    await socket.send_bytes(request.raw_path.encode())
    async for message in socket:
        if message.data == b"end":
            break
        await socket.send_bytes(message.data)
    return socket


def kubelet_tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(pki().certificate("ca")))
    context.load_cert_chain(pki().certificate("apiserver"), pki().key("apiserver"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def stranger() -> ssl.SSLContext:
    """A server whose certificate nobody vouches for."""
    return certificates.context("/no/such.crt", "")


@asynccontextmanager
async def listening(
    tls: bool = True,
    address: str = "127.0.0.1",
    status: int = 418,
    page: str = "",
    certificate: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Its port, while it runs."""
    app = web.Application()
    app[STATUS], app[PAGE] = status, page
    app.router.add_route("*", "/{rest:.*}", _echo)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, address, 0, ssl_context=certificate or (kubelet_tls() if tls else None)).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def node_with_pod(api: Api, status: int = 418) -> AsyncIterator[int]:
    """The node `n1` with a kubelet, and the pod `a` on it."""
    async with listening(status=status) as port:
        await api.create("/api/v1/nodes", {"metadata": {"name": "n1"}})
        addresses = [{"type": "InternalIP", "address": "127.0.0.1"}]
        endpoints = {"kubeletEndpoint": {"Port": port}}
        known = {"addresses": addresses, "daemonEndpoints": endpoints}
        await api.patch("/api/v1/nodes/n1/status", {"status": known})
        await api.create(PODS, pod(nodeName="n1"))
        yield port
