"""Keywords, list and map types, and the outer form of rules."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.apiextensions import schema_rules
from wherry.apiserver.registry.apiextensions.schema_rules import Rules

STRING = {"type": "string"}
KEYED = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k"],
    "items": {"type": "object", "required": ["k"], "properties": {"k": STRING}},
}
SET = {"type": "array", "x-kubernetes-list-type": "set"}


def problems(raw: dict[str, Any], **rules: bool) -> list[str]:
    return [str(error) for error in schema_rules.validate(raw, "s", Rules(**rules))]


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (KEYED, []),
        (
            {"type": "text"},
            [
                's.type: Unsupported value: "text": supported values: "array", "boolean", '
                '"integer", "number", "object", "string"'
            ],
        ),
        (
            {"uniqueItems": True},
            [
                "s.uniqueItems: Forbidden: uniqueItems cannot be set to true since the "
                "runtime complexity becomes quadratic"
            ],
        ),
        (
            {"id": "x", "$ref": "#/a", "definitions": {"a": STRING}},
            [
                "s.id: Forbidden: id is not supported",
                "s.definitions: Forbidden: definitions is not supported",
                "s.$ref: Forbidden: $ref is not supported",
            ],
        ),
        (
            {"properties": {"a": STRING}, "additionalProperties": STRING},
            ["s.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"],
        ),
        (
            {"type": "object", "properties": {"metadata": {"properties": {"name": {"default": "x"}}}}},
            [
                "s.properties[metadata].properties[name].default: Forbidden: must not be set in top-level "
                "metadata"
            ],
        ),
        (
            {"type": "array", "x-kubernetes-map-type": "fast"},
            [
                's.type: Invalid value: "array": must be object if x-kubernetes-map-type is specified',
                's.x-kubernetes-map-type: Unsupported value: "fast": supported values: "atomic", "granular"',
            ],
        ),
        (
            {**SET, "items": {"type": "object"}},
            [
                "s.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with "
                "x-kubernetes-list-type=set"
            ],
        ),
        ({**SET, "items": {"type": "object", "x-kubernetes-map-type": "atomic"}}, []),
        (
            {**SET, "items": {**STRING, "nullable": True}},
            ["s.items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set"],
        ),
        (
            {**KEYED, "x-kubernetes-list-type": "set", "items": STRING},
            [
                's.x-kubernetes-list-type: Invalid value: "set": must be map if x-kubernetes-list-map-keys '
                "is non-empty"
            ],
        ),
        (
            {**KEYED, "x-kubernetes-list-map-keys": ["k", "z", "k"]},
            [
                's.x-kubernetes-list-map-keys: Invalid value: ["k","z","k"]: entries must all be names of '
                "item properties",
                's.x-kubernetes-list-map-keys: Invalid value: ["k","z","k"]: must not contain duplicate '
                "entries",
            ],
        ),
        (
            {**KEYED, "items": {"type": "object", "properties": {"k": STRING}}},
            [
                "s.items.properties[k].default: Required value: this property is in "
                "x-kubernetes-list-map-keys, so it must have a default or be a required property"
            ],
        ),
        (
            {"type": "array", "x-kubernetes-list-type": "map"},
            [
                "s.x-kubernetes-list-map-keys: Required value: must not be empty if "
                "x-kubernetes-list-type is map",
                "s.items: Required value: must have a schema if x-kubernetes-list-type is map",
            ],
        ),
    ],
)
def test_a_schema(raw: dict[str, Any], wanted: list[str]) -> None:
    assert problems(raw) == wanted


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ({"rule": "self.a == 'x'"}, []),
        ({"rule": " "}, ["rule: Required value: rule is not specified"]),
        ({"rule": "x", "message": "a\nb"}, ['message: Invalid value: "a\\nb": must not contain line breaks']),
        (
            {"rule": "a\nb"},
            ["message: Required value: message must be specified if rule contains line breaks"],
        ),
        (
            {"rule": "x", "messageExpression": " "},
            ["messageExpression: Required value: messageExpression must be non-empty if specified"],
        ),
        ({"rule": "x", "fieldPath": ".zz"}, ['fieldPath: Invalid value: ".zz": must be a valid path']),
        ({"rule": "x", "fieldPath": ".a"}, []),
    ],
)
def test_the_form_of_a_rule(rule: dict[str, Any], wanted: list[str]) -> None:
    raw = {"type": "object", "properties": {"a": STRING}, "x-kubernetes-validations": [rule]}
    assert [text.removeprefix("s.x-kubernetes-validations[0].") for text in problems(raw)] == wanted


def test_what_an_old_definition_broke_may_stay_broken() -> None:
    raw = {**SET, "items": {"type": "object", "nullable": True, "properties": {"a": {"type": "text"}}}}
    assert len(problems(raw)) == 3
    assert problems(raw, valid_types=False, atomic_sets=False, keyed_items=False) == []
