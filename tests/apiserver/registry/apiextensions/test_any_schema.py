"""Whatever a definition's schema is, validation answers; and what it accepts serves any object."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from wherry.apimachinery.gvk import GroupVersionKind
from wherry.apimachinery.schema import list_types, value_validation
from wherry.apimachinery.schema.strict import DecodeError
from wherry.apimachinery.schema.structural import CustomSchema
from wherry.apiserver.endpoints.openapi.custom import CustomKind
from wherry.apiserver.endpoints.openapi.documents import OpenAPI
from wherry.apiserver.registry.apiextensions import embedded
from wherry.apiserver.registry.resource import Resource

from .test_custom_resource_definition import CRD, body, version

NAMES = st.sampled_from(["a", "b", "k", "metadata", "kind"])
VALUES = st.recursive(
    st.sampled_from([None, True, 0, -1, 2.5, 1.0, 2**63, "", "a", "2020-01-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
TYPES = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null", "text"])
KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "nullable": st.booleans(),
    "default": VALUES,
    "enum": st.lists(VALUES, max_size=2),
    "format": st.sampled_from(["date", "int32", "float", "zork"]),
    "pattern": st.sampled_from(["^a", "[", "(?=a)"]),
    "minimum": st.sampled_from([0, 2.5]),
    "multipleOf": st.sampled_from([0, -1, 0.1]),
    "maxLength": st.integers(-1, 2),
    "maxItems": st.integers(-1, 2),
    "minProperties": st.integers(0, 2),
    "required": st.lists(NAMES, max_size=2),
    "uniqueItems": st.booleans(),
    "x-kubernetes-preserve-unknown-fields": st.booleans(),
    "x-kubernetes-embedded-resource": st.just(True),
    "x-kubernetes-int-or-string": st.just(True),
    "x-kubernetes-list-type": st.sampled_from(["set", "map", "atomic", "z"]),
    "x-kubernetes-list-map-keys": st.sampled_from([["k"], ["a", "b"], []]),
    "x-kubernetes-map-type": st.sampled_from(["atomic", "granular", "x"]),
    "not": st.just({"required": ["a"]}),
    "oneOf": st.just([{"required": ["a"]}, {"minimum": 1}]),
    "anyOf": st.just([{"type": "integer"}, {"type": "string"}]),
}


def _larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    more = {
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "items": inner | st.lists(inner, max_size=1),
        "additionalProperties": st.booleans() | inner,
        "allOf": st.lists(inner, min_size=1, max_size=2),
    }
    return st.fixed_dictionaries({"type": TYPES}, optional=KEYWORDS | more)


SCHEMAS = st.recursive(st.fixed_dictionaries({"type": TYPES}), _larger, max_leaves=4)


@settings(max_examples=150, deadline=None)
@given(SCHEMAS, VALUES)
def test_any_schema(schema: dict[str, Any], value: Any) -> None:
    root = {"type": "object", "properties": {"f": schema}}
    obj = body(versions=[version(schema={"openAPIV3Schema": root})])
    try:
        if CRD.problems(obj) or CRD.update_problems(obj, obj):
            return
    except DecodeError:
        return
    _serve(CRD.created(obj)["spec"]["versions"][0], value)


def _serve(found: dict[str, Any], value: Any) -> None:
    kind = CustomKind(Resource(group="g.io", kind="W", plural="ws", custom=True), found)
    documents = OpenAPI((), lambda: [kind])
    assert documents.v3("apis/g.io/v1") and documents.v2() and documents.v2_protobuf()
    schema = CustomSchema(found["schema"]["openAPIV3Schema"], GroupVersionKind("g.io", "v1", "W"))
    obj = {"apiVersion": "g.io/v1", "kind": "W", "metadata": {"name": "a"}, "f": value}
    try:
        schema.decode(obj)
    except DecodeError:
        return
    schema.default(obj)
    old = orjson.loads(orjson.dumps(obj))
    errors = value_validation.validate(schema.root, obj)
    assert value_validation.validate(schema.root, obj, old=old) == [] or errors
    errors += [*list_types.validate(schema.root, obj), *embedded.validate(schema.root, obj)]
    assert orjson.dumps([error.cause() for error in errors])
