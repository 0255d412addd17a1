"""An object with a configuration laid over it: the configuration wins, what it does not name stays."""

from __future__ import annotations

from typing import Any

from .shape import Kind, Shape

Object = dict[str, Any]


def objects(shape: Shape, live: Object, config: Object) -> Object:
    """A new object that may share parts with both."""
    return _maps(shape, live, config)


def _maps(shape: Shape, live: Object, config: Object) -> Object:
    out = dict(live)
    for name, value in config.items():
        if name in live:
            out[name] = _values(shape.child(name)[1], live[name], value)
        else:
            out[name] = value
    return out


def _values(shape: Shape, live: Any, config: Any) -> Any:
    kind = shape.kind
    if kind is Kind.LEAF or live is None or (not live and not config):
        return config
    if kind in (Kind.MAP, Kind.DEDUCED):
        if isinstance(live, dict) and (config is None or isinstance(config, dict)):
            return _maps(shape, live, config or {})
        return config
    if isinstance(live, list) and (config is None or isinstance(config, list)):
        return _lists(shape, live, config or [])
    return config


def _lists(shape: Shape, live: list[Any], config: list[Any]) -> list[Any]:
    """Items of both lists are merged by their key. Items named by the configuration come in its order; the
    others keep their place relative to what stood before them."""
    mine = _index(shape, live)
    theirs = _index(shape, config)
    left = [shape.item_element(item) for item in live]
    right = list(theirs)
    shared = [key for key in right if key in mine]
    out: list[Any] = []
    done: set[str] = set()
    l_at = r_at = s_at = 0

    def take(key: str) -> None:
        done.add(key)
        out.append(_item(shape, mine.get(key), theirs[key]))

    while l_at < len(left) or r_at < len(right):
        following = shared[s_at] if s_at < len(shared) else None
        if l_at < len(left) and r_at < len(right):
            key = left[l_at]
            if key == right[r_at]:
                take(key)
                l_at, r_at, s_at = l_at + 1, r_at + 1, s_at + 1
                continue
            if key in theirs and following is not None and following != key:
                # It stands elsewhere in the configuration's order: it is taken when its turn comes.
                l_at += 1
                continue
        if l_at < len(left):
            key = left[l_at]
            if key not in theirs:
                out.append(live[l_at])
                l_at += 1
                continue
            if key in done:
                l_at += 1
        if r_at < len(right):
            key = right[r_at]
            take(key)
            r_at += 1
            if following == key:
                s_at += 1
    return out


def _item(shape: Shape, live: Any, config: Any) -> Any:
    if live is None or shape.element is None:
        return config
    return _values(shape.element, live, config)


def _index(shape: Shape, items: list[Any]) -> dict[str, Any]:
    """Items by their key. One that is there twice merges with nothing."""
    out: dict[str, Any] = {}
    for item in items:
        key = shape.item_element(item)
        out[key] = None if key in out else item
    return out
