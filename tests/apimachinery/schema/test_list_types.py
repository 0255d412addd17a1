"""Lists that are sets or maps have nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.schema import list_types
from wherry.apimachinery.schema.structural import build

A_SET = {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}
A_MAP = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["port", "proto"],
    "items": {"type": "object", "properties": {"port": {"type": "integer"}, "proto": {"type": "string"}}},
}
PORT = {"port": 1, "proto": "TCP"}


@pytest.mark.parametrize(
    ("schema", "value", "errors"),
    [
        (A_SET, ["a", "b"], []),
        (A_SET, ["a", "b", "a", "a"], ['f[2]: Duplicate value: "a"']),
        (A_MAP, [PORT, {"port": 1}, {"port": 2, "proto": "TCP"}], []),
        (A_MAP, [PORT, {**PORT, "x": 1}], ['f[1]: Duplicate value: {"port":1,"proto":"TCP"}']),
        (A_MAP, [1], ["f[0]: Invalid value: 1: must be an object for an array of list-type map"]),
    ],
)
def test_lists(schema: dict[str, Any], value: list[Any], errors: list[str]) -> None:
    assert [str(error) for error in list_types.validate(build(schema), value, "f")] == errors


def test_lists_deep_inside() -> None:
    schema = {"type": "object", "properties": {"m": {"type": "object", "additionalProperties": A_SET}}}
    (error,) = list_types.validate(build(schema), {"m": {"k": ["a", "a"]}})
    assert error.field == "m[k][1]"
