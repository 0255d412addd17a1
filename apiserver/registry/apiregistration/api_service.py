"""APIService: which server answers for a group and version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class APIServiceStrategy(Strategy):
    """Rules of APIServices."""

    has_status = True
    allow_unconditional_update = False


def _available(obj: Object) -> str:
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Available":
            status = str(condition.get("status", ""))
            return status if status == "True" else f"{status} ({condition.get('reason', '')})"
    return "Unknown"


def _cells(obj: Object, now: datetime) -> list[Any]:
    service = obj["spec"].get("service")
    target = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    return [obj["metadata"]["name"], target, _available(obj), age(obj, now)]


RESOURCES = (
    Resource(
        group="apiregistration.k8s.io",
        kind="APIService",
        plural="apiservices",
        categories=("api-extensions",),
        namespaced=False,
        subresources=(STATUS,),
        strategy=APIServiceStrategy(),
        columns=columns.APISERVICES,
        cells=_cells,
    ),
)
