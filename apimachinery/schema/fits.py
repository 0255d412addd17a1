"""Checks compiled from a schema that say of most values at once that they fit.

A check that says no may be wrong (a format, a float where an integer belongs): `value_validation` then looks.
One that says yes is right. Each position of a schema becomes a closure when a value first gets there, so that
a schema of ten thousand positions costs only what its objects use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..regex import searcher
from . import formats
from .json_types import INT64, declared
from .node import Node

Raw = dict[str, Any]
Check = Callable[[Any], object]
"""Something true when a value surely fits."""

LOGIC = ("anyOf", "oneOf", "allOf", "not")


def of(node: Node) -> Check:
    """The node's check, kept on it."""
    if node.check is None:
        assert node.raw is not None
        node.check = build(node.raw)
    return node.check


def build(raw: Raw) -> Check:
    """The check of one position."""
    parts = [_typed(raw), *_logic(raw)]
    if raw.get("enum"):
        parts.append(_enum(raw["enum"]))
    check = parts[0] if len(parts) == 1 else _all(parts)
    if raw.get("nullable") and not raw.get("enum"):
        return lambda value: value is None or check(value)
    return check


def same(value: Any, option: Any) -> bool:
    """Whether a value is one of an enumeration; numbers are converted to the option's type, as in Go."""
    if isinstance(value, bool) or isinstance(option, bool):
        return value is option
    if isinstance(value, float) and isinstance(option, int):
        return int(value) == option
    return bool(value == option)


def _all(parts: list[Check]) -> Check:
    if len(parts) == 2:
        first, second = parts
        return lambda value: first(value) and second(value)
    return lambda value: all(part(value) for part in parts)


def _any(parts: list[Check]) -> Check:
    return lambda value: any(part(value) for part in parts)


def _typed(raw: Raw) -> Check:
    kinds = declared(raw) or ("string", "boolean", "number", "array", "object")
    checks = [_BY_TYPE.get(kind, _never)(raw) for kind in kinds]
    return checks[0] if len(checks) == 1 else _any(checks)


def _never(raw: Raw) -> Check:
    """Of a type that is none: the walk tells so."""
    return lambda value: False


def _is_string(value: Any) -> bool:
    return value.__class__ is str


def _string(raw: Raw) -> Check:
    longest, shortest = raw.get("maxLength"), raw.get("minLength")
    kind = "" if raw.get("x-kubernetes-int-or-string") else raw.get("type", "")
    more: list[Check] = [searcher(raw["pattern"])] if raw.get("pattern") else []
    if test := formats.test(formats.of(kind, raw.get("format", ""))):
        more.append(test)
    if longest is None and shortest is None:
        check: Check = _is_string
    else:
        low, high = shortest or 0, longest if longest is not None else 1 << 62
        check = lambda value: value.__class__ is str and low <= len(value) <= high  # noqa: E731
    return _all([check, *more]) if more else check


def _boolean(raw: Raw) -> Check:
    return lambda value: value.__class__ is bool


def _integer(raw: Raw) -> Check:
    low, high = INT64 if raw.get("format") != "int32" else (-(1 << 31), (1 << 31) - 1)
    if not _plain_bounds(raw):
        return lambda value: False
    low, high = max(low, int(raw.get("minimum", low))), min(high, int(raw.get("maximum", high)))
    low += bool(raw.get("exclusiveMinimum") and "minimum" in raw)
    high -= bool(raw.get("exclusiveMaximum") and "maximum" in raw)
    return lambda value: value.__class__ is int and low <= value <= high


def _plain_bounds(raw: Raw) -> bool:
    bounds = [raw[key] for key in ("minimum", "maximum") if key in raw]
    return "multipleOf" not in raw and all(float(b).is_integer() and abs(b) < 1 << 31 for b in bounds)


def _number(raw: Raw) -> Check:
    if any(key in raw for key in ("multipleOf", "minimum", "maximum")) or raw.get("format") == "float":
        return lambda value: False
    return lambda value: value.__class__ is float or value.__class__ is int


def _array(raw: Raw) -> Check:
    fewest, most = raw.get("minItems"), raw.get("maxItems")
    low, high = fewest or 0, most if most is not None else 1 << 62
    items = raw.get("items")
    if not isinstance(items, dict):
        return lambda value: value.__class__ is list and low <= len(value) <= high
    inner: list[Check] = []

    def check(value: Any) -> bool:
        if value.__class__ is not list or not low <= len(value) <= high:
            return False
        if not value:
            return True
        if not inner:
            inner.append(build(items))
        item_fits = inner[0]
        for item in value:  # noqa: SIM110 - a generator costs more than most elements
            if not item_fits(item):
                return False
        return True

    return check


class _Fields(dict[str, Check]):
    """The checks of an object's fields, each built when a value first has it."""

    def __init__(self, properties: dict[str, Raw], rest: Any) -> None:
        self._properties, self._rest = properties, rest

    def __missing__(self, name: str) -> Check:
        if name in self._properties:
            made = self[name] = build(self._properties[name])
            return made
        if self._other is None:
            self._other = _additional(self._rest)
        return self._other

    _other: Check | None = None


def _additional(rest: Any) -> Check:
    if isinstance(rest, dict):
        return build(rest)
    return (lambda value: False) if rest is False else (lambda value: True)


def _object(raw: Raw) -> Check:
    properties, rest = raw.get("properties") or {}, raw.get("additionalProperties")
    fewest, most = raw.get("minProperties"), raw.get("maxProperties")
    low, high = fewest or 0, most if most is not None else 1 << 62
    required = frozenset(raw.get("required") or ())
    if not properties and not isinstance(rest, dict) and rest is not False:
        return lambda value: (
            value.__class__ is dict and low <= len(value) <= high and required <= value.keys()
        )
    fields = _Fields(properties, rest)

    def check(value: Any) -> bool:
        if value.__class__ is not dict or not low <= len(value) <= high:
            return False
        for name, item in value.items():
            if not fields[name](item):
                return False
        return not required or required <= value.keys()

    return check


_BY_TYPE: dict[str, Callable[[Raw], Check]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _array,
    "object": _object,
}


def _logic(raw: Raw) -> Iterable[Check]:
    if raw.get("anyOf"):
        yield _any([build(branch) for branch in raw["anyOf"]])
    for branch in raw.get("allOf") or ():
        yield build(branch)
    if raw.get("oneOf") or raw.get("not") is not None:
        # A wrong no would be a wrong yes here.
        from .value_validation import exactly

        yield exactly({key: raw[key] for key in ("oneOf", "not") if raw.get(key) is not None})


def _enum(options: list[Any]) -> Check:
    if all(isinstance(option, str) for option in options):
        known = frozenset(options)
        return lambda value: value.__class__ is str and value in known
    return lambda value: value is not None and any(same(value, option) for option in options)
