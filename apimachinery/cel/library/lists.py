"""Lists and sets: `sum`, `max`, `sort`, `flatten`, `sets.contains` …, and sizes of everything.

Source: cel-go common/stdlib (size), ext/lists.go (version 3), ext/sets.go;
k8s.io/apiserver/pkg/cel/library/lists.go.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from ..errors import EvaluationError
from ..functions import Function, Overload, member, over, unguarded
from ..types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    UINT,
    CelType,
    list_of,
    map_of,
    optional_of,
    param,
)
from ..values import (
    NONE,
    Duration,
    Optional,
    Uint,
    check_int,
    check_uint,
    compare,
    contains,
    equal,
    type_name,
)

_COMPARABLE = (INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES)
_COMPARABLE_NAMES = frozenset(map(str, _COMPARABLE))
_A, _B, _T = param("A"), param("B"), param("T")
_LIST = list_of(_T)
MAX_RANGE = 1_000_000
"""Longer ranges cost more than one evaluation may."""


def _order(left: Any, right: Any) -> int | None:
    """None where there is no order between them: upstream goes on as if nothing was."""
    try:
        return compare(left, right)
    except EvaluationError:
        return None


def _is_sorted(items: list[Any]) -> bool:
    return all(_order(a, b) != 1 for a, b in pairwise(items))


def _sum_ints(items: list[Any]) -> int:
    total = 0
    for item in items:
        total = check_int(total + item)
    return total


def _sum_uints(items: list[Any]) -> Uint:
    return check_uint(sum(map(int, items)))


def _sum_durations(items: list[Any]) -> Duration:
    return Duration(sum(item.nanos for item in items))


_SUMS: tuple[tuple[CelType, Callable[[list[Any]], Any]], ...] = (
    (INT, _sum_ints),
    (UINT, _sum_uints),
    (DOUBLE, lambda items: float(sum(items))),
    (DURATION, _sum_durations),
)


def _extreme(name: str, better: int) -> Callable[[list[Any]], Any]:
    def pick(items: list[Any]) -> Any:
        if not items:
            raise EvaluationError(f"{name} called on empty list")
        best = items[0]
        for item in items[1:]:
            if _order(best, item) == better:
                best = item
        return best

    return pick


def _position(items: list[Any], wanted: Any) -> int:
    return next((i for i, item in enumerate(items) if equal(item, wanted)), -1)


def _last_position(items: list[Any], wanted: Any) -> int:
    return next((i for i in range(len(items) - 1, -1, -1) if equal(items[i], wanted)), -1)


def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    asked = f"cannot slice({start}, {end})"
    if start < 0 or end < 0:
        raise EvaluationError(f"{asked}, negative indexes not supported")
    if start > end:
        raise EvaluationError(f"{asked}, start index must be less than or equal to end index")
    if len(items) < end:
        raise EvaluationError(f"{asked}, list is length {len(items)}")
    return items[start:end]


def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise EvaluationError("level must be non-negative")
    flat: list[Any] = []
    for item in items:
        if isinstance(item, list) and depth > 0:
            flat.extend(_flatten(item, depth - 1))
        else:
            flat.append(item)
    return flat


def _sort_by(items: list[Any], keys: list[Any]) -> list[Any]:
    if not items:
        return items
    if type_name(keys[0]) not in _COMPARABLE_NAMES:
        raise EvaluationError("list elements must be comparable")
    if len({type_name(key) for key in keys}) > 1:
        raise EvaluationError("list elements must have the same type")

    def order(a: tuple[Any, Any], b: tuple[Any, Any]) -> int:
        return _order(a[0], b[0]) or 0

    pairs = sorted(zip(keys, items, strict=True), key=cmp_to_key(order))
    return [item for _, item in pairs]


def _sort(items: list[Any]) -> list[Any]:
    return _sort_by(items, items)


def _range(count: int) -> list[int]:
    if count > MAX_RANGE:
        raise EvaluationError("operation cancelled: actual cost limit exceeded")
    return list(range(count))


def _distinct(items: list[Any]) -> list[Any]:
    unique: list[Any] = []
    for item in items:
        if not contains(unique, item):
            unique.append(item)
    return unique


def _sets_contain(items: list[Any], others: list[Any]) -> bool:
    return all(contains(items, other) for other in others)


def _sets_equivalent(items: list[Any], others: list[Any]) -> bool:
    return _sets_contain(items, others) and _sets_contain(others, items)


def _sets_intersect(items: list[Any], others: list[Any]) -> bool:
    return any(contains(others, item) for item in items)


def _first(items: list[Any]) -> Optional:
    return Optional(items[0]) if items else NONE


def _last(items: list[Any]) -> Optional:
    return Optional(items[-1]) if items else NONE


def _named(declared: CelType) -> str:
    return declared.kind


def _each(name: str, result: CelType | None, implement: Callable[..., Any]) -> tuple[Overload, ...]:
    """An overload for lists of every comparable kind; result None: an element."""
    return tuple(
        member(name.replace("{}", _named(kind)), (list_of(kind),), result or kind, implement)
        for kind in _COMPARABLE
    )


def _sizes() -> tuple[Overload, ...]:
    kinds = (("string", STRING), ("bytes", BYTES), ("list", list_of(_A)), ("map", map_of(_A, _B)))
    plain = tuple(over(f"size_{name}", (kind,), INT, len) for name, kind in kinds)
    return (*plain, *(member(f"{name}_size", (kind,), INT, len) for name, kind in kinds))


FUNCTIONS = (
    Function("size", _sizes()),
    Function("isSorted", _each("list_{}_is_sorted_bool", BOOL, _is_sorted)),
    Function(
        "sum",
        tuple(member(f"list_{_named(k)}_sum_{_named(k)}", (list_of(k),), k, total) for k, total in _SUMS),
    ),
    Function("max", _each("list_{}_max_{}", None, _extreme("max", -1))),
    Function("min", _each("list_{}_min_{}", None, _extreme("min", 1))),
    Function("indexOf", (member("list_a_index_of_int", (list_of(_A), _A), INT, _position),)),
    Function("lastIndexOf", (member("list_a_last_index_of_int", (list_of(_A), _A), INT, _last_position),)),
    Function("slice", (member("list_slice", (_LIST, INT, INT), _LIST, _slice),)),
    Function(
        "flatten",
        (
            member("list_flatten", (list_of(_LIST),), _LIST, _flatten),
            member("list_flatten_int", (list_of(DYN), INT), list_of(DYN), _flatten),
        ),
    ),
    Function(
        "sort",
        tuple(
            unguarded(member(f"list_{_named(k)}_sort", (list_of(k),), list_of(k), _sort)) for k in _COMPARABLE
        ),
    ),
    Function(
        "@sortByAssociatedKeys",
        tuple(
            unguarded(member(f"list_{_named(k)}_sortByAssociatedKeys", (_LIST, list_of(k)), _LIST, _sort_by))
            for k in _COMPARABLE
        ),
    ),
    Function("lists.range", (over("lists_range", (INT,), list_of(INT), _range),)),
    Function("reverse", (member("list_reverse", (_LIST,), _LIST, lambda items: items[::-1]),)),
    Function("distinct", (member("list_distinct", (_LIST,), _LIST, _distinct),)),
    Function("first", (member("list_first", (_LIST,), optional_of(_T), _first),)),
    Function("last", (member("list_last", (_LIST,), optional_of(_T), _last),)),
    Function("sets.contains", (over("list_sets_contains_list", (_LIST, _LIST), BOOL, _sets_contain),)),
    Function("sets.equivalent", (over("list_sets_equivalent_list", (_LIST, _LIST), BOOL, _sets_equivalent),)),
    Function("sets.intersects", (over("list_sets_intersects_list", (_LIST, _LIST), BOOL, _sets_intersect),)),
)
