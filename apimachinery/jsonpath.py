"""The JSONPath of Kubernetes: what printer columns and selectable fields of custom resources are written in.

A subset of kubectl's dialect without templates: fields (`.a`, `.a\\.b`, `['a']`), wildcards, indexes and
slices, unions, recursive descent and filters (`[?(@.type=="Ready")]`). A missing key gives nothing, and no
error.

Source: client-go util/jsonpath.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

Step = Callable[[list[Any]], list[Any]]

_NAME = re.compile(r"(?:\\.|[^\\.\[\]\s(){}'\"=<>!&|,])+")
_QUOTED = re.compile(r"'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"")
_SLICE = re.compile(r"(-?\d*)(?::(-?\d*))?(?::(-?\d*))?")
_COMPARISON = re.compile(r"(.*?)(==|!=|<=|>=|<|>)(.*)", re.DOTALL)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class JsonPathError(ValueError):
    """A path that cannot be read."""


class JsonPath:
    """A compiled path; `find` gives every value it leads to, in order."""

    __slots__ = ("_steps", "text")

    def __init__(self, text: str, steps: list[Step]) -> None:
        self.text = text
        self._steps = steps

    def find(self, value: Any) -> list[Any]:
        found = [value]
        for step in self._steps:
            found = step(found)
            if not found:
                return found
        return found


@lru_cache(1024)
def compiled(text: str) -> JsonPath:
    """JsonPathError when `text` (without braces, with or without a leading dot) is not a path."""
    return JsonPath(text, _steps(text))


def _steps(text: str) -> list[Step]:
    steps: list[Step] = []
    at = 0
    if text[:1] in ("$", "@"):
        at = 1
    elif text[:1] not in (".", "["):
        raise JsonPathError(f"unrecognized path {text!r}")
    while at < len(text):
        at = _step(text, at, steps)
    return steps


def _step(text: str, at: int, steps: list[Step]) -> int:
    if text[at] == "[":
        end = _closing(text, at)
        steps.append(_bracket(text[at + 1 : end]))
        return end + 1
    if text[at] != ".":
        raise JsonPathError(f"unrecognized character in path: {text[at]!r}")
    at += 1
    if text[at : at + 1] == ".":
        steps.append(_descend)
        at += 1
    if at >= len(text) or text[at] == "[":
        return at
    if text[at] == "*":
        steps.append(_wildcard)
        return at + 1
    name = _NAME.match(text, at)
    if name is None:
        raise JsonPathError(f"unrecognized character in path: {text[at]!r}")
    steps.append(_field(re.sub(r"\\(.)", r"\1", name.group())))
    return name.end()


def _closing(text: str, start: int) -> int:
    """Where the bracket at `start` ends, past nested brackets and quoted text."""
    depth, at = 0, start
    while at < len(text):
        char = text[at]
        if char in "'\"":
            quoted = _QUOTED.match(text, at)
            if quoted is None:
                raise JsonPathError("unterminated quoted string")
            at = quoted.end()
            continue
        depth += (char == "[") - (char == "]")
        if depth == 0:
            return at
        at += 1
    raise JsonPathError("unterminated array")


def _bracket(inner: str) -> Step:
    inner = inner.strip()
    if inner.startswith("?(") and inner.endswith(")"):
        return _filter(inner[2:-1].strip())
    if inner == "*":
        return _wildcard
    parts = _split(inner)
    if len(parts) > 1:
        members = [_bracket(part) for part in parts]
        return lambda values: [found for value in values for member in members for found in member([value])]
    quoted = _QUOTED.fullmatch(inner)
    if quoted:
        return _field(_unquoted(quoted))
    numbers = _SLICE.fullmatch(inner)
    if numbers is None or not inner:
        raise JsonPathError(f"invalid array index {inner}")
    return (
        _index(int(inner)) if ":" not in inner else _slice([int(n) if n else None for n in numbers.groups()])
    )


def _split(text: str) -> list[str]:
    """The members of a union: split at commas outside of quotes."""
    parts, start, at = [], 0, 0
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted:
            at = quoted.end()
            continue
        if text[at] == ",":
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return [*parts, text[start:].strip()]


def _unquoted(match: re.Match[str]) -> str:
    text = match.group(1) if match.group(1) is not None else match.group(2)
    return re.sub(r"\\(.)", r"\1", text)


def _field(name: str) -> Step:
    return lambda values: [value[name] for value in values if isinstance(value, dict) and name in value]


def _index(number: int) -> Step:
    return lambda values: [
        value[number] for value in values if isinstance(value, list) and -len(value) <= number < len(value)
    ]


def _slice(bounds: Iterable[int | None]) -> Step:
    chosen = slice(*bounds)
    return lambda values: [item for value in values if isinstance(value, list) for item in value[chosen]]


def _wildcard(values: list[Any]) -> list[Any]:
    return [item for value in values for item in _children(value)]


def _descend(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        found.append(value)
        found += _descend(_children(value))
    return found


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return value if isinstance(value, list) else []


def _filter(condition: str) -> Step:
    parts = _COMPARISON.fullmatch(condition)
    if parts is None:
        path = compiled(condition)
        return lambda values: [item for item in _items(values) if path.find(item)]
    left, compare, right = _operand(parts.group(1)), _COMPARE[parts.group(2)], _operand(parts.group(3))
    return lambda values: [item for item in _items(values) if _holds(compare, left(item), right(item))]


def _items(values: list[Any]) -> Iterable[Any]:
    return (item for value in values if isinstance(value, list) for item in value)


def _holds(compare: Callable[[Any, Any], bool], left: list[Any], right: list[Any]) -> bool:
    if len(left) != 1 or len(right) != 1 or isinstance(left[0], bool) is not isinstance(right[0], bool):
        return False
    try:
        return compare(left[0], right[0])
    except TypeError:
        return False


def _operand(text: str) -> Callable[[Any], list[Any]]:
    text = text.strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        constant: Any = _unquoted(quoted)
    elif text in ("true", "false"):
        constant = text == "true"
    elif re.fullmatch(r"[+-]?\d+(?:\.\d+)?", text):
        constant = float(text) if "." in text else int(text)
    else:
        return compiled(text).find
    return lambda _: [constant]
