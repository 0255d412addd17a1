"""The careful decoder: what Go's JSON decoder would say about an object that the fast one found odd.

It walks the object in document order with the field names, and gives the first error with Go's words, the
strict-decoding problems in Go's order, or a cleaned copy that the fast decoder takes. Types that decode
themselves in Go (quantities, times) end the decoding at once; other mismatches are noted, and the first one
is reported at the end.

Source: encoding/json and sigs.k8s.io/json (struct and field in the message, promoted fields), intstr,
resource and meta/v1 `UnmarshalJSON` methods.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from .. import quantity
from ..field import quote
from ..serializer.go_json import kind_of, mismatch
from . import gobase64, gotime
from .build import zero_value
from .node import GoField, Node
from .scalars import ZERO_TIME

MAX_PROBLEMS = 100


class DecodeError(Exception):
    """`str()` is Go's message, without the sentence the endpoints put around it."""


class _Number(float):
    """A number with a fraction or exponent, as it was written."""

    text: str

    def __new__(cls, text: str) -> _Number:
        number = super().__new__(cls, text)
        number.text = text
        return number


class _Place(NamedTuple):
    """Where the walk is: Go's innermost struct, the fields since the root, and the path with indexes."""

    struct: str
    fields: tuple[str, ...]
    path: str

    def field(self, node: Node, field: GoField, path: str) -> _Place:
        struct = node.go_type.rpartition(".")[2]
        embedded = tuple(field.embedded.split(".")) if field.embedded else ()
        return _Place(struct, (*self.fields, *embedded, field.name), path)


def decode(
    root: Node, obj: dict[str, Any], duplicates: Sequence[str] = (), source: bytes = b""
) -> tuple[dict[str, Any], list[str]]:
    """A copy of `obj` that decodes without a question, and the strict problems. Raises DecodeError.

    `obj` stays as it is. See `Schema.decode` for `duplicates` and `source`.
    """
    walk = _Walk(duplicates)
    try:
        out = walk.value(root, _as_written(source) or obj, _Place("", (), ""))
    except RecursionError:
        raise DecodeError("exceeded max depth") from None
    if walk.saved is not None:
        raise DecodeError(walk.saved)
    return out, walk.problems[:MAX_PROBLEMS]


def _as_written(source: bytes) -> Any:
    """The document with its numbers as text; None when this parser does not take it (the object will do)."""
    try:
        text = source.decode("utf-8", "replace")
        return json.loads(text, parse_float=_Number, object_pairs_hook=_joined) if text else None
    except ValueError:
        return None


