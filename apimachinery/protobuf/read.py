"""Reads messages into JSON values, as Go's generated unmarshallers and conversion would: unknown fields are
skipped, a message given twice is merged, text that is not UTF-8 gets U+FFFD.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from .. import duration
from ..clock import rfc3339, rfc3339_micro
from ..jsonio import loads
from . import table
from .wire import WIRE_TYPES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO_TIME_SECONDS = -62135596800
"""Go's zero time, which JSON shows as null."""
DOUBLE = struct.Struct("<d").unpack_from
LENGTHS = {1: 8, 5: 4}
"""Of the wire types with a fixed one."""


class ReadError(Exception):
    """Bytes that are no message of the expected kind, in the words of Go's generated code."""


class Reader(NamedTuple):
    """How one field is read."""

    name: str
    shape: str
    kind: str
    optional: bool
    inline: bool


@cache
def _readers(message: str) -> dict[int, Reader]:
    """By number and wire type, as they stand before the field."""
    fields = table.message(message)
    if fields is None:
        raise ReadError(f"unknown message {message}")
    return {
        number << 3 | (2 if field.shape == "<" else WIRE_TYPES.get(field.type, 2)): Reader(
            field.name, field.shape, field.type, field.optional, field.inline
        )
        for number, field in fields.items()
    }


@cache
def _numbers(message: str) -> dict[int, str]:
    return {key >> 3: reader.name for key, reader in _readers(message).items()}


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends. IndexError at the end of `data`."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ReadError("proto: integer overflow")


def message(name: str, data: bytes, at: int, end: int, out: dict[str, Any]) -> dict[str, Any]:
    """Fills `out` with the fields between `at` and `end`. ReadError."""
    readers = _readers(name)
    while at < end:
        key = data[at]
        at += 1
        if key > 0x7F:
            key, at = varint(data, at - 1)
        reader = readers.get(key)
        if reader is None:
            at = _unknown(name, key, data, at, end)
            continue
        wire = key & 7
        size = 8
        if wire != 1:
            size = data[at]
            at += 1
            if size > 0x7F:
                size, at = varint(data, at - 1)
            if wire == 0:
                _number(reader, size, out)
                continue
        if at + size > end:
            raise ReadError(_length_problem(size))
        _sized(reader, data, at, at + size, out)
        at += size
    return out


def _length_problem(size: int) -> str:
    return "proto: negative length found during unmarshaling" if size >> 63 else "unexpected EOF"


def _number(reader: Reader, value: int, out: dict[str, Any]) -> None:
    found: int | bool = bool(value) if reader.kind == "b" else value - (1 << 64) if value >> 63 else value
    if reader.shape == "*":
        out.setdefault(reader.name, []).append(found)
    else:
        out[reader.name] = found


def _sized(reader: Reader, data: bytes, at: int, end: int, out: dict[str, Any]) -> None:
    name, shape, kind, optional, inline = reader
    if shape == "<":
        key, found = _entry(kind, data, at, end)
        out.setdefault(name, {})[key] = found
    elif shape == "*":
        out.setdefault(name, []).append(_value(kind, data, at, end, {}))
    elif inline:
        message(kind, data, at, end, out)
    elif kind:
        before = out.get(name)
        out[name] = _value(kind, data, at, end, before if isinstance(before, dict) else {})
    elif at < end or optional:
        out[name] = str(data[at:end], "utf-8", "replace")
    else:
        out.pop(name, None)


def _entry(kind: str, data: bytes, at: int, end: int) -> tuple[str, Any]:
    """A map's key and value, which are fields 1 and 2 of a message."""
    key, found = "", None
    while at < end:
        mark, at = varint(data, at)
        wire = mark & 7
        if wire == 2:
            size, at = varint(data, at)
            if at + size > end:
                raise ReadError(_length_problem(size))
            if mark == 10:
                key = str(data[at : at + size], "utf-8", "replace")
            elif mark == 18:
                found = _value(kind, data, at, at + size, {})
            at += size
        elif mark == 16:
            number, at = varint(data, at)
            found = bool(number) if kind == "b" else number
        else:
            at = _skip(mark, data, at, end)
    return key, _value(kind, b"", 0, 0, {}) if found is None else found


