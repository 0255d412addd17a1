"""EndpointSlice: a part of the endpoints of a Service."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import UNSET, age, first
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class EndpointSliceStrategy(Strategy):
    """Rules of EndpointSlices."""

    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    ports = [str(p.get("port") or p.get("name") or "*") for p in obj.get("ports") or ()]
    addresses = [a for endpoint in obj.get("endpoints") or () for a in endpoint.get("addresses") or ()]
    shown = first(ports, 3, UNSET), first(addresses, 3, UNSET)
    return [obj["metadata"]["name"], obj.get("addressType", ""), *shown, age(obj, now)]


RESOURCES = (
    Resource(
        group="discovery.k8s.io",
        kind="EndpointSlice",
        plural="endpointslices",
        strategy=EndpointSliceStrategy(),
        columns=columns.ENDPOINTSLICES,
        cells=_cells,
    ),
)
