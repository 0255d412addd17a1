"""The order of merged lists, and what counts as the same item. Source: apimachinery
`pkg/util/strategicpatch`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..serializer import go_format
from .errors import plain, unprocessable

Items = list[Any]
PATCH = "$patch"


def go_type(value: Any) -> str:
    """A JSON value's Go type in messages."""
    if value is None:
        return "nil"
    names = {bool: "bool", str: "string", int: "int64", float: "float64", dict: "map[string]interface {}"}
    return names.get(type(value), "[]interface {}")


def check_type(expected: Any, value: Any) -> None:
    if go_type(expected) != go_type(value):
        raise plain(f"expected a {go_type(expected)}, but received a {go_type(value)}")


def element_type(*lists: Items) -> str:
    """The one type that all items have."""
    found = ""
    for item in (item for items in lists for item in items):
        kind = go_type(item)
        if not found and isinstance(item, list):
            raise unprocessable()
        if found and kind != found:
            raise plain(f"list element types are not identical: {go_format.show(list(lists))}")
        found = kind
    if not found:
        raise plain("no elements in any of the given slices")
    return found


def key_of(item: Any, merge_key: str) -> Any:
    """An item's merge key, or a scalar itself."""
    if not merge_key:
        return item
    check_type({}, item)
    if merge_key not in item:
        raise plain(f"map: {go_format.show(item)} does not contain declared merge key: {merge_key}")
    return item[merge_key]


def same(left: Any, right: Any) -> bool:
    """Go's equality of scalars: true is not 1."""
    return type(left) is type(right) and bool(left == right)


def find(items: Sequence[Any], merge_key: str, value: Any) -> int:
    """Where the item with that merge key stands, or -1."""
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            raise plain(f"value for key {i} is not a map")
        if merge_key in item and same(item[merge_key], value):
            return i
    return -1


def check_order(patch: Items, order: Items, merge_key: str) -> None:
    """The patch's items must come in the order its $setElementOrder says."""
    if not patch or not order:
        return
    wanted = [item for item in patch if not (isinstance(item, dict) and PATCH in item)]
    at = 0
    for expected in order:
        if at < len(wanted) and same(key_of(wanted[at], merge_key), key_of(expected, merge_key)):
            at += 1
    if at < len(wanted):
        raise plain(
            f"The order in patch list:\n{go_format.show(patch)}\n doesn't match $setElementOrder list:\n"
            f"{go_format.show(order)}\n"
        )


def arrange(merged: Items, order: Items, server_order: Items, merge_key: str) -> Items:
    """Items that `order` names come in that order; the others keep the server's, and stand where they stood
    relative to those."""
    wanted = [key_of(item, merge_key) for item in order]
    stood = [item.get(merge_key) if merge_key else item for item in server_order]
    named: Items = []
    others: Items = []
    for item in merged:
        target = named if _index(wanted, key_of(item, merge_key)) >= 0 else others
        target.append(item)
    named.sort(key=lambda item: _index(wanted, key_of(item, merge_key)))
    others.sort(key=lambda item: _index(stood, key_of(item, merge_key)))
    out: Items = []
    left, right = 0, 0
    while left < len(others) and right < len(named):
        mine = _index(stood, key_of(others[left], merge_key))
        theirs = _index(stood, key_of(named[right], merge_key))
        if 0 <= mine < theirs:
            out.append(others[left])
            left += 1
        else:
            out.append(named[right])
            right += 1
    return out + others[left:] + named[right:]


def _index(values: Items, value: Any) -> int:
    return next((i for i, candidate in enumerate(values) if same(candidate, value)), -1)


def distinct(items: Items) -> Items:
    """Without repetitions: each repeated item gives its place to the last one, as upstream does it."""
    out = list(items)
    i = 0
    while i < len(out):
        j = i + 1
        while j < len(out):
            if same(out[i], out[j]):
                out[j] = out[-1]
                out.pop()
            else:
                j += 1
        i += 1
    return out
