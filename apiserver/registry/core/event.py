"""Event: something that happened to an object; forgotten after an hour.

events.k8s.io serves the same objects in its own form.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..printing import UNKNOWN, since
from ..resource import Resource
from ..strategy import Context, Object, Strategy
from ..validation.common import Errors, invalids
from .columns import EVENTS

TTL = 3600.0


class EventStrategy(Strategy):
    """A write to a name that is not there creates it."""

    allow_create_on_update = True
    metadata_checks: tuple[str, ...] = ()
    known_finalizers = False
    name_validator = staticmethod(names.path_segment_name)
    ttl = TTL

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        return validate_event(obj, "reportingComponent")


def validate_event(obj: Object, controller_field: str) -> Errors:
    """Old events need a namespace that fits; new ones (with eventTime) say who did what, within limits.
    `controller_field` is what the version in use calls the reporting controller."""
    own = obj["metadata"].get("namespace", "")
    about = (obj.get("involvedObject") or {}).get("namespace", "")
    wrong = field.invalid("involvedObject.namespace", about, "does not match event.namespace")
    errors: Errors = []
    if not obj.get("eventTime"):
        if about != own and (about or own != "default"):
            errors.append(wrong)
    else:
        if not about and own not in ("default", "kube-system"):
            errors.append(wrong)
        errors += _new_style(obj, controller_field)
    return errors + invalids("namespace", own, names.dns1123_subdomain(own))


def _new_style(obj: Object, controller_field: str) -> Errors:
    errors: Errors = []
    controller = obj.get("reportingComponent", "")
    if not controller:
        errors.append(field.required(controller_field))
    errors += invalids(controller_field, controller, names.qualified_name(controller))
    for name, limit in (("reportingInstance", 128), ("action", 128), ("reason", 128), ("message", 1024)):
        value = obj.get(name, "")
        if not value and name != "message":
            errors.append(field.required(name))
        if len(value.encode()) > limit:
            errors.append(field.invalid(name, "", f"can have at most {limit} characters"))
    return errors


def source(obj: Object) -> str:
    origin = obj.get("source") or {}
    component = origin.get("component") or obj.get("reportingComponent") or ""
    host = origin.get("host") or obj.get("reportingInstance") or ""
    return f"{component}, {host}" if host else component


def seen(obj: Object, now: datetime) -> tuple[str, str, int]:
    """First seen, last seen, count; a series and the new style's eventTime take part."""
    first = since(obj.get("firstTimestamp") or obj.get("eventTime"), now)
    last = since(obj.get("lastTimestamp"), now) if obj.get("lastTimestamp") else first
    series = obj.get("series")
    if series:
        observed = series.get("lastObservedTime")
        return first, since(observed, now) if observed else UNKNOWN, series.get("count", 0)
    return first, last, obj.get("count") or 1


def cells(obj: Object, now: datetime) -> list[Any]:
    about = obj.get("involvedObject") or {}
    kind, name = about.get("kind", "").lower(), about.get("name", "")
    first, last, count = seen(obj, now)
    return [
        last,
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{kind}/{name}" if name else kind,
        about.get("fieldPath", ""),
        source(obj),
        obj.get("message", "").strip(),
        first,
        count,
        obj["metadata"]["name"],
    ]


def _about(name: str) -> Callable[[Object], str]:
    return lambda obj: str((obj.get("involvedObject") or {}).get(name, ""))


def _component(obj: Object) -> str:
    return str((obj.get("source") or {}).get("component") or obj.get("reportingComponent", ""))


SELECTABLE: dict[str, Callable[[Object], str]] = {
    **{
        f"involvedObject.{name}": _about(name)
        for name in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
    },
    "reason": lambda obj: str(obj.get("reason", "")),
    "reportingComponent": lambda obj: str(obj.get("reportingComponent", "")),
    "source": _component,
    "type": lambda obj: str(obj.get("type", "")),
}

RESOURCES = (
    Resource(
        kind="Event",
        plural="events",
        short_names=("ev",),
        strategy=EventStrategy(),
        columns=EVENTS,
        cells=cells,
        selectable=SELECTABLE,
    ),
)
