"""ConfigMap: plain configuration data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from .columns import CONFIGMAPS


class ConfigMapStrategy(Strategy):
    """Data may be frozen for good with `immutable`."""


def cells(obj: Object, now: datetime) -> list[Any]:
    count = len(obj.get("data") or ()) + len(obj.get("binaryData") or ())
    return [obj["metadata"]["name"], count, age(obj, now)]


RESOURCES = (
    Resource(
        kind="ConfigMap",
        plural="configmaps",
        short_names=("cm",),
        strategy=ConfigMapStrategy(),
        columns=CONFIGMAPS,
        cells=cells,
    ),
)
