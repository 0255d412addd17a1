"""Event: something that happened to an object; forgotten after an hour.

events.k8s.io serves the same objects in its own form.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..printing import UNKNOWN, since
from ..resource import Resource
from ..strategy import Object, Strategy
from .columns import EVENTS

TTL = 3600.0


class EventStrategy(Strategy):
    """A write to a name that is not there creates it."""

    allow_create_on_update = True
    ttl = TTL


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
