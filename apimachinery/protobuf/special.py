"""Messages that JSON writes as something other than an object: their bytes from the JSON value.

The zero value of each is what Go writes for a struct nobody set.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from .. import duration
from ..clock import parse_rfc3339
from ..jsonio import as_go, dumps
from .wire import sized, varint

Encoder = Callable[[Any], bytes]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=8192)
def time(value: str | None) -> bytes:
    """meta.v1.Time: whole seconds; Go's zero time (null) has no bytes."""
    if not value:
        return b""
    since = parse_rfc3339(value) - EPOCH
    return b"\x08" + varint(since.days * 86400 + since.seconds) + b"\x10\x00"


def micro_time(value: str | None) -> bytes:
    if not value:
        return b""
    since = parse_rfc3339(value) - EPOCH
    return b"\x08%b\x10%b" % (
        varint(since.days * 86400 + since.seconds),
        varint(since.microseconds * 1000),
    )


@lru_cache(maxsize=4096)
def quantity(value: str | None) -> bytes:
    return sized(1, (value or "0").encode())


def int_or_string(value: int | str | None) -> bytes:
    if isinstance(value, str):
        return b"\x08\x01\x10\x00" + sized(3, value.encode())
    return b"\x08\x00\x10" + varint(value or 0) + b"\x1a\x00"


def elapsed(value: str | None) -> bytes:
    """meta.v1.Duration."""
    return b"\x08" + varint(duration.parse_nanoseconds(value) if value else 0)


def text(value: Any) -> bytes:
    """RawExtension, FieldsV1 and apiextensions.JSON: the value's JSON text."""
    return b"" if value is None else sized(1, as_go(dumps(value)))


def items(value: list[str] | None) -> bytes:
    """Verbs and ExtraValue: lists of strings that are messages because they hang in a map or may be nil."""
    return b"".join([sized(1, item.encode()) for item in value or ()])


def or_bool(schema: Encoder) -> Encoder:
    """JSONSchemaPropsOrBool: a schema also says that it allows."""

    def encode(value: Any) -> bytes:
        if isinstance(value, dict):
            return b"\x08\x01" + sized(2, schema(value))
        return b"\x08\x01" if value else b"\x08\x00"

    return encode


def or_array(schema: Encoder) -> Encoder:
    """JSONSchemaPropsOrArray."""

    def encode(value: Any) -> bytes:
        if isinstance(value, list):
            return b"".join([sized(2, schema(item)) for item in value])
        return b"" if value is None else sized(1, schema(value))

    return encode


def or_strings(schema: Encoder) -> Encoder:
    """JSONSchemaPropsOrStringArray."""

    def encode(value: Any) -> bytes:
        if isinstance(value, list):
            return b"".join([sized(2, item.encode()) for item in value])
        return b"" if value is None else sized(1, schema(value))

    return encode


VALUES: dict[str, Encoder] = {
    "meta.v1.Time": time,
    "meta.v1.MicroTime": micro_time,
    "meta.v1.Duration": elapsed,
    "meta.v1.FieldsV1": text,
    "meta.v1.Verbs": items,
    "resource.Quantity": quantity,
    "intstr.IntOrString": int_or_string,
    "runtime.RawExtension": text,
    "apiextensions.v1.JSON": text,
    "authentication.v1.ExtraValue": items,
    "authorization.v1.ExtraValue": items,
    "certificates.v1.ExtraValue": items,
}

SCHEMA = "apiextensions.v1.JSONSchemaProps"
UNIONS: dict[str, Callable[[Encoder], Encoder]] = {
    "apiextensions.v1.JSONSchemaPropsOrBool": or_bool,
    "apiextensions.v1.JSONSchemaPropsOrArray": or_array,
    "apiextensions.v1.JSONSchemaPropsOrStringArray": or_strings,
}
"""Made from the encoder of the schema they may hold."""
