"""Decoding makes an object what Go's structs would hold and write again."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.schema.registry import Schema, builtin

Object = dict[str, Any]


def schema(group: str, version: str, kind: str) -> Schema:
    found = builtin(group, version, kind)
    assert found is not None
    return found


def decoded(group: str, version: str, kind: str, obj: Object) -> Object:
    assert schema(group, version, kind).decode(obj) == []
    return obj


def pod_spec(**spec: Any) -> Object:
    found: Object = decoded("", "v1", "Pod", {"spec": {"containers": [{"name": "c"}], **spec}})["spec"]
    return found


def test_what_go_always_writes_appears() -> None:
    pod = decoded("", "v1", "Pod", {"spec": {"containers": [{"name": "c", "image": "i"}]}})
    container = {"name": "c", "image": "i", "resources": {}}
    assert pod == {"metadata": {}, "spec": {"containers": [container]}, "status": {}}


def test_a_struct_brings_the_fields_that_it_always_writes() -> None:
    deployment = decoded("apps", "v1", "Deployment", {})
    template = {"metadata": {}, "spec": {"containers": None}}
    assert deployment["spec"] == {"selector": None, "template": template, "strategy": {}}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"nodeName": "", "hostNetwork": False, "tolerations": [], "nodeSelector": {}}, {}),
        ({"nodeName": None, "tolerations": None, "securityContext": None}, {}),
        (
            {"terminationGracePeriodSeconds": 0, "enableServiceLinks": False, "securityContext": {}},
            {"terminationGracePeriodSeconds": 0, "enableServiceLinks": False, "securityContext": {}},
        ),
    ],
)
def test_empty_values_go_and_pointers_stay(given: Object, kept: Object) -> None:
    spec = pod_spec(**given)
    spec.pop("containers")
    assert spec == kept


def test_fields_stand_in_the_order_of_the_struct() -> None:
    given = {
        "data": {"k": "v"},
        "metadata": {"labels": {}, "name": "a"},
        "apiVersion": "v1",
        "kind": "ConfigMap",
    }
    assert list(decoded("", "v1", "ConfigMap", given)) == ["kind", "apiVersion", "metadata", "data"]


@pytest.mark.parametrize(
    ("given", "written"),
    [("0.5", "500m"), (1, "1"), (0.25, "250m"), (" 1024Ki ", "1Mi"), ("1e3", "1e3"), ("64Mi", "64Mi")],
)
def test_quantities_are_canonical(given: Any, written: str) -> None:
    resources = {"requests": {"memory": given}}
    spec = pod_spec(containers=[{"name": "c", "resources": resources}])
    assert spec["containers"][0]["resources"]["requests"]["memory"] == written


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.9Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_times_are_utc_without_fraction(given: str, written: str | None) -> None:
    node = decoded("", "v1", "Node", {"metadata": {"deletionTimestamp": given}})
    assert node["metadata"].get("deletionTimestamp") == written


def test_unset_times_are_null_where_go_writes_them() -> None:
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    pod = decoded("", "v1", "Pod", {"status": status})
    condition = {"type": "Ready", "status": "True", "lastProbeTime": None, "lastTransitionTime": None}
    assert pod["status"]["conditions"] == [condition]


def test_bytes_are_encoded_again() -> None:
    secret = decoded("", "v1", "Secret", {"data": {"a": "dg==", "b": "dh==", "c": "d\ng=="}})
    assert secret["data"] == {"a": "dg==", "b": "dg==", "c": "dg=="}


def test_null_elements_become_zero_values() -> None:
    config = decoded("", "v1", "ConfigMap", {"data": {"k": None}})
    assert config["data"] == {"k": ""}
    assert pod_spec(containers=[None])["containers"] == [{"name": "", "resources": {}}]


def test_a_list_that_stays_when_empty_is_null() -> None:
    assert decoded("", "v1", "LimitRange", {"spec": {"limits": []}})["spec"]["limits"] is None


def test_a_list_whose_emptiness_counts_is_kept() -> None:
    assert decoded("rbac.authorization.k8s.io", "v1", "Role", {"rules": []})["rules"] == []
    assert decoded("rbac.authorization.k8s.io", "v1", "Role", {})["rules"] is None


def test_int_or_string_stays_what_it_is() -> None:
    ports = [{"port": 80, "targetPort": "http"}, {"port": 81, "targetPort": 8081}, {"port": 82}]
    service = decoded("", "v1", "Service", {"spec": {"ports": ports}})
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http", 8081, 0]


def test_raw_values_are_not_touched() -> None:
    data = {"any": [1, None, {"x": ""}], "empty": ""}
    revision = decoded("apps", "v1", "ControllerRevision", {"data": data, "revision": 1})
    assert revision["data"] == data


def test_json_schemas_know_their_unions() -> None:
    root = {"items": {"type": "string"}, "additionalProperties": False, "dependencies": {"a": ["b"]}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": root}}
    definition = decoded(
        "apiextensions.k8s.io", "v1", "CustomResourceDefinition", {"spec": {"versions": [version]}}
    )
    assert definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == root


def test_unions_of_json_schemas_take_what_go_takes() -> None:
    empty: Object = {"dependencies": {}, "definitions": {}}
    root = {"items": [None], "dependencies": {"neither": 1, "null": None, "names": ["b", None]}, "not": empty}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": root}}
    definition = decoded(
        "apiextensions.k8s.io", "v1", "CustomResourceDefinition", {"spec": {"versions": [version]}}
    )
    assert definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == {
        "items": [{}],
        "dependencies": {"neither": None, "null": None, "names": ["b", ""]},
        "not": {"dependencies": {}},
    }


def test_the_given_object_is_changed_in_place_and_only_on_success() -> None:
    obj: Object = {"data": {"k": 1}, "spec": {}}
    with pytest.raises(Exception, match="cannot unmarshal"):
        schema("", "v1", "ConfigMap").decode(obj)
    assert obj == {"data": {"k": 1}, "spec": {}}


def test_unknown_kinds_have_no_schema() -> None:
    assert builtin("", "v1", "Nothing") is None
    assert builtin("apps", "v9", "Deployment") is None


@pytest.mark.parametrize("odd", [{}, {"odd": 1}])
def test_a_null_list_in_a_map_stays_null(odd: Object) -> None:
    review: Object = {"spec": {"extra": {"a": None, "b": ["c"]}, **odd}}
    schema("authorization.k8s.io", "v1", "LocalSubjectAccessReview").decode(review)
    assert review["spec"]["extra"] == {"a": None, "b": ["c"]}


def test_a_null_time_in_a_map_stays_null() -> None:
    schema = builtin("policy", "v1", "PodDisruptionBudget")
    assert schema is not None
    obj: dict[str, Any] = {"status": {"disruptedPods": {"p": None}}}
    assert schema.decode(obj) == []
    assert obj["status"]["disruptedPods"] == {"p": None}