def _value(kind: str, data: bytes, at: int, end: int, out: dict[str, Any]) -> Any:
    """A value with a length; the zero value when it is empty."""
    if kind == "":
        return str(data[at:end], "utf-8", "replace")
    if kind == "y":
        return base64.b64encode(data[at:end]).decode()
    if kind == "d":
        return DOUBLE(data, at)[0]
    special = SPECIAL.get(kind)
    if special is not None:
        return special(message(kind, data, at, end, {}))
    if kind in ("i", "b"):
        return 0 if kind == "i" else False
    return message(kind, data, at, end, out)


def _unknown(name: str, key: int, data: bytes, at: int, end: int) -> int:
    """Skips a field that the message does not have. ReadError when it has it in another form."""
    short = name.rpartition(".")[2]
    if key & 7 == 4:
        raise ReadError(f"proto: {short}: wiretype end group for non-group")
    if key >> 3 == 0:
        raise ReadError(f"proto: {short}: illegal tag 0 (wire type {key})")
    known = _numbers(name).get(key >> 3)
    if known is not None:
        raise ReadError(f"proto: wrong wireType = {key & 7} for field {known[:1].upper()}{known[1:]}")
    return _skip(key, data, at, end)


def _skip(key: int, data: bytes, at: int, end: int) -> int:
    """Where the value after `key` ends; groups are skipped whole."""
    depth = 0
    while True:
        wire = key & 7
        if wire == 0:
            _, at = varint(data, at)
        elif wire == 2:
            size, at = varint(data, at)
            at += size
        elif wire == 3:
            depth += 1
        elif wire == 4:
            depth -= 1
        elif wire in LENGTHS:
            at += LENGTHS[wire]
        else:
            raise ReadError(f"proto: illegal wireType {wire}")
        if at > end:
            raise ReadError("unexpected EOF")
        if depth < 0:
            raise ReadError("proto: unexpected end of group")
        if depth == 0:
            return at
        key, at = varint(data, at)


def _moment(parts: dict[str, Any]) -> datetime | None:
    if not parts or parts.get("seconds", 0) == ZERO_TIME_SECONDS:
        return None
    try:
        return EPOCH + timedelta(seconds=parts.get("seconds", 0), microseconds=parts.get("nanos", 0) // 1000)
    except OverflowError:
        raise ReadError("a time lies outside the years 1 to 9999") from None


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
        try:
            return loads(text) if text else None
        except ValueError as error:
            raise ReadError(f"embedded JSON: {error}") from None

    return read


def _union(schema: str, other: str) -> Callable[[dict[str, Any]], Any]:
    """apiextensions' "a schema or something else" types."""

    def read(parts: dict[str, Any]) -> Any:
        return parts[schema] if schema in parts else parts.get(other)

    return read


def _items(parts: dict[str, Any]) -> list[str]:
    found: list[str] = parts.get("items", [])
    return found


SPECIAL: dict[str, Callable[[dict[str, Any]], Any]] = {
    "resource.Quantity": lambda parts: parts.get("string", "0"),
    "meta.v1.Time": _time,
    "meta.v1.MicroTime": _micro_time,
    "meta.v1.Duration": lambda parts: duration.format_nanoseconds(parts.get("duration", 0)),
    "meta.v1.FieldsV1": _embedded("Raw"),
    "meta.v1.Verbs": _items,
    "intstr.IntOrString": _int_or_string,
    "runtime.RawExtension": _embedded("raw"),
    "apiextensions.v1.JSON": _embedded("raw"),
    "apiextensions.v1.JSONSchemaPropsOrBool": lambda parts: parts.get("schema", parts.get("allows", False)),
    "apiextensions.v1.JSONSchemaPropsOrArray": _union("schema", "jSONSchemas"),
    "apiextensions.v1.JSONSchemaPropsOrStringArray": _union("schema", "property"),
    "authentication.v1.ExtraValue": _items,
    "authorization.v1.ExtraValue": _items,
    "certificates.v1.ExtraValue": _items,
}
"""Messages that JSON writes as something other than an object."""
