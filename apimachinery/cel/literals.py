"""What can be said about constants before an expression runs: formats, patterns, mixed lists.

Source: cel-go cel/validator.go; k8s.io/apiserver/pkg/cel/environment/base.go says which checks run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .. import regex
from ..regex import PatternError
from .ast import Call, Comprehension, Expr, ListLiteral, Literal, MapLiteral, Select, StructLiteral
from .errors import EvaluationError
from .library import formatting
from .library.convert import duration_of_string, timestamp_of_string
from .types import CelType, unwrap_optional
from .values import NANO, Timestamp

Issue = tuple[int, str]


def children(node: Expr) -> list[Expr]:
    """The nodes right below one, in the order of the text."""
    if isinstance(node, Select):
        return [node.operand]
    if isinstance(node, Call):
        return ([node.target] if node.target is not None else []) + node.args
    if isinstance(node, ListLiteral):
        return list(node.elements)
    if isinstance(node, MapLiteral):
        return [part for entry in node.entries for part in (entry.key, entry.value)]
    if isinstance(node, StructLiteral):
        return [field.value for field in node.fields]
    if isinstance(node, Comprehension):
        return [node.items, node.initial, node.condition, node.step, node.result]
    return []


def walk(node: Expr, *, formatted: bool = False) -> Iterator[tuple[Expr, bool]]:
    """All nodes, with whether they are (inside) arguments of format()."""
    yield node, formatted
    inside = formatted or (isinstance(node, Call) and node.function == "format")
    for child in children(node):
        yield from walk(child, formatted=inside)


def check_literals(root: Expr) -> list[Issue]:
    issues: list[Issue] = []
    for node, formatted in walk(root):
        if isinstance(node, Call):
            issues += _check_call(node)
        elif isinstance(node, ListLiteral) and not formatted:
            issues += _check_list(node)
        elif isinstance(node, MapLiteral) and not formatted:
            issues += _check_map(node)
    return issues


def _check_call(node: Call) -> list[Issue]:
    check = _ARGUMENTS.get(node.function)
    if check is not None and node.args and isinstance(node.args[0], Literal):
        # Of matches(text, pattern) the text is looked at as well, as upstream does.
        try:
            check(node.args[0].value)
        except (EvaluationError, PatternError):
            return [(node.args[0].at, f"invalid {node.function} argument")]
    if node.function == "format" and node.target is not None:
        wrong = formatting.check_call(node)
        return [wrong] if wrong else []
    return []


def _duration(value: Any) -> None:
    if isinstance(value, str):
        duration_of_string(value)


def _timestamp(value: Any) -> None:
    if isinstance(value, str):
        timestamp_of_string(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        Timestamp(value * NANO)


_ARGUMENTS: dict[str, Callable[[Any], object]] = {
    "duration": _duration,
    "timestamp": _timestamp,
    "matches": regex.compiled,
}


def _same(first: CelType, second: CelType) -> bool:
    return first.kind == second.kind and (
        first.kind == "type"
        or (
            first.name == second.name
            and len(first.params) == len(second.params)
            and all(map(_same, first.params, second.params))
        )
    )


def _mismatch(node: Expr, wanted: CelType, found: CelType) -> Issue:
    return node.at, f"expected type '{wanted.describe()}' but found '{found.describe()}'"


def _inner(node: Expr, optional: bool) -> CelType:
    return unwrap_optional(node.type)[0] if optional else node.type


def _check_list(node: ListLiteral) -> list[Issue]:
    first: CelType | None = None
    for i, element in enumerate(node.elements):
        found = _inner(element, i in node.optional)
        if first is None:
            first = found
        elif not _same(first, found):
            return [_mismatch(element, first, found)]
    return []


def _check_map(node: MapLiteral) -> list[Issue]:
    issues: list[Issue] = []
    if not node.entries:
        return issues
    head = node.entries[0]
    keys, values = head.key.type, _inner(head.value, head.optional)
    for entry in node.entries[1:]:
        if not _same(keys, entry.key.type):
            issues.append(_mismatch(entry.key, keys, entry.key.type))
        value = _inner(entry.value, entry.optional)
        if not _same(values, value):
            issues.append(_mismatch(entry.value, values, value))
    return issues
