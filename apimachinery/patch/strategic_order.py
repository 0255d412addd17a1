"""The order of merged lists, and what counts as the same item. Source: apimachinery
`pkg/util/strategicpatch`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from heapq import heappop, heappush
from typing import Any

import orjson

from ..serializer import go_format
from .errors import plain, unprocessable

Items = list[Any]
PATCH = "$patch"


def go_type(value: Any) -> str:
    """A JSON value's Go type in messages."""
    if value is None:
        return "%!s(<nil>)"
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


def identity(value: Any) -> Hashable:
    """What is equal for two values that are the `same`: lists are as long as a body may carry, so items are
    looked up and not compared one with another."""
    if isinstance(value, dict | list):
        return type(value), orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return type(value), value


def places(items: Iterable[Any], merge_key: str) -> dict[Hashable, int]:
    """Where the first item with each merge key (or scalar) stands; an item without one is left out."""
    found: dict[Hashable, int] = {}
    for i, item in enumerate(items):
        if not merge_key:
            found.setdefault(identity(item), i)
        elif merge_key in item:
            found.setdefault(identity(item[merge_key]), i)
    return found


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
    for item in order:
        key_of(item, merge_key)
    wanted, stood = places(order, merge_key), places(server_order, merge_key)
    placed = [(identity(key_of(item, merge_key)), item) for item in merged]
    named = sorted((one for one in placed if one[0] in wanted), key=lambda one: wanted[one[0]])
    others = sorted((one for one in placed if one[0] not in wanted), key=lambda one: stood.get(one[0], -1))
    out: Items = []
    left, right = 0, 0
    while left < len(others) and right < len(named):
        mine, theirs = stood.get(others[left][0], -1), stood.get(named[right][0], -1)
        if 0 <= mine < theirs:
            out.append(others[left][1])
            left += 1
        else:
            out.append(named[right][1])
            right += 1
    return out + [item for _, item in others[left:] + named[right:]]


def distinct(items: Items) -> Items:
    """Without repetitions: each repeated item gives its place to the last one, as upstream does it."""
    out = [(identity(item), item) for item in items]
    at: dict[Hashable, list[int]] = {}
    """Heaps: where an item stands or has stood."""
    for i, (key, _) in enumerate(out):
        at.setdefault(key, []).append(i)
    i = 0
    while i < len(out):
        key = out[i][0]
        heap = at[key]
        while heap:
            j = heappop(heap)
            if j <= i or j >= len(out) or out[j][0] != key:
                continue
            last = out.pop()
            if j < len(out):
                out[j] = last
                heappush(at[last[0]], j)
        i += 1
    return [item for _, item in out]
