"""Protobuf bytes to JSON objects, as Go's conversion between the two would give.

Wire format: https://protobuf.dev/programming-guides/encoding/. Envelope: runtime.Unknown after the magic
`k8s\\0`.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from .. import duration
from ..clock import rfc3339, rfc3339_micro
from ..gvk import GroupVersionKind, parse_group_version
from ..jsonio import loads
from . import table
from .table import Field

MAGIC = b"k8s\x00"
MAX_DEPTH = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO_TIME_SECONDS = -62135596800
"""Go's zero time, which JSON shows as null."""


class ProtobufError(Exception):
    """Bytes that are no message of the expected kind."""


def decode(data: bytes) -> tuple[GroupVersionKind, dict[str, Any]]:
    """The kind an enveloped object names and its JSON form, with kind and apiVersion. Raises
    ProtobufError."""
    if not data.startswith(MAGIC):
        raise ProtobufError(
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
        )
    try:
        unknown = _message("runtime.Unknown", memoryview(data)[len(MAGIC) :], 0)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ProtobufError(f"truncated or malformed message: {error}") from None
    meta = unknown.get("typeMeta") or {}
    version = parse_group_version(meta.get("apiVersion", ""))
    gvk = GroupVersionKind(version.group, version.version, meta.get("kind", ""))
    definition = table.of_kind(*gvk)
    if not definition:
        raise ProtobufError(f'no kind "{gvk.kind}" is registered for version "{gvk.api_version}"')
    raw = base64.b64decode(unknown.get("raw", ""))
    try:
        obj = _message(definition, memoryview(raw), 0)
    except (IndexError, struct.error, UnicodeDecodeError, ValueError) as error:
        raise ProtobufError(f"malformed {gvk.kind}: {error}") from None
    return gvk, {"kind": gvk.kind, "apiVersion": gvk.api_version, **obj}


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ProtobufError("varint is longer than ten bytes")


def _fields(data: memoryview) -> Iterator[tuple[int, Any]]:
    """(number, value) pairs: integers for varints, memoryviews for the rest."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ProtobufError(f"wire type {wire} is not used by Kubernetes")
        if at + size > end:
            raise ProtobufError("unexpected EOF")
        yield key >> 3, data[at : at + size]
        at += size


def _message(name: str, data: memoryview, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise ProtobufError("message is nested too deeply")
    known = table.message(name)
    if known is None:
        raise ProtobufError(f"unknown message {name}")
    out: dict[str, Any] = {}
    for number, value in _fields(data):
        field = known.get(number)
        if field is None:
            continue
        if field.shape == "<":
            key, found = _entry(field, _sized(field, value), depth)
            out.setdefault(field.name, {})[key] = found
        elif field.shape == "*":
            out.setdefault(field.name, []).append(_value(field, value, depth))
        elif field.inline:
            out.update(_message(field.type, _sized(field, value), depth + 1))
        else:
            out[field.name] = _value(field, value, depth)
    return out


def _entry(field: Field, data: memoryview, depth: int) -> tuple[str, Any]:
    key = ""
    value: Any = {"": "", "b": False, "i": 0, "y": ""}.get(field.type)
    for number, found in _fields(data):
        if number == 1:
            key = str(_sized(field, found), "utf-8")
        elif number == 2:
            value = _value(field, found, depth)
    return key, value


def _sized(field: Field, value: Any) -> memoryview:
    """The bytes of a field that has some. A number there is the sender's mistake."""
    if isinstance(value, int):
        raise ProtobufError(f"field {field.name} has a wrong wire type")
    return cast(memoryview, value)


def _value(field: Field, value: Any, depth: int) -> Any:
    kind = field.type
    if kind in ("i", "b"):
        if not isinstance(value, int):
            raise ProtobufError(f"field {field.name} has a wrong wire type")
        return bool(value) if kind == "b" else value - (1 << 64) if value >= 1 << 63 else value
    value = _sized(field, value)
    if kind == "":
        return str(value, "utf-8")
    if kind == "y":
        return base64.b64encode(value).decode()
    if kind == "d":
        return struct.unpack("<d", value)[0]
    special = SPECIAL.get(kind)
    if special is not None:
        return special(_message(kind, value, depth + 1))
    return _message(kind, value, depth + 1)


def _moment(parts: dict[str, Any]) -> datetime | None:
    if not parts or parts.get("seconds", 0) == ZERO_TIME_SECONDS:
        return None
    try:
        return EPOCH + timedelta(seconds=parts.get("seconds", 0), microseconds=parts.get("nanos", 0) // 1000)
    except OverflowError:
        raise ProtobufError("a time lies outside the years 1 to 9999") from None


def _time(parts: dict[str, Any]) -> str | None:
    moment = _moment(parts)
    return rfc3339(moment) if moment else None


def _micro_time(parts: dict[str, Any]) -> str | None:
    moment = _moment(parts)
    return rfc3339_micro(moment) if moment else None


def _int_or_string(parts: dict[str, Any]) -> int | str:
    found: int | str = parts.get("strVal", "") if parts.get("type") else parts.get("intVal", 0)
    return found


def _embedded(name: str) -> Callable[[dict[str, Any]], Any]:
    """A field that carries JSON text."""

    def read(parts: dict[str, Any]) -> Any:
        text = base64.b64decode(parts.get(name, ""))
        return loads(text) if text else None

    return read


def _union(schema: str, other: str) -> Callable[[dict[str, Any]], Any]:
    """apiextensions' "a schema or something else" types."""

    def read(parts: dict[str, Any]) -> Any:
        return parts[schema] if schema in parts else parts.get(other)

    return read


SPECIAL: dict[str, Callable[[dict[str, Any]], Any]] = {
    "resource.Quantity": lambda parts: parts.get("string", "0"),
    "meta.v1.Time": _time,
    "meta.v1.MicroTime": _micro_time,
    "meta.v1.Duration": lambda parts: duration.format_nanoseconds(parts.get("duration", 0)),
    "meta.v1.FieldsV1": _embedded("Raw"),
    "meta.v1.Verbs": lambda parts: parts.get("items", []),
    "intstr.IntOrString": _int_or_string,
    "runtime.RawExtension": _embedded("raw"),
    "apiextensions.v1.JSON": _embedded("raw"),
    "apiextensions.v1.JSONSchemaPropsOrBool": _union("schema", "allows"),
    "apiextensions.v1.JSONSchemaPropsOrArray": _union("schema", "jSONSchemas"),
    "apiextensions.v1.JSONSchemaPropsOrStringArray": _union("schema", "property"),
    "authentication.v1.ExtraValue": lambda parts: parts.get("items", []),
    "authorization.v1.ExtraValue": lambda parts: parts.get("items", []),
    "certificates.v1.ExtraValue": lambda parts: parts.get("items", []),
}
"""Messages that JSON writes as something other than an object."""
