"""Removal of what an applier once applied, names no longer, and nobody else owns."""

from __future__ import annotations

from typing import Any

from . import collect
from .fieldset import LEAF, MEMBER, Fields, difference, intersection, is_member, union
from .shape import Kind, Shape

Object = dict[str, Any]


def pruned(shape: Shape, merged: Object, last: Fields, owned: Fields) -> Object:
    """`merged` without the items of `last` (what this applier owned before), except those that `owned`
    (what all managers own now) still holds, or that contain such."""
    if not last:
        return merged
    all_fields = with_structs(shape, collect.named(shape, merged))
    last = with_structs(shape, last)
    left = without_items(shape, merged, last)
    keep = union(_structs_of(shape, left), with_structs(shape, owned))
    added_back = without_items(shape, merged, difference(all_fields, keep))
    dangling = difference(all_fields, _structs_of(shape, added_back))
    return without_items(shape, merged, intersection(dangling, last))


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
