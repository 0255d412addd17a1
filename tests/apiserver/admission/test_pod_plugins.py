"""Priority, DefaultTolerationSeconds, RuntimeClass and PodTopologyLabels."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.admission import (
    default_toleration_seconds,
    pod_topology_labels,
    priority,
    runtime_class,
)

from tests.apiserver.admission.support import Object, attributes, mutate, pod, refusal, validate
from tests.apiserver.readers import MapReader

POD = attributes("pods")
_CLASSES = "scheduling.k8s.io|priorityclasses"


def classes(**more: Any) -> MapReader:
    reader = MapReader()
    reader.put("scheduling.k8s.io", "priorityclasses", "high", value=77, preemptionPolicy="Never", **more)
    return reader


def prioritized(obj: Object, reader: MapReader) -> tuple[Any, Any, Any]:
    spec = mutate(priority.PLUGIN, POD, obj, reader)["spec"]
    return spec.get("priorityClassName"), spec["priority"], spec["preemptionPolicy"]


def test_priority_comes_from_the_class() -> None:
    assert prioritized(pod(priorityClassName="high"), classes()) == ("high", 77, "Never")


def test_without_a_class_it_is_zero() -> None:
    assert prioritized(pod(), classes()) == (None, 0, "PreemptLowerPriority")


def test_the_global_default_applies() -> None:
    assert prioritized(pod(), classes(globalDefault=True)) == ("high", 77, "Never")


def test_an_unknown_class() -> None:
    message = refusal(priority.PLUGIN.mutate, POD, pod(priorityClassName="nope"), MapReader())
    assert message == "no PriorityClass with name nope was found"


def test_numbers_of_ones_own_are_refused() -> None:
    message = refusal(priority.PLUGIN.mutate, POD, pod(priority=5), MapReader())
    assert message == (
        "the integer value of priority (5) must not be provided in pod spec; priority admission "
        "controller computed 0 "
        "from the given PriorityClass name"
    )


def test_an_update_keeps_what_it_leaves_out() -> None:
    old = pod(priority=77)
    new = mutate(priority.PLUGIN, attributes("pods", "UPDATE"), pod(), MapReader(), old)
    assert new["spec"]["priority"] == 77


def test_only_one_class_is_the_default() -> None:
    attrs = attributes(_CLASSES, namespace="")
    other = {"metadata": {"name": "x"}, "globalDefault": True}
    message = refusal(priority.CLASSES.validate, attrs, other, classes(globalDefault=True))
    assert message == "PriorityClass high is already marked as default. Only one default can exist"


def test_system_classes_stay() -> None:
    attrs = attributes(_CLASSES, "DELETE", namespace="", name="system-node-critical")
    message = refusal(priority.DELETIONS.validate, attrs, None, MapReader())
    assert message == "this is a system priority class and cannot be deleted"


@pytest.mark.parametrize(
    ("own", "added"),
    [
        ([], ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]),
        ([{"operator": "Exists"}], []),
        ([{"key": "node.kubernetes.io/unreachable", "operator": "Exists"}], ["node.kubernetes.io/not-ready"]),
        (
            [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}],
            ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"],
        ),
    ],
)
def test_pods_stay_five_minutes_on_a_lost_node(own: list[Object], added: list[str]) -> None:
    obj = mutate(default_toleration_seconds.PLUGIN, POD, pod(tolerations=own), MapReader())
    tolerations = obj["spec"]["tolerations"]
    assert tolerations[: len(own)] == own
    assert [t["key"] for t in tolerations[len(own) :]] == added
    assert all(t["tolerationSeconds"] == 300 for t in tolerations[len(own) :])


def runtimes() -> MapReader:
    reader = MapReader()
    toleration = {"key": "k", "operator": "Exists"}
    scheduling = {"nodeSelector": {"disk": "ssd"}, "tolerations": [toleration]}
    reader.put(
        "node.k8s.io", "runtimeclasses", "vm", overhead={"podFixed": {"cpu": "10m"}}, scheduling=scheduling
    )
    reader.put("node.k8s.io", "runtimeclasses", "plain")
    return reader


def test_a_runtime_class_adds_overhead_selector_and_tolerations() -> None:
    obj = pod(runtimeClassName="vm", nodeSelector={"zone": "a"})
    spec = mutate(runtime_class.PLUGIN, POD, obj, runtimes())["spec"]
    assert spec["overhead"] == {"cpu": "10m"}
    assert spec["nodeSelector"] == {"zone": "a", "disk": "ssd"}
    assert spec["tolerations"] == [{"key": "k", "operator": "Exists"}]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"runtimeClassName": "none"}, 'pod rejected: RuntimeClass "none" not found'),
        (
            {"runtimeClassName": "vm", "overhead": {"cpu": "1"}},
            "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
        ),
        (
            {"runtimeClassName": "vm", "nodeSelector": {"disk": "hdd"}},
            "conflict: runtimeClass.scheduling.nodeSelector[disk] = ssd; pod.spec.nodeSelector[disk] = hdd",
        ),
    ],
)
def test_a_pod_must_fit_its_runtime_class(spec: Object, message: str) -> None:
    assert refusal(runtime_class.PLUGIN.mutate, POD, pod(**spec), runtimes()) == message


def test_the_same_overhead_in_other_words_fits() -> None:
    mutate(runtime_class.PLUGIN, POD, pod(runtimeClassName="vm", overhead={"cpu": "0.01"}), runtimes())


@pytest.mark.parametrize("spec", [{}, {"runtimeClassName": "plain"}])
def test_overhead_needs_a_class_that_defines_it(spec: Object) -> None:
    message = refusal(runtime_class.PLUGIN.validate, POD, pod(overhead={"cpu": "1"}, **spec), runtimes())
    assert message == "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


def test_a_plain_pod_passes() -> None:
    validate(runtime_class.PLUGIN, POD, pod(), runtimes())


ZONE = "topology.kubernetes.io/zone"


@pytest.mark.parametrize(
    ("resource", "obj"),
    [
        ("pods", pod(nodeName="n")),
        ("pods/binding", {"metadata": {}, "target": {"kind": "Node", "name": "n"}}),
    ],
)
def test_what_is_on_a_node_gets_its_zone(resource: str, obj: Object) -> None:
    reader = MapReader()
    reader.put("", "nodes", "n", metadata={"name": "n", "labels": {ZONE: "z", "other": "1"}})
    name, _, subresource = resource.partition("/")
    attrs = attributes(name)._replace(subresource=subresource)
    assert mutate(pod_topology_labels.PLUGIN, attrs, obj, reader)["metadata"]["labels"] == {ZONE: "z"}


def test_a_pod_on_no_node_gets_no_zone() -> None:
    assert "labels" not in mutate(pod_topology_labels.PLUGIN, POD, pod(), MapReader())["metadata"]
