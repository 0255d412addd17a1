"""Custom kinds in the documents: their schemas in both versions, and their coming and going."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from wherry.apiserver.endpoints.openapi import documents
from wherry.apiserver.endpoints.openapi.custom import CustomKind
from wherry.apiserver.endpoints.openapi.schemas import V2, V3
from wherry.apiserver.registry.resource import SCALE, STATUS, Resource

Json = dict[str, Any]
STRING: Json = {"type": "string"}
KEEP = {"x-kubernetes-preserve-unknown-fields": True}


def kind(root: Json | None = None, *, plural: str = "widgets", **more: Any) -> CustomKind:
    resource = Resource(
        group="example.com",
        version="v1",
        kind=plural[:-1].capitalize(),
        plural=plural,
        subresources=(STATUS, SCALE),
        custom=True,
    )
    raw = {"type": "object", **(root or {})}
    return CustomKind(resource, {"schema": {"openAPIV3Schema": raw}, **more})


def field(raw: Json, *, v3: bool) -> Json:
    """What becomes of a field `f`."""
    definitions = kind({"properties": {"f": raw}}).definitions(V3 if v3 else V2)
    found: Json = definitions["custom:com.example.v1.Widget"]["properties"]["f"]
    return found


EITHER = [{"type": "integer"}, {"type": "string"}]
LOGIC = {"type": "string", "anyOf": [{"maxLength": 1}], "not": {"pattern": "a"}, "maxLength": 5}


@pytest.mark.parametrize(
    ("raw", "third", "second"),
    [
        (STRING, STRING, STRING),
        (LOGIC, LOGIC, {"type": "string", "maxLength": 5}),
        ({**STRING, "nullable": True}, {**STRING, "nullable": True}, {}),
        ({**STRING, "default": "a"}, {**STRING, "default": "a"}, STRING),
        (
            {"x-kubernetes-int-or-string": True},
            {"x-kubernetes-int-or-string": True, "anyOf": EITHER},
            {"x-kubernetes-int-or-string": True},
        ),
        (
            {"x-kubernetes-int-or-string": True, "anyOf": [{"maximum": 3}]},
            {"x-kubernetes-int-or-string": True, "anyOf": [{"maximum": 3}], "allOf": [{"anyOf": EITHER}]},
            {"x-kubernetes-int-or-string": True},
        ),
        (
            {"type": "object", "properties": {"a": STRING}, **KEEP},
            {"type": "object", "properties": {"a": STRING}, **KEEP},
            KEEP,
        ),
        (
            {"type": "object", "required": ["a", "b"], "properties": {"a": {**STRING, "nullable": True}}},
            {"type": "object", "required": ["a", "b"], "properties": {"a": {**STRING, "nullable": True}}},
            {"type": "object", "required": ["b"], "properties": {"a": {}}},
        ),
        (
            {"type": "array", "x-kubernetes-list-type": "set", "items": {**LOGIC}},
            {"type": "array", "x-kubernetes-list-type": "set", "items": LOGIC},
            {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string", "maxLength": 5}},
        ),
    ],
)
def test_a_field(raw: Json, third: Json, second: Json) -> None:
    assert (field(raw, v3=True), field(raw, v3=False)) == (third, second)


def test_a_resource_inside_has_type_and_metadata() -> None:
    raw = {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": STRING}}
    found = field(raw, v3=True)
    assert list(found["properties"]) == ["spec", "apiVersion", "kind", "metadata"]
    assert found["required"] == ["kind", "apiVersion"]
    assert "metadata" not in field({**raw, **KEEP}, v3=False).get("properties", {})


def test_the_kind_says_what_it_is_and_refers_to_object_meta() -> None:
    found = kind(selectableFields=[{"jsonPath": ".spec.a"}]).definitions(V3)["custom:com.example.v1.Widget"]
    assert found["x-kubernetes-group-version-kind"] == [
        {"group": "example.com", "kind": "Widget", "version": "v1"}
    ]
    assert found["x-kubernetes-selectable-fields"] == [{"fieldPath": "spec.a"}]
    reference = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    assert found["properties"]["metadata"]["allOf"] == [{"$ref": reference}]


def test_a_list_holds_its_items() -> None:
    found = kind().definitions(V2)["custom:com.example.v1.WidgetList"]
    assert found["required"] == ["items"]
    assert found["properties"]["items"]["items"] == {"$ref": "#/definitions/com.example.v1.Widget"}


def test_version_2_says_nothing_of_a_kind_that_preserves_everything() -> None:
    found = kind(KEEP).definitions(V2)["custom:com.example.v1.Widget"]
    assert list(found) == ["type", "x-kubernetes-group-version-kind"]


PATH = "apis/example.com/v1"


def test_a_document_of_its_own() -> None:
    api = documents((), lambda: [kind()])
    document = orjson.loads(api.v3(PATH) or b"")
    assert document["info"]["title"] == "Kubernetes CRD Swagger"
    item = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]
    assert item["patch"]["operationId"] == "patchExampleComV1NamespacedWidget"
    assert "application/strategic-merge-patch+json" not in item["patch"]["requestBody"]["content"]
    assert not any("/watch/" in path for path in document["paths"])
    assert {"com.example.v1.Widget", "io.k8s.api.autoscaling.v1.Scale"} <= document["components"][
        "schemas"
    ].keys()


def test_requests_name_what_they_take() -> None:
    document = orjson.loads(documents((), lambda: [kind()]).v3(PATH) or b"")
    many = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets"]
    one = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]
    assert list(many["post"]["requestBody"]["content"]) == ["application/json", "application/yaml"]
    assert "requestBody" not in many["delete"]
    assert many["delete"]["parameters"] == many["get"]["parameters"]
    assert [found["name"] for found in one["get"]["parameters"]] == ["pretty", "resourceVersion"]
    assert "required" not in one["delete"]["requestBody"]
    assert list(one["patch"]["responses"]) == ["200", "401"]
    assert "securitySchemes" not in document["components"]


def test_a_scale_is_the_custom_kinds_own() -> None:
    document = orjson.loads(documents((), lambda: [kind()]).v3(PATH) or b"")
    scale = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/scale"]
    assert scale["put"]["x-kubernetes-group-version-kind"]["kind"] == "Widget"
    assert scale["put"]["responses"]["200"]["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/io.k8s.api.autoscaling.v1.Scale"}
    }


def test_kinds_come_and_go() -> None:
    served: list[CustomKind] = []
    api = documents((), lambda: served)
    assert api.v3(PATH) is None
    served.append(kind())
    api.changed()
    before = api.hash(PATH)
    assert PATH in orjson.loads(api.v3_index())["paths"]
    assert "com.example.v1.Widget" in orjson.loads(api.v2())["definitions"]
    served.append(kind(plural="gadgets"))
    api.changed()
    assert api.hash(PATH) != before
    assert {"com.example.v1.Widget", "com.example.v1.Gadget"} <= orjson.loads(api.v2())["definitions"].keys()
    served.clear()
    api.changed()
    assert api.v3(PATH) is None
    assert PATH not in orjson.loads(api.v3_index())["paths"]
    assert "com.example.v1.Widget" not in orjson.loads(api.v2())["definitions"]


def test_another_change_leaves_a_document_as_it_was() -> None:
    first, other = kind(), kind(plural="gadgets")
    other = other._replace(resource=Resource(group="x.io", kind="Gadget", plural="gadgets", custom=True))
    served = [first]
    api = documents((), lambda: served)
    kept = api.v3(PATH)
    served.append(other)
    api.changed()
    assert api.v3(PATH) is kept


def test_both_encodings_of_version_2_have_every_keyword() -> None:
    every = {
        "type": "object",
        "title": "t",
        "default": {"a": True},
        "example": [1],
        "externalDocs": {"url": "u", "description": "d"},
        "maxProperties": 3,
        "minProperties": 1,
        "additionalProperties": True,
    }
    numbers = {"type": "number", "multipleOf": 0.5, "maximum": 3, "exclusiveMaximum": True, "minimum": -1}
    lists = {"type": "array", "items": STRING, "maxItems": 3, "minItems": 1, "uniqueItems": False}
    strings = {**STRING, "enum": ["a"], "pattern": "a", "maxLength": 3, "minLength": 1, "format": "date"}
    root = {
        "properties": {
            "o": every,
            "n": numbers,
            "l": lists,
            "s": strings,
            "m": {"additionalProperties": STRING},
        }
    }
    api = documents((), lambda: [kind(root)])
    assert b"com.example.v1.Widget" in api.v2_protobuf()
    assert b"multipleOf" in api.v2()


def test_documents_of_other_servers_are_in_the_index() -> None:
    api = documents(())
    api.foreign["apis/metrics.k8s.io/v1beta1"] = "/openapi/v3/apis/metrics.k8s.io/v1beta1?hash=AA"
    api.foreign_v2["metrics"] = {"paths": {"/x": {}}, "definitions": {"X": {"type": "object"}}}
    api.changed()
    assert "apis/metrics.k8s.io/v1beta1" in orjson.loads(api.v3_index())["paths"]
    swagger = orjson.loads(api.v2())
    assert "/x" in swagger["paths"]
    assert "X" in swagger["definitions"]


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for item in value for name in references(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own | {name for item in value.values() for name in references(item)}


def test_every_reference_leads_somewhere() -> None:
    root = {"properties": {"f": {"type": "object", "x-kubernetes-embedded-resource": True, **KEEP}}}
    api = documents((), lambda: [kind(root)])
    third, second = orjson.loads(api.v3(PATH) or b""), orjson.loads(api.v2())
    assert references(third) <= {f"#/components/schemas/{name}" for name in third["components"]["schemas"]}
    assert references(second) <= {f"#/definitions/{name}" for name in second["definitions"]}
