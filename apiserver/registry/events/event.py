"""Event of events.k8s.io: stored as a core/v1 Event under other field names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..core import event as core
from ..core.columns import EVENTS
from ..resource import Resource
from ..strategy import Context, Object
from ..validation.common import IMMUTABLE, invalid_struct
from ..validation.values import shown

NAMES = {
    "reportingController": "reportingComponent",
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
OLD = ("firstTimestamp", "lastTimestamp", "count", "source")
TYPES = ("Normal", "Warning")
# Upstream checks `reason` twice, and clients see it twice.
FIXED = (
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "reason",
    "type",
    "eventTime",
    "action",
    "related",
    "reportingComponent",
    "reportingInstance",
)
TIMES = ("eventTime", "firstTimestamp", "lastTimestamp")
REFERENCE = {
    "Kind": "kind",
    "Namespace": "namespace",
    "Name": "name",
    "UID": "uid",
    "APIVersion": "apiVersion",
    "ResourceVersion": "resourceVersion",
    "FieldPath": "fieldPath",
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
    """core's rules on the core form, and the stricter ones of this group."""

    metadata_checks = ("update",)
    known_finalizers = True
    name_validator = staticmethod(names.dns1123_subdomain)

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        event = to_core(obj)
        return core.validate_event(event, "reportingController") + _validate(event)

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        event, was = to_core(new), to_core(old)
        errors = core.validate_event(event, "reportingController")
        if event.get("series") != was.get("series"):
            errors += _series(event.get("series"))
        return errors + _kept(event, was)


def _validate(event: Object) -> list[FieldError]:
    errors = _series(event.get("series"))
    if not event.get("eventTime"):
        errors.append(field.required("eventTime"))
    if event.get("type") not in TYPES:
        errors.append(field.invalid("type", "", f"has invalid value: {event.get('type', '')}"))
    return errors + [field.invalid(name, "", "needs to be unset") for name in OLD if event.get(name)]


def _series(series: Object | None) -> list[FieldError]:
    if series is None:
        return []
    errors: list[FieldError] = []
    if series.get("count", 0) < 2:
        errors.append(field.invalid("series.count", "", "should be at least 2"))
    if not series.get("lastObservedTime"):
        errors.append(field.required("series.lastObservedTime"))
    return errors


def _kept(event: Object, was: Object) -> list[FieldError]:
    """Only the series and metadata of an event may change."""
    errors: list[FieldError] = []
    for name in FIXED:
        value = event.get(name)
        if (value or None) == (was.get(name) or None):
            continue
        if name in ("involvedObject", "related"):
            value = {label: (value or {}).get(key, "") for label, key in REFERENCE.items()}
        elif name == "source":
            value = {label: (value or {}).get(label.lower(), "") for label in ("Component", "Host")}
        elif value is None and name not in TIMES:
            value = ""
        path = "reportingController" if name == "reportingComponent" else name
        errors.append(invalid_struct(path, shown(value), IMMUTABLE))
    return errors


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
