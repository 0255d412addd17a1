"""LimitRange: bounds and defaults for the resources of a namespace's pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..defaults.resources import round_up
from ..printing import UNKNOWN
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from .columns import LIMITRANGES
from .limits import AMOUNTS, validate_limits


class LimitRangeStrategy(Strategy):
    """A write to a name that is not there creates it."""

    allow_create_on_update = True
    metadata_checks = ("create",)

    def default(self, obj: Object) -> None:
        for limit in (obj.get("spec") or {}).get("limits") or ():
            for name in AMOUNTS:
                round_up(limit.get(name))
            if limit.get("type") == "Container":
                _fill(limit)

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        """One without a name is called by an id, as no other kind is."""
        meta = obj["metadata"]
        if not meta.get("name"):
            meta["name"] = meta["uid"]

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_limits((obj.get("spec") or {}).get("limits") or [])


def _fill(limit: Object) -> None:
    """A container's default limit is its maximum; its default request the default limit, else the minimum."""
    limits = dict(limit.get("default") or {})
    for name, amount in (limit.get("max") or {}).items():
        limits.setdefault(name, amount)
    requests = dict(limit.get("defaultRequest") or {})
    for name, amount in (*limits.items(), *(limit.get("min") or {}).items()):
        requests.setdefault(name, amount)
    if limits:
        limit["default"] = limits
    if requests:
        limit["defaultRequest"] = requests


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
