"""Values that are too deep or too many are refused while they are read, whatever they are written in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from wherry.apimachinery.serializer import bounds, json_strict, yaml_io
from wherry.apimachinery.serializer.bounds import MAX_CONTAINERS, MAX_DEPTH, MAX_VALUES, TooManyError

Load = Callable[[bytes], Any]


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize("load", [json_strict.loads, yaml_io.loads])
def test_as_deep_as_can_be_written_again(load: Load) -> None:
    value, _ = load(nested(MAX_DEPTH))
    assert orjson.dumps({"items": [{"object": {"f:spec": value}}]})
    with pytest.raises(ValueError, match="exceeded max depth"):
        load(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("data", [b"a: " + b"[" * 5000, b"- " * 5000, b"{a: " * 5000, b"[" * 1_000_000])
def test_yaml_that_only_opens(data: bytes) -> None:
    with pytest.raises(ValueError, match="exceeded max depth"):
        yaml_io.loads(data)


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"a," * (MAX_VALUES + 1) + b"]",
        b'{"a":1.0,"b":[' + b"1," * (MAX_VALUES + 1) + b"1]}",
    ],
)
def test_yaml_of_too_many_nodes(data: bytes) -> None:
    with pytest.raises(TooManyError):
        yaml_io.loads(data)


def test_repeated_keys_are_not_looked_for_forever() -> None:
    with pytest.raises(TooManyError):
        json_strict.loads(b"{" + b'"a":1,' * (MAX_VALUES + 1) + b'"b":1}')


@pytest.mark.parametrize(
    "value",
    [
        [{}] * (MAX_CONTAINERS + 1),
        {"a": [None] * (MAX_CONTAINERS + 1)},
        {"a": {str(n): "" for n in range(MAX_VALUES + 1)}},
    ],
)
def test_large_texts_are_counted(value: Any) -> None:
    with pytest.raises(TooManyError, match="Request entity too large: limit is"):
        bounds.check_count(value, 1_000_000)
    bounds.check_count(value, 1000)


def test_what_an_object_may_hold() -> None:
    bounds.check_count({"data": {str(n): "" for n in range(MAX_VALUES - 1)}}, 3_000_000)


@pytest.mark.parametrize("data", [b"a: &a [*a]", b"&a {metadata: *a}"])
def test_a_cycle_is_an_unknown_anchor(data: bytes) -> None:
    with pytest.raises(ValueError, match="yaml: unknown anchor 'a' referenced"):
        yaml_io.loads(data)
