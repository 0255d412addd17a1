"""Defaults must be valid where they stand."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.apiextensions import default_rules

STRING = {"type": "string"}
RESOURCE = {
    "type": "object",
    "x-kubernetes-embedded-resource": True,
    "x-kubernetes-preserve-unknown-fields": True,
}


def problems(field: dict[str, Any], *, pruned: bool = True) -> list[str]:
    root = {"type": "object", "properties": {"f": field}}
    found = default_rules.validate(root, "s", lambda raw, value, path: [], pruned=pruned)
    return [str(error).removeprefix("s.properties[f]") for error in found]


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ({**STRING, "default": "a"}, []),
        (
            {"type": "integer", "default": "a"},
            ['.default: Invalid value: "string":  in body must be of type integer: "string"'],
        ),
        (
            {"type": "object", "default": {"b": 1}, "properties": {"a": STRING}},
            ['.default: Invalid value: {"b":1}: must not have unknown fields'],
        ),
        (
            {"type": "array", "items": {**STRING, "default": 3}},
            ['.items.default: Invalid value: "integer":  in body must be of type string: "integer"'],
        ),
        (
            {**RESOURCE, "default": {"kind": "K"}},
            [".default.apiVersion: Required value"],
        ),
        (
            {**RESOURCE, "default": {"apiVersion": "v1", "kind": "K", "metadata": {"labels": {"a": "b c"}}}},
            [
                '.default.metadata.labels: Invalid value: "b c": a valid label must be an empty string or '
                "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
                "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
                "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            ],
        ),
        (
            {**RESOURCE, "properties": {"metadata": {"type": "object", "default": {"labels": 1}}}},
            [
                '.properties[metadata].default: Invalid value: {"labels":1}: must result in valid metadata: '
                'metadata: Invalid value: {"labels":1}: json: cannot unmarshal number into Go struct field '
                "ObjectMeta.labels of type map[string]string"
            ],
        ),
        (
            {**RESOURCE, "properties": {"kind": {"type": "string", "default": 1}}},
            [
                ".properties[kind].default: Invalid value: 1: must result in valid metadata: "
                "kind: Invalid value: 1: must be a string"
            ],
        ),
    ],
)
def test_a_default(field: dict[str, Any], wanted: list[str]) -> None:
    assert problems(field) == wanted


def test_an_old_definition_may_have_unknown_fields_in_its_defaults() -> None:
    field = {"type": "object", "default": {"b": 1}, "properties": {"a": STRING}}
    assert default_rules.unpruned({"type": "object", "properties": {"f": field}})
    assert problems(field, pruned=False) == []
