"""The types that structural schemas declare, with what rules about them may cost.

Schemas that say nothing about a value are not exposed: neither are lists and maps of such.

Source: k8s.io/apiserver/pkg/cel/common/{schemas,valuesunstructured}.go, pkg/cel/{types,limits}.go.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..schema.gobase64 import decode_url
from . import types
from .budget import MAX_REQUEST
from .errors import EvaluationError
from .escaping import escape
from .library.convert import duration_of_string, timestamp_of_string
from .types import CelType, list_of, map_of
from .values import MapList, SetList

Raw = dict[str, Any]

EMBEDDED = "x-kubernetes-embedded-resource"
INT_OR_STRING = "x-kubernetes-int-or-string"
NAME_LENGTH = 253
ROOT_NAME = "selfType"
_LONGEST_TEXT = MAX_REQUEST - 2


def declare(raw: Raw, *, root: bool = False, name: str = ROOT_NAME) -> CelType | None:
    """The type of a schema's values, None when they are not exposed.

    `root`: the schema of a whole resource, which has apiVersion, kind and metadata.
    """
    if raw.get(INT_OR_STRING):
        return _scalar(types.DYN, 1, _text_limit(raw))
    if root or raw.get(EMBEDDED):
        raw = with_object_meta(raw)
    make = _MAKERS.get(raw.get("type", ""))
    return make(raw, name) if make else None


def with_object_meta(raw: Raw) -> Raw:
    """The schema with the fields that every resource has."""
    properties = raw.get("properties") or {}
    meta = (properties.get("metadata") or {}).get("properties") or {}
    known = {
        "name": _capped(meta.get("name"), NAME_LENGTH),
        "generateName": _capped(meta.get("generateName"), NAME_LENGTH - 1),
    }
    if _declares_meta(properties, meta):
        metadata = {**properties["metadata"], "properties": {**meta, **known}}
        return {**raw, "properties": {**properties, "metadata": metadata}}
    added = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object", "properties": known},
    }
    return {**raw, "type": "object", "properties": {**properties, **added}}


def _declares_meta(properties: Raw, meta: Raw) -> bool:
    """A schema that has all of them keeps what else it says about them."""
    texts = (properties.get("kind"), properties.get("apiVersion"), meta.get("name"), meta.get("generateName"))
    return all(text is not None and text.get("type") == "string" for text in texts)


def _capped(raw: Raw | None, limit: int) -> Raw:
    return {"type": "string", "maxLength": min(limit, (raw or {}).get("maxLength", limit))}


def _scalar(
    base: CelType, min_bytes: int, max_size: int = 0, wire: Callable[[Any], Any] | None = None
) -> CelType:
    declared = CelType(base.kind, base.name, max_size=max_size, min_bytes=min_bytes)
    declared.wire = wire
    return declared


def _text_limit(raw: Raw) -> int:
    """Bytes that a text may have."""
    if raw.get("maxLength") is not None:
        return max(int(raw["maxLength"]), 0) * 4
    return _LONGEST_TEXT


def _string(raw: Raw, name: str) -> CelType:
    form = raw.get("format", "")
    if form == "byte":
        limit = max(int(raw["maxLength"]), 0) if raw.get("maxLength") is not None else _LONGEST_TEXT
        return _scalar(types.BYTES, 2, limit, _bytes)
    if form == "duration":
        return _scalar(types.DURATION, 3, 32, _duration)
    if form == "date":
        return _scalar(types.TIMESTAMP, 12, 12, _date)
    if form == "date-time":
        return _scalar(types.TIMESTAMP, 21, 32, _date_time)
    if raw.get("maxLength") is None and raw.get("enum"):
        longest = max((len(one.encode()) for one in raw["enum"] if isinstance(one, str)), default=0)
        return _scalar(types.STRING, 2, longest)
    return _scalar(types.STRING, 2, _text_limit(raw))


def _list(raw: Raw, name: str) -> CelType | None:
    items = raw.get("items")
    element = declare(items, name=f"{name}.@idx") if isinstance(items, dict) else None
    if element is None:
        return None
    limit = raw.get("maxItems")
    most = max(int(limit), 0) if limit is not None else (MAX_REQUEST - 2) // (element.min_bytes + 1)
    declared = list_of(element, max_size=most, min_bytes=2)
    declared.wire = _list_wire(raw, element)
    return declared


def _list_wire(raw: Raw, element: CelType) -> Callable[[Any], Any] | None:
    kind = raw.get("x-kubernetes-list-type")
    inner = None if element.kind == "struct" else element.wire
    if kind == "set":
        return partial(_set_list, inner)
    if kind == "map":
        return partial(_map_list, inner, tuple(raw.get("x-kubernetes-list-map-keys", ())))
    return None if inner is None else partial(_plain_list, inner)


def _map_or_object(raw: Raw, name: str) -> CelType | None:
    more = raw.get("additionalProperties")
    if isinstance(more, dict):
        return _map(raw, more, name)
    required = frozenset(raw.get("required") or ())
    fields: dict[str, CelType] = {}
    keys: dict[str, str] = {}
    least = 2
    for key, inner in (raw.get("properties") or {}).items():
        escaped = escape(key)
        declared = declare(inner, name=f"{name}.{escaped}")
        if declared is None:
            continue
        if escaped is not None:
            fields[escaped] = declared
            if escaped != key:
                keys[escaped] = key
        if key in required and inner.get("default") is None:
            least += len(key) + declared.min_bytes + 4
    made = CelType("struct", name, (), fields, max_size=0, min_bytes=least)
    made.keys = keys
    made.null_is_absent = True
    return made


def _map(raw: Raw, more: Raw, name: str) -> CelType | None:
    value = declare(more, name=f"{name}.@elem")
    if value is None:
        return None
    limit = raw.get("maxProperties")
    most = max(int(limit), 0) if limit is not None else (MAX_REQUEST - 2) // (value.min_bytes + 6)
    # Upstream's type of keys has no limit of its own, which its estimator takes for none at all.
    declared = map_of(_scalar(types.STRING, 0), value, max_size=most, min_bytes=2)
    if value.kind != "struct" and value.wire is not None:
        declared.wire = partial(_plain_map, value.wire)
    return declared


def _boolean(raw: Raw, name: str) -> CelType:
    return _scalar(types.BOOL, 4)


def _integer(raw: Raw, name: str) -> CelType:
    return _scalar(types.INT, 1)


def _number(raw: Raw, name: str) -> CelType:
    return _scalar(types.DOUBLE, 1, 0, _double)


_MAKERS: dict[str, Callable[[Raw, str], CelType | None]] = {
    "string": _string,
    "array": _list,
    "object": _map_or_object,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
}


# From JSON to CEL


def _double(value: Any) -> Any:
    return float(value) if type(value) is int else value


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return duration_of_string(value)
    except EvaluationError as wrong:
        raise EvaluationError(f"Invalid duration {value}: {wrong}") from None


def _date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return timestamp_of_string(f"{value}T00:00:00Z")
    except EvaluationError as wrong:
        raise EvaluationError(f"Invalid date formatted string {value}: {wrong}") from None


def _date_time(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return timestamp_of_string(value)
    except EvaluationError as wrong:
        raise EvaluationError(f"Invalid date-time formatted string {value}: {wrong}") from None


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return decode_url(value)
    except ValueError as wrong:
        raise EvaluationError(f"Invalid byte formatted string {value}: {wrong}") from None


def _plain_list(inner: Callable[[Any], Any], value: Any) -> Any:
    return [inner(item) for item in value] if isinstance(value, list) else value


def _plain_map(inner: Callable[[Any], Any], value: Any) -> Any:
    return {key: inner(item) for key, item in value.items()} if isinstance(value, dict) else value


def _set_list(inner: Callable[[Any], Any] | None, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return SetList(map(inner, value) if inner else value)


def _map_list(inner: Callable[[Any], Any] | None, keys: tuple[str, ...], value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return MapList(list(map(inner, value)) if inner else value, keys)
