"""PriorityLevelConfiguration: a share of the concurrency of the server."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import NONE, age
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class PriorityLevelConfigurationStrategy(Strategy):
    """Rules of PriorityLevelConfigurations."""

    has_status = True
    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec") or {}
    limited = spec.get("limited") or spec.get("exempt") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    queues = [queuing.get(field, NONE) for field in ("queues", "handSize", "queueLengthLimit")]
    shares = limited.get("nominalConcurrencyShares", NONE)
    return [obj["metadata"]["name"], spec.get("type", ""), shares, *queues, age(obj, now)]


RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        kind="PriorityLevelConfiguration",
        plural="prioritylevelconfigurations",
        namespaced=False,
        subresources=(STATUS,),
        strategy=PriorityLevelConfigurationStrategy(),
        columns=columns.PRIORITYLEVELCONFIGURATIONS,
        cells=_cells,
    ),
)
