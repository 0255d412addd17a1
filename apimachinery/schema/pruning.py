"""Dropping the fields that a custom resource's schema does not know.

Most objects have none: `clean` says so at once. `prune` walks the others. Both follow the raw schema, where
a position without a schema (`additionalProperties: true`) is one where objects have no fields.

Source: apiextensions-apiserver pkg/apiserver/schema: pruning/algorithm.go, objectmeta/algorithm.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson

from .. import field
from ..serializer import go_json
from . import compile, strict  # noqa: A004 - the module's name is its activity
from .build import definition_node
from .node import Node
from .scalars import Odd

Raw = dict[str, Any]
Object = dict[str, Any]
Check = Callable[[Any], bool]

EMBEDDED = "x-kubernetes-embedded-resource"
PRESERVE = "x-kubernetes-preserve-unknown-fields"
META = ("apiVersion", "kind", "metadata")
INFINITE = (float("inf"), float("-inf"))
MAX_WHOLE = 2**53
"""Whole floats below become whole numbers; above they are the same JSON number in either form."""
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def clean(raw: Raw | None) -> Check:
    """A check that is true of objects and lists in which nothing is to be dropped or typed. It may be false
    of others such."""
    if raw is None:
        return _nothing_known
    if raw.get(EMBEDDED) or raw.get(PRESERVE):
        return _preserving(raw)
    properties, rest = raw.get("properties") or {}, raw.get("additionalProperties")
    items = raw.get("items")
    names = properties.keys()
    inside = _Inside(properties, rest, items)

    def check(value: Any) -> bool:
        if value.__class__ is dict:
            if rest is None and not value.keys() <= names:
                return False
            for name, item in value.items():
                kind = item.__class__
                if kind is dict or kind is list:
                    if not inside[name](item):
                        return False
                elif kind is float and _odd(item):
                    return False
            return True
        for item in value:
            kind = item.__class__
            if kind is dict or kind is list:
                if not inside.element(item):
                    return False
            elif kind is float and _odd(item):
                return False
        return True

    return check


def _preserving(raw: Raw) -> Check:
    """Nothing is dropped here; what is described below may be looked at by the walk."""
    if any(raw.get(keyword) for keyword in (EMBEDDED, "properties", "additionalProperties", "items")):
        return lambda value: False
    return _plain


def _plain(value: Any) -> bool:
    """Whether all numbers are as they stay, in what no schema describes."""
    for item in value.values() if value.__class__ is dict else value:
        kind = item.__class__
        if (kind is dict or kind is list) and not _plain(item):
            return False
        if kind is float and _odd(item):
            return False
    return True


def _odd(number: float) -> bool:
    """Whether Go writes a float as a whole number, or cannot read it."""
    return number.is_integer() or number in INFINITE


def _nothing_known(value: Any) -> bool:
    if value.__class__ is dict:
        return not value
    return all(item.__class__ not in (dict, list) or _nothing_known(item) for item in value)


class _Inside(dict[str, Check]):
    """The checks of what is in an object, each made when a value first has it."""

    def __init__(self, properties: dict[str, Raw], rest: Any, items: Any) -> None:
        self._properties, self._rest, self._items = properties, rest, items
        self._element: Check | None = None

    def __missing__(self, name: str) -> Check:
        rest = self._rest if isinstance(self._rest, dict) else None
        made = clean(self._properties.get(name, rest))
        if name in self._properties:
            self[name] = made
        return made

    def element(self, item: Any) -> bool:
        if self._element is None:
            self._element = clean(self._items if isinstance(self._items, dict) else None)
        return self._element(item)


def prune(raw: Raw, value: Any, *, root: bool = False) -> list[str]:
    """Drops what is unknown, in place, and types the metadata of resources inside. `root`: the value is a
    whole resource, whose own type and metadata are left alone. Returns the problems, those of metadata last,
    each part sorted: `unknown field "spec.zz"`. Raises DecodeError."""
    walk = _Walk()
    walk.prune({**raw, EMBEDDED: True} if root else raw, value, "")
    fields, walk.unknown = sorted(walk.unknown), []
    walk.type_metadata(raw, value, "")
    return fields + sorted(walk.unknown)


def settle_numbers(value: Any, source: bytes = b"") -> None:
    """Makes whole floats whole numbers, as Go writes them, in place. `source` is the text they came from.
    Raises DecodeError for a number that no float holds."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(pairs):
        if isinstance(item, dict | list):
            settle_numbers(item, source)
        elif item.__class__ is float and _odd(item):
            if item in INFINITE:
                text = next((n for n in _NUMBER.findall(source) if float(n) in INFINITE), b"1e999").decode()
                raise strict.DecodeError(go_json.mismatch(f"number {text}", "float64"))
            if abs(item) < MAX_WHOLE:
                value[key] = int(item)


