"""Server-side apply (upstream: test/e2e/apimachinery/apply.go)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.conformance.api import APPLY_PATCH, JSON_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "test-pod"},
    "spec": {"containers": [{"name": "test-container", "image": "test-image"}]},
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "test-svc"},
    "spec": {"ports": [{"port": 8080, "protocol": "UDP"}]},
}
POD_FIELDS: Object = {
    "f:spec": {
        "f:containers": {'k:{"name":"test-container"}': {".": {}, "f:image": {}, "f:name": {}}},
    }
}
SERVICE_FIELDS: Object = {
    "f:spec": {"f:ports": {'k:{"port":8080,"protocol":"UDP"}': {".": {}, "f:port": {}, "f:protocol": {}}}}
}


def deployment(name: str, **spec: Any) -> Object:
    pod = spec.pop("pod", {})
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": "nginx"}},
        "spec": spec
        | {
            "selector": {"matchLabels": {"app": "nginx"}},
            "template": {
                "metadata": {"labels": {"app": "nginx"}},
                "spec": {"containers": [{"name": "nginx", "image": "no.such/image"}]} | pod,
            },
        },
    }


@pytest.fixture
def at(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/d"


@pytest.mark.parametrize(
    ("plural", "obj", "fields"), (("pods", POD, POD_FIELDS), ("services", SERVICE, SERVICE_FIELDS))
)
def test_creates_what_does_not_exist(
    api: Api, namespace: str, plural: str, obj: Object, fields: Object
) -> None:
    """«should create an applied object if it does not already exist»"""
    path = f"/api/v1/namespaces/{namespace}/{plural}/{obj['metadata']['name']}"
    assert api.ask("PATCH", path, json.dumps(obj), APPLY_PATCH, fieldManager="apply_test").code == 201
    again = api.apply(path, obj, "apply_test_2")
    owners = {entry["manager"]: entry["fieldsV1"] for entry in again["metadata"]["managedFields"]}
    assert owners["apply_test"] == owners["apply_test_2"] == fields


def test_a_status_is_applied_at_its_own_address(api: Api, namespace: str) -> None:
    """«should work for subresources»"""
    path = f"/api/v1/namespaces/{namespace}/pods/test-pod"
    api.apply(path, POD, "apply_test")
    status = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "test-pod"},
        "status": {"conditions": [{"type": "MyStatus", "status": "True"}]},
    }
    api.apply(path, status, "apply_test2")
    found = api.get(path)["status"].get("conditions") or []
    assert "MyStatus" not in [one["type"] for one in found]
    api.apply(f"{path}/status", status, "apply_test2")
    assert "MyStatus" in [one["type"] for one in api.get(path)["status"]["conditions"]]


def test_a_field_that_is_applied_no_more_goes(api: Api, at: str) -> None:
    """«should remove a field if it is owned but removed in the apply request»"""
    ports = {"ports": [{"containerPort": 80, "protocol": "TCP"}]}
    containers = [{"name": "nginx", "image": "no.such/image"} | ports]
    api.apply(at, deployment("d", replicas=1, pod={"containers": containers}), "apply_test")
    api.apply(at, deployment("d", replicas=1), "apply_test")
    assert "ports" not in api.get(at)["spec"]["template"]["spec"]["containers"][0]


def test_a_field_that_others_own_stays(api: Api, at: str) -> None:
    """«should not remove a field if an owner unsets the field but other managers still have ownership of the
    field»"""
    for manager in ("shared_owner_1", "shared_owner_2"):
        api.apply(at, deployment("d", replicas=3, pod={"hostname": "test-hostname"}), manager)
    left = api.apply(at, deployment("d"), "shared_owner_1")
    assert left["spec"]["replicas"] == 3 and left["spec"]["template"]["spec"]["hostname"] == "test-hostname"


def test_conflicts_and_force(api: Api, at: str) -> None:
    """«should ignore conflict errors if force apply is used»"""
    api.apply(at, deployment("d", replicas=3), "apply_test")
    api.patch(at, {"spec": {"replicas": 5}})
    refused = api.ask(
        "PATCH", at, json.dumps(deployment("d", replicas=3)), APPLY_PATCH, fieldManager="apply_test"
    )
    assert refused.code == 409 and refused.obj["reason"] == "Conflict"
    assert [cause["field"] for cause in refused.obj["details"]["causes"]] == [".spec.replicas"]
    forced = api.apply(at, deployment("d", replicas=3), "apply_test", force="true")
    assert forced["spec"]["replicas"] == 3


def test_an_update_takes_a_field_over(api: Api, at: str) -> None:
    """«should give up ownership of a field if forced applied by a controller»"""
    api.apply(at, deployment("d", replicas=3), "test_applier")
    api.patch(at, [{"op": "replace", "path": "/spec/replicas", "value": 4}], JSON_PATCH)
    assert api.apply(at, deployment("d"), "test_applier")["spec"]["replicas"] == 4


PORT = {
    "type": "object",
    "required": ["containerPort", "protocol"],
    "properties": {
        "containerPort": {"type": "integer", "format": "int32"},
        "hostIP": {"type": "string"},
        "hostPort": {"type": "integer", "format": "int32"},
        "name": {"type": "string"},
        "protocol": {"type": "string"},
    },
}
SCHEMA = {
    "openAPIV3Schema": {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": True,
                "properties": {
                    "cronSpec": {
                        "type": "string",
                        "pattern": r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$",
                    },
                    "ports": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
                        "items": PORT,
                    },
                    "atomicList": {
                        "type": "array",
                        "x-kubernetes-list-type": "atomic",
                        "items": {"type": "string"},
                    },
                },
            }
        },
    }
}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def noxus(api: Api) -> Any:
    """The path of a custom kind's version v1beta1, which v1 stands beside."""
    group = f"{unique('apply')}.example.com"
    names = {"plural": "noxus", "singular": "noxu", "kind": "Noxu", "listKind": "NoxuList"}
    versions = [
        {"name": name, "served": True, "storage": name == "v1beta1", "schema": SCHEMA}
        for name in ("v1beta1", "v1")
    ]
    spec = {"group": group, "scope": "Cluster", "names": names, "versions": versions}
    with api.having(DEFINITIONS, {"metadata": {"name": f"noxus.{group}"}, "spec": spec}):
        until(lambda: api.ask("GET", f"/apis/{group}/v1/noxus").code == 200)
        yield f"/apis/{group}/v1beta1/noxus"


