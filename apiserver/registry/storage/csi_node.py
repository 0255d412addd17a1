"""CSINode: the volume drivers of a node."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class CSINodeStrategy(Strategy):
    """Rules of CSINodes."""

    allow_unconditional_update = False


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len((obj.get("spec") or {}).get("drivers") or ()), age(obj, now)]


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        kind="CSINode",
        plural="csinodes",
        namespaced=False,
        strategy=CSINodeStrategy(),
        columns=columns.CSINODES,
        cells=_cells,
    ),
)
