"""PriorityClass: a name for a pod priority."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class PriorityClassStrategy(Strategy):
    """Rules of PriorityClasss."""

    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    flag = obj.get("globalDefault", False)
    preemption = obj.get("preemptionPolicy", "")
    return [obj["metadata"]["name"], obj.get("value", 0), flag, age(obj, now), preemption]


RESOURCES = (
    Resource(
        group="scheduling.k8s.io",
        kind="PriorityClass",
        plural="priorityclasses",
        short_names=("pc",),
        namespaced=False,
        strategy=PriorityClassStrategy(),
        columns=columns.PRIORITYCLASSES,
        cells=_cells,
    ),
)
