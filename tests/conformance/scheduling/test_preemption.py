"""Who makes room for whom (upstream: test/e2e/scheduling/preemption.go), on simulated nodes."""

from __future__ import annotations

from typing import Any

from tests.conformance.api import JSON_PATCH, MERGE_PATCH, unique
from tests.conformance.scheduling.conftest import FOO, Stage
from tests.e2e.waiting import until

Object = dict[str, Any]
CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"
HOST = "kubernetes.io/hostname"


def filled(stage: Stage, low: str, high: str = "") -> list[str]:
    """Two pods on each node, with two of its five pieces each; only one of them is low if `high` is given."""
    stage.offer(5, *stage.nodes)
    names = []
    for number, node in enumerate(stage.nodes):
        for half in "ab":
            name = f"pod{number}{half}"
            kind = low if not high or (number == 0 and half == "a") else high
            stage.run(name, requests={FOO: "2"}, nodeSelector={HOST: node}, priorityClassName=kind)
            names.append(name)
    return names


def gone(stage: Stage, name: str) -> None:
    """Preempted: gone, or on its way."""

    def left() -> bool:
        answer = stage.api.ask("GET", f"{stage.pods}/{name}")
        return answer.code == 404 or "deletionTimestamp" in answer.obj["metadata"]

    until(left, what=f"{name} to be preempted")


def test_basic_preemption(stage: Stage) -> None:
    """«validates basic preemption works [Conformance]»"""
    low, medium, high = (stage.priority(n, v) for n, v in (("low", 1), ("medium", 100), ("high", 1000)))
    others = filled(stage, low, medium)[1:]
    stage.create("preemptor-pod", requests={FOO: "2"}, priorityClassName=high)
    gone(stage, "pod0a")
    assert stage.placed("preemptor-pod") == stage.nodes[0]
    assert all("deletionTimestamp" not in stage.get(name)["metadata"] for name in others)


def test_a_critical_pod_preempts(stage: Stage) -> None:
    """«validates lower priority pod preemption by critical pod [Conformance]»"""
    low, medium = stage.priority("low", 1), stage.priority("medium", 100)
    filled(stage, low, medium)
    path = "/api/v1/namespaces/kube-system/pods"
    name = unique("critical-pod")
    resources = {"requests": {FOO: "2"}, "limits": {FOO: "2"}}
    container = {"name": "pause", "image": "registry.k8s.io/pause:3.10", "resources": resources}
    spec = {"containers": [container], "priorityClassName": "system-cluster-critical"}
    stage.api.create(path, {"metadata": {"name": name}, "spec": spec})
    try:
        gone(stage, "pod0a")
        placed = until(lambda: stage.api.get(f"{path}/{name}")["spec"].get("nodeName"))
        assert placed == stage.nodes[0]
    finally:
        stage.api("DELETE", f"{path}/{name}", {"gracePeriodSeconds": 0})


def test_the_victim_says_why(stage: Stage) -> None:
    """«validates pod disruption condition is added to the preempted pod [Conformance]»"""
    low, high = stage.priority("low", 1), stage.priority("high", 1000)
    stage.offer(1, stage.nodes[0])
    stage.run("victim-pod", requests={FOO: "1"}, priorityClassName=low)
    path = f"{stage.pods}/victim-pod"
    keep = {"metadata": {"finalizers": ["example.com/test-finalizer"]}}
    stage.api("PATCH", path, keep, content_type=MERGE_PATCH)
    stage.create("preemptor-pod", requests={FOO: "1"}, priorityClassName=high)
    gone(stage, "victim-pod")
    conditions = {c["type"]: c for c in stage.get("victim-pod")["status"]["conditions"]}
    target = conditions["DisruptionTarget"]
    assert (target["status"], target["reason"]) == ("True", "PreemptionByScheduler")
    assert target["message"] == "default-scheduler: preempting to accommodate a higher priority pod"
    stage.api("PATCH", path, {"metadata": {"finalizers": None}}, content_type=MERGE_PATCH)
    assert stage.placed("preemptor-pod") == stage.nodes[0]


def test_preemption_to_spread(stage: Stage) -> None:
    """«PodTopologySpread Preemption validates proper pods are preempted»"""
    key = "kubernetes.io/e2e-pts-preemption"
    low, medium, high = (stage.priority(n, v) for n, v in (("low", 1), ("medium", 100), ("high", 1000)))
    for node in stage.nodes[:2]:
        stage.label(node, **{key: node})
    stage.offer(9, *stage.nodes[:2])
    everyone = {"app": "preemption"}
    first, second = ({key: node} for node in stage.nodes[:2])
    stage.run("high", labels=everyone, requests={FOO: "9"}, priorityClassName=high, nodeSelector=first)
    for number in (1, 2, 3):
        name = f"low-{number}"
        stage.run(name, labels=everyone, requests={FOO: "3"}, priorityClassName=low, nodeSelector=second)
    rule = {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": everyone},
    }
    wanting: Object = {"priorityClassName": medium, "topologySpreadConstraints": [rule]}
    stage.create("medium", labels=everyone, requests={FOO: "3"}, **wanting)
    assert stage.placed("medium") == stage.nodes[1]
    until(lambda: len(stage.api.names(stage.pods)) < 5, what="low pods to be preempted")
    names = stage.api.names(stage.pods)
    assert {"high", "medium"} <= set(names)


def replica_set(name: str, replicas: int, priority: str) -> Object:
    resources = {"requests": {FOO: "2"}, "limits": {FOO: "2"}}
    container = {"name": "pause", "image": "registry.k8s.io/pause:3.10", "resources": resources}
    template = {
        "metadata": {"labels": {"name": name}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "priorityClassName": priority,
            "containers": [container],
        },
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"name": name}}, "template": template}
    return {"metadata": {"name": name}, "spec": spec}


def test_a_chain_of_preemptions(stage: Stage) -> None:
    """«PreemptionExecutionPath runs ReplicaSets to verify preemption running path [Conformance]»"""
    stage.offer(10, stage.nodes[0])
    sets = f"/apis/apps/v1/namespaces/{stage.namespace}/replicasets"
    priorities = [stage.priority(f"p{value}", value) for value in (1, 2, 3, 4)]
    counts = (5, 4, 3, 1)
    for number, (name, count) in enumerate(zip(priorities, counts, strict=True), 1):
        stage.api.create(sets, replica_set(f"rs-pod{number}", count, name))

    def placed(number: int) -> int:
        items = stage.api.get(stage.pods, labelSelector=f"name=rs-pod{number}")["items"]
        return sum("nodeName" in p["spec"] and "deletionTimestamp" not in p["metadata"] for p in items)

    until(lambda: [placed(n) for n in (1, 2, 3, 4)] == [0, 1, 3, 1], what="the important ones to be placed")
    for name in stage.api.names(sets):
        stage.api.delete(f"{sets}/{name}")
    until(lambda: not stage.api.names(stage.pods), what="the pods to go")


def test_priority_class_operations(stage: Stage) -> None:
    """«PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods
    [Conformance]»"""
    name = stage.priority("p1", 1)
    path = f"{CLASSES}/{name}"
    found = stage.api.get(path)
    stage.api("PATCH", path, {"value": 1, "description": "patched"}, content_type=MERGE_PATCH)
    update = [{"op": "replace", "path": "/description", "value": "again"}]
    assert stage.api("PATCH", path, update, content_type=JSON_PATCH)["description"] == "again"
    message = stage.api.fails(422, "PATCH", path, {"value": 10}, content_type=MERGE_PATCH)
    assert "may not be changed in an update" in message
    assert stage.api.get(path)["value"] == found["value"]
