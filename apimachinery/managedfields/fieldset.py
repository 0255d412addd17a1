"""Algebra of field sets in FieldsV1 form. Arguments are never changed; results share unchanged parts.

At the root an empty dict is the empty set; below it is a member without members of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Fields = dict[str, Any]

LEAF: Fields = {}
MEMBER = "."


def is_member(node: Fields) -> bool:
    return not node or MEMBER in node


def tidy(node: Fields) -> Fields | None:
    """A node built from parts: None when nothing is left, a leaf when only the member itself is."""
    if not node:
        return None
    return LEAF if len(node) == 1 and MEMBER in node else node


def union(left: Fields, right: Fields) -> Fields:
    if not left or not right:
        return left or right
    return _union_below(left, right)


def _union_below(left: Fields, right: Fields) -> Fields:
    out = dict(left)
    for key, node in right.items():
        mine = out.get(key)
        out[key] = node if mine is None else _union_node(mine, node)
    return out


def _union_node(left: Fields, right: Fields) -> Fields:
    if left is right:
        return left
    if not left:
        return right if not right or MEMBER in right else {MEMBER: LEAF, **right}
    if not right:
        return left if MEMBER in left else {MEMBER: LEAF, **left}
    return _union_below(left, right)


def difference(left: Fields, right: Fields) -> Fields:
    """`left` without the members of `right`; what lies below a removed member stays."""
    return _minus_below(left, right) or {}


def _minus_below(left: Fields, right: Fields) -> Fields | None:
    out: Fields | None = None
    for key, node in right.items():
        mine = left.get(key)
        if mine is None:
            continue
        rest = None if key == MEMBER else _minus_node(mine, node)
        if rest is mine:
            continue
        if out is None:
            out = dict(left)
        if rest is None:
            del out[key]
        else:
            out[key] = rest
    return left if out is None else out


def _minus_node(left: Fields, right: Fields) -> Fields | None:
    if not left:
        return None if is_member(right) else left
    if not right:
        right = {MEMBER: LEAF}
    rest = _minus_below(left, right)
    return left if rest is left else tidy(rest or {})


def intersection(left: Fields, right: Fields) -> Fields:
    """The members of both."""
    out: Fields = {}
    for key, node in left.items():
        other = right.get(key)
        if other is not None and key != MEMBER:
            both = _common_node(node, other)
            if both is not None:
                out[key] = both
    return out


def _common_node(left: Fields, right: Fields) -> Fields | None:
    below = intersection(left, right)
    if is_member(left) and is_member(right):
        return {MEMBER: LEAF, **below} if below else LEAF
    return below or None


def without(fields: Fields, path: tuple[str, ...]) -> Fields:
    """`fields` without the member at `path` and everything below it."""
    node = fields.get(path[0])
    if node is None or (not node and len(path) > 1):
        return fields
    rest = tidy(without(node, path[1:])) if len(path) > 1 else None
    if rest is node:
        return fields
    out = {key: value for key, value in fields.items() if key != path[0]}
    if rest is not None:
        out[path[0]] = rest
    return out


def contains(fields: Fields, path: tuple[str, ...]) -> bool:
    """Whether the exact `path` is a member."""
    node: Fields | None = fields
    for key in path:
        node = node.get(key) if node else None
        if node is None:
            return False
    return node is not None and is_member(node)


def single(path: tuple[str, ...]) -> Fields:
    """The set whose only member is `path`."""
    node = LEAF
    for key in reversed(path):
        node = {key: node}
    return node


def members(
    fields: Fields, order: Callable[[str], Any], prefix: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Every member's path: those of one level first, sorted by `order`, then what lies below each."""
    keys = sorted((key for key in fields if key != MEMBER), key=order)
    for key in keys:
        if is_member(fields[key]):
            yield (*prefix, key)
    for key in keys:
        yield from members(fields[key], order, (*prefix, key))
