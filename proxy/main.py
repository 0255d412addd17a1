"""The process `wherry proxy`: informers, the proxier, health and metrics."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from ..apimachinery.clock import Clock
from ..client import health, tls
from ..client.client import Client
from ..client.config import ClientConfig
from ..client.events import EventRecorder
from ..client.informer import Informer, key_of
from ..client.resources import ENDPOINTSLICES, NODES, SERVICES
from ..client.tasks import Tasks
from . import names, nodes
from .connections import Connections
from .proxier import Proxier, Sources
from .remote import Tunnels
from .settings import Settings

Object = dict[str, Any]

USER_AGENT = "kube-proxy"
SERVICE_NAME = "kubernetes.io/service-name"
KUBELET_PORT = 10250
_log = logging.getLogger(__name__)


async def run(settings: Settings, clock: Clock) -> None:
    """Until cancelled. Raises ConfigError."""
    config = ClientConfig.from_kubeconfig(settings.kubeconfig, USER_AGENT, time_scale=settings.time_scale)
    async with Client(config) as client:
        component = Component(client, settings, clock)
        checks = dict.fromkeys(("/healthz", "/livez", "/readyz"), component.unready)
        async with health.served(settings.bind_address, settings.port, checks):
            await component.run()


class Component:
    """A proxy with everything it needs, wired up."""

    def __init__(self, client: Client, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._services = Informer(client, SERVICES, clock=clock)
        self._slices = Informer(client, ENDPOINTSLICES, clock=clock, indexes={"service": _services_of})
        self._nodes = Informer(client, NODES, clock=clock)
        self._events = EventRecorder(client, "kube-proxy", clock)
        tunnels = Tunnels(client.session, tls.context(client.config), self._kubelet)
        self._connections = Connections(
            clock,
            tunnels,
            self._is_here,
            connect_seconds=settings.connect_seconds,
            drain_seconds=settings.drain_seconds,
        )
        self._here = nodes.NodeTable(self._is_here, loopback=settings.loopback_node_ports)
        sources = Sources(
            self._services.get,
            self._services.list,
            lambda key: self._slices.by_index("service", key),
            self._here.nodes,
        )
        self.proxier = Proxier(sources, self._connections, clock, self._tell, settings.cluster_dns)
        self._services.on_event(lambda kind, new, old: self.proxier.changed(key_of(new)))
        self._slices.on_event(self._on_slice)
        self._nodes.on_event(self._on_node)

    def unready(self) -> str:
        return "" if self.proxier.synced else "the listeners are not open yet"

    async def run(self) -> None:
        informers = {"services": self._services, "endpointslices": self._slices, "nodes": self._nodes}
        try:
            async with Tasks() as tasks:
                tasks.spawn("events", self._events.run())
                for name, informer in informers.items():
                    tasks.spawn(f"informer {name}", informer.run())
                for informer in informers.values():
                    await informer.synced()
                tasks.spawn("proxier", self.proxier.run())
                tasks.spawn("listen again", self.proxier.retry())
                if self._settings.cluster_dns:
                    tasks.spawn(
                        "names", names.serve(self._settings, self._services, self._slices, self._clock)
                    )
                await tasks.wait()
        finally:
            await self._connections.close()

    def _on_slice(self, kind: str, new: Object, old: Object | None) -> None:
        for piece in (new, old):
            for key in _services_of(piece) if piece is not None else ():
                self.proxier.changed(key)

    def _on_node(self, kind: str, new: Object, old: Object | None) -> None:
        if self._here.heard(kind, new):
            self.proxier.everything_changed()

    def _is_here(self, node: str) -> bool:
        """An endpoint without a node is dialled as it is."""
        return not node or not self._settings.nodes or node in self._settings.nodes

    def _kubelet(self, name: str) -> str:
        node = self._nodes.get(name)
        address = nodes.address(node) if node is not None else ""
        if node is None or not address:
            return ""
        endpoints = (node.get("status") or {}).get("daemonEndpoints") or {}
        port = (endpoints.get("kubeletEndpoint") or {}).get("Port") or KUBELET_PORT
        return f"https://{address}:{port}"

    def _tell(self, service: Object, kind: str, reason: str, message: str) -> None:
        _log.warning("service %s: %s", key_of(service), message)
        self._events.event(service, kind, reason, message)


def _services_of(piece: Object) -> Iterable[str]:
    meta = piece["metadata"]
    name = (meta.get("labels") or {}).get(SERVICE_NAME)
    return (f"{meta['namespace']}/{name}",) if name else ()
