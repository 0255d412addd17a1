"""ResourceClaim: devices for pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import STATUS, Resource
from ..strategy import Object, Strategy
from . import columns


class ResourceClaimStrategy(Strategy):
    """Rules of ResourceClaims."""

    has_status = True


def _state(obj: Object) -> str:
    status = obj.get("status") or {}
    deleted = obj["metadata"].get("deletionTimestamp")
    states = ["deleted"] if deleted else []
    if status.get("allocation") is None:
        states += [] if deleted else ["pending"]
    else:
        states += ["allocated", "reserved"] if status.get("reservedFor") else ["allocated"]
    return ",".join(states)


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], _state(obj), age(obj, now)]


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        kind="ResourceClaim",
        plural="resourceclaims",
        subresources=(STATUS,),
        strategy=ResourceClaimStrategy(),
        columns=columns.RESOURCECLAIMS,
        cells=_cells,
    ),
)
