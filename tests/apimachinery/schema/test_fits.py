"""The quick check never says that something fits which the careful one refuses."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from wherry.apimachinery.schema import fits
from wherry.apimachinery.schema.structural import build
from wherry.apimachinery.schema.value_validation import exactly

LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "maxLength": st.integers(0, 3),
            "minLength": st.integers(0, 3),
            "pattern": st.sampled_from(["^a", "b$"]),
            "format": st.sampled_from(["ipv4", "zork"]),
            "enum": st.just(["a", "1.2.3.4"]),
            "nullable": st.booleans(),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.sampled_from([0, 0.5, 2]),
            "maximum": st.sampled_from([1, 1.5]),
            "exclusiveMinimum": st.booleans(),
            "multipleOf": st.sampled_from([2, 0.5]),
            "format": st.sampled_from(["int32", "float"]),
        },
    ),
    st.just({"type": "boolean"}),
    st.just({"x-kubernetes-int-or-string": True}),
    st.just({"type": "string", "oneOf": [{"maxLength": 1}, {"pattern": "^a"}]}),
    st.just({"type": "integer", "not": {"minimum": 1}}),
    st.just({"type": "integer", "anyOf": [{"minimum": 2}, {"maximum": 0}]}),
)


def _larger(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner}, optional={"maxItems": st.integers(0, 2)}
        ),
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from("ab"), inner)},
            optional={"required": st.just(["a"]), "minProperties": st.integers(0, 1)},
        ),
        st.fixed_dictionaries({"type": st.just("object"), "additionalProperties": inner}),
    )


SCHEMAS = st.recursive(LEAVES, _larger, max_leaves=5)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from([0.5, 1.0, 1e39, 2**40]),
        st.sampled_from(["", "a", "ab", "1.2.3.4"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(SCHEMAS, VALUES)
def test_a_yes_is_right(schema: dict[str, Any], value: Any) -> None:
    if fits.build(schema)(value):
        assert exactly(schema)(value)


def test_the_usual_object_fits_at_once() -> None:
    schema = {
        "type": "object",
        "required": ["s"],
        "properties": {
            "s": {"type": "string", "enum": ["x"]},
            "n": {"type": "integer", "minimum": 1},
            "l": {"type": "array", "items": {"type": "number"}},
            "m": {"type": "object", "additionalProperties": {"type": "boolean"}},
        },
    }
    assert fits.of(build(schema))({"s": "x", "n": 2, "l": [1, 1.5], "m": {"k": True}})


def test_checks_are_made_once_and_where_values_are() -> None:
    node = build({"type": "object", "properties": {"a": {"type": "string", "pattern": "["}}})
    assert fits.of(node) is fits.of(node)
    assert fits.of(node)({})
