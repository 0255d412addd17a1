"""The name server with what it knows from the proxy's informers."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from ..apimachinery.clock import Clock
from ..client.informer import Informer
from .dns.forward import Forwarder, resolvers
from .dns.server import NameServer
from .dns.zone import Sources, Zone
from .settings import Settings

Object = dict[str, Any]


async def serve(settings: Settings, services: Informer, slices: Informer, clock: Clock) -> None:
    """Until cancelled. `services` and `slices` have synced; the latter has an index `service`."""
    services.add_index("address", _cluster_ips)
    slices.add_index("address", _addresses)
    sources = Sources(
        services.get,
        lambda key: slices.by_index("service", key),
        services.list,
        lambda address: services.by_index("address", address),
        lambda address: slices.by_index("address", address),
    )
    own = settings.cluster_dns
    forwarder = Forwarder(resolvers(settings.resolv_conf, own), clock)
    server = NameServer(Zone(sources, settings.cluster_domain, own), own, forwarder, clock, random.Random())
    await server.run()


def _cluster_ips(service: Object) -> Iterable[str]:
    spec = service["spec"]
    return [ip for ip in spec.get("clusterIPs") or (spec.get("clusterIP"),) if ip and ip != "None"]


def _addresses(piece: Object) -> Iterable[str]:
    return {address for e in piece.get("endpoints") or () for address in e.get("addresses") or ()}
