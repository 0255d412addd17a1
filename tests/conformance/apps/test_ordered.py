"""What of StatefulSets and DaemonSets takes time or failures (upstream: test/e2e/apps/statefulset.go,
test/e2e/apps/daemon_set.go); their plain tests stand beside this folder."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api
from tests.conformance.apps.job_objects import PAUSE
from tests.conformance.apps.workload_objects import LABELS, MISSING, OTHER, Workloads, template, workload
from tests.e2e.waiting import until

Object = dict[str, Any]
GATE = "e2e.example/ready"


@pytest.fixture
def found(api: Api, namespace: str) -> Workloads:
    return Workloads(api, namespace)


def stateful(name: str, replicas: int, image: str = PAUSE, **spec: Any) -> Object:
    return workload(name, replicas, image, serviceName="test", **spec)


def gated(image: str = PAUSE) -> Object:
    return template(image, readinessGates=[{"conditionType": GATE}])


def open_gate(found: Workloads, name: str) -> None:
    path = f"{found.core}/pods/{name}"
    until(lambda: not found.api.gone(path), what=name)
    condition = {"status": {"conditions": [{"type": GATE, "status": "True"}]}}
    found.api.patch(f"{path}/status", condition, STRATEGIC_PATCH)


def names(found: Workloads) -> list[str]:
    return [pod["metadata"]["name"] for pod in found.items("pods")]


def fresh(found: Workloads, before: set[str]) -> set[str]:
    """Names of pods that are none of the earlier ones."""
    return {pod["metadata"]["name"] for pod in found.items("pods") if pod["metadata"]["uid"] not in before}


def count(found: Workloads, image: str, wanted: int) -> None:
    """Waits until so many pods have the image."""
    until(lambda: found.images().count(image) == wanted, what=f"{wanted} pods of {image}")


def test_identity(found: Workloads) -> None:
    """«should provide basic identity»: name, host name, domain, labels"""
    path = found.make("statefulsets", stateful("ss", 3))
    found.status(path, readyReplicas=3)
    for place, pod in enumerate(found.items("pods")):
        name, labels = f"ss-{place}", pod["metadata"]["labels"]
        assert (pod["metadata"]["name"], pod["spec"]["hostname"], pod["spec"]["subdomain"]) == (
            name,
            name,
            "test",
        )
        assert labels["statefulset.kubernetes.io/pod-name"] == name
        assert labels["apps.kubernetes.io/pod-index"] == str(place)


def test_adoption_and_release(found: Workloads) -> None:
    """«should adopt matching orphans and release non-matching pods»"""
    path = found.make("statefulsets", stateful("ss", 1))
    uid = found.status(path, readyReplicas=1)["metadata"]["uid"]
    pod = f"{found.core}/pods/ss-0"

    def owners() -> list[str]:
        return [ref["uid"] for ref in found.api.get(pod)["metadata"].get("ownerReferences") or ()]

    found.api.change(pod, lambda obj: obj["metadata"].pop("ownerReferences"))
    until(lambda: owners() == [uid], what="adoption")
    found.api.patch(pod, {"metadata": {"labels": {"name": "other"}}})
    until(lambda: owners() == [], what="release")
    found.api.patch(pod, {"metadata": {"labels": LABELS}})
    until(lambda: owners() == [uid], what="adoption again")


def test_no_deadlock(found: Workloads) -> None:
    """«should not deadlock when a pod's predecessor fails»"""
    path = found.make("statefulsets", stateful("ss", 2, template=gated()))
    for name in ("ss-0", "ss-1"):
        open_gate(found, name)
    found.status(path, readyReplicas=2)
    before = {pod["metadata"]["uid"] for pod in found.items("pods")}
    for name in ("ss-0", "ss-1"):
        found.api.patch(f"{found.core}/pods/{name}/status", {"status": {"phase": "Failed"}})
    for name in ("ss-0", "ss-1"):
        until(lambda: fresh(found, before) >= {name}, what=f"another {name}")  # noqa: B023 - called at once
        open_gate(found, name)
    found.status(path, readyReplicas=2)


def test_replacement_on_delete(found: Workloads) -> None:
    """«should implement legacy replacement when the update strategy is OnDelete»"""
    path = found.make("statefulsets", stateful("ss", 2, updateStrategy={"type": "OnDelete"}))
    found.status(path, readyReplicas=2)
    found.put(path, OTHER)
    found.status(path, readyReplicas=2, updatedReplicas=0)
    assert found.images() == [PAUSE] * 2
    for name in ("ss-0", "ss-1"):
        found.api.delete(f"{found.core}/pods/{name}")
    until(lambda: found.images() == [OTHER] * 2)
    found.status(path, readyReplicas=2, updatedReplicas=2)


