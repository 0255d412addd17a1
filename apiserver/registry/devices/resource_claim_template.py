"""ResourceClaimTemplate: a ResourceClaim for every pod."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from . import columns


class ResourceClaimTemplateStrategy(Strategy):
    """Rules of ResourceClaimTemplates."""


def _cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], age(obj, now)]


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        kind="ResourceClaimTemplate",
        plural="resourceclaimtemplates",
        strategy=ResourceClaimTemplateStrategy(),
        columns=columns.RESOURCECLAIMTEMPLATES,
        cells=_cells,
    ),
)
