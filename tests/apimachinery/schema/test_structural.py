"""Custom resources: pruning, defaulting and typed metadata by an openAPIV3Schema."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.gvk import GroupVersionKind
from wherry.apimachinery.schema.strict import DecodeError
from wherry.apimachinery.schema.structural import CustomSchema

Object = dict[str, Any]
STRING = {"type": "string"}


def schema(spec: Object) -> CustomSchema:
    root = {"type": "object", "properties": {"spec": spec}}
    return CustomSchema(root, GroupVersionKind("example.com", "v1", "Widget"))


def an_object(**properties: Any) -> Object:
    return {"type": "object", "properties": properties}


def widget(spec: Any) -> Object:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": spec}


def test_unknown_fields_are_pruned_and_reported_sorted() -> None:
    obj = widget({"zz": 1, "f": {"e": 1, "a": "x"}}) | {"top": 1}
    problems = schema(an_object(f=an_object(a=STRING))).decode(obj)
    assert problems == ['unknown field "spec.f.e"', 'unknown field "spec.zz"', 'unknown field "top"']
    assert obj["spec"] == {"f": {"a": "x"}}


def test_what_is_to_be_preserved_stays() -> None:
    obj = widget({"f": {"a": {"b": 1}, "c": None}})
    spec = an_object(f={"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    assert schema(spec).decode(obj) == []
    assert obj["spec"] == {"f": {"a": {"b": 1}, "c": None}}


def test_maps_and_lists_are_pruned_inside() -> None:
    items = an_object(c=STRING)
    spec = an_object(m={"type": "object", "additionalProperties": items}, l={"type": "array", "items": items})
    obj = widget({"m": {"k": {"x": 1}}, "l": [{"c": "1", "x": 1}]})
    assert schema(spec).decode(obj) == ['unknown field "spec.l[0].x"', 'unknown field "spec.m.k.x"']
    assert obj["spec"] == {"m": {"k": {}}, "l": [{"c": "1"}]}


def test_repeated_fields_come_first() -> None:
    assert schema(an_object()).decode(widget({"x": 1}), ['duplicate field "spec.a"']) == [
        'duplicate field "spec.a"',
        'unknown field "spec.x"',
    ]


def test_metadata_is_typed() -> None:
    obj = widget({}) | {"metadata": {"name": "a", "labels": {}, "zork": 1}}
    assert schema(an_object()).decode(obj) == ['unknown field "metadata.zork"']
    assert obj["metadata"] == {"name": "a"}


def test_bad_metadata_is_refused() -> None:
    obj = widget({}) | {"metadata": {"labels": {"a": 1}}}
    with pytest.raises(DecodeError) as error:
        schema(an_object()).decode(obj)
    message = "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"
    assert str(error.value) == message


def test_embedded_resources_have_typed_metadata_too() -> None:
    spec = an_object(f={"type": "object", "x-kubernetes-embedded-resource": True})
    obj = widget({"f": {"kind": "Pod", "metadata": {"bogus": 1}, "extra": 1}})
    assert schema(spec).decode(obj) == [
        'unknown field "spec.f.extra"',
        'unknown field "spec.f.metadata.bogus"',
    ]
    with pytest.raises(
        DecodeError, match=r'^spec\.f\.metadata: Invalid value: \{"labels":\{"a":1\}\}: json:'
    ):
        schema(spec).decode(widget({"f": {"metadata": {"labels": {"a": 1}}}}))


def test_defaults_reach_everywhere() -> None:
    item = an_object(c={"type": "integer", "default": 1})
    spec = an_object(a={"type": "object", "default": {}, "properties": {"b": {**STRING, "default": "x"}}})
    spec["properties"]["l"] = {"type": "array", "items": item}
    obj = widget({"l": [{}, {"c": 5}]})
    schema(spec).default(obj)
    assert obj["spec"] == {"l": [{"c": 1}, {"c": 5}], "a": {"b": "x"}}


def test_a_null_without_default_goes() -> None:
    obj = widget({"a": None, "m": {"k": None}, "l": [None]})
    a_map = {"type": "object", "additionalProperties": STRING}
    schema(an_object(a=STRING, m=a_map, l={"type": "array", "items": STRING})).default(obj)
    assert obj["spec"] == {"m": {}, "l": [None]}


@pytest.mark.parametrize(("nullable", "value"), [(True, None), (False, "x")])
def test_a_null_that_is_not_allowed_is_defaulted(nullable: bool, value: Any) -> None:
    obj = widget({"a": None})
    schema(an_object(a={**STRING, "default": "x", "nullable": nullable})).default(obj)
    assert obj["spec"] == {"a": value}


def test_nodes_know_their_list_and_map_types() -> None:
    ports = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["p"],
        "items": an_object(),
    }
    root = schema(an_object(ports=ports, m={"type": "object", "x-kubernetes-map-type": "atomic"})).root
    fields = root.fields["spec"].fields
    assert (fields["ports"].list_type, fields["ports"].list_keys) == ("map", ("p",))
    assert fields["m"].map_type == "atomic"
