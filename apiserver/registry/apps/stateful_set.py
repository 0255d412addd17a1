"""StatefulSet: pods with names and volumes of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age, containers
from ..resource import SCALE, STATUS, Resource, ScalePaths
from ..strategy import Object, Strategy
from . import columns


class StatefulSetStrategy(Strategy):
    """Rules of StatefulSets."""

    has_status = True
    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    names, images = containers(spec["template"].get("spec") or {})
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [obj["metadata"]["name"], ready, age(obj, now), names, images]


RESOURCES = (
    Resource(
        group="apps",
        kind="StatefulSet",
        plural="statefulsets",
        short_names=("sts",),
        categories=("all",),
        subresources=(
            STATUS,
            SCALE,
        ),
        scale=ScalePaths(),
        strategy=StatefulSetStrategy(),
        columns=columns.STATEFULSETS,
        cells=_cells,
    ),
)
