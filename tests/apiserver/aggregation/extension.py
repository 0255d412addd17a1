"""A small extension API server: its own authority, HTTPS, and client certificates of the front proxy only."""

from __future__ import annotations

import asyncio
import base64
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiohttp import WSMsgType, web
from wherry.apiserver.pki.authority import Authority, Leaf

from ..harness import DEFAULT, Api, pki

GROUP, VERSION = "wardle.example.com", "v1alpha1"
ROOT = f"/apis/{GROUP}/{VERSION}"
FLUNDERS = f"{ROOT}/namespaces/default/flunders"
SLOW = f"{FLUNDERS}/slow"
SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
NAME = f"{VERSION}.{GROUP}"
ADDRESS = "127.16.200.1"
NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: the tests' certificates are made at a clock that stands still."""

FLUNDER = {
    "name": "flunders",
    "singularName": "flunder",
    "namespaced": True,
    "kind": "Flunder",
    "verbs": ["get", "list", "watch", "create"],
    "shortNames": ["fl"],
}
STATUS = {
    "name": "flunders/status",
    "singularName": "",
    "namespaced": True,
    "kind": "Flunder",
    "verbs": ["get"],
}


class Extension:
    """What the server was asked, and how it answers. `proxies` is the PEM of who may say who a request is
    from: the front proxy's authority."""

    def __init__(self, proxies: str = "") -> None:
        self._proxies = proxies or pki().front_proxy_ca.certificate.decode()
        self.items: list[dict[str, Any]] = []
        self.requests: list[web.Request] = []
        self.bodies: dict[str, bytes] = {}
        """The last body by path."""
        self.aggregated: dict[str, Any] | None = None
        """Its aggregated discovery; None answers 404, as servers before 1.26 do."""
        self.documents: dict[str, Any] = {}
        """Further JSON documents by path."""
        self.news: asyncio.Queue[bytes] = asyncio.Queue()
        self.watch_ended = asyncio.Event()
        self.asked_slowly = asyncio.Event()
        self.port = 0
        self._transports: set[Any] = set()
        self.healthy = True
        self._authority = Authority.create("extension-ca", datetime.now(UTC))

    @property
    def ca(self) -> str:
        return base64.b64encode(self._authority.pair.certificate).decode()

    def last(self, path: str) -> web.Request:
        return next(r for r in reversed(self.requests) if r.path == path)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, ADDRESS, self.port, ssl_context=self._tls())
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield
        finally:
            self.news.put_nowait(b"")
            await runner.cleanup()
            for transport in self._transports:
                # A TLS connection that is only closed waits for its peer, which may be another process.
                transport.abort()
            await asyncio.sleep(0)

    def _tls(self) -> ssl.SSLContext:
        names = Leaf("extension", (), ("api.default.svc",), server=True, client=False)
        pair = self._authority.issue(names, datetime.now(UTC))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "server.pem"
            path.write_bytes(pair.certificate + pair.key)
            context.load_cert_chain(path)
        context.load_verify_locations(cadata=self._proxies)
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= NO_CHECK_TIME
        return context

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self._transports.add(request.transport)
        self.bodies[request.path] = await request.read()
        if not self.healthy:
            return web.Response(status=500)
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._echo(request)
        if request.query.get("watch"):
            return await self._watch(request)
        if request.path == SLOW:
            self.asked_slowly.set()
            await self.news.get()
        if request.path == "/apis" and self.aggregated is not None:
            kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            return web.Response(body=orjson.dumps(self.aggregated), headers={"Content-Type": kind})
        return self._document(request)

    def _document(self, request: web.Request) -> web.Response:
        found: dict[str, Any]
        if request.path == ROOT:
            found = {
                "kind": "APIResourceList",
                "groupVersion": f"{GROUP}/{VERSION}",
                "resources": [FLUNDER, STATUS],
            }
            return web.json_response(found)
        if request.path.startswith(FLUNDERS):
            status = 201 if request.method == "POST" else 200
            found = {
                "kind": "FlunderList",
                "apiVersion": f"{GROUP}/{VERSION}",
                "metadata": {},
                "items": self.items,
            }
            return web.json_response(found, status=status)
        if request.path in self.documents:
            return web.json_response(self.documents[request.path])
        if request.path == f"{ROOT}/away":
            return web.Response(status=302, headers={"Location": "https://elsewhere.example.com"})
        return web.json_response({"kind": "Status", "code": 404}, status=404)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(await self.news.get())
        finally:
            self.watch_ended.set()

    async def _echo(self, request: web.Request) -> web.WebSocketResponse:
        answer = web.WebSocketResponse(protocols=("v4.channel.k8s.io",))
        await answer.prepare(request)
        async for message in answer:
            if message.type is WSMsgType.BINARY:
                await answer.send_bytes(message.data[::-1])
                await answer.close()
        return answer


async def expose(api: Api, extension: Extension) -> None:
    """A Service without selector, with the extension server as its endpoint."""
    port = {"name": "https", "port": 443, "targetPort": extension.port}
    await api.create(f"{DEFAULT}/services", {"metadata": {"name": "api"}, "spec": {"ports": [port]}})
    await api.create("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice_of(extension))


def slice_of(extension: Extension, **conditions: bool) -> dict[str, Any]:
    return {
        "metadata": {"name": "api-1", "labels": {"kubernetes.io/service-name": "api"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [ADDRESS], "conditions": conditions or {"ready": True}}],
        "ports": [{"name": "https", "port": extension.port, "protocol": "TCP"}],
    }


def api_service(ca: str = "", **spec: Any) -> dict[str, Any]:
    trust = {"caBundle": ca} if ca else {"insecureSkipTLSVerify": True}
    return {
        "metadata": {"name": NAME},
        "spec": {
            "group": GROUP,
            "version": VERSION,
            "groupPriorityMinimum": 2000,
            "versionPriority": 200,
            "service": {"namespace": "default", "name": "api"},
            **trust,
            **spec,
        },
    }


async def condition(api: Api, reason: str, name: str = NAME) -> dict[str, Any]:
    """The Available condition, once it has this reason."""
    async with api.watch(f"{SERVICES}?watch=1&fieldSelector=metadata.name={name}") as stream:
        while True:
            _, obj = await stream.event()
            for found in obj["status"].get("conditions", []):
                if found["reason"] == reason:
                    answer: dict[str, Any] = found
                    return answer


async def in_time(api: Api, reason: str) -> dict[str, Any]:
    """The condition, however many half minutes it takes."""
    while True:
        try:
            async with asyncio.timeout(0.2):
                return await condition(api, reason)
        except TimeoutError:
            await api.clock.advance(30)


@asynccontextmanager
async def joined(api: Api) -> AsyncIterator[Extension]:
    """An extension server that is registered and available."""
    extension = Extension()
    async with extension.serving():
        api.app.aggregator.start()
        await expose(api, extension)
        await api.create(SERVICES, api_service(extension.ca))
        await condition(api, "Passed")
        yield extension
