"""Dropping what a schema does not know, position by position."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery import jsonio
from wherry.apimachinery.schema.pruning import clean, prune, settle_numbers
from wherry.apimachinery.schema.strict import DecodeError

STRING: dict[str, Any] = {"type": "string"}
KEEP = {"x-kubernetes-preserve-unknown-fields": True}


def an_object(more: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **(more or {})}


CASES: list[tuple[dict[str, Any], Any, Any]] = [
    (an_object(a=STRING), {"a": "x", "b": 1}, {"a": "x"}),
    (an_object(a=STRING), {"a": {"b": 1}}, {"a": {}}),
    (an_object(KEEP, a=an_object(b=STRING)), {"z": {"y": 1}, "a": {"c": 1}}, {"z": {"y": 1}, "a": {}}),
    (an_object(l={"type": "array", "items": an_object(a=STRING)}), {"l": [{"b": 1}]}, {"l": [{}]}),
    ({"type": "object", "additionalProperties": an_object(a=STRING)}, {"k": {"b": 1}}, {"k": {}}),
    ({"type": "object", "additionalProperties": True}, {"k": {"b": 1}, "n": 1}, {"k": {}, "n": 1}),
    (
        an_object(l={"type": "array", "items": an_object(a=STRING), **KEEP}),
        {"l": [{"b": 1}]},
        {"l": [{"b": 1}]},
    ),
]


@pytest.mark.parametrize(("schema", "value", "left"), CASES)
def test_what_is_left(schema: dict[str, Any], value: Any, left: Any) -> None:
    value = jsonio.clone(value)
    prune(schema, value)
    assert value == left


@pytest.mark.parametrize(("schema", "value", "left"), CASES)
def test_the_quick_check_never_overlooks_anything(schema: dict[str, Any], value: Any, left: Any) -> None:
    assert not clean(schema)(value) or value == left
    if not schema.get("x-kubernetes-preserve-unknown-fields"):
        assert clean(schema)(left) or any(KEEP.items() <= s.items() for s in schema["properties"].values())


def test_metadata_of_a_resource_inside_is_typed_and_told_last() -> None:
    inner = an_object({"x-kubernetes-embedded-resource": True}, spec=STRING)
    value = {"f": {"apiVersion": "v1", "kind": "K", "metadata": {"name": "a", "zz": 1}, "yy": 1}, "zzz": 1}
    assert prune(an_object(f=inner), value) == [
        'unknown field "f.yy"',
        'unknown field "zzz"',
        'unknown field "f.metadata.zz"',
    ]
    assert value == {"f": {"apiVersion": "v1", "kind": "K", "metadata": {"name": "a"}}}


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"apiVersion": 1}, "f.apiVersion: Invalid value: 1: must be a string"),
        (
            {"metadata": {"labels": {"a": 1}}},
            'f.metadata: Invalid value: {"labels":{"a":1}}: json: cannot unmarshal number into Go struct '
            "field ObjectMeta.labels of type string",
        ),
    ],
)
def test_a_resource_inside_that_is_none(resource: dict[str, Any], message: str) -> None:
    inner = an_object({"x-kubernetes-embedded-resource": True, **KEEP})
    with pytest.raises(DecodeError) as caught:
        prune(an_object(f=inner), {"f": resource})
    assert str(caught.value) == message


def test_whole_floats_become_whole_numbers() -> None:
    value = {"a": 1.0, "l": [2.5, {"b": -0.0}], "c": True}
    assert not clean(an_object(a={}, l={}, c={}))(value)
    settle_numbers(value)
    assert jsonio.dumps(value) == b'{"a":1,"l":[2.5,{"b":0}],"c":true}'


def test_a_number_that_no_float_holds() -> None:
    with pytest.raises(DecodeError, match="cannot unmarshal number 1E400 into Go value of type float64"):
        settle_numbers({"a": float("inf")}, b'{"a": 1E400, "b": 12}')
