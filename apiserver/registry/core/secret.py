"""Secret: data that is kept from view, with rules per type."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import age
from ..resource import Resource
from ..strategy import Object, Strategy
from .columns import SECRETS


class SecretStrategy(Strategy):
    """`stringData` is written into `data`; the type never changes."""


def cells(obj: Object, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("type", ""), len(obj.get("data") or ()), age(obj, now)]


RESOURCES = (
    Resource(
        kind="Secret",
        plural="secrets",
        strategy=SecretStrategy(),
        columns=SECRETS,
        cells=cells,
        selectable={"type": lambda obj: str(obj.get("type", ""))},
    ),
)
