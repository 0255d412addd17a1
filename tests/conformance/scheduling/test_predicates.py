"""Where pods may go (upstream: test/e2e/scheduling/predicates.go), on simulated nodes."""

from __future__ import annotations

from typing import Any

from tests.conformance.api import MERGE_PATCH
from tests.conformance.scheduling.conftest import FOO, Stage
from tests.e2e.waiting import until

Object = dict[str, Any]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
ZONE = "topology.kubernetes.io/zone"


def test_resource_limits(stage: Stage) -> None:
    """«validates resource limits of pods that are allowed to run [Conformance]»"""
    stage.offer(10, *stage.nodes)
    for number, _ in enumerate(stage.nodes):
        stage.run(f"filler-{number}", requests={FOO: "7"})
    stage.create("additional-pod", requests={FOO: "5"})
    assert stage.refused("additional-pod").startswith(f"0/3 nodes are available: 3 Insufficient {FOO}.")
    stage.delete("filler-0")
    stage.placed("additional-pod")


def test_ephemeral_storage(stage: Stage) -> None:
    """«validates local ephemeral storage resource limits of pods that are allowed to run»"""
    listed = stage.api.get("/api/v1/nodes")["items"]
    has = {n["metadata"]["name"]: n["status"]["allocatable"].get("ephemeral-storage") for n in listed}
    assert all(has.values())
    for number, (node, amount) in enumerate(has.items()):
        selector = {"kubernetes.io/hostname": node}
        stage.run(f"overcommit-{number}", requests={"ephemeral-storage": amount}, nodeSelector=selector)
    stage.create("additional-pod", requests={"ephemeral-storage": "1Gi"})
    assert "3 Insufficient ephemeral-storage" in stage.refused("additional-pod")


def test_overhead(stage: Stage) -> None:
    """«validates pod overhead is considered along with resource limits of pods that are allowed to run»"""
    stage.offer(1000, stage.nodes[0])
    handler = f"{stage.namespace}-handler"
    runtimes = "/apis/node.k8s.io/v1/runtimeclasses"
    overhead = {"podFixed": {FOO: "250"}}
    stage.api.create(runtimes, {"metadata": {"name": handler}, "handler": "h", "overhead": overhead})
    try:
        stage.run("filler", requests={FOO: "250"}, runtimeClassName=handler)
        stage.create("additional", requests={FOO: "300"}, runtimeClassName=handler)
        assert f"3 Insufficient {FOO}" in stage.refused("additional")
    finally:
        stage.api.delete(f"{runtimes}/{handler}")


def test_a_selector_that_nothing_matches(stage: Stage) -> None:
    """«validates that NodeSelector is respected if not matching [Conformance]»"""
    stage.create("restricted-pod", nodeSelector={"label": "nonempty"})
    wanted = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."
    assert stage.refused("restricted-pod").startswith(wanted)
    events = f"/api/v1/namespaces/{stage.namespace}/events"
    selector = "involvedObject.name=restricted-pod,reason=FailedScheduling"
    found = until(lambda: stage.api.get(events, fieldSelector=selector)["items"], what="the event")
    assert (found[0]["type"], found[0]["reportingComponent"]) == ("Warning", "default-scheduler")


def test_a_selector_that_a_node_matches(stage: Stage) -> None:
    """«validates that NodeSelector is respected if matching [Conformance]»"""
    stage.create("with-labels", nodeSelector={"e2e-selector": "42"})
    stage.refused("with-labels")
    stage.label(stage.nodes[1], **{"e2e-selector": "42"})
    assert stage.placed("with-labels") == stage.nodes[1]


def required(*expressions: Object) -> Object:
    terms = [{"matchExpressions": [expression]} for expression in expressions]
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}


def test_an_affinity_that_nothing_matches(stage: Stage) -> None:
    """«validates that NodeAffinity is respected if not matching»"""
    wanted = required(
        {"key": "foo", "operator": "In", "values": ["bar", "value2"]},
        {"key": "bar", "operator": "Exists"},
    )
    stage.create("without-label", affinity=wanted)
    assert "3 node(s) didn't match Pod's node affinity/selector" in stage.refused("without-label")


def test_an_affinity_that_a_node_matches(stage: Stage) -> None:
    """«validates that required NodeAffinity setting is respected if matching»"""
    stage.label(stage.nodes[2], **{"e2e-affinity": "42"})
    wanted = required({"key": "e2e-affinity", "operator": "In", "values": ["42"]})
    assert stage.run("with-affinity", affinity=wanted) == stage.nodes[2]


TAINT = {"key": "kubernetes.io/e2e-taint-key", "value": "testing-taint-value", "effect": "NoSchedule"}


