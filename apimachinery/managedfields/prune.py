"""Removal of what an applier once applied, names no longer, and nobody else owns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import collect
from .entries import Owned
from .fieldset import LEAF, MEMBER, Fields, difference, intersection, is_member, union
from .shape import Kind, Shape
from .write import IDENTITY_FIELDS

Object = dict[str, Any]

Seen = Callable[[Object, str], tuple[Object, Shape] | None]
"""(object, apiVersion) -> the object in that version and its shape; None when the version is gone."""


def pruned(merged: Object, last: Owned, owned: dict[str, Fields], seen: Seen, api_version: str) -> Object:
    """`merged` (of `api_version`) without the items of `last` (what this applier owned before), except those
    that `owned` (what all managers own now, by apiVersion) still holds, or that contain such."""
    then = seen(merged, last.api_version)
    if not last.fields or then is None:
        return merged
    before, shape = then
    gone = with_structs(shape, last.fields)
    left = _without(shape, before, gone)
    for version in sorted(owned, key=lambda version: version != last.api_version):
        left = _with_owned(before, left, owned[version], version, seen)
    after = seen(left, last.api_version)
    if after is None:
        return merged
    dangling = difference(_structs_of(shape, before), _structs_of(shape, after[0]))
    rest = _without(shape, before, intersection(dangling, gone))
    found = seen(rest, api_version)
    return merged if found is None else found[0]


def _with_owned(before: Object, left: Object, owned: Fields, version: str, seen: Seen) -> Object:
    """`left`, and of what `before` had more what is `owned`, as `version` shows it."""
    whole, part = seen(before, version), seen(left, version)
    if whole is None or part is None:
        return left
    obj, shape = whole
    keep = union(_structs_of(shape, part[0]), with_structs(shape, owned))
    return _without(shape, obj, difference(_structs_of(shape, obj), keep))


def _without(shape: Shape, whole: Object, gone: Fields) -> Object:
    """`without_items`, but still an object that can be converted: one of its type and with its identity,
    which nobody owns."""
    out = without_items(shape, whole, gone)
    out |= {name: whole[name] for name in ("apiVersion", "kind") if name in whole}
    meta = whole.get("metadata")
    if isinstance(meta, dict):
        kept = {name: value for name, value in meta.items() if f"f:{name}" in IDENTITY_FIELDS}
        out["metadata"] = {**(out.get("metadata") or {}), **kept}
    return out


def _structs_of(shape: Shape, value: Object) -> Fields:
    return with_structs(shape, collect.named(shape, value))


def with_structs(shape: Shape, fields: Fields) -> Fields:
    """The set with every known struct field on the way to a member made a member too."""
    out: Fields = {}
    for key, node in fields.items():
        if key == MEMBER or not node:
            out[key] = LEAF
            continue
        child: Shape | None = None
        is_struct = False
        if key.startswith("f:"):
            is_struct = key[2:] in shape.fields
            child = shape.child(key[2:])[1]
        elif key.startswith("k:"):
            child = shape.element
        below = with_structs(child, node) if child is not None else node
        out[key] = {MEMBER: LEAF, **below} if is_struct and below else below
    return out


def without_items(shape: Shape, value: Object, gone: Fields) -> Object:
    """A copy without the members of `gone`; the parts that stay are shared."""
    return _map(shape, value, gone)


def _value(shape: Shape, value: Any, gone: Fields) -> Any:
    """Something below `value` goes: a map or list may be empty then. A leaf of that form cannot lose parts,
    and upstream empties it."""
    if isinstance(value, dict):
        return _map(shape, value, gone) if shape.kind in (Kind.MAP, Kind.DEDUCED) else {}
    if isinstance(value, list):
        return _list(shape, value, gone) if shape.kind in (Kind.KEYED, Kind.SET) else []
    return value


def _map(shape: Shape, value: Object, gone: Fields) -> Object:
    out: Object = {}
    for name, item in value.items():
        key, child = shape.child(name)
        node = gone.get(key)
        if node is None:
            out[name] = item
        elif not is_member(node):
            out[name] = _value(child, item, node)
    return out


def _list(shape: Shape, items: list[Any], gone: Fields) -> list[Any]:
    out: list[Any] = []
    for item in items:
        node = gone.get(shape.item_element(item))
        if node is None:
            out.append(item)
        elif not is_member(node):
            out.append(_value(shape.element or shape, item, node))
    return out
