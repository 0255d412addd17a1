"""ComponentStatus: the health of control plane parts, in an old form that is kept for `kubectl get cs`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..resource import Resource
from ..strategy import Object
from .columns import COMPONENTSTATUSES


def cells(obj: Object, now: datetime) -> list[Any]:
    for condition in obj.get("conditions") or ():
        if condition.get("type") == "Healthy":
            state = "Healthy" if condition.get("status") == "True" else "Unhealthy"
            return [obj["metadata"]["name"], state, condition.get("message", ""), condition.get("error", "")]
    return [obj["metadata"]["name"], "Unknown", "", ""]


RESOURCES = (
    Resource(
        kind="ComponentStatus",
        plural="componentstatuses",
        short_names=("cs",),
        namespaced=False,
        verbs=("get", "list"),
        columns=COMPONENTSTATUSES,
        cells=cells,
        virtual=True,
        deprecated="v1 ComponentStatus is deprecated in v1.19+",
    ),
)
