"""What goes with its owner, what stays (upstream: test/e2e/apimachinery/garbage_collector.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
LABELS = {"gctest": "yes"}
POD_SPEC = {
    "terminationGracePeriodSeconds": 0,
    "nodeSelector": {"no.such/node": "x"},
    "containers": [{"name": "nginx", "image": "nginx"}],
}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD_SPEC}


@pytest.fixture
def base(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}"


def controller(api: Api, base: str, name: str, replicas: int, labels: Object | None = None) -> Object:
    """A ReplicationController with all its pods."""
    labels = labels or LABELS
    template = {"metadata": {"labels": labels}, "spec": POD_SPEC}
    spec = {"replicas": replicas, "selector": labels, "template": template}
    path = f"{base}/replicationcontrollers"
    made: Object = api.create(path, {"metadata": {"name": name}, "spec": spec})
    until(lambda: api.get(f"{path}/{name}")["status"]["replicas"] == replicas)
    return made


def delete(api: Api, path: str, obj: Object, policy: str) -> None:
    uid = {"uid": obj["metadata"]["uid"]}
    api("DELETE", f"{path}/{obj['metadata']['name']}", {"propagationPolicy": policy, "preconditions": uid})


def test_pods_go_with_their_controller(api: Api, base: str) -> None:
    """«should delete pods created by rc when not orphaning»"""
    rc = controller(api, base, "simpletest.rc", 4)
    delete(api, f"{base}/replicationcontrollers", rc, "Background")
    until(lambda: not api.names(f"{base}/pods"))
    assert not api.names(f"{base}/replicationcontrollers")


def test_pods_are_orphaned(api: Api, base: str) -> None:
    """«should orphan pods created by rc if delete options say so», «… if deleteOptions.OrphanDependents is
    nil»"""
    rc = controller(api, base, "simpletest.rc", 4)
    delete(api, f"{base}/replicationcontrollers", rc, "Orphan")
    until(lambda: not api.names(f"{base}/replicationcontrollers"))
    pods = api.get(f"{base}/pods")["items"]
    assert len(pods) == 4
    assert not any(pod["metadata"].get("ownerReferences") for pod in pods)
    assert not any(pod["metadata"].get("deletionTimestamp") for pod in pods)


def deployment(api: Api, apps: str) -> Object:
    spec = {"replicas": 2, "selector": {"matchLabels": LABELS}, "template": TEMPLATE}
    meta = {"name": "simpletest.deployment"}
    made: Object = api.create(f"{apps}/deployments", {"metadata": meta, "spec": spec})
    until(lambda: api.names(f"{apps}/replicasets"))
    return made


def test_replica_sets_go_with_their_deployment(api: Api, base: str, namespace: str) -> None:
    """«should delete RS created by deployment when not orphaning»"""
    apps = f"/apis/apps/v1/namespaces/{namespace}"
    delete(api, f"{apps}/deployments", deployment(api, apps), "Background")
    until(lambda: not api.names(f"{apps}/replicasets") and not api.names(f"{base}/pods"))


def test_replica_sets_are_orphaned(api: Api, base: str, namespace: str) -> None:
    """«should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan»"""
    apps = f"/apis/apps/v1/namespaces/{namespace}"
    made = deployment(api, apps)
    until(lambda: len(api.names(f"{base}/pods")) == 2)
    delete(api, f"{apps}/deployments", made, "Orphan")
    until(lambda: not api.names(f"{apps}/deployments"))
    (left,) = api.get(f"{apps}/replicasets")["items"]
    assert not left["metadata"].get("ownerReferences") and len(api.names(f"{base}/pods")) == 2


def test_a_controller_waits_for_its_pods(api: Api, base: str) -> None:
    """«should keep the rc around until all its pods are deleted if the deleteOptions says so»"""
    path = f"{base}/replicationcontrollers"
    rc = controller(api, base, "simpletest.rc", 4)
    held = api.names(f"{base}/pods")[0]
    api.patch(f"{base}/pods/{held}", {"metadata": {"finalizers": ["example.com/held"]}})
    delete(api, path, rc, "Foreground")
    waiting = api.get(f"{path}/simpletest.rc")["metadata"]
    assert waiting["deletionTimestamp"] and waiting["finalizers"] == ["foregroundDeletion"]
    until(lambda: api.names(f"{base}/pods") == [held])
    assert not api.gone(f"{path}/simpletest.rc")
    api.patch(f"{base}/pods/{held}", {"metadata": {"finalizers": None}})
    until(lambda: api.gone(f"{path}/simpletest.rc"))
    assert not api.names(f"{base}/pods")


def test_a_second_owner_keeps_a_pod(api: Api, base: str) -> None:
    """«should not delete dependents that have both valid owner and owner that's waiting for dependents to be
    deleted»"""
    path = f"{base}/replicationcontrollers"
    leaving = controller(api, base, "to-be-deleted", 4)
    staying = controller(api, base, "to-stay", 0, {"gctest": "stay"})
    owner = {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "name": "to-stay",
        "uid": staying["metadata"]["uid"],
    }
    kept = sorted(api.names(f"{base}/pods"))[:2]
    for name in kept:
        api.patch(f"{base}/pods/{name}", {"metadata": {"ownerReferences": [owner]}}, STRATEGIC_PATCH)
    delete(api, path, leaving, "Foreground")
    until(lambda: api.gone(f"{path}/to-be-deleted"))
    until(lambda: sorted(api.names(f"{base}/pods")) == kept)
    for pod in api.get(f"{base}/pods")["items"]:
        assert "deletionTimestamp" not in pod["metadata"]
        assert [one["name"] for one in pod["metadata"]["ownerReferences"]] == ["to-stay"]


def test_a_circle_of_owners(api: Api, base: str) -> None:
    """«should not be blocked by dependency circle»"""
    names = ("pod1", "pod2", "pod3")
    made = [api.create(f"{base}/pods", {"metadata": {"name": name}, "spec": POD_SPEC}) for name in names]
    for name, owner in zip(names, (made[2], made[0], made[1]), strict=True):
        reference = {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
        api.patch(f"{base}/pods/{name}", {"metadata": {"ownerReferences": [reference]}}, STRATEGIC_PATCH)
    delete(api, f"{base}/pods", made[0], "Foreground")
    until(lambda: not api.names(f"{base}/pods"))


@pytest.fixture
def customs(api: Api) -> Any:
    group = f"{unique('gc')}.example.com"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    spec = {
        "group": group,
        "scope": "Cluster",
        "names": {"plural": "things", "kind": "Thing"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
    }
    definition = {"metadata": {"name": f"things.{group}"}, "spec": spec}
    with api.having("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition):
        until(lambda: api.ask("GET", f"/apis/{group}/v1/things").code == 200)
        yield f"/apis/{group}/v1/things"


def family(api: Api, path: str) -> Object:
    """An owner and its dependent, both custom."""
    kind = {"apiVersion": "/".join(path.split("/")[2:4]), "kind": "Thing"}
    owner: Object = api.create(path, kind | {"metadata": {"name": "owner"}})
    reference = kind | {"name": "owner", "uid": owner["metadata"]["uid"]}
    api.create(path, kind | {"metadata": {"name": "dependent", "ownerReferences": [reference]}})
    return owner


def test_custom_resources_go_with_their_owner(api: Api, customs: str) -> None:
    """«should support cascading deletion of custom resources»"""
    delete(api, customs, family(api, customs), "Background")
    until(lambda: api.gone(f"{customs}/dependent"))
    assert api.gone(f"{customs}/owner")


def test_custom_resources_are_orphaned(api: Api, customs: str) -> None:
    """«should support orphan deletion of custom resources»"""
    delete(api, customs, family(api, customs), "Orphan")
    until(lambda: api.gone(f"{customs}/owner"))
    left = api.get(f"{customs}/dependent")["metadata"]
    assert "ownerReferences" not in left and "deletionTimestamp" not in left
