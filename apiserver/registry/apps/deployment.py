"""Deployment: declarative updates of ReplicaSets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age, containers, selector
from ..resource import SCALE, STATUS, Resource, ScalePaths
from ..strategy import Object, Strategy
from . import columns


class DeploymentStrategy(Strategy):
    """Rules of Deployments."""

    has_status = True
    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    names, images = containers(spec["template"].get("spec") or {})
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    chosen = selector(spec.get("selector"))
    return [obj["metadata"]["name"], ready, updated, available, age(obj, now), names, images, chosen]


RESOURCES = (
    Resource(
        group="apps",
        kind="Deployment",
        plural="deployments",
        short_names=("deploy",),
        categories=("all",),
        subresources=(
            STATUS,
            SCALE,
        ),
        scale=ScalePaths(),
        strategy=DeploymentStrategy(),
        columns=columns.DEPLOYMENTS,
        cells=_cells,
    ),
)
