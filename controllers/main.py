"""The process `wherry controllers`: client, leader election if asked for, manager, health and metrics."""

from __future__ import annotations

from ..apimachinery.clock import Clock
from ..client import health
from ..client.client import Client
from ..client.config import ClientConfig
from ..client.leaderelection import LeaderElector, unique
from .manager import Manager
from .settings import Settings

USER_AGENT = "kube-controller-manager"


async def run(settings: Settings, clock: Clock) -> None:
    """Until cancelled. Raises ConfigError, ValueError (unknown controller), LeadershipLost."""
    config = ClientConfig.from_kubeconfig(settings.kubeconfig, USER_AGENT, time_scale=settings.time_scale)
    async with Client(config) as client:
        name = unique(settings.identity)
        elector = LeaderElector(client, "kube-system", "kube-controller-manager", name, clock=clock)
        writing = client.guarded(elector.leads) if settings.leader_elect else client
        manager = Manager(writing, clock, settings)
        checks = {"/healthz": health.well, "/readyz": elector.readiness(manager.unready)}
        async with health.served(settings.bind_address, settings.secure_port, checks):
            if settings.leader_elect:
                await elector.run(manager.run)
            else:
                await manager.run()
