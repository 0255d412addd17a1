"""Endpoints: the addresses behind a Service, in the old form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import NONE, age
from ..resource import Resource
from ..strategy import Object, Strategy
from .columns import ENDPOINTS

SHOWN = 3


class EndpointsStrategy(Strategy):
    """A write to a name that is not there creates it."""

    allow_create_on_update = True


def _host_port(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def addresses(subsets: list[Object]) -> str:
    """The first three ready `ip:port`, and how many more there are."""
    if not subsets:
        return NONE
    found: list[str] = []
    for subset in subsets:
        ips = [a.get("ip", "") for a in subset.get("addresses") or ()]
        ports = subset.get("ports")
        found += [_host_port(ip, p.get("port", 0)) for p in ports for ip in ips] if ports else ips
    text = ",".join(found[:SHOWN])
    return text if len(found) <= SHOWN else f"{text} + {len(found) - SHOWN} more..."


def cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], addresses(obj.get("subsets") or []), age(obj, now)]


RESOURCES = (
    Resource(
        kind="Endpoints",
        plural="endpoints",
        singular="endpoints",
        short_names=("ep",),
        strategy=EndpointsStrategy(),
        columns=ENDPOINTS,
        cells=cells,
        deprecated="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ),
)
