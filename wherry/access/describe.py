"""A short description of an object: its identity, status and spec as indented text, then its events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..apimachinery import duration
from ..apimachinery.clock import parse_rfc3339
from ..client.client import Client
from ..client.resources import EVENTS
from . import table

Object = dict[str, Any]
HIDDEN = ("managedFields", "name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation")
INDENT = "  "
WIDTH = 15


async def events_of(client: Client, obj: Object) -> list[Object]:
    """Oldest first."""
    meta = obj["metadata"]
    fields = f"involvedObject.name={meta['name']},involvedObject.uid={meta['uid']}"
    found = await client.list(EVENTS, meta.get("namespace", ""), field_selector=fields)
    return sorted(found["items"], key=_seen)


def text(obj: Object, events: list[Object], now: datetime) -> str:
    meta = obj["metadata"]
    head = {
        "Name": meta["name"],
        "Namespace": meta.get("namespace"),
        "Kind": f"{obj['kind']} ({obj['apiVersion']})",
    }
    head["Created"] = f"{meta.get('creationTimestamp')} ({_age(meta.get('creationTimestamp'), now)} ago)"
    lines = [f"{key + ':':<{WIDTH}} {value}" for key, value in head.items() if value]
    rest = {key: value for key, value in meta.items() if key not in HIDDEN}
    body = {**rest, **{k: v for k, v in obj.items() if k not in ("apiVersion", "kind", "metadata")}}
    for key, value in body.items():
        lines += _field(key[:1].upper() + key[1:], _masked(obj, key, value), "")
    return "\n".join([*lines, _events(events, now)])


def _masked(obj: Object, key: str, value: Any) -> Any:
    """A Secret's values are not shown, only how long they are."""
    if obj["kind"] == "Secret" and key == "data":
        return {name: f"{len(data) * 3 // 4} bytes" for name, data in value.items()}
    return value


def _field(key: str, value: Any, indent: str) -> list[str]:
    if isinstance(value, dict) and value:
        inner = [line for name, part in value.items() for line in _field(name, part, indent + INDENT)]
        return [f"{indent}{key}:", *inner]
    if isinstance(value, list) and value:
        inner = [line for part in value for line in _item(part, indent + INDENT)]
        return [f"{indent}{key}:", *inner]
    if isinstance(value, (dict, list)):
        return [f"{indent}{key}: <none>"]
    lines = table_text(value).split("\n")
    return [f"{indent}{key}: {lines[0]}", *(f"{indent}{INDENT}{line}" for line in lines[1:])]


def _item(value: Any, indent: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{indent}- {table_text(value)}"]
    lines = [line for name, part in value.items() for line in _field(name, part, "")]
    return [f"{indent}{'- ' if i == 0 else INDENT}{line}" for i, line in enumerate(lines)]


def table_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<none>" if value is None else str(value)


def _events(events: list[Object], now: datetime) -> str:
    if not events:
        return "Events: <none>"
    rows = [
        [
            event.get("type", ""),
            event.get("reason", ""),
            _age(_seen(event), now),
            (event.get("source") or {}).get("component") or event.get("reportingComponent", ""),
            event.get("message", ""),
        ]
        for event in events
    ]
    lines = table.plain(["type", "reason", "age", "from", "message"], rows).split("\n")
    return "\n".join(["Events:", *(INDENT + line for line in lines)])


def _seen(event: Object) -> str:
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return next((time for time in times if time), "")


def _age(time: str | None, now: datetime) -> str:
    return duration.human((now - parse_rfc3339(time)).total_seconds()) if time else "<unknown>"
