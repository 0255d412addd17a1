"""StatefulSets as the conformance tests use them (upstream: test/e2e/apps/statefulset.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import MERGE_PATCH, STRATEGIC_PATCH, Api
from tests.e2e.waiting import until

Object = dict[str, Any]
LABELS = {"baz": "blah", "foo": "bar"}
OLD, NEW = "registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.9"
GATE = "e2e.example/ready"
"""The tests decide with this condition whether a pod is ready."""


@pytest.fixture
def sets(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/statefulsets"


def stateful(replicas: int, *, gated: bool = False, **spec: Any) -> Object:
    pod: Object = {"terminationGracePeriodSeconds": 0, "containers": [{"name": "webserver", "image": OLD}]}
    if gated:
        pod["readinessGates"] = [{"conditionType": GATE}]
    return {
        "metadata": {"name": "ss", "labels": LABELS},
        "spec": {
            "serviceName": "test",
            "replicas": replicas,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
            **spec,
        },
    }


def open_gate(api: Api, pods: str, name: str, status: str = "True") -> None:
    condition = {"type": GATE, "status": status}
    until(lambda: not api.gone(f"{pods}/{name}"), what=f"{name} to be made")
    body = {"status": {"conditions": [condition]}}
    api.patch(f"{pods}/{name}/status", body, STRATEGIC_PATCH)


def is_ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions") or ()
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def ready(api: Api, path: str, count: int) -> Object:
    """The set once `count` of as many pods are ready, and it has nothing else to do."""

    def settled() -> Object | None:
        found: Object = api.get(path)
        status = found["status"]
        done = status.get("readyReplicas", 0) == count == status["replicas"]
        return found if done and status["observedGeneration"] == found["metadata"]["generation"] else None

    found = until(settled, what=f"{count} ready pods")
    assert found is not None
    return found


def images(api: Api, pods: str) -> list[str]:
    """Of the pods by their place."""
    found = sorted(api.get(pods)["items"], key=lambda pod: str(pod["metadata"]["name"]))
    return [pod["spec"]["containers"][0]["image"] for pod in found]


def put_image(api: Api, path: str, image: str) -> Object:
    containers = [{"name": "webserver", "image": image}]
    body = {"spec": {"template": {"spec": {"containers": containers}}}}
    changed: Object = api.patch(path, body, STRATEGIC_PATCH)
    return changed


def test_rolling_updates_and_roll_backs(api: Api, sets: str, pods: str) -> None:
    """«should perform rolling updates and roll backs of template modifications»"""
    path = f"{sets}/ss"
    api.create(sets, stateful(3))
    first = ready(api, path, 3)["status"]
    assert first["currentRevision"] == first["updateRevision"]
    assert {p["metadata"]["labels"]["controller-revision-hash"] for p in api.get(pods)["items"]} == {
        first["currentRevision"]
    }
    for image in (NEW, OLD):
        put_image(api, path, image)
        until(lambda image=image: images(api, pods) == [image] * 3)  # type: ignore[misc]
        ready(api, path, 3)
        until(lambda: same_revisions(api.get(path)["status"]))
    assert api.get(path)["status"]["currentRevision"] == first["currentRevision"]


def same_revisions(status: Object) -> bool:
    return bool(status["currentRevision"] == status["updateRevision"])


def test_canary_and_phased_updates(api: Api, sets: str, pods: str) -> None:
    """«should perform canary updates and phased rolling updates of template modifications»"""
    path = f"{sets}/ss"
    api.create(sets, stateful(3, updateStrategy=partition(3)))
    ready(api, path, 3)
    status = put_image(api, path, NEW)["status"]
    until(lambda: not same_revisions(api.get(path)["status"]))
    assert images(api, pods) == [OLD] * 3
    for place in (2, 1, 0):
        api.patch(path, {"spec": {"updateStrategy": partition(place)}})
        until(lambda place=place: images(api, pods) == [OLD] * place + [NEW] * (3 - place))  # type: ignore[misc]
        ready(api, path, 3)
        if place == 2:
            # A pod below the partition comes back at the revision it had.
            api.delete(f"{pods}/ss-0")
            until(lambda: len(api.names(pods)) == 3 and images(api, pods) == [OLD, OLD, NEW])
            ready(api, path, 3)
    until(lambda: same_revisions(api.get(path)["status"]))
    assert api.get(path)["status"]["currentRevision"] != status["currentRevision"]


def partition(place: int) -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": place}}


def test_predictable_scaling_halts(api: Api, sets: str, pods: str) -> None:
    """«Scaling should happen in predictable order and halt if any stateful pod is unhealthy»"""
    path = f"{sets}/ss"
    api.create(sets, stateful(1, gated=True))
    open_gate(api, pods, "ss-0")
    ready(api, path, 1)
    open_gate(api, pods, "ss-0", "False")
    until(lambda: api.get(path)["status"].get("readyReplicas", 0) == 0)
    api.patch(path, {"spec": {"replicas": 3}})
    observed(api, path)
    assert api.names(pods) == ["ss-0"]
    for name in ("ss-0", "ss-1", "ss-2"):
        open_gate(api, pods, name)
    ready(api, path, 3)
    for name in ("ss-0", "ss-1", "ss-2"):
        open_gate(api, pods, name, "False")
    until(lambda: api.get(path)["status"].get("readyReplicas", 0) == 0)
    api.patch(path, {"spec": {"replicas": 0}})
    observed(api, path)
    assert len(api.names(pods)) == 3
    with api.watch(pods, resourceVersion=api.get(pods)["metadata"]["resourceVersion"]) as watch:
        for name in ("ss-0", "ss-1"):
            open_gate(api, pods, name)
        gone: list[str] = []
        while len(gone) < 3:
            kind, pod = watch.next()
            gone += [pod["metadata"]["name"]] if kind == "DELETED" else []
    assert gone == ["ss-2", "ss-1", "ss-0"]


def observed(api: Api, path: str) -> None:
    """Once the controller has looked at the newest spec."""

    def seen() -> bool:
        found = api.get(path)
        return bool(found["status"]["observedGeneration"] == found["metadata"]["generation"])

    until(seen)


def test_burst_scaling(api: Api, sets: str, pods: str) -> None:
    """«Burst scaling should run to completion even with unhealthy pods»"""
    path = f"{sets}/ss"
    api.create(sets, stateful(1, gated=True, podManagementPolicy="Parallel"))
    until(lambda: api.names(pods) == ["ss-0"])
    for count in (3, 0):
        api.patch(path, {"spec": {"replicas": count}})
        until(lambda count=count: len(api.names(pods)) == count)  # type: ignore[misc]
    until(lambda: api.get(path)["status"]["replicas"] == 0)


def test_scale(api: Api, sets: str) -> None:
    """«should have a working scale subresource»"""
    path = f"{sets}/ss"
    api.create(sets, stateful(1))
    ready(api, path, 1)
    scale = api.get(f"{path}/scale")
    assert scale["status"]["replicas"] == 1 and scale["status"]["selector"] == "baz=blah,foo=bar"
    scale["spec"]["replicas"] = 2
    scale["metadata"]["resourceVersion"] = ""
    assert api.update(f"{path}/scale", scale)["spec"]["replicas"] == 2
    ready(api, path, 2)
    assert api.patch(f"{path}/scale", {"spec": {"replicas": 4}})["spec"]["replicas"] == 4
    ready(api, path, 4)


def test_list_patch_and_delete(api: Api, sets: str) -> None:
    """«should list, patch and delete a collection of StatefulSets»"""
    path = f"{sets}/ss"
    api.create(sets, stateful(1))
    ready(api, path, 1)
    changed = {"metadata": {"labels": {"test-ss": "patched"}}, "spec": {"replicas": 2}}
    api.patch(path, changed, MERGE_PATCH)
    ready(api, path, 2)
    assert api.names("/apis/apps/v1/statefulsets", labelSelector="test-ss=patched") == ["ss"]
    api.delete(sets, labelSelector="test-ss=patched")
    until(lambda: api.names(sets) == [])


def test_status(api: Api, sets: str) -> None:
    """«should validate Statefulset Status endpoints»"""
    path = f"{sets}/ss"
    api.create(sets, stateful(1))
    ready(api, path, 1)
    assert api.get(f"{path}/status")["kind"] == "StatefulSet"
    condition: Object = {
        "type": "StatusUpdate",
        "status": "True",
        "reason": "E2E",
        "message": "Set from e2e test",
    }
    condition["lastTransitionTime"] = None
    with api.watch(sets, resourceVersion=api.get(sets)["metadata"]["resourceVersion"]) as watch:
        api.change(path, lambda s: s["status"].setdefault("conditions", []).append(condition), "/status")
        assert condition in watch.next()[1]["status"]["conditions"]
        patched = {"type": "StatusPatched", "status": "True", "lastTransitionTime": None}
        api.patch(f"{path}/status", {"status": {"conditions": [patched]}})
        assert watch.next()[1]["status"]["conditions"] == [patched]


def test_an_evicted_pod_comes_back(api: Api, sets: str, pods: str) -> None:
    """«Should recreate evicted statefulset»: as long as another pod has the port of its node, it fails"""
    node = api.names("/api/v1/nodes")[0]
    ports = [{"containerPort": 21017, "hostPort": 21017}]
    container = {"name": "webserver", "image": OLD, "ports": ports}
    spec = {"nodeName": node, "terminationGracePeriodSeconds": 0, "containers": [container]}
    api.create(pods, {"metadata": {"name": "test-pod"}, "spec": spec})
    until(lambda: api.get(f"{pods}/test-pod")["status"]["phase"] == "Running")
    made = stateful(1)
    made["spec"]["template"]["spec"] = spec
    with api.watch(pods, labelSelector="baz=blah,foo=bar") as watch:
        api.create(sets, made)
        first = watch.next()[1]["metadata"]["uid"]
        while watch.next()[0] != "DELETED":
            pass
    api.delete(f"{pods}/test-pod")
    ready(api, f"{sets}/ss", 1)
    assert api.get(f"{pods}/ss-0")["metadata"]["uid"] != first
