"""What makes a schema structural."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.apiextensions import structural_rules

STRING = {"type": "string"}
EITHER = [{"type": "integer"}, {"type": "string"}]


def problems(field: dict[str, Any]) -> list[str]:
    """Of a schema with one field `f`."""
    root = {"type": "object", "properties": {"f": field}}
    return [str(error).removeprefix("s.properties[f]") for error in structural_rules.validate(root, "s")]


def of_root(**root: Any) -> list[str]:
    return [str(error) for error in structural_rules.validate({"type": "object", **root}, "s")]


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        (STRING, []),
        ({}, [".type: Required value: must not be empty for specified object fields"]),
        ({"x-kubernetes-preserve-unknown-fields": True}, []),
        ({"type": "array"}, [".items: Required value: must be specified"]),
        (
            {"type": "array", "items": {}},
            [".items.type: Required value: must not be empty for specified array items"],
        ),
        ({"x-kubernetes-int-or-string": True, "anyOf": EITHER}, []),
        ({"x-kubernetes-int-or-string": True, "allOf": [{"anyOf": EITHER}, {"pattern": "a"}]}, []),
        (
            {"x-kubernetes-int-or-string": True, "anyOf": EITHER[::-1]},
            [
                ".anyOf[0].type: Forbidden: must be empty to be structural",
                ".anyOf[1].type: Forbidden: must be empty to be structural",
            ],
        ),
        (
            {**STRING, "not": {"default": False, "nullable": True, "description": "d"}},
            [
                ".not.default: Forbidden: must be undefined to be structural",
                ".not.description: Forbidden: must be empty to be structural",
                ".not.nullable: Forbidden: must be false to be structural",
            ],
        ),
        (
            {"type": "object", "x-kubernetes-embedded-resource": True},
            [
                ".properties: Required value: must not be empty if x-kubernetes-embedded-resource is true "
                "without x-kubernetes-preserve-unknown-fields"
            ],
        ),
        (
            {"x-kubernetes-int-or-string": True, "x-kubernetes-preserve-unknown-fields": True},
            [
                ".x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if "
                "x-kubernetes-int-or-string is true"
            ],
        ),
    ],
)
def test_a_field(field: dict[str, Any], wanted: list[str]) -> None:
    assert problems(field) == wanted


@pytest.mark.parametrize(
    ("root", "wanted"),
    [
        ({"type": "array", "items": STRING}, ['s.type: Invalid value: "array": must be object at the root']),
        (
            {"additionalProperties": STRING},
            ["s.additionalProperties: Forbidden: must not be used at the root"],
        ),
        ({"properties": {"metadata": {"type": "object", "properties": {"name": STRING}}}}, []),
        (
            {"properties": {"metadata": {"type": "object", "description": "d"}}},
            [
                "s.properties[metadata]: Forbidden: must not specify anything other than name and "
                "generateName, but metadata is implicitly specified"
            ],
        ),
        (
            {"anyOf": [{"properties": {"metadata": {}}}], "properties": {"metadata": {"type": "object"}}},
            [
                "s.anyOf[0].properties[metadata]: Forbidden: must not be specified in a nested context",
            ],
        ),
        (
            {"allOf": [{"properties": {"a": {"minLength": 1}}}]},
            ["s.properties[a]: Required value: because it is defined in s.allOf[0].properties[a]"],
        ),
        ({"anyOf": [{"properties": {"a": {"minLength": 1}}}], "properties": {"a": STRING}}, []),
        (
            {"oneOf": [{"properties": {"a": {"items": {"minLength": 1}}}}], "properties": {"a": STRING}},
            [
                "s.properties[a].items: Required value: because it is defined in "
                "s.oneOf[0].properties[a].items"
            ],
        ),
        (
            {"properties": {"kind": {"type": "integer"}}},
            ['s.properties[kind].type: Invalid value: "integer": must be string'],
        ),
    ],
)
def test_the_root(root: dict[str, Any], wanted: list[str]) -> None:
    assert of_root(**root) == wanted


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({"$schema": "x"}, "OpenAPIV3Schema 'schema' is not supported"),
        (
            {"properties": {"a": {"additionalItems": False}}},
            "OpenAPIV3Schema 'additionalItems' is not supported",
        ),
        ({"not": {"items": [STRING]}}, "OpenAPIV3Schema 'items' must be a schema, but is an array"),
        (
            {"x-kubernetes-preserve-unknown-fields": False},
            "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined",
        ),
        ({"type": "object", "properties": {"a": STRING}}, ""),
    ],
)
def test_what_cannot_be_read_as_a_structural_schema(raw: dict[str, Any], why: str) -> None:
    assert structural_rules.unconvertible(raw) == why