def test_a_tolerated_taint(stage: Stage) -> None:
    """«validates that taints-tolerations is respected if matching»"""
    stage.taint(stage.nodes[0], **TAINT)
    stage.label(stage.nodes[0], **{"e2e-taint": "testing-label-value"})
    tolerated = [{**TAINT, "operator": "Equal"}]
    selector = {"e2e-taint": "testing-label-value"}
    assert stage.run("with-tolerations", tolerations=tolerated, nodeSelector=selector) == stage.nodes[0]


def test_a_taint_that_is_not_tolerated(stage: Stage) -> None:
    """«validates that taints-tolerations is respected if not matching»"""
    stage.taint(stage.nodes[0], **TAINT)
    stage.label(stage.nodes[0], **{"e2e-taint": "testing-label-value"})
    stage.create("still-no-tolerations", nodeSelector={"e2e-taint": "testing-label-value"})
    message = stage.refused("still-no-tolerations")
    assert "1 node(s) had untolerated taint(s)" in message
    stage.api(
        "PATCH", f"/api/v1/nodes/{stage.nodes[0]}", {"spec": {"taints": None}}, content_type=MERGE_PATCH
    )
    assert stage.placed("still-no-tolerations") == stage.nodes[0]


def port(address: str, protocol: str = "TCP") -> list[Object]:
    return [{"containerPort": 80, "hostPort": 54321, "hostIP": address, "protocol": protocol}]


def test_the_same_port_at_other_addresses_and_protocols(stage: Stage) -> None:
    """«validates that there is no conflict between pods with same hostPort but different hostIP and protocol
    [Conformance]»"""
    here = {"kubernetes.io/hostname": stage.nodes[0]}
    for name, ports in (
        ("pod1", port("127.0.0.1")),
        ("pod2", port("127.0.0.2")),
        ("pod3", port("127.0.0.2", "UDP")),
    ):
        assert stage.run(name, ports=ports, nodeSelector=here) == stage.nodes[0]


def test_the_same_port_at_every_address(stage: Stage) -> None:
    """«validates that there exists conflict between pods with same hostPort and protocol but one using
    0.0.0.0 hostIP [Conformance]»"""
    here = {"kubernetes.io/hostname": stage.nodes[0]}
    stage.run("pod4", ports=port(""), nodeSelector=here)
    stage.create("pod5", ports=port("127.0.0.1"), nodeSelector=here)
    assert "1 node(s) didn't have free ports for the requested pod ports" in stage.refused("pod5")
    stage.delete("pod4")
    assert stage.placed("pod5") == stage.nodes[0]


def test_even_spreading(stage: Stage) -> None:
    """«validates 4 pods with MaxSkew=1 are evenly distributed into 2 nodes»"""
    key = "kubernetes.io/e2e-pts-filter"
    for node in stage.nodes[:2]:
        stage.label(node, **{key: node})
    rule = {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "rs"}},
    }
    affinity = required({"key": key, "operator": "In", "values": stage.nodes[:2]})
    found = [
        stage.run(f"p{i}", labels={"app": "rs"}, topologySpreadConstraints=[rule], affinity=affinity)
        for i in range(4)
    ]
    assert sorted(found) == sorted(stage.nodes[:2] * 2)


def test_scheduling_gates(stage: Stage) -> None:
    """«validates Pods with non-empty schedulingGates are blocked on scheduling»"""
    stage.create("gated", schedulingGates=[{"name": "foo"}, {"name": "bar"}])
    reason = until(lambda: stage.get("gated")["status"].get("conditions"), what="the condition")[0]["reason"]
    assert reason == "SchedulingGated"
    path = f"{stage.pods}/gated"
    for left in ([{"name": "foo"}], []):
        assert "nodeName" not in stage.get("gated")["spec"]
        stage.api("PATCH", path, {"spec": {"schedulingGates": left}}, content_type=MERGE_PATCH)
    stage.placed("gated")


def test_pods_of_two_profiles(stage: Stage) -> None:
    """Profiles of one process, as a configuration says: one spares nodes, the other fills them."""
    first = stage.run("first", requests={"cpu": "500m"})
    assert stage.run("spared", requests={"cpu": "500m"}) != first
    stage.run("packed", requests={"cpu": "500m"}, schedulerName="packer")
    events = f"/api/v1/namespaces/{stage.namespace}/events"
    selector = "involvedObject.name=packed,reason=Scheduled"
    (event,) = until(lambda: stage.api.get(events, fieldSelector=selector)["items"], what="the event")
    assert event["reportingComponent"] == "packer"


def test_pods_of_other_schedulers_wait(stage: Stage) -> None:
    """A pod that names a scheduler which does not run stays as it is."""
    stage.create("p", schedulerName="nobody")
    stage.run("after")
    assert "conditions" not in stage.get("p")["status"]
