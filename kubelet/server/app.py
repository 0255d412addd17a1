"""The aiohttp application: routes, who may come in, start and stop."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from ...apimachinery import errors
from ...apimachinery.clock import Clock
from ..node import NodeFacts
from ..runtime.contract import Runtime
from ..settings import Settings
from ..worker.manager import PodManager
from ..worker.pod_worker import PodWorker
from ..worker.records import Record
from . import directories, execution, logs, podhttp, podproxy, portforward, stats

log = logging.getLogger(__name__)
ALLOWED_NAMES = ("kube-apiserver-kubelet-client",)
ALLOWED_GROUPS = ("system:masters",)
MAX_HEAD = 1 << 20
"""Bytes of a request's first line, as Go's servers take: the command of an exec stands in it."""
PROXIES = "system:kube-proxy"
"""May open connections to pods, and nothing else."""


class NodeServer:
    def __init__(
        self, manager: PodManager, runtime: Runtime, facts: NodeFacts, clock: Clock, volumes: Path
    ) -> None:
        """`volumes` is where the node keeps the volumes that were made for claims."""
        self.volumes = volumes
        self.manager = manager
        self.runtime = runtime
        self.facts = facts
        self.clock = clock
        self._runner: web.AppRunner | None = None

    async def open(self, settings: Settings, ip: str) -> None:
        """Listens; without certificates there is no server, and the log says so."""
        context = context_of(settings, self.facts.name)
        if context is None:
            return
        self._runner = web.AppRunner(
            self.application(), access_log=None, shutdown_timeout=1.0, max_line_size=MAX_HEAD
        )
        await self._runner.setup()
        address = settings.bind_address or ip
        await web.TCPSite(self._runner, address, settings.port, ssl_context=context).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def application(self) -> web.Application:
        return application(lambda request: self)

    def find_pod(self, request: web.Request) -> PodWorker:
        """StatusError 404 when the pod is not here."""
        namespace, name = request.match_info["namespace"], request.match_info["pod"]
        worker = self.manager.find(namespace, name)
        if worker is None:
            raise errors.not_found("", "pods", name)
        return worker

    def find_container(self, request: web.Request) -> tuple[PodWorker, Record]:
        worker = self.find_pod(request)
        name = request.match_info["container"]
        record = worker.record(name)
        if record is None:
            pod = request.match_info["pod"]
            raise errors.bad_request(f"container {name} is not valid for pod {pod}")
        return worker, record


async def _healthz(server: NodeServer, request: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _pods(server: NodeServer, request: web.Request) -> web.Response:
    pods = server.manager.pods()
    body: dict[str, Any] = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods}
    return web.Response(body=orjson.dumps(body), content_type="application/json")


Handler = Callable[[NodeServer, web.Request], Awaitable[web.StreamResponse]]
ROUTES: dict[str, Handler] = {
    "/healthz": _healthz,
    "/pods": _pods,
    "/runningpods/": _pods,
    "/stats/summary": stats.summary,
    "/metrics": stats.metrics,
    "/metrics/resource": stats.metrics,
    "/containerLogs/{namespace}/{pod}/{container}": logs.serve,
    "/exec/{namespace}/{pod}/{container}": execution.serve_exec,
    "/attach/{namespace}/{pod}/{container}": execution.serve_attach,
    "/portForward/{namespace}/{pod}": portforward.serve,
    "/podProxy/{namespace}/{pod}/{port}": podproxy.serve,
    "/podHTTP/{namespace}/{pod}/{scheme}/{port}/{path:.*}": podhttp.serve,
}


def application(meant: Callable[[web.Request], NodeServer]) -> web.Application:
    """`meant` says which node a request is for, or raises StatusError."""

    def bound(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await handler(meant(request), request)

        return answer

    app = web.Application(middlewares=[_admit])
    for path, handler in ROUTES.items():
        app.router.add_route("*", path, bound(handler))
    app.router.add_delete("/volumes/{handle}", bound(directories.remove))
    return app


def context_of(settings: Settings, node: str) -> ssl.SSLContext | None:
    """What a node's server shows and whom it lets in; None without its files, and the log says so."""
    pki = settings.data_dir / "pki"
    cert = settings.tls_cert or pki / f"kubelet-{node}.crt"
    key = settings.tls_key or pki / f"kubelet-{node}.key"
    authority = settings.client_ca or pki / "ca.crt"
    if not all(path.exists() for path in (cert, key, authority)):
        log.warning("no certificate %s: logs, exec and port-forward are off", cert)
        return None
    return _context(cert, key, authority)


def _context(cert: Path, key: Path, authority: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(cert, key)
    return context


@web.middleware
async def _admit(request: web.Request, handler: Any) -> web.StreamResponse:
    """The TLS layer has checked the certificate; here is who it names."""
    certificate = request.get_extra_info("peercert")
    if certificate is not None:
        subject = [pair for part in certificate.get("subject", ()) for pair in part]
        names = [value for key, value in subject if key == "commonName"]
        groups = [value for key, value in subject if key == "organizationName"]
        carried = PROXIES in names and request.path.startswith("/podProxy/")
        allowed = any(n in ALLOWED_NAMES for n in names) or any(g in ALLOWED_GROUPS for g in groups)
        if not allowed and not carried:
            user = names[0] if names else ""
            return _refusal(errors.forbidden("", "nodes", "", f'User "{user}" may not use this server'))
    try:
        answer: web.StreamResponse = await handler(request)
    except errors.StatusError as error:
        return _refusal(error)
    return answer


def _refusal(error: errors.StatusError) -> web.Response:
    """The API server hands a Status on as it is."""
    return web.Response(status=error.code, body=orjson.dumps(error.status()), content_type="application/json")
