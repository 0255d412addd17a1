"""DaemonSet: one pod on every node that fits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age, containers, labels, selector
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class DaemonSetStrategy(Strategy):
    """Rules of DaemonSets."""

    has_status = True
    tracks_generation = True


_COUNTS = (
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
)


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    pod = spec["template"].get("spec") or {}
    counts = [status.get(field, 0) for field in _COUNTS]
    nodes = labels(pod.get("nodeSelector"))
    chosen = selector(spec.get("selector"))
    return [obj["metadata"]["name"], *counts, nodes, age(obj, now), *containers(pod), chosen]


RESOURCES = (
    Resource(
        group="apps",
        kind="DaemonSet",
        plural="daemonsets",
        short_names=("ds",),
        categories=("all",),
        subresources=(STATUS,),
        strategy=DaemonSetStrategy(),
        columns=columns.DAEMONSETS,
        cells=_cells,
    ),
)
