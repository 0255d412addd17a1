"""LimitRange: bounds and defaults for the resources of a namespace's pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import UNKNOWN
from ..resource import Resource
from ..strategy import Object, Strategy
from .columns import LIMITRANGES


class LimitRangeStrategy(Strategy):
    """A write to a name that is not there creates it."""

    allow_create_on_update = True


def cells(obj: Object, now: datetime) -> list[Any]:
    meta = obj["metadata"]
    return [meta["name"], meta.get("creationTimestamp") or UNKNOWN]


RESOURCES = (
    Resource(
        kind="LimitRange",
        plural="limitranges",
        short_names=("limits",),
        strategy=LimitRangeStrategy(),
        columns=LIMITRANGES,
        cells=cells,
    ),
)
