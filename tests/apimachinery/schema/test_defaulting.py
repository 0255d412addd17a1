"""Defaults of custom resources, and nulls where none may be."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.schema.defaulting import defaulter


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


A = {"type": "string", "default": "a"}
PLAIN = {"type": "string"}
NULLABLE = {"type": "string", "nullable": True}


@pytest.mark.parametrize(
    ("schema", "value", "wanted"),
    [
        (an_object(f=A), {}, {"f": "a"}),
        (an_object(f=A), {"f": "x"}, {"f": "x"}),
        (an_object(f=A), {"f": None}, {"f": "a"}),
        (an_object(f={**A, "nullable": True}), {"f": None}, {"f": None}),
        (an_object(f=PLAIN), {"f": None}, {}),
        (an_object(f=NULLABLE), {"f": None}, {"f": None}),
        (an_object(f={**an_object(g=A), "default": {}}), {}, {"f": {"g": "a"}}),
        (an_object(f=an_object(g=A)), {}, {}),
        (an_object(f=an_object(g=A)), {"f": {}}, {"f": {"g": "a"}}),
        (an_object(f={"type": "array", "items": an_object(g=A)}), {"f": [{}]}, {"f": [{"g": "a"}]}),
        (an_object(f={"type": "array", "items": A}), {"f": [None, "x"]}, {"f": ["a", "x"]}),
        (an_object(f={"type": "array", "items": PLAIN}), {"f": [None]}, {"f": [None]}),
        (an_object(f={"additionalProperties": an_object(g=A)}), {"f": {"k": {}}}, {"f": {"k": {"g": "a"}}}),
        (an_object(f={"additionalProperties": PLAIN}), {"f": {"k": None}}, {"f": {}}),
        (an_object(f={"additionalProperties": True}), {"f": {"k": None}}, {"f": {"k": None}}),
        (an_object(f={**an_object(g=A), "default": {}}), {"f": None}, {"f": {"g": "a"}}),
        (an_object(), {"unknown": None}, {"unknown": None}),
    ],
)
def test_what_an_object_becomes(schema: dict[str, Any], value: Any, wanted: Any) -> None:
    defaulter(schema)(value)
    assert value == wanted


def test_a_default_is_not_shared_between_objects() -> None:
    apply = defaulter(an_object(f={"type": "array", "default": ["a"], "items": PLAIN}))
    one: dict[str, Any] = {}
    other: dict[str, Any] = {}
    apply(one)
    apply(other)
    one["f"].append("b")
    assert other == {"f": ["a"]}


@pytest.mark.parametrize(
    ("schema", "value", "wanted"),
    [
        (
            an_object(f=PLAIN, g=A, h=NULLABLE),
            {"f": None, "g": None, "h": None},
            {"f": None, "g": "a", "h": None},
        ),
        (an_object(f=an_object(g=PLAIN)), {"f": {"g": None}}, {"f": {"g": None}}),
        (an_object(f={"x-kubernetes-int-or-string": True}), {"f": None}, {"f": None}),
        (an_object(f={"x-kubernetes-preserve-unknown-fields": True}), {"f": None}, {}),
    ],
)
def test_what_was_merged_keeps_typed_nulls(
    schema: dict[str, Any], value: dict[str, Any], wanted: dict[str, Any]
) -> None:
    defaulter(schema, keep=True)(value)
    assert value == wanted
