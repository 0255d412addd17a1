"""ServiceCIDR: address ranges for ClusterIPs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class ServiceCIDRStrategy(Strategy):
    """Rules of ServiceCIDRs."""

    has_status = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    ranges = ",".join((obj.get("spec") or {}).get("cidrs") or ())
    return [obj["metadata"]["name"], ranges, age(obj, now)]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        kind="ServiceCIDR",
        plural="servicecidrs",
        namespaced=False,
        subresources=(STATUS,),
        strategy=ServiceCIDRStrategy(),
        columns=columns.SERVICECIDRS,
        cells=_cells,
    ),
)