def noxu(path: str, spec: Object, **meta: Any) -> Object:
    group, version = path.split("/")[2:4]
    return {
        "apiVersion": f"{group}/{version}",
        "kind": "Noxu",
        "metadata": {"name": "mytest"} | meta,
        "spec": spec,
    }


FULL: Object = {
    "cronSpec": "* * * * */5",
    "replicas": 1,
    "ports": [{"name": "x", "containerPort": 80, "protocol": "TCP"}],
}


def test_custom_resources(api: Api, noxus: str) -> None:
    """«should work for CRDs»"""
    at = f"{noxus}/mytest"
    whole = noxu(noxus, FULL, finalizers=["test-finalizer"])
    first = api.apply(at, whole, "apply_test")
    assert first["metadata"]["finalizers"] == ["test-finalizer"] and first["spec"] == FULL
    other = noxus.replace("v1beta1", "v1")
    assert api.apply(f"{other}/mytest", noxu(other, FULL), "apply_test")["spec"] == FULL
    two = api.patch(at, {"metadata": {"finalizers": ["test-finalizer", "another-one"]}})
    assert len(two["metadata"]["finalizers"]) == 2
    again = api.apply(at, whole, "apply_test")
    assert set(again["metadata"]["finalizers"]) == {"test-finalizer", "another-one"}

    assert api.patch(at, {"spec": {"replicas": 5}})["spec"]["replicas"] == 5
    assert len(conflicts(api, at, whole, "apply_test")) == 1
    assert api.apply(at, whole, "apply_test", force="true")["spec"]["replicas"] == 1
    renamed = copy.deepcopy(FULL["ports"])
    renamed[0]["name"] = "yy"
    assert len(conflicts(api, at, noxu(noxus, {"ports": renamed}), "apply_test_2")) == 1
    added = [{"name": "yy", "containerPort": 8080, "protocol": "TCP"}]
    assert len(api.apply(at, noxu(noxus, {"ports": added}), "apply_test_2")["spec"]["ports"]) == 2

    absent = noxu(noxus, FULL, name="should-not-exist")
    api.fails(404, "PUT", f"{noxus}/should-not-exist", absent, fieldManager="apply_test")
    api.patch(at, {"metadata": {"finalizers": []}})


def conflicts(api: Api, at: str, obj: Object, manager: str) -> list[Object]:
    answer = api.ask("PATCH", at, json.dumps(obj), APPLY_PATCH, fieldManager=manager)
    assert answer.code == 409
    return list(answer.obj["details"]["causes"])


def test_atomic_lists_are_replaced(api: Api, noxus: str) -> None:
    """«should work for CRDs», its second half"""
    at = f"{noxus}/mytest"
    api.apply(at, noxu(noxus, {"atomicList": ["item1"]}), "apply_test")
    left = api.apply(at, noxu(noxus, {"atomicList": ["item2"]}), "apply_test_2", force="true")
    assert left["spec"]["atomicList"] == ["item2"]
