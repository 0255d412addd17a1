"""Which of several nodes is taken (upstream: test/e2e/scheduling/{priorities,ubernetes_lite}.go)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.conformance.scheduling.conftest import Stage
from tests.e2e.waiting import until

Object = dict[str, Any]
ZONE = "topology.kubernetes.io/zone"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def test_away_from_others(stage: Stage) -> None:
    """«Pod should be scheduled to node that don't match the PodAntiAffinity terms»"""
    first = stage.run("pod-with-label-security-s1", labels={"security": "S1"})
    term = {
        "labelSelector": {"matchExpressions": [{"key": "security", "operator": "In", "values": ["S1"]}]},
        "topologyKey": "kubernetes.io/hostname",
    }
    away = {"podAntiAffinity": {PREFERRED: [{"weight": 100, "podAffinityTerm": term}]}}
    assert stage.run("pod-with-pod-antiaffinity", affinity=away) != first


def test_tolerated_preferences(stage: Stage) -> None:
    """«Pod should be preferably scheduled to nodes pod can tolerate»"""
    taints = [
        {
            "key": f"kubernetes.io/e2e-scheduling-priorities-{n}",
            "value": f"v{n}",
            "effect": "PreferNoSchedule",
        }
        for n in range(3)
    ]
    for node, taint in zip(stage.nodes, taints, strict=True):
        stage.taint(node, **taint)
    tolerated = [{**taints[1], "operator": "Equal"}]
    assert stage.run("with-tolerations", tolerations=tolerated) == stage.nodes[1]


def test_spreading_as_a_preference(stage: Stage) -> None:
    """«PodTopologySpread Scoring validates pod should be preferably scheduled to node which makes the
    matching pods more evenly distributed»"""
    key = "kubernetes.io/e2e-pts-score"
    for node in stage.nodes[:2]:
        stage.label(node, **{key: node})
    web = {"app": "web"}
    for number in range(4):
        stage.run(f"there-{number}", labels=web, nodeSelector={key: stage.nodes[0]})
    rule = {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": web},
    }
    assert stage.run("test-pod", labels=web, topologySpreadConstraints=[rule]) == stage.nodes[1]


def zones(stage: Stage) -> dict[str, str]:
    found = dict(zip(stage.nodes, "abc", strict=True))
    for node, zone in found.items():
        stage.label(node, **{ZONE: zone})
    return found


def test_a_service_over_zones(stage: Stage) -> None:
    """«should spread the pods of a service across zones»"""
    zone = zones(stage)
    service = {"selector": {"service": "test"}, "ports": [{"port": 80}]}
    stage.api.create(
        f"/api/v1/namespaces/{stage.namespace}/services", {"metadata": {"name": "test"}, "spec": service}
    )
    found = [stage.run(f"p{i}", labels={"service": "test"}) for i in range(7)]
    counts = Counter(zone[node] for node in found)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_replication_controller_over_zones(stage: Stage) -> None:
    """«should spread the pods of a replication controller across zones»"""
    zone = zones(stage)
    path = f"/api/v1/namespaces/{stage.namespace}/replicationcontrollers"
    container = {"name": "pause", "image": "registry.k8s.io/pause:3.10"}
    template = {
        "metadata": {"labels": {"name": "spread"}},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]},
    }
    spec = {"replicas": 7, "selector": {"name": "spread"}, "template": template}
    stage.api.create(path, {"metadata": {"name": "spread"}, "spec": spec})

    def places() -> list[str]:
        items = stage.api.get(stage.pods)["items"]
        found = [p["spec"]["nodeName"] for p in items if "nodeName" in p["spec"]]
        return found if len(found) == 7 else []

    counts = Counter(zone[node] for node in until(places, what="seven pods"))
    assert max(counts.values()) - min(counts.values()) <= 1
    stage.api("DELETE", f"{path}/spread", {"propagationPolicy": "Background"})
