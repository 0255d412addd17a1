"""What a write changed, as far as both states are still at hand."""

from __future__ import annotations

from typing import Any

from ..storage.change import Change

Object = dict[str, Any]
MOST = 12
LONGEST = 120
SILENT = frozenset(("managedFields", "resourceVersion"))
"""Metadata that changes with every write."""
TICKING = frozenset(("lastTransitionTime", "lastProbeTime", "lastUpdateTime", "lastHeartbeatTime"))
NAMES = ("type", "name", "key", "containerPort", "ip", "uid")
"""What an element of a list is known by."""
_NONE: Any = object()


def kind_of(change: Change) -> str:
    if change.entry is None:
        return "deleted"
    return "created" if change.previous is None else "changed"


def changes(change: Change, *, secret: bool = False) -> list[Object]:
    """`[{path, from, to}]` of what is not merely a time or bookkeeping, sorted by path; without values when
    they are secret. Empty for a new object and for one that is gone."""
    if change.entry is None or change.previous is None:
        return []
    found: list[Object] = []
    _compare("", change.previous.obj, change.entry.obj, found)
    found.sort(key=lambda entry: str(entry["path"]))
    return [{"path": entry["path"]} for entry in found] if secret else found


def _compare(path: str, old: Any, new: Any, found: list[Object]) -> None:
    if old is new or old == new or len(found) >= MOST:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            if name in TICKING or (path == "metadata" and name in SILENT):
                continue
            _compare(f"{path}.{name}" if path else name, old.get(name, _NONE), new.get(name, _NONE), found)
    elif isinstance(old, list) or isinstance(new, list):
        before = _named(old if isinstance(old, list) else [])
        after = _named(new if isinstance(new, list) else [])
        for name in [*before, *(n for n in after if n not in before)]:
            _compare(f"{path}[{name}]", before.get(name, _NONE), after.get(name, _NONE), found)
    else:
        found.append({"path": path, **_side("from", old), **_side("to", new)})


def _named(items: list[Any]) -> dict[str, Any]:
    """A list's elements by what they are known by, else by their place."""
    for name in NAMES:
        if items and all(isinstance(item, dict) and name in item for item in items):
            found = {str(item[name]): item for item in items}
            if len(found) == len(items):
                return found
    return {str(number): item for number, item in enumerate(items)}


def _side(name: str, value: Any) -> Object:
    """Nothing for what is absent, and for an object only what names it best."""
    if value is _NONE:
        return {}
    if isinstance(value, dict) and "status" in value and "type" in value:
        value = value["status"]
    if isinstance(value, (dict, list)):
        return {name: "{…}" if isinstance(value, dict) else "[…]"}
    text = value if not isinstance(value, str) or len(value) <= LONGEST else value[:LONGEST] + "…"
    return {name: text}
