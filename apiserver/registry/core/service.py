"""Service: one name and address for a set of pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.gvk import GroupVersionKind
from ..printing import NONE, age, labels
from ..resource import Resource, Subresource
from ..strategy import Object, Strategy
from .columns import SERVICES


class ServiceStrategy(Strategy):
    """Allocates addresses and node ports; a write to a name that is not there creates it."""

    allow_create_on_update = True
    has_status = True


def _balancer(obj: Object) -> list[str]:
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return sorted({i.get("ip") or i.get("hostname") or "" for i in ingress} - {""})


def external_address(obj: Object) -> str:
    spec = obj.get("spec") or {}
    kind, own = spec.get("type"), list(spec.get("externalIPs") or ())
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind == "LoadBalancer":
        return ",".join(_balancer(obj) + own) or "<pending>"
    return ",".join(own) or NONE


def port(entry: Object) -> str:
    node = f":{entry['nodePort']}" if entry.get("nodePort") else ""
    return f"{entry.get('port', 0)}{node}/{entry.get('protocol', '')}"


def cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    return [
        obj["metadata"]["name"],
        spec.get("type", ""),
        spec.get("clusterIP") or NONE,
        external_address(obj),
        ",".join(map(port, spec.get("ports") or ())) or NONE,
        age(obj, now),
        labels(spec.get("selector")),
    ]


RESOURCES = (
    Resource(
        kind="Service",
        plural="services",
        short_names=("svc",),
        categories=("all",),
        subresources=(
            Subresource(
                "proxy",
                ("create", "delete", "get", "patch", "update"),
                GroupVersionKind("", "v1", "ServiceProxyOptions"),
            ),
            Subresource("status", ("get", "patch", "update")),
        ),
        strategy=ServiceStrategy(),
        columns=SERVICES,
        cells=cells,
        selectable={
            "spec.clusterIP": lambda obj: str((obj.get("spec") or {}).get("clusterIP", "")),
            "spec.type": lambda obj: str((obj.get("spec") or {}).get("type", "")),
        },
    ),
)
