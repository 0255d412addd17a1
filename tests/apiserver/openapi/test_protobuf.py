"""The protobuf encoding, read back with a reader that knows only the wire format."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.endpoints.openapi import protobuf


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data: bytes) -> list[tuple[int, Any]]:
    """(field number, bytes or integer) of a message."""
    out: list[tuple[int, Any]] = []
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        size, at = varint(data, at)
        if key & 7 == 0:
            out.append((key >> 3, size))
        else:
            out.append((key >> 3, data[at : at + size]))
            at += size
    return out


def only(data: bytes, *path: int) -> Any:
    """The single value at a path of field numbers."""
    value: Any = data
    for number in path:
        (value,) = [v for n, v in fields(value) if n == number]
    return value


def test_info() -> None:
    data = protobuf.encode({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1"}})
    assert only(data, 1) == b"2.0"
    assert only(data, 2, 1) == b"Kubernetes"


def test_definitions() -> None:
    schema = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {"a": {"type": "array", "items": {"$ref": "#/definitions/x"}}},
        "x-kubernetes-list-type": "map",
    }
    data = only(protobuf.encode({"definitions": {"Pod": schema}}), 9, 1)
    assert only(data, 1) == b"Pod"
    assert only(data, 2, 22, 1) == b"object"
    assert [v for n, v in fields(only(data, 2)) if n == 19] == [b"a", b"b"]
    assert only(data, 2, 25, 1, 2, 23, 1, 1) == b"#/definitions/x"
    assert only(data, 2, 31, 1) == b"x-kubernetes-list-type"
    assert only(data, 2, 31, 2, 2) == b'"map"'


def test_operations() -> None:
    body = {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/x"}}
    query = {"name": "limit", "in": "query", "type": "integer", "uniqueItems": True}
    operation = {
        "operationId": "createPod",
        "parameters": [body, query],
        "responses": {"200": {"description": "OK", "schema": {"type": "string"}}},
    }
    data = only(protobuf.encode({"paths": {"/pods": {"post": operation}}}), 8, 2)
    assert only(data, 1) == b"/pods"
    post = only(data, 2, 4)
    assert only(post, 5) == b"createPod"
    first, second = (v for n, v in fields(post) if n == 8)
    assert only(first, 1, 1, 2) == b"body"
    assert only(first, 1, 1, 4) == 1
    assert only(second, 1, 2, 3, 4) == b"limit"
    assert only(post, 9, 1, 2, 1, 1) == b"OK"


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        protobuf.encode({"swagger": "2.0", "novelty": 1})


@pytest.mark.parametrize(
    ("schema", "wire"),
    [
        ({"maximum": 1.5}, "39 000000000000f83f"),
        ({"minimum": -1}, "49 000000000000f0bf"),
        ({"maxLength": 300}, "58 ac02"),
        ({"uniqueItems": True}, "8001 01"),
        ({"additionalProperties": True}, "aa01 02 1001"),
        ({"default": [True]}, "2a 08 12 06 5b747275655d"),
        ({"default": False}, "2a 07 12 05 66616c7365"),
        ({"enum": ["a", 1]}, "a201 05 12 03 226122 a201 03 12 01 31"),
        ({"externalDocs": {"url": "u"}}, "ea01 03 12 01 75"),
    ],
)
def test_keywords_of_custom_kinds(schema: dict[str, Any], wire: str) -> None:
    document = {"definitions": {"W": schema}}
    body = bytes.fromhex(wire.replace(" ", ""))
    assert protobuf.encode(document).endswith(body)
