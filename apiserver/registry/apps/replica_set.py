"""ReplicaSet: a number of equal pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age, containers, selector
from ..resource import SCALE, STATUS, Resource, ScalePaths
from ..strategy import Object, Strategy
from . import columns


class ReplicaSetStrategy(Strategy):
    """Rules of ReplicaSets."""

    has_status = True
    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    names, images = containers((spec.get("template") or {}).get("spec") or {})
    counts = spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)
    return [obj["metadata"]["name"], *counts, age(obj, now), names, images, selector(spec.get("selector"))]


RESOURCES = (
    Resource(
        group="apps",
        kind="ReplicaSet",
        plural="replicasets",
        short_names=("rs",),
        categories=("all",),
        subresources=(
            STATUS,
            SCALE,
        ),
        scale=ScalePaths(),
        strategy=ReplicaSetStrategy(),
        columns=columns.REPLICASETS,
        cells=_cells,
    ),
)
