"""The fields a configuration names: what an applier comes to own."""

from __future__ import annotations

from typing import Any

from . import memo
from .fieldset import LEAF, MEMBER, Fields
from .shape import Kind, Shape

_memo: memo.Memo[Fields] = memo.Memo()


def named(shape: Shape, value: dict[str, Any]) -> Fields:
    """Structs are owned through their fields, members of maps and lists also as such."""
    out: Fields = {}
    rest: dict[str, Any] = {}
    for name, part in value.items():
        known_by = memo.key(shape, name, shape.child(name)[1], part)
        if known_by is None:
            rest[name] = part
            continue
        known = _memo.get(known_by)
        if known is None:
            known = _below(shape, {name: part}) or {}
            _memo.put(known_by, known)
        out.update(known)
    out.update(_below(shape, rest) or {})
    return out


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
