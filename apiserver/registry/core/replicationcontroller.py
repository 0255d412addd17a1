"""ReplicationController: keeps a number of pods of one template alive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.gvk import GroupVersionKind
from ..printing import age, containers, labels
from ..resource import Resource, ScalePaths, Subresource
from ..strategy import Object, Strategy
from .columns import REPLICATIONCONTROLLERS


class ReplicationControllerStrategy(Strategy):
    """Selector and template labels default to each other."""

    has_status = True
    tracks_generation = True


def cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    names, images = containers((spec.get("template") or {}).get("spec") or {})
    return [
        obj["metadata"]["name"],
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(obj, now),
        names,
        images,
        labels(spec.get("selector")),
    ]


RESOURCES = (
    Resource(
        kind="ReplicationController",
        plural="replicationcontrollers",
        short_names=("rc",),
        categories=("all",),
        subresources=(
            Subresource("scale", ("get", "patch", "update"), GroupVersionKind("autoscaling", "v1", "Scale")),
            Subresource("status", ("get", "patch", "update")),
        ),
        scale=ScalePaths(),
        strategy=ReplicationControllerStrategy(),
        columns=REPLICATIONCONTROLLERS,
        cells=cells,
        selectable={"status.replicas": lambda obj: str((obj.get("status") or {}).get("replicas", 0))},
    ),
)
