"""ResourceQuota: how much a namespace may use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource, Subresource
from ..strategy import Object, Strategy
from .columns import RESOURCEQUOTAS


class ResourceQuotaStrategy(Strategy):
    """The quota controller writes the status."""

    has_status = True


def cells(obj: Object, now: datetime) -> list[Any]:
    status = obj.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    requests, limits = [], []
    for name in sorted(hard):
        column = limits if name.startswith("limits.") else requests
        column.append(f"{name}: {used.get(name, '0')}/{hard[name]}")
    return [obj["metadata"]["name"], ", ".join(requests), ", ".join(limits), age(obj, now)]


RESOURCES = (
    Resource(
        kind="ResourceQuota",
        plural="resourcequotas",
        short_names=("quota",),
        subresources=(Subresource("status", ("get", "patch", "update")),),
        strategy=ResourceQuotaStrategy(),
        columns=RESOURCEQUOTAS,
        cells=cells,
    ),
)
