"""ResourceSlice: the devices of a node or pool."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class ResourceSliceStrategy(Strategy):
    """Rules of ResourceSlices."""

    tracks_generation = True


def _cells(obj: Object, now: datetime) -> list[Any]:
    spec = obj["spec"]
    facts = spec.get("nodeName", ""), spec.get("driver", ""), (spec.get("pool") or {}).get("name", "")
    return [obj["metadata"]["name"], *facts, age(obj, now)]


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        kind="ResourceSlice",
        plural="resourceslices",
        namespaced=False,
        selectable={
            "spec.driver": lambda obj: str(obj["spec"].get("driver", "")),
            "spec.nodeName": lambda obj: str(obj["spec"].get("nodeName", "")),
        },
        unknown_field="field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: {field}",
        strategy=ResourceSliceStrategy(),
        columns=columns.RESOURCESLICES,
        cells=_cells,
    ),
)
