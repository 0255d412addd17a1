"""Workloads as objects: lifecycles, status, scale (upstream: test/e2e/apps/{deployment,replica_set,rc,
controller_revision}.go, test/e2e/scheduling/preemption.go: PriorityClass endpoints)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
PAUSE = "registry.k8s.io/pause:3.10"
LABELS = {"name": "sample-pod"}
TEMPLATE = {
    "metadata": {"labels": LABELS},
    "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": PAUSE}]},
}


@pytest.fixture
def apps(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}"


def workload(name: str, replicas: int, **labels: str) -> Object:
    spec = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": TEMPLATE}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


def ready(api: Api, path: str, replicas: int) -> None:
    until(lambda: api.get(path)["status"].get("readyReplicas", 0) == replicas, what=f"{path} to be ready")


KINDS = pytest.mark.parametrize("plural", ("deployments", "replicasets"))


@KINDS
def test_scale(api: Api, apps: str, plural: str) -> None:
    """«Deployment should have a working scale subresource», «Replicaset should have a working scale
    subresource»"""
    path = f"{apps}/{plural}/one"
    api.create(f"{apps}/{plural}", workload("one", 1))
    ready(api, path, 1)
    scale = api.get(f"{path}/scale")
    assert scale["kind"] == "Scale" and scale["status"]["selector"] == "name=sample-pod"
    scale["spec"]["replicas"] = 2
    scale["metadata"]["resourceVersion"] = ""
    assert api.update(f"{path}/scale", scale)["spec"]["replicas"] == 2
    assert api.get(path)["spec"]["replicas"] == 2
    assert api.patch(f"{path}/scale", {"spec": {"replicas": 4}})["spec"]["replicas"] == 4
    assert api.get(path)["spec"]["replicas"] == 4


@KINDS
def test_status(api: Api, apps: str, plural: str) -> None:
    """«should validate Deployment Status endpoints», «should validate Replicaset Status endpoints»"""
    path = f"{apps}/{plural}/one"
    with api.watch(f"{apps}/{plural}", labelSelector="e2e=testing") as watch:
        api.create(f"{apps}/{plural}", workload("one", 1, e2e="testing"))
        ready(api, path, 1)
        assert api.get(f"{path}/status")["kind"] in ("Deployment", "ReplicaSet")
        update = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from e2e test"}

        def add(obj: Object) -> None:
            obj["status"].setdefault("conditions", []).append(update)

        updated = api.change(path, add, "/status")
        assert "StatusUpdate" in [one["type"] for one in updated["status"]["conditions"]]

        def seen(kind: str) -> None:
            while True:
                found = watch.next()[1]["status"].get("conditions") or ()
                if any(one["type"] == kind and one["reason"] == "E2E" for one in found):
                    return

        seen("StatusUpdate")
        patched = {"status": {"conditions": [{"type": "StatusPatched", "status": "True", "reason": "E2E"}]}}
        status = api.patch(f"{path}/status", patched, MERGE_PATCH)["status"]
        assert [one["type"] for one in status["conditions"]] == ["StatusPatched"]
        seen("StatusPatched")


@KINDS
def test_replace_and_patch(api: Api, apps: str, plural: str) -> None:
    """«should run the lifecycle of a Deployment», «Replace and Patch tests»"""
    path, label = f"{apps}/{plural}/one", unique("static")
    with api.watch(f"{apps}/{plural}", labelSelector=f"static={label}") as watch:
        api.create(f"{apps}/{plural}", workload("one", 1, static=label))
        assert watch.next()[0] == "ADDED"
        ready(api, path, 1)
        patch = {
            "metadata": {"labels": {"test-deployment": "patched"}},
            "spec": {
                "replicas": 2,
                "template": {
                    "spec": {
                        "terminationGracePeriodSeconds": 1,
                        "containers": [{"name": "main", "image": "registry.k8s.io/pause:3.9"}],
                    }
                },
            },
        }
        patched = api.patch(path, patch, STRATEGIC_PATCH)
        assert patched["metadata"]["labels"] == {"static": label, "test-deployment": "patched"}
        ready(api, path, 2)
        assert len(api.names(f"/apis/apps/v1/{plural}", labelSelector=f"static={label}")) == 1

        def update(obj: Object) -> None:
            obj["metadata"]["labels"]["test-deployment"] = "updated"
            obj["spec"]["template"]["spec"]["containers"][0]["image"] = PAUSE

        api.change(path, update)
        ready(api, path, 2)
        gone = {"status": {"readyReplicas": 0, "availableReplicas": 0}}
        assert api.patch(f"{path}/status", gone)["status"].get("readyReplicas", 0) == 0
        api.delete(f"{apps}/{plural}", labelSelector=f"static={label}")
        while watch.next()[0] != "DELETED":
            pass


def test_many_replica_sets(api: Api, apps: str) -> None:
    """«should list and delete a collection of ReplicaSets»"""
    label = unique("many")
    for name in ("one", "two"):
        api.create(f"{apps}/replicasets", workload(name, 1, many=label))
    assert len(api.names("/apis/apps/v1/replicasets", labelSelector=f"many={label}")) == 2
    api.delete(f"{apps}/replicasets", labelSelector=f"many={label}")
    until(lambda: not api.names(f"{apps}/replicasets"))


def test_pods_are_adopted_and_released(api: Api, apps: str, namespace: str) -> None:
    """«should adopt matching pods on creation and release no longer matching pods»"""
    pods = f"/api/v1/namespaces/{namespace}/pods"
    api.create(pods, {"metadata": {"name": "adopted", "labels": LABELS}, "spec": TEMPLATE["spec"]})
    made = api.create(f"{apps}/replicasets", workload("one", 1))

    def owners() -> list[str]:
        found = api.get(f"{pods}/adopted")["metadata"].get("ownerReferences") or ()
        return [one["uid"] for one in found]

    until(lambda: owners() == [made["metadata"]["uid"]])
    api.patch(f"{pods}/adopted", {"metadata": {"labels": {"name": "other"}}})
    until(lambda: owners() == [])


def test_life_of_a_replication_controller(api: Api, namespace: str) -> None:
    """«should test the lifecycle of a ReplicationController», «should get and update a ReplicationController
    scale»"""
    path, label = f"/api/v1/namespaces/{namespace}/replicationcontrollers", unique("static")
    meta = {"name": "rc-test", "labels": {"test-rc-static": label}}
    with api.watch(path, labelSelector=f"test-rc-static={label}") as watch:
        api.create(
            path, {"metadata": meta, "spec": {"replicas": 1, "selector": LABELS, "template": TEMPLATE}}
        )
        assert watch.next()[0] == "ADDED"
        ready(api, f"{path}/rc-test", 1)
        patch = {"metadata": {"labels": {"test-rc": "patched"}}}
        assert (
            api.patch(f"{path}/rc-test", patch, STRATEGIC_PATCH)["metadata"]["labels"]["test-rc"] == "patched"
        )
        gone = {"status": {"readyReplicas": 0, "availableReplicas": 0}}
        status = api.patch(f"{path}/rc-test/status", gone, STRATEGIC_PATCH)["status"]
        assert status.get("readyReplicas", 0) == 0
        assert api.get(f"{path}/rc-test/status")["status"]["replicas"] == 1
        scaled = api.patch(f"{path}/rc-test/scale", {"spec": {"replicas": 2}}, STRATEGIC_PATCH)
        assert scaled["spec"]["replicas"] == 2 and scaled["kind"] == "Scale"
        ready(api, f"{path}/rc-test", 2)
        found = api.get(f"{path}/rc-test/scale")
        found["spec"]["replicas"] = 1
        assert api.update(f"{path}/rc-test/scale", found)["spec"]["replicas"] == 1
        ready(api, f"{path}/rc-test", 1)
        api.delete(path, labelSelector=f"test-rc-static={label}")
        while watch.next()[0] != "DELETED":
            pass


def test_a_failure_that_a_quota_causes(api: Api, namespace: str) -> None:
    """«should surface a failure condition on a common issue like exceeded quota»"""
    base = f"/api/v1/namespaces/{namespace}"
    path = f"{base}/replicationcontrollers/condition-test"
    quota = {"metadata": {"name": "condition-test"}, "spec": {"hard": {"pods": "2"}}}
    api.create(f"{base}/resourcequotas", quota)
    until(lambda: api.get(f"{base}/resourcequotas/condition-test")["status"].get("used"))
    spec = {"replicas": 3, "selector": LABELS, "template": TEMPLATE}
    api.create(f"{base}/replicationcontrollers", {"metadata": {"name": "condition-test"}, "spec": spec})

    def failing() -> bool:
        found = api.get(path)["status"].get("conditions") or ()
        return any(one["type"] == "ReplicaFailure" and one["status"] == "True" for one in found)

    until(failing)
    api.patch(path, {"spec": {"replicas": 2}})
    until(lambda: not failing())


def test_priority_classes(api: Api) -> None:
    """«verify PriorityClass endpoints can be operated with different HTTP methods»"""
    path = "/apis/scheduling.k8s.io/v1/priorityclasses"
    names = {unique("p"): 1, unique("p"): 2}
    for name, value in names.items():
        api.create(path, {"metadata": {"name": name}, "value": value})
    for name, value in names.items():
        change = {"value": value * 10}
        message = api.fails(422, "PATCH", f"{path}/{name}", change, content_type=MERGE_PATCH)
        assert "may not be changed in an update" in message
        found = api.get(f"{path}/{name}")
        found["description"] = "updated description"
        assert api.update(f"{path}/{name}", found)["description"] == "updated description"
        api.fails(
            422, "PUT", f"{path}/{name}", found | change | {"metadata": api.get(f"{path}/{name}")["metadata"]}
        )
    assert set(names) <= set(api.names(path))
    for name in names:
        api.delete(f"{path}/{name}")


def test_revisions(api: Api, apps: str) -> None:
    """«should manage the lifecycle of a ControllerRevision», without the DaemonSet that makes them"""
    path, label = f"{apps}/controllerrevisions", unique("revision")
    api.create(path, {"metadata": {"name": "one", "labels": {"r": label}}, "revision": 1, "data": {"a": 1}})
    patch = {"metadata": {"labels": {"one": "patched"}}}
    assert api.patch(f"{path}/one", patch, STRATEGIC_PATCH)["metadata"]["labels"]["one"] == "patched"
    raised = api.patch(f"{path}/one", [{"op": "replace", "path": "/revision", "value": 3}], JSON_PATCH)
    assert raised["revision"] == 3
    api.fails(422, "PATCH", f"{path}/one", {"data": {"a": 2}}, content_type=MERGE_PATCH)
    assert api.names("/apis/apps/v1/controllerrevisions", labelSelector=f"r={label}") == ["one"]
    api.delete(path, labelSelector=f"r={label}")
    assert not api.names(path)
