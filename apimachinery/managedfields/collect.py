"""The fields a configuration names: what an applier comes to own."""

from __future__ import annotations

from typing import Any

from .fieldset import LEAF, MEMBER, Fields
from .shape import Kind, Shape


def named(shape: Shape, value: dict[str, Any]) -> Fields:
    """Structs are owned through their fields, members of maps and lists also as such."""
    return _below(shape, value) or {}


def _below(shape: Shape, value: Any) -> Fields | None:
    """The node of a value, without saying whether the value itself is a member (leaves are)."""
    kind = shape.kind
    if kind is Kind.LEAF:
        return LEAF
    if kind is Kind.DEDUCED and not isinstance(value, dict):
        return None if value is None else LEAF
    if not value:
        return None
    if isinstance(value, dict):
        return _map(shape, value)
    return _list(shape, value) if isinstance(value, list) else None


def _map(shape: Shape, value: dict[str, Any]) -> Fields | None:
    out: Fields = {}
    for name, item in value.items():
        key, child = shape.child(name)
        node = _below(child, item)
        if item is None or item == {} or name not in shape.fields:
            node = _as_member(node)
        if node is not None:
            out[key] = node
    return out or None


def _as_member(node: Fields | None) -> Fields:
    return {MEMBER: LEAF, **node} if node else LEAF


def _list(shape: Shape, items: list[Any]) -> Fields | None:
    out: Fields = {}
    element = shape.element or shape
    for item in items:
        key = shape.item_element(item)
        out[key] = LEAF if key in out else _as_member(_below(element, item))
    return out or None
