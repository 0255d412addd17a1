"""The process `wherry metrics`: the server, its readings and its registration."""

from __future__ import annotations

import logging

from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError
from ..client.client import Client
from ..client.config import ClientConfig
from ..client.errors import Unreachable
from ..client.tasks import Tasks
from . import identity, registration
from .identity import FrontProxy
from .scraper import Scraper
from .server import MetricsServer
from .settings import Settings

USER_AGENT = "metrics-server"
RETRY = 0.5
_log = logging.getLogger(__name__)


async def run(settings: Settings, clock: Clock) -> None:
    """Until cancelled. Raises ConfigError, and OSError when the address is taken."""
    config = ClientConfig.from_kubeconfig(settings.kubeconfig, USER_AGENT, time_scale=settings.time_scale)
    async with Client(config) as client, Tasks() as tasks:
        own = identity.make(registration.HOST, clock.now())
        proxy = await _caller(client, clock)
        scraper = Scraper(client, clock, settings.metric_resolution)
        server = MetricsServer(client, scraper, proxy.names)
        where = settings.bind_address, settings.secure_port
        async with server.served(*where, identity.context(own, proxy)):
            tasks.spawn("readings", scraper.run())
            wanted = registration.wanted(*where, own.certificate)
            tasks.spawn("registration", registration.keep(client, clock, wanted))
            await tasks.wait()


async def _caller(client: Client, clock: Clock) -> FrontProxy:
    """Who may ask, once the API server can tell."""
    while True:
        try:
            return await identity.front_proxy(client)
        except (StatusError, Unreachable) as error:
            _log.info("waiting for the API server: %s", error)
        await clock.sleep(RETRY)
