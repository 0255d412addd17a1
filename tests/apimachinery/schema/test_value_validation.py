"""Values of custom resources against their schemas, in go-openapi's words."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.field import FieldError
from wherry.apimachinery.schema.node import MISSING
from wherry.apimachinery.schema.structural import build
from wherry.apimachinery.schema.value_validation import validate


def faults(schema: Any, value: Any, old: Any = MISSING) -> list[FieldError]:
    """What is wrong with a field `f` of an object."""
    root = build({"type": "object", "properties": {"f": schema}})
    return validate(root, {"f": value}, old=old if old is MISSING else {"f": old})


STRING = {"type": "string"}
CASES: list[Any] = [
    ({"type": "string"}, 1, 'Invalid value: "integer": f in body must be of type string: "integer"'),
    ({"type": "string"}, None, 'Invalid value: "null": f in body must be of type string: "null"'),
    ({"type": "number"}, "x", 'Invalid value: "string": f in body must be of type number: "string"'),
    (
        {"x-kubernetes-int-or-string": True},
        1.5,
        'Invalid value: "number": f in body must be of type integer,string: "number"',
    ),
    ({"enum": ["a", None]}, "b", 'Unsupported value: "b": supported values: "a", "null"'),
    ({"enum": ["a", None], "nullable": True}, None, 'Unsupported value: null: supported values: "a", "null"'),
    ({"pattern": "^[a-z]+$"}, "ABC", "Invalid value: \"ABC\": f in body should match '^[a-z]+$'"),
    ({"minimum": 2}, 1, "Invalid value: 1: f in body should be greater than or equal to 2"),
    ({"maximum": 5, "exclusiveMaximum": True}, 5, "Invalid value: 5: f in body should be less than 5"),
    ({"minimum": 0.5}, 0.4, "Invalid value: 0.4: f in body should be greater than or equal to 0.5"),
    ({"multipleOf": 3}, 10, "Invalid value: 10: f in body should be a multiple of 3"),
    ({"minLength": 2, "pattern": "x"}, "a", 'Invalid value: "a": f in body should be at least 2 chars long'),
    ({"maxLength": 4}, "abcde", "Too long: may not be more than 4 bytes"),
    ({"minProperties": 1}, {}, "Invalid value: 0: f in body should have at least 1 properties"),
    ({"maxItems": 1}, [1, 2], "Too many: 2: must have at most 1 item"),
    ({"not": {"type": "string"}}, "x", 'Invalid value: "": "f" must not validate the schema (not)'),
]


@pytest.mark.parametrize(("schema", "value", "text"), CASES)
def test_one_fault(schema: dict[str, Any], value: Any, text: str) -> None:
    assert [error.text for error in faults(schema, value)] == [text]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 1.0),
        ({"type": "number"}, 1),
        ({"type": "string", "nullable": True}, None),
        ({"x-kubernetes-int-or-string": True}, "x"),
        ({"oneOf": [{"minimum": 10}, {"maximum": 3}]}, 2),
        ({"type": "integer", "format": "int64"}, 9223372036854775807),
    ],
)
def test_what_fits(schema: dict[str, Any], value: Any) -> None:
    assert faults(schema, value) == []


def test_places_of_nested_faults() -> None:
    item = {"type": "object", "required": ["a"], "properties": {"a": STRING}}
    schema = {"properties": {"l": {"type": "array", "items": item}, "m": {"additionalProperties": STRING}}}
    errors = faults(schema, {"l": [{}, {"a": 1}], "m": {"k": 1}})
    assert [error.field for error in errors] == ["f.l[0].a", "f.l[1].a", "f.m.k"]


def test_a_fraction_where_an_integer_belongs() -> None:
    errors = faults({"type": "integer", "format": "int64"}, 1.5)
    assert [(error.field, error.text) for error in errors] == [
        ("f", 'Invalid value: "float64": f in body must be of type int64: "float64"'),
        ("<nil>", 'Invalid value: "": Checked value must be of type integer with format int64 in f'),
    ]


def test_no_branch_of_a_choice() -> None:
    branches = [{"required": ["a"]}, {"required": ["b"]}]
    choice = '"f" must validate one and only one schema (oneOf). Found none valid'
    assert [error.text for error in faults({"oneOf": branches}, {})] == [
        f'Invalid value: "": {choice}',
        "Required value",
    ]


def test_every_branch_that_fails_of_all() -> None:
    branches = [{"minLength": 3}, {"pattern": "^a"}]
    assert [error.field for error in faults({"allOf": branches}, "b")] == ["f", "f", "<nil>"]
    assert faults({"allOf": branches}, "b")[-1].text.endswith("(allOf). None validated")


def test_the_branch_that_passes_most_checks_is_the_one_that_is_told() -> None:
    near = {"required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3}}}
    far = {"required": ["a", "b"], "properties": {"a": {"type": "string"}}}
    fields = [error.text for error in faults({"anyOf": [far, near]}, {"a": 1})]
    assert fields == [
        'Invalid value: "": "f" must validate at least one schema (anyOf)',
        "Invalid value: 1: f.a in body should be greater than or equal to 3",
    ]


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        (
            {"type": "string", "format": "date"},
            "x",
            'Invalid value: "x": f in body must be of type date: "x"',
        ),
        (
            {"type": "string", "format": "date"},
            5,
            'Invalid value: "int64": f in body must be of type date: "int64"',
        ),
        (
            {"type": "integer", "format": "int32"},
            "x",
            'Invalid value: "string": f in body must be of type integer: "string"',
        ),
        (
            {"type": "object", "additionalProperties": False},
            {"a": 1},
            'Invalid value: "a": f.a in body is a forbidden property',
        ),
        ({"type": "integer"}, 2**63, 'Invalid value: "number": f in body must be of type integer: "number"'),
    ],
)
def test_types_formats_and_names(schema: dict[str, Any], value: Any, text: str) -> None:
    assert faults(schema, value)[0].text == text


def test_a_place_outside_of_an_object_is_put_before() -> None:
    node = build({"type": "object", "properties": {"a": STRING}})
    assert [str(error) for error in validate(node, {"a": 1}, "x.default")] == [
        'x.default.a: Invalid value: "integer": a in body must be of type string: "integer"'
    ]
    assert [str(error) for error in validate(build(STRING), 1, "x.default")] == [
        'x.default: Invalid value: "integer":  in body must be of type string: "integer"'
    ]


MAP = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k"],
    "items": {"type": "object", "properties": {"k": STRING, "v": {"type": "string", "maxLength": 1}}},
}
SHORT = {"type": "string", "maxLength": 1}


@pytest.mark.parametrize(
    ("schema", "new", "old", "fields"),
    [
        (SHORT, "long", "long", []),
        (SHORT, "long", "else", ["f"]),
        (
            {"type": "object", "properties": {"a": SHORT, "b": SHORT}},
            {"a": "xx", "b": "yy"},
            {"a": "xx"},
            ["f.b"],
        ),
        ({"type": "array", "items": SHORT}, ["xx", "y"], ["xx"], ["f[0]"]),
        (MAP, [{"k": "b", "v": "yy"}, {"k": "a", "v": "xx"}], [{"k": "a", "v": "xx"}], ["f[0].v"]),
        ({"type": "array", "maxItems": 1, "items": STRING}, ["a", "b"], ["a", "b"], []),
        (STRING, 1, True, ["f"]),
    ],
)
def test_what_was_wrong_before_an_update_may_stay(schema: Any, new: Any, old: Any, fields: list[str]) -> None:
    assert [error.field for error in faults(schema, new, old)] == fields


def test_the_kind_of_an_object_is_checked_whatever_it_was() -> None:
    root = build({"type": "object", "properties": {"kind": {"type": "string", "enum": ["Other"]}}})
    (error,) = validate(root, {"kind": "Widget", "spec": 1}, old={"kind": "Widget"})
    assert error.field == "kind"
