"""Resources inside of custom resources have a type and good metadata."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.schema.structural import build, build_root
from wherry.apiserver.registry.apiextensions import embedded

RESOURCE = {
    "type": "object",
    "x-kubernetes-embedded-resource": True,
    "x-kubernetes-preserve-unknown-fields": True,
}


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "A_b"}}, []),
        ({"apiVersion": "v1", "kind": "Pod"}, []),
        ({}, ["f.apiVersion: Required value", "f.kind: Required value"]),
        ({"apiVersion": "a/b/c", "kind": ""}, [
            'f.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
            'f.kind: Invalid value: "": must not be empty',
        ]),
        ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a/b"}}, [
            'f.metadata.name: Invalid value: "a/b": may not contain \'/\'']),
        ("x", []),
    ],
)  # fmt: skip
def test_a_resource(resource: Any, wanted: list[str]) -> None:
    root = build_root({"type": "object", "properties": {"f": RESOURCE}})
    assert [str(error) for error in embedded.validate(root, {"f": resource})] == wanted


def test_resources_in_lists_and_maps() -> None:
    schema = {"type": "array", "items": {"type": "object", "additionalProperties": RESOURCE}}
    root = build({"type": "object", "properties": {"l": schema}})
    errors = embedded.validate(root, {"l": [{"k": {"kind": "Pod"}}]})
    assert [error.field for error in errors] == ["l[0][k].apiVersion"]


def test_the_whole_object_is_checked_when_told() -> None:
    root = build({"type": "object"})
    assert embedded.validate(root, {}) == []
    assert [error.field for error in embedded.validate(root, {}, root=True)] == ["apiVersion", "kind"]
