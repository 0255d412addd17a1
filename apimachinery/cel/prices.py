"""What calls cost when they run: by function, overload, arguments and result.

A price is None for 1, which most calls cost, or a function of (arguments, result).

Source: cel-go interpreter/runtimecost.go, ext/{lists,sets}.go; k8s.io/apiserver/pkg/cel/library/cost.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .library.named_formats import Format
from .values import Opaque, size

Price = Callable[[Sequence[Any], Any], int]

TRAVERSAL = 0.1
"""Looking at one letter or byte."""
REGEX_LENGTH = 0.25
"""One letter of a pattern: patterns have about one state in four letters."""
LIST, MAP, STRUCT = 10, 30, 40
"""Making one."""
CHECK = 350_000
"""Asking the authorizer; two fit into one evaluation."""


def traversed(length: int, factor: float = 1) -> int:
    """The cost of looking at a text, rounded up."""
    return -int(-length * factor * TRAVERSAL // 1)


def _by_first(factor: float = 1) -> Price:
    return lambda args, result: traversed(size(args[0]), factor)


def _result(factor: float) -> Price:
    return lambda args, result: traversed(size(result), factor)


def _least(args: Sequence[Any], result: Any) -> int:
    left = args[0]
    if isinstance(left, Opaque):
        return 1
    return traversed(min(size(left), size(args[1])))


def _both(args: Sequence[Any], result: Any) -> int:
    return traversed(size(args[0]) + size(args[1]))


def _pattern(args: Sequence[Any], result: Any) -> int:
    return traversed(size(args[0]) + 1) * -int(-size(args[1]) * REGEX_LENGTH // 1)


def _contains(args: Sequence[Any], result: Any) -> int:
    return traversed(size(args[0])) * traversed(size(args[1]))


def _walk(args: Sequence[Any], result: Any) -> int:
    return tree(args[0])


def tree(value: Any) -> int:
    """The cost of looking at everything in a value."""
    if isinstance(value, str | bytes):
        return int(len(value if isinstance(value, bytes) else value.encode()) * TRAVERSAL)
    if isinstance(value, list):
        return sum(map(tree, value))
    if isinstance(value, dict):
        return sum(tree(key) + tree(inner) for key, inner in value.items())
    return 1


def _selector(args: Sequence[Any], result: Any) -> int:
    length = size(args[1])
    return LIST + traversed(length) + -int(-length * 0.5 // 1) * (LIST + STRUCT)


def _contains_ip(args: Sequence[Any], result: Any) -> int:
    cost = traversed(2 * size(args[0]))
    return cost + (traversed(size(args[1])) if isinstance(args[1], str) else 0)


def _contains_cidr(args: Sequence[Any], result: Any) -> int:
    return _contains_ip(args, result) + traversed(size(args[0])) + 1


def _validate(args: Sequence[Any], result: Any) -> int:
    form = args[0]
    weight = form.weight if isinstance(form, Format) else 1
    return traversed(size(args[1]) + 1) * -int(-weight * REGEX_LENGTH // 1)


def _sets(factor: int) -> Price:
    return lambda args, result: size(args[0]) * size(args[1]) * factor + 1


def _made(args: Sequence[Any], result: Any) -> int:
    return size(result) + 1 + LIST


def _flatten(args: Sequence[Any], result: Any) -> int:
    depth = args[1] if len(args) == 2 else 1
    return size(args[0]) * max(depth, 0) + 1 + LIST


def _among_themselves(at: int) -> Price:
    """Every element is compared with every other one."""

    def price(args: Sequence[Any], result: Any) -> int:
        items = args[at]
        factor = 2 + (TRAVERSAL if items and isinstance(items[0], str | bytes) else 0)
        return int(len(items) ** 2 * factor) + 1 + LIST

    return price


_FIRST = _by_first()
_BY_FUNCTION: dict[str, Price] = (
    {"check": lambda args, result: CHECK, "validate": _validate, "join": _result(2)}
    | dict.fromkeys(("fieldSelector", "labelSelector"), _selector)
    | dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"), _walk)
    | dict.fromkeys(
        (
            "url",
            "lowerAscii",
            "upperAscii",
            "substring",
            "trim",
            "jsonpatch.escapeKey",
            "cidr",
            "isIP",
            "isCIDR",
        ),
        _FIRST,
    )
    | dict.fromkeys(("quantity", "isQuantity", "semver", "isSemver"), _FIRST)
    | dict.fromkeys(("replace", "split", "ip.isCanonical"), _by_first(2))
    | dict.fromkeys(("find", "findAll"), _pattern)
    | {"containsIP": _contains_ip, "containsCIDR": _contains_cidr}
)
_STRINGS = ("less", "less_equals", "greater", "greater_equals")
_BY_OVERLOAD: dict[str, Price] = (
    dict.fromkeys(
        (
            "starts_with_string",
            "ends_with_string",
            "string_to_bytes",
            "bytes_to_string",
            "strings_quote",
            "string_format",
            "string_to_ip",
        ),
        _FIRST,
    )
    | dict.fromkeys((f"{word}_{kind}" for word in _STRINGS for kind in ("string", "bytes")), _least)
    | dict.fromkeys(("equals", "not_equals"), _least)
    | dict.fromkeys(("add_string", "add_bytes"), _both)
    | {
        "in_list": lambda args, result: size(args[1]),
        "contains_string": _contains,
        "matches_string": _pattern,
    }
    | {"list_sets_contains_list": _sets(1), "list_sets_intersects_list": _sets(1)}
    | {"list_sets_equivalent_list": _sets(2), "list_distinct": _among_themselves(0)}
    | dict.fromkeys(("list_slice", "lists_range", "list_reverse"), _made)
    | dict.fromkeys(("list_flatten", "list_flatten_int"), _flatten)
)


def price_of(function: str, overload: str) -> Price | None:
    """None: the call costs 1."""
    if overload in _BY_OVERLOAD:
        return _BY_OVERLOAD[overload]
    if overload.endswith("_sort"):
        return _among_themselves(0)
    if overload.endswith("_sortByAssociatedKeys"):
        return _among_themselves(1)
    return _BY_FUNCTION.get(function)
