"""DeviceClass: a selection of devices by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class DeviceClassStrategy(Strategy):
    """Rules of DeviceClasss."""

    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], age(obj, now)]


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        kind="DeviceClass",
        plural="deviceclasses",
        namespaced=False,
        strategy=DeviceClassStrategy(),
        columns=columns.DEVICECLASSES,
        cells=_cells,
    ),
)