class _Walk:
    def __init__(self) -> None:
        self.unknown: list[str] = []

    def prune(self, raw: Raw | None, value: Any, path: str) -> None:
        keep = raw is not None and bool(raw.get(PRESERVE))
        if isinstance(value, list):
            items = _schema(raw, "items")
            for i, item in enumerate(value):
                if keep and items is None:
                    continue
                if keep and items is not None:
                    self._below_preserved(items, item, f"{path}[{i}]")
                else:
                    self.prune(items, item, f"{path}[{i}]")
        elif isinstance(value, dict):
            self._fields(raw or {}, value, path, keep)

    def _below_preserved(self, raw: Raw, value: Any, path: str) -> None:
        """Elements of a list whose unknown fields are preserved are not pruned themselves."""
        if isinstance(value, dict):
            self._fields(raw, value, path, True)
        elif isinstance(value, list):
            self.prune({**raw, PRESERVE: True}, value, path)

    def _fields(self, raw: Raw, value: Object, path: str, keep: bool) -> None:
        properties, rest = raw.get("properties") or {}, raw.get("additionalProperties")
        for name in list(value):
            if name in META and raw.get(EMBEDDED):
                continue
            inner = f"{path}.{name}" if path else name
            if name in properties:
                self.prune(properties[name], value[name], inner)
            elif rest is not None:
                self.prune(rest if isinstance(rest, dict) else None, value[name], inner)
            elif not keep:
                del value[name]
                self.unknown.append(f"unknown field {field.quote(inner)}")

    def type_metadata(self, raw: Raw | None, value: Any, path: str) -> None:
        """Makes the metadata of every resource what ObjectMeta would be."""
        if isinstance(value, list):
            items = _schema(raw, "items")
            for i, item in enumerate(value if items is not None else ()):
                self.type_metadata(items, item, f"{path}[{i}]")
        if raw is None or not isinstance(value, dict):
            return
        if raw.get(EMBEDDED):
            self._resource(value, path)
        properties, rest = raw.get("properties") or {}, _schema(raw, "additionalProperties")
        for name, item in value.items():
            if isinstance(item, dict | list) and (inner := properties.get(name, rest)) is not None:
                self.type_metadata(inner, item, f"{path}.{name}" if path else name)

    def _resource(self, value: Object, path: str) -> None:
        for name in ("apiVersion", "kind"):
            if name in value and not isinstance(value[name], str):
                shown = field.show(value[name])
                at = f"{path}.{name}" if path else name
                raise strict.DecodeError(f"{at}: Invalid value: {shown}: must be a string")
        if value.get("metadata") is not None:
            self.unknown += decode_metadata(value, path)


def _schema(raw: Raw | None, keyword: str) -> Raw | None:
    found = None if raw is None else raw.get(keyword)
    return found if isinstance(found, dict) else None


@cache
def _object_meta() -> tuple[Node, compile.Decoder]:
    node = definition_node("meta.v1.ObjectMeta")
    return node, compile.decoder(node)


def decode_metadata(value: Object, path: str = "") -> list[str]:
    """Makes `value["metadata"]` what ObjectMeta would be; returns the unknown fields. Raises DecodeError,
    which inside of an object names the place."""
    node, decode = _object_meta()
    given = value["metadata"]
    try:
        value["metadata"] = decode(given)
        return []
    except (Odd, RecursionError):
        pass
    try:
        careful, problems = strict.decode(node, given)
    except strict.DecodeError as error:
        if not path:
            raise
        shown = orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()
        raise strict.DecodeError(f"{path}.metadata: Invalid value: {shown}: {error}") from None
    value["metadata"] = decode(careful)
    prefix = f"{path}.metadata." if path else "metadata."
    return [problem.replace('"', f'"{prefix}', 1) for problem in problems]
