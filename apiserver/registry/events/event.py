"""Event of events.k8s.io: stored as a core/v1 Event under other field names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ....apimachinery.field import FieldError
from ..core import event as core
from ..core.columns import EVENTS
from ..resource import Resource
from ..strategy import Context, Object

NAMES = {
    "reportingController": "reportingComponent",
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
BACK = {old: new for new, old in NAMES.items()}


def to_core(obj: Object) -> Object:
    """The core/v1 form."""
    out = {NAMES.get(name, name): value for name, value in obj.items()}
    out["apiVersion"] = "v1"
    for name in ("reportingComponent", "reportingInstance"):
        out.setdefault(name, "")
    for name in ("eventTime", "firstTimestamp", "lastTimestamp"):
        out.setdefault(name, None)
    out.setdefault("source", {})
    return out


def from_core(obj: Object) -> Object:
    """The events.k8s.io form."""
    out = {BACK.get(name, name): value for name, value in obj.items()}
    out["apiVersion"] = "events.k8s.io/v1"
    for name in ("reportingController", "reportingInstance"):
        if not out.get(name):
            out.pop(name, None)
    return out


class EventStrategy(core.EventStrategy):
    """core's rules on the core form."""

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return super().validate_create(ctx, to_core(obj))

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return super().validate_update(ctx, to_core(new), to_core(old))


def _cells(obj: Object, now: datetime) -> list[Any]:
    return core.cells(to_core(obj), now)


def _selectable() -> dict[str, Callable[[Object], str]]:
    """core's fields (read from the stored form) under the names of this group."""
    renamed = {"reportingComponent": "reportingController", "source": ""}
    out = {}
    for name, getter in core.SELECTABLE.items():
        new = renamed.get(name, name.replace("involvedObject.", "regarding."))
        if new:
            out[new] = getter
    return out


RESOURCES = (
    Resource(
        group="events.k8s.io",
        kind="Event",
        plural="events",
        short_names=("ev",),
        strategy=EventStrategy(),
        columns=EVENTS,
        cells=_cells,
        selectable=_selectable(),
        storage_group="",
        storage_version="v1",
        to_storage=to_core,
        from_storage=from_core,
    ),
)
