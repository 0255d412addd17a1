"""Shapes are worked out once for a schema node, and go with it."""

from __future__ import annotations

import gc
import weakref

import pytest
from wherry.apimachinery.managedfields.shape import ANY, Kind, of, of_object
from wherry.apimachinery.schema.build import _copy
from wherry.apimachinery.schema.node import Node
from wherry.apimachinery.schema.registry import builtin
from wherry.apimachinery.schema.structural import build


class Marked(str):
    """A text that can be followed."""

    __slots__ = ("__weakref__",)


def schema() -> Node:
    """An object that holds objects like itself."""
    root = Node("object")
    root.fields = {"inner": root, "text": Node("string")}
    return root


def test_a_shape_is_worked_out_once() -> None:
    node = schema()
    assert of_object(node) is of_object(node)
    assert of(node).fields["inner"][1] is of(node)
    assert of_object(None) is of_object(None)
    assert of_object(None).element is ANY


def test_a_copy_with_other_facts_has_a_shape_of_its_own() -> None:
    node = Node("array")
    node.item = Node("string")
    assert of(node).kind is Kind.LEAF
    other = _copy(node)
    other.list_type = "set"
    assert of(other).kind is Kind.SET


def test_shapes_go_with_their_schema() -> None:
    node, name = schema(), Marked("followed")
    node.fields[name] = Node("string")
    of_object(node)
    followed = weakref.ref(name)
    del node, name
    gc.collect()
    assert followed() is None


def test_anything_fits_a_number_or_text_of_a_kind_known_from_the_start() -> None:
    schema = builtin("policy", "v1", "PodDisruptionBudget")
    assert schema is not None
    spec = schema.root.fields["spec"]
    assert of(spec.fields["minAvailable"]).atom == "any"


@pytest.mark.parametrize(
    ("raw", "atom"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "byte"}, "string"),
        ({"type": "string", "format": "date-time"}, "untyped"),
        ({"type": "string", "format": "uuid"}, "untyped"),
        ({"type": "integer", "format": "int64"}, "numeric"),
        ({"x-kubernetes-int-or-string": True}, "any"),
    ],
)
def test_what_fits_a_value_of_a_custom_resource(raw: dict[str, object], atom: str) -> None:
    assert of(build(raw)).atom == atom


TEXT = {"type": "string"}
INNER = {"type": "object", "properties": {"z": TEXT}}
KEEP = {"x-kubernetes-preserve-unknown-fields": True}


@pytest.mark.parametrize(
    ("raw", "free"),
    [
        ({"type": "object"}, True),
        ({"type": "object", "additionalProperties": True}, True),
        ({"type": "object", **KEEP}, True),
        (INNER, False),
        ({**INNER, **KEEP}, True),
    ],
)
def test_what_a_custom_object_may_hold_beside_its_fields(raw: dict[str, object], free: bool) -> None:
    shape = of(build(raw))
    assert (shape.kind, shape.atom, shape.element is ANY) == (Kind.MAP, "map", free)


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "object", "properties": {"q": INNER}, **KEEP},
        {"properties": {"q": INNER}, **KEEP},
        {"type": "object", "additionalProperties": INNER, **KEEP},
        {"type": "array", "items": INNER, **KEEP},
    ],
)
def test_unknown_fields_are_known_below_where_they_are_preserved(raw: dict[str, object]) -> None:
    shape = of(build(raw))
    inner = shape.fields["q"][1] if "q" in shape.fields else shape.element
    assert inner is not None
    assert list(inner.fields) == ["z"]
    assert inner.element is ANY