def _joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose key is given twice is decoded into what the first one left."""
    out: dict[str, Any] = {}
    for key, value in pairs:
        before = out.get(key)
        both = isinstance(before, dict) and isinstance(value, dict)
        out[key] = _joined([*before.items(), *value.items()]) if both and before else value
    return out


class _Walk:
    def __init__(self, duplicates: Sequence[str] = (), strict: bool = True) -> None:
        self.duplicates = set(duplicates)
        self.strict = strict
        self.problems: list[str] = []
        self.saved: str | None = None

    def value(self, node: Node, value: Any, place: _Place) -> Any:
        handler = _BY_FORMAT.get(node.format) or _BY_TYPE[node.type]
        return handler(self, node, value, place)

    def struct(self, node: Node, value: Any, place: _Place) -> Any:
        if not isinstance(value, dict):
            return self.mismatch(node, kind_of(value), place)
        fields = {field.name: field for field in node.layout}
        out = {}
        for key, item in value.items():
            path = f"{place.path}.{key}" if place.path else key
            field = fields.get(key)
            if field is None:
                self.problem(f"unknown field {quote(path)}")
                continue
            self.duplicate(path)
            if item is not None:
                out[key] = self.value(field.node, item, place.field(node, field, path))
        return out

    def map(self, node: Node, value: Any, place: _Place) -> Any:
        if not isinstance(value, dict):
            return self.mismatch(node, kind_of(value), place)
        out = {}
        for key, item in value.items():
            path = f"{place.path}.{key}" if place.path else key
            self.duplicate(path)
            out[key] = self.element(node, item, place._replace(path=path))
        return out

    def array(self, node: Node, value: Any, place: _Place) -> Any:
        if not isinstance(value, list):
            return self.mismatch(node, kind_of(value), place)
        return [
            self.element(node, item, place._replace(path=f"{place.path}[{i}]"))
            for i, item in enumerate(value)
        ]

    def element(self, node: Node, item: Any, place: _Place) -> Any:
        """An element of a list or map: null leaves Go's zero value."""
        assert node.item is not None
        if item is None:
            return zero_value(node.item)
        return self.value(node.item, item, place)

    def string(self, node: Node, value: Any, place: _Place) -> Any:
        return value if isinstance(value, str) else self.mismatch(node, kind_of(value), place)

    def boolean(self, node: Node, value: Any, place: _Place) -> Any:
        return value if isinstance(value, bool) else self.mismatch(node, kind_of(value), place)

    def integer(self, node: Node, value: Any, place: _Place) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.mismatch(node, kind_of(value), place)
        bits = 31 if node.format == "int32" else 63
        if isinstance(value, float) or not -(1 << bits) <= value < 1 << bits:
            return self.mismatch(node, f"number {number_text(value)}", place)
        return value

    def double(self, node: Node, value: Any, place: _Place) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.mismatch(node, kind_of(value), place)
        return plain(value)

    def any(self, node: Node, value: Any, place: _Place) -> Any:
        return plain(value)

    def bytes(self, node: Node, value: Any, place: _Place) -> Any:
        if not isinstance(value, str):
            return self.mismatch(node, kind_of(value), place)
        try:
            return gobase64.canonical(value)
        except ValueError as fault:
            self.save(str(fault))
            return None

    def quantity(self, node: Node, value: Any, place: _Place) -> str:
        text = (
            number_text(value) if _is_number(value) else value if isinstance(value, str) else kind_of(value)
        )
        try:
            return quantity.canonical(text.strip())
        except ValueError as fault:
            raise DecodeError(str(fault)) from None

    def int_or_string(self, node: Node, value: Any, place: _Place) -> Any:
        if isinstance(value, str):
            return value
        if _is_number(value):
            if isinstance(value, int) and -(1 << 31) <= value < 1 << 31:
                return value
            raise DecodeError(mismatch_text(f"number {number_text(value)}", "int32", place))
        raise DecodeError(mismatch_text(kind_of(value), "int32", place))

    def time(self, node: Node, value: Any, place: _Place) -> str | None:
        moment = self.moment(value, place, gotime.RFC3339)
        return None if moment == ZERO_TIME else f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}Z"

    def micro_time(self, node: Node, value: Any, place: _Place) -> str | None:
        moment = self.moment(value, place, gotime.RFC3339_MICRO)
        text = moment.replace(tzinfo=None).isoformat(timespec="microseconds")
        return None if moment == ZERO_TIME else f"{text}Z"

    def moment(self, value: Any, place: _Place, layout: str) -> datetime:
        if not isinstance(value, str):
            raise DecodeError(mismatch_text(kind_of(value), "string", place))
        try:
            return gotime.parse(value, layout)
        except ValueError as fault:
            raise DecodeError(str(fault)) from None

    def schema_or_array(self, node: Node, value: Any, place: _Place) -> Any:
        if isinstance(value, list):
            return [self.nested(node, {} if item is None else item, place) for item in value]
        return self.nested(node, value, place) if isinstance(value, dict) else None

    def schema_or_bool(self, node: Node, value: Any, place: _Place) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict):
            raise DecodeError("boolean or JSON schema expected")
        return self.nested(node, value, place)

    def schema_or_strings(self, node: Node, value: Any, place: _Place) -> Any:
        if isinstance(value, list):
            for item in value:
                if not isinstance(item, str | None):
                    raise DecodeError(mismatch_text(kind_of(item), "string", place))
            return [item or "" for item in value]
        return self.nested(node, value, place) if isinstance(value, dict) else None

    def nested(self, node: Node, value: Any, place: _Place) -> Any:
        """A value that Go decodes apart: unknown fields in it are dropped silently, any error is final."""
        assert node.item is not None
        inner = _Walk(strict=False)
        out = inner.value(node.item, value, place)
        if inner.saved is not None:
            raise DecodeError(inner.saved)
        return out

    def mismatch(self, node: Node, given: str, place: _Place) -> None:
        self.save(mismatch_text(given, node.go_type, place))

    def save(self, message: str) -> None:
        """Notes an error that does not stop the decoding; only the first counts."""
        if self.saved is None:
            self.saved = message

    def problem(self, text: str) -> None:
        if self.strict and len(self.problems) < MAX_PROBLEMS and text not in self.problems:
            self.problems.append(text)

    def duplicate(self, path: str) -> None:
        text = f'duplicate field "{path}"'
        if text in self.duplicates:
            self.problem(text)


def mismatch_text(given: str, go_type: str, place: _Place) -> str:
    """Go's UnmarshalTypeError."""
    at = f"{place.struct}.{'.'.join(place.fields)}" if place.struct else ""
    return mismatch(given, go_type, at)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_text(value: float) -> str:
    """The number as it was written, or as Go would write it when that is not known."""
    return value.text if isinstance(value, _Number) else json.dumps(value)


def plain(value: Any) -> Any:
    """The value without `_Number`s."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, float) else value


_Handler = Callable[[_Walk, Node, Any, _Place], Any]
_BY_TYPE: dict[str, _Handler] = {
    "object": _Walk.struct,
    "map": _Walk.map,
    "array": _Walk.array,
    "string": _Walk.string,
    "boolean": _Walk.boolean,
    "integer": _Walk.integer,
    "number": _Walk.double,
    "any": _Walk.any,
}
_BY_FORMAT: dict[str, _Handler] = {
    "byte": _Walk.bytes,
    "quantity": _Walk.quantity,
    "int-or-string": _Walk.int_or_string,
    "time": _Walk.time,
    "micro-time": _Walk.micro_time,
    "schema-or-array": _Walk.schema_or_array,
    "schema-or-bool": _Walk.schema_or_bool,
    "schema-or-strings": _Walk.schema_or_strings,
}
