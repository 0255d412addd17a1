"""PodDisruptionBudget: how many pods voluntary disruptions may take."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class PodDisruptionBudgetStrategy(Strategy):
    """Rules of PodDisruptionBudgets."""

    has_status = True
    tracks_generation = True
    allow_unconditional_update = False


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    limits = [str(spec.get(field, "N/A")) for field in ("minAvailable", "maxUnavailable")]
    return [obj["metadata"]["name"], *limits, status.get("disruptionsAllowed", 0), age(obj, now)]


RESOURCES = (
    Resource(
        group="policy",
        kind="PodDisruptionBudget",
        plural="poddisruptionbudgets",
        short_names=("pdb",),
        subresources=(STATUS,),
        strategy=PodDisruptionBudgetStrategy(),
        columns=columns.PODDISRUPTIONBUDGETS,
        cells=_cells,
    ),
)
