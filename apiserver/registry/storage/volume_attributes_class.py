"""VolumeAttributesClass: mutable parameters of volumes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class VolumeAttributesClassStrategy(Strategy):
    """Rules of VolumeAttributesClasss."""


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("driverName", ""), age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="VolumeAttributesClass",
        plural="volumeattributesclasses",
        short_names=("vac",),
        namespaced=False,
        strategy=VolumeAttributesClassStrategy(),
        columns=columns.VOLUMEATTRIBUTESCLASSES,
        cells=_cells,
    ),
)
