"""Printer columns, selectable fields, scale."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.apiextensions import path_rules

SCHEMA = {
    "type": "object",
    "properties": {
        "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
        "spec": {
            "type": "object",
            "properties": {name: {"type": "integer"} for name in "abcdefghi"} | {"o": {"type": "object"}},
        },
    },
}


@pytest.mark.parametrize(
    ("paths", "wanted"),
    [
        ([".spec.a"], []),
        ([""], ["f[0].jsonPath: Required value"]),
        (
            [".spec.z"],
            ['f[0].jsonPath: Invalid value: ".spec.z": is an invalid path: does not refer to a valid field'],
        ),
        ([".spec.o"], [f'f[0].jsonPath: Invalid value: ".spec.o": {path_rules.NOT_SELECTABLE}']),
        (
            [".metadata.name"],
            ['f[0].jsonPath: Invalid value: ".metadata.name": must not point to fields in metadata'],
        ),
        ([".spec.a", ".spec.a"], ['f[1].jsonPath: Duplicate value: ".spec.a"']),
        ([f".spec.{name}" for name in "abcdefghi"], ["f: Too many: 9: must have at most 8 items"]),
    ],
)
def test_selectable_fields(paths: list[str], wanted: list[str]) -> None:
    fields = [{"jsonPath": path} for path in paths]
    assert [str(error) for error in path_rules.selectable(fields, SCHEMA, "f")] == wanted


def test_too_many_selectable_fields_may_stay() -> None:
    fields = [{"jsonPath": f".spec.{name}"} for name in "abcdefghi"]
    assert path_rules.selectable(fields, SCHEMA, "f", any_number=True) == []


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ({"name": "A", "type": "string", "jsonPath": ".spec.items[?(@.a=='b')].c"}, []),
        (
            {},
            [
                "c[0].name: Required value",
                "c[0].type: Required value: must be one of boolean,date,integer,number,string",
                "c[0].JSONPath: Required value",
            ],
        ),
        (
            {"name": "A", "type": "date", "format": "zork", "jsonPath": "a"},
            [
                'c[0].format: Invalid value: "zork": must be one of byte,date,date-time,double,float,int32,'
                "int64,password",
                'c[0].JSONPath: Invalid value: "a": must be a simple json path starting with .',
            ],
        ),
    ],
)
def test_columns(column: dict[str, Any], wanted: list[str]) -> None:
    assert [str(error) for error in path_rules.columns([column], "c")] == wanted


@pytest.mark.parametrize(
    ("scale", "wanted"),
    [
        (
            {
                "specReplicasPath": ".spec.n",
                "statusReplicasPath": ".status.n",
                "labelSelectorPath": ".spec.s",
            },
            [],
        ),
        (
            {},
            ["s.scale.specReplicasPath: Required value", "s.scale.statusReplicasPath: Required value"],
        ),
        (
            {"specReplicasPath": ".spec", "statusReplicasPath": "status.n", "labelSelectorPath": ".x.y"},
            [
                's.scale.specReplicasPath: Invalid value: ".spec": should be a json path under .spec',
                's.scale.statusReplicasPath: Invalid value: "status.n": must be a simple json path starting '
                "with .",
                's.scale.labelSelectorPath: Invalid value: ".x.y": should be a json path under either .spec '
                "or .status",
            ],
        ),
    ],
)
def test_scale(scale: dict[str, Any], wanted: list[str]) -> None:
    assert [str(error) for error in path_rules.scale({"scale": scale}, "s")] == wanted
