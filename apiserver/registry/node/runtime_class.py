"""RuntimeClass: a container runtime to choose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class RuntimeClassStrategy(Strategy):
    """Rules of RuntimeClasss."""

    allow_create_on_update = True
    allow_unconditional_update = False


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("handler", ""), age(obj, now)]


RESOURCES = (
    Resource(
        group="node.k8s.io",
        kind="RuntimeClass",
        plural="runtimeclasses",
        namespaced=False,
        strategy=RuntimeClassStrategy(),
        columns=columns.RUNTIMECLASSES,
        cells=_cells,
    ),
)
