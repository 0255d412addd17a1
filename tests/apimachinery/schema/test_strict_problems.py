"""Unknown and repeated fields: what strict decoding reports, in the order of the document."""

from __future__ import annotations

from typing import Any

from wherry.apimachinery.schema.registry import builtin


def problems(kind: str, obj: dict[str, Any], *duplicates: str) -> list[str]:
    schema = builtin("", "v1", kind)
    assert schema is not None
    return schema.decode(obj, [f'duplicate field "{path}"' for path in duplicates])


def test_unknown_fields_are_dropped_and_reported_with_their_paths() -> None:
    container = {
        "name": "c",
        "zzz": 1,
        "ports": [{"containerPort": 80, "yyy": 2}],
        "env": [{"name": "A", "valu": 1}],
    }
    pod = {"spec": {"containers": [container], "volumes": [{"name": "v", "emptydir": {}}]}}
    assert problems("Pod", pod) == [
        'unknown field "spec.containers[0].zzz"',
        'unknown field "spec.containers[0].ports[0].yyy"',
        'unknown field "spec.containers[0].env[0].valu"',
        'unknown field "spec.volumes[0].emptydir"',
    ]
    assert pod["spec"]["volumes"] == [{"name": "v"}]


def test_repeated_fields_are_merged_in() -> None:
    config = {"metadata": {"zzz": 1}, "data": {"a": "2"}, "spec": {"q": 1}}
    assert problems("ConfigMap", config, "data.a", "spec.q") == [
        'unknown field "metadata.zzz"',
        'duplicate field "data.a"',
        'unknown field "spec"',
    ]


def test_an_object_given_twice_is_joined() -> None:
    schema = builtin("", "v1", "ConfigMap")
    assert schema is not None
    source = b'{"data":{"k":"1","l":"1"},"data":{"j":"2","k":"2"}}'
    obj = {"data": {"j": "2", "k": "2"}}
    schema.decode(obj, ['duplicate field "data"'], source)
    assert obj["data"] == {"k": "2", "l": "1", "j": "2"}


def test_field_names_are_case_sensitive() -> None:
    assert problems("ConfigMap", {"Data": {}}) == ['unknown field "Data"']


def test_at_most_a_hundred_problems() -> None:
    assert len(problems("ConfigMap", {f"f{i}": 1 for i in range(150)})) == 100


def test_inside_unions_of_json_schemas_unknown_fields_go_silently() -> None:
    schema = builtin("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
    assert schema is not None
    root = {"properties": {"a": {"readOnly": True}}, "items": {"readOnly": True, "type": "string"}}
    obj = {"spec": {"versions": [{"schema": {"openAPIV3Schema": root}}]}}
    path = "spec.versions[0].schema.openAPIV3Schema.properties.a.readOnly"
    assert schema.decode(obj) == [f'unknown field "{path}"']
    decoded: Any = obj["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert decoded == {"properties": {"a": {}}, "items": {"type": "string"}}
