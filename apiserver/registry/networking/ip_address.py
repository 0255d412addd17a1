"""IPAddress: a ClusterIP and the Service that holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.errors import qualified
from ..printing import NONE
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class IPAddressStrategy(Strategy):
    """Rules of IPAddresss."""


def _cells(obj: Object, now: datetime) -> list[Any]:
    parent = (obj.get("spec") or {}).get("parentRef")
    if not parent:
        return [obj["metadata"]["name"], NONE]
    resource = qualified(parent.get("group", ""), parent.get("resource", ""))
    path = [resource, parent.get("namespace", ""), parent.get("name", "")]
    return [obj["metadata"]["name"], "/".join(part for part in path if part)]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        kind="IPAddress",
        plural="ipaddresses",
        short_names=("ip",),
        namespaced=False,
        strategy=IPAddressStrategy(),
        columns=columns.IPADDRESSES,
        cells=_cells,
    ),
)