def test_available_after_a_time(found: Workloads) -> None:
    """«MinReadySeconds should be honored when enabled», «AvailableReplicas should get updated accordingly»"""
    path = found.make("statefulsets", stateful("ss", 2, podManagementPolicy="Parallel", minReadySeconds=3600))
    found.status(path, readyReplicas=2, availableReplicas=0)
    found.put(path, minReadySeconds=3)
    found.status(path, readyReplicas=2, availableReplicas=2)


def test_a_start_ordinal_moves(found: Workloads) -> None:
    """«Setting .start.ordinal», «Increasing .start.ordinal», «Decreasing .start.ordinal», «Removing …»"""
    path = found.make("statefulsets", stateful("ss", 2, ordinals={"start": 2}))
    found.status(path, readyReplicas=2)
    assert names(found) == ["ss-2", "ss-3"]
    for start, wanted in ((3, ["ss-3", "ss-4"]), (2, ["ss-2", "ss-3"]), (0, ["ss-0", "ss-1"])):
        found.put(path, ordinals={"start": start})
        until(lambda: names(found) == wanted, what=str(wanted))  # noqa: B023 - called at once


def test_one_unavailable(found: Workloads) -> None:
    """«should perform rolling updates with maxUnavailable» needs the gate MaxUnavailableStatefulSet, which is
    off in 1.36: the field is dropped, and parallel pods are replaced one at a time, too"""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}
    spec: Object = {"podManagementPolicy": "Parallel", "updateStrategy": rolling}
    path = found.make("statefulsets", stateful("ss", 3, template=gated(), **spec))
    assert found.api.get(path)["spec"]["updateStrategy"]["rollingUpdate"] == {"partition": 0}
    for place in range(3):
        open_gate(found, f"ss-{place}")
    found.status(path, readyReplicas=3)
    found.put(path, OTHER)
    for place in (2, 1, 0):
        count(found, OTHER, 3 - place)
        assert found.items("pods")[place]["metadata"]["name"] == f"ss-{place}"
        assert image(found.items("pods")[place]) == OTHER
        open_gate(found, f"ss-{place}")
    found.status(path, readyReplicas=3, updatedReplicas=3)


def image(pod: Object) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def daemon(**spec: Any) -> Object:
    made: Object = {"selector": {"matchLabels": LABELS}, "template": template()}
    return {"metadata": {"name": "daemon-set"}, "spec": {**made, **spec}}


def test_daemons_on_delete(found: Workloads) -> None:
    """«should not update pod when spec was updated and update strategy is OnDelete»"""
    path = found.make("daemonsets", daemon(updateStrategy={"type": "OnDelete"}))
    found.status(path, numberReady=2)
    before = names(found)
    found.put(path, OTHER)
    found.status(path, numberReady=2, updatedNumberScheduled=0)
    assert names(found) == before and found.images() == [PAUSE] * 2


def test_daemons_surge(found: Workloads) -> None:
    """«should surge pods onto nodes when spec was updated and update strategy is RollingUpdate»: a node's old
    pod stays until the new one is ready"""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    path = found.make("daemonsets", daemon(updateStrategy=rolling))
    found.status(path, numberAvailable=2)
    found.put(path, template=gated(OTHER))
    until(lambda: found.images() == sorted([PAUSE, PAUSE, OTHER]), what="one more pod")
    open_gate(found, next(pod["metadata"]["name"] for pod in found.items("pods") if image(pod) == OTHER))
    count(found, PAUSE, 1)
    count(found, OTHER, 2)
    for pod in found.items("pods"):
        if image(pod) == OTHER:
            open_gate(found, pod["metadata"]["name"])
    count(found, PAUSE, 0)
    found.status(path, numberAvailable=2, updatedNumberScheduled=2)


def test_daemons_by_node_affinity(found: Workloads) -> None:
    """«should run and stop complex daemon with node affinity»"""
    node, other = sorted(found.api.names("/api/v1/nodes"))
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    path = found.make("daemonsets", daemon(template=template(affinity={"nodeAffinity": required})))
    found.status(path, numberReady=1, desiredNumberScheduled=1)
    assert [pod["spec"]["nodeName"] for pod in found.items("pods")] == [node]
    term["matchExpressions"][0]["values"] = [other]
    found.put(path, template=template(affinity={"nodeAffinity": required}))
    until(lambda: [pod["spec"]["nodeName"] for pod in found.items("pods")] == [other])


def test_a_broken_image_is_rolled_back(found: Workloads) -> None:
    """«should rollback without unnecessary restarts»: pods that run are not touched"""
    path = found.make("daemonsets", daemon())
    found.status(path, numberAvailable=2)
    before = set(names(found))
    found.put(path, MISSING)
    until(lambda: MISSING in found.images(), what="a broken pod")
    kept = before & set(names(found))
    found.put(path, PAUSE)
    found.status(path, numberAvailable=2, updatedNumberScheduled=2)
    assert kept and kept <= set(names(found))
