"""Keeps listeners and balancers as the table says; what cannot be opened is told once and tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from ..apimachinery.clock import Clock
from .balancer import Balancer
from .connections import Connections
from .healthcheck import HealthChecks, checks
from .listeners import Listeners
from .nodes import Nodes
from .table import LOOPBACK, Listen, Route, routes, skipped_ports
from .topology import Endpoint

Object = dict[str, Any]

RETRY_SECONDS = 10.0
SYNC = Histogram("kubeproxy_sync_proxy_rules_duration_seconds", "Seconds to bring the listeners up to date")
LISTENING = Gauge("kubeproxy_listeners", "Addresses and ports being served")
PROBLEMS = Counter("kubeproxy_listen_failures", "Addresses and ports that could not be bound")
_log = logging.getLogger(__name__)

Tell = Callable[[Object, str, str, str], None]
"""Object, type, reason and message of an event."""


class Sources:
    """What the informers know, as functions: easy to fake."""

    def __init__(
        self,
        service: Callable[[str], Object | None],
        services: Callable[[], list[Object]],
        slices: Callable[[str], Sequence[Object]],
        nodes: Nodes,
    ) -> None:
        self.service = service
        self.services = services
        self.slices = slices
        self.nodes = nodes


class Proxier:
    """`names_at` is a ClusterIP that the name server listens on by itself."""

    def __init__(
        self, sources: Sources, connections: Connections, clock: Clock, tell: Tell, names_at: str = ""
    ) -> None:
        self._names_at = names_at
        self._sources = sources
        self._connections = connections
        self._clock = clock
        self._tell = tell
        self.listeners = Listeners()
        self.health = HealthChecks()
        self._balancers: dict[Listen, Balancer] = {}
        self._of_service: dict[str, dict[Listen, Route]] = {}
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._told: set[tuple[str, str]] = set()
        self._failed: set[str] = set()
        self.synced = False

    def changed(self, key: str) -> None:
        """A Service (`namespace/name`) or its endpoints changed."""
        self._dirty.add(key)
        self._wake.set()

    def everything_changed(self) -> None:
        self._dirty.update(self._of_service)
        for service in self._sources.services():
            meta = service["metadata"]
            self._dirty.add(f"{meta['namespace']}/{meta['name']}")
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; closes the listeners at the end."""
        self._wake.set()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self.sync()
        finally:
            await self.listeners.close_all()
            await self.health.close()

    async def retry(self) -> None:
        """Tries again what could not be opened."""
        while True:
            await self._clock.sleep(RETRY_SECONDS)
            for key in self._failed:
                self.changed(key)

    async def sync(self) -> None:
        """Brings what changed up to date."""
        with SYNC.time():
            dirty, self._dirty = self._dirty, set()
            for key in dirty:
                await self._sync_service(key)
            self.synced = True
            LISTENING.set(len(self.listeners.bound))

    async def _sync_service(self, key: str) -> None:
        service = self._sources.service(key)
        wanted = self._wanted(key, service)
        before = self._of_service.pop(key, {})
        if wanted:
            self._of_service[key] = wanted
        self._failed.discard(key)
        for where in before.keys() - wanted.keys():
            await self._close(where)
        for where, route in wanted.items():
            await self._serve(key, service or {}, where, route)
        await self._answer_checks(key, service)
        gone = _endpoints(before) - _endpoints(wanted)
        self._connections.drain(gone, self._is_used)
        if service is None:
            self._told = {said for said in self._told if said[0] != key}
        else:
            for port in skipped_ports(service):
                self._once(key, port, partial(_log.info, "service %s: port %s is not served", key, port))

    async def _answer_checks(self, key: str, service: Object | None) -> None:
        asked = checks(service, self._sources.slices(key), self._sources.nodes) if service is not None else {}
        for problem in await self.health.sync(key, asked):
            self._failed.add(key)
            text = f"failed to start healthcheck {key!r} on {problem}"
            say = partial(self._tell, service or {}, "Warning", "FailedToStartServiceHealthcheck", text)
            self._once(key, text, say)

    def _wanted(self, key: str, service: Object | None) -> dict[Listen, Route]:
        if service is None or (self._names_at and service["spec"].get("clusterIP") == self._names_at):
            return {}
        return routes(service, self._sources.slices(key), self._sources.nodes)

    async def _serve(self, key: str, service: Object, where: Listen, route: Route) -> None:
        known = self._balancers.get(where)
        if known is not None:
            known.update(route)
            return
        balancer = Balancer(route, self._clock, lambda address: self._sources.nodes.of_client(address))
        try:
            port = await self.listeners.open(where, lambda: self._accept(where, balancer))
        except OSError as error:
            self._failed.add(key)
            text = f"cannot listen on {where.address}:{where.port}: {error.strerror}"
            if where.address == LOOPBACK:
                # A courtesy, which clusters of one machine share: the nodes' own addresses have the port.
                self._once(key, text, partial(_log.info, "service %s: %s", key, text))
                return
            PROBLEMS.inc()
            self._once(key, text, lambda: self._tell(service, "Warning", "FailedToListen", text))
            return
        self._balancers[where] = balancer
        if port != where.port:
            text = f"{where.address}:{where.port} is served on port {port}: the low port may not be bound"
            self._once(key, text, lambda: self._tell(service, "Normal", "SubstitutePort", text))

    def _accept(self, where: Listen, balancer: Balancer) -> asyncio.BaseProtocol:
        taking = self._connections.datagrams if where.protocol == "UDP" else self._connections
        return taking.accept(balancer)

    async def _close(self, where: Listen) -> None:
        if self._balancers.pop(where, None) is not None:
            await self.listeners.close(where)

    def _once(self, key: str, what: str, say: Callable[[], None]) -> None:
        if (key, what) not in self._told:
            self._told.add((key, what))
            say()

    def _is_used(self, endpoint: Endpoint) -> bool:
        return any(endpoint in _endpoints(table) for table in self._of_service.values())


def _endpoints(table: dict[Listen, Route]) -> set[Endpoint]:
    return {endpoint for route in table.values() for endpoint in route.endpoints}
