"""The process `wherry controllers`: client, leader election if asked for, manager, health and metrics."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ..apimachinery.clock import Clock
from ..client.client import Client
from ..client.config import ClientConfig
from ..client.leaderelection import LeaderElector
from .manager import Manager
from .settings import Settings

USER_AGENT = "kube-controller-manager"


async def run(settings: Settings, clock: Clock) -> None:
    """Until cancelled. Raises ConfigError, ValueError (unknown controller), LeadershipLost."""
    config = ClientConfig.from_kubeconfig(settings.kubeconfig, USER_AGENT, time_scale=settings.time_scale)
    async with Client(config) as client:
        manager = Manager(client, clock, settings)
        server = await _serve(settings, manager)
        try:
            if settings.leader_elect:
                elector = LeaderElector(
                    client, "kube-system", "kube-controller-manager", settings.identity, clock=clock
                )
                await elector.run(manager.run)
            else:
                await manager.run()
        finally:
            if server is not None:
                await server.cleanup()


async def _serve(settings: Settings, manager: Manager) -> web.AppRunner | None:
    if settings.secure_port < 0:
        return None

    async def healthy(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def ready(request: web.Request) -> web.Response:
        if not manager.ready:
            return web.Response(status=503, text="caches are not filled yet")
        return web.Response(text="ok")

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/healthz", healthy)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.bind_address, settings.secure_port).start()
    return runner
