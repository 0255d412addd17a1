"""The version 2 document in protobuf, as gnostic's `openapi.v2.Document` lays it out.

kubectl and client-go ask for version 2 in this encoding only. Only the messages and fields that our documents
use are known; an unknown key is an error, so that a new one is not lost silently.

Source: gnostic-models openapiv2/OpenAPIv2.proto (message and field numbers).
"""

from __future__ import annotations

from collections.abc import Callable
from struct import pack
from typing import Any

import orjson

Encoder = Callable[[Any], bytes]
Field = tuple[int, Encoder]

EXTENSION = "x-"
_VARINT, _FIXED, _LENGTH = 0, 1, 2
_UINT64 = (1 << 64) - 1


def encode(document: dict[str, Any]) -> bytes:
    """The bytes of a Swagger document, or of some of its parts: documents joined byte to byte are merged."""
    return _message("Document")(document)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _delimited(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH) + _varint(len(data)) + data


def _text(value: Any) -> bytes:
    return str(value).encode()


def _texts(values: list[str]) -> bytes:
    """`StringArray`."""
    return b"".join(_delimited(1, value.encode()) for value in values)


def _flag(number: int, value: bool) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(int(value))


def _any(value: Any) -> bytes:
    """`Any`: the value as YAML, of which JSON is a part."""
    return _delimited(2, orjson.dumps(value))


def _each_any(value: Any) -> bytes:
    """`_any` for a field that is repeated."""
    return _any(value)


def _double(value: float) -> bytes:
    return pack("<d", value)


def _integer(value: int) -> bytes:
    return _varint(value & _UINT64)


def _rest(value: Any) -> bytes:
    """`AdditionalPropertiesItem`: a schema or a boolean."""
    if isinstance(value, bool):
        return _flag(2, value)
    return _delimited(1, _message("Schema")(value))


def _named(number: int, name: str, value: bytes) -> bytes:
    return _delimited(number, _delimited(1, name.encode()) + _delimited(2, value))


def _message(name: str) -> Encoder:
    """An encoder for objects whose keys are the message's fields."""

    def encoder(value: Any) -> bytes:
        fields, out = MESSAGES[name], []
        for key, item in value.items():
            if key.startswith(EXTENSION):
                out.append(_named(fields[EXTENSION][0], key, _any(item)))
                continue
            number, inner = fields[key]
            if inner is _any or inner is _rest:
                out.append(_delimited(number, inner(item)))
            elif isinstance(item, bool):
                out.append(_flag(number, item))
            elif inner is _double:
                out.append(_varint(number << 3 | _FIXED) + inner(item))
            elif inner is _integer:
                out.append(_varint(number << 3 | _VARINT) + inner(item))
            else:
                items = item if isinstance(item, list) else [item]
                out += [_delimited(number, inner(one)) for one in items]
        return b"".join(out)

    return encoder


def _map(number: int, inner: Encoder) -> Encoder:
    """An encoder for maps, which gnostic spells as lists of named values."""
    return lambda value: b"".join(_named(number, key, inner(item)) for key, item in value.items())


def _wrapped(number: int, inner: Encoder) -> Encoder:
    """An encoder for one choice of a `oneof` message."""
    return lambda value: _delimited(number, inner(value))


_PLACES = {"query": ("QueryParameter", 3), "path": ("PathParameter", 4)}


def _parameter(value: dict[str, Any]) -> bytes:
    """`ParametersItem`: a parameter of the body, the query or the path."""
    if value["in"] == "body":
        return _delimited(1, _delimited(1, _message("BodyParameter")(value)))
    name, number = _PLACES[value["in"]]
    return _delimited(1, _delimited(2, _delimited(number, _message(name)(value))))


MESSAGES: dict[str, dict[str, Field]] = {
    "Document": {
        "swagger": (1, _text),
        "info": (2, _message("Info")),
        "paths": (8, _map(2, _message("PathItem"))),
        "definitions": (9, _map(1, _message("Schema"))),
        "security": (12, _map(1, _texts)),
        "securityDefinitions": (13, _map(1, _wrapped(2, _message("ApiKeySecurity")))),
    },
    "Info": {"title": (1, _text), "version": (2, _text)},
    "ApiKeySecurity": {"type": (1, _text), "name": (2, _text), "in": (3, _text), "description": (4, _text)},
    "PathItem": {
        "get": (2, _message("Operation")),
        "put": (3, _message("Operation")),
        "post": (4, _message("Operation")),
        "delete": (5, _message("Operation")),
        "options": (6, _message("Operation")),
        "head": (7, _message("Operation")),
        "patch": (8, _message("Operation")),
        "parameters": (9, _parameter),
    },
    "Operation": {
        "tags": (1, _text),
        "description": (3, _text),
        "operationId": (5, _text),
        "produces": (6, _text),
        "consumes": (7, _text),
        "parameters": (8, _parameter),
        "responses": (9, _map(1, _wrapped(1, _message("Response")))),
        "schemes": (10, _text),
        EXTENSION: (13, _any),
    },
    "Response": {"description": (1, _text), "schema": (2, _wrapped(1, _message("Schema")))},
    "BodyParameter": {
        "description": (1, _text),
        "name": (2, _text),
        "in": (3, _text),
        "required": (4, _text),
        "schema": (5, _message("Schema")),
    },
    "QueryParameter": {
        "required": (1, _text),
        "in": (2, _text),
        "description": (3, _text),
        "name": (4, _text),
        "type": (6, _text),
        "uniqueItems": (20, _text),
    },
    "PathParameter": {
        "required": (1, _text),
        "in": (2, _text),
        "description": (3, _text),
        "name": (4, _text),
        "type": (5, _text),
        "uniqueItems": (19, _text),
    },
    "Schema": {
        "$ref": (1, _text),
        "format": (2, _text),
        "title": (3, _text),
        "description": (4, _text),
        "default": (5, _any),
        "multipleOf": (6, _double),
        "maximum": (7, _double),
        "exclusiveMaximum": (8, _text),
        "minimum": (9, _double),
        "exclusiveMinimum": (10, _text),
        "maxLength": (11, _integer),
        "minLength": (12, _integer),
        "pattern": (13, _text),
        "maxItems": (14, _integer),
        "minItems": (15, _integer),
        "uniqueItems": (16, _text),
        "maxProperties": (17, _integer),
        "minProperties": (18, _integer),
        "required": (19, _text),
        "enum": (20, _each_any),
        "additionalProperties": (21, _rest),
        "type": (22, _wrapped(1, _text)),
        "items": (23, _wrapped(1, _message("Schema"))),
        "properties": (25, _map(1, _message("Schema"))),
        "externalDocs": (29, _message("ExternalDocs")),
        "example": (30, _any),
        EXTENSION: (31, _any),
    },
    "ExternalDocs": {"description": (1, _text), "url": (2, _text)},
}
"""Message → key of the JSON document → field number and encoder (booleans encode themselves)."""
