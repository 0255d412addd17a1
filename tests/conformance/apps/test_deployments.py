"""Deployments as the conformance tests use them (upstream: test/e2e/apps/deployment.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.apps.job_objects import PAUSE
from tests.conformance.apps.workload_objects import (
    LABELS,
    MISSING,
    OTHER,
    REVISION,
    Workloads,
    template,
    workload,
)
from tests.e2e.waiting import until

Object = dict[str, Any]


@pytest.fixture
def found(api: Api, namespace: str) -> Workloads:
    return Workloads(api, namespace)


def owner_uids(obj: Object) -> list[str]:
    return [ref["uid"] for ref in obj["metadata"].get("ownerReferences") or () if ref.get("controller")]


def test_a_rolling_update_adopts_the_old_set(found: Workloads) -> None:
    """«RollingUpdateDeployment should delete old pods and create new ones»"""
    old = workload("test-rolling-update-controller", 1)
    old["metadata"]["annotations"] = {REVISION: "3546343826724305832"}
    old["metadata"]["labels"] = LABELS
    found.status(found.make("replicasets", old), readyReplicas=1)
    path = found.make("deployments", workload("test-rolling-update-deployment", 1, OTHER))
    made = found.rolled_out(path, 1)
    assert made["metadata"]["annotations"][REVISION] == "3546343826724305833"
    until(lambda: found.images() == [OTHER])
    assert sorted(found.sizes().items()) == sorted({PAUSE: 0, OTHER: 1}.items())


def test_recreation(found: Workloads) -> None:
    """«RecreateDeployment should delete old pods and create new ones»"""
    recreate: Object = {"strategy": {"type": "Recreate"}}
    path = found.make("deployments", workload("test-recreate-deployment", 1, **recreate))
    found.rolled_out(path, 1)
    with found.api.watch(f"{found.core}/pods", labelSelector="name=sample-pod") as watch:
        first = watch.next()[1]["metadata"]["name"]
        found.put(path, OTHER)
        while True:
            kind, pod = watch.next()
            if pod["metadata"]["name"] != first:
                raise AssertionError("a new pod while the old one is there")
            if kind == "DELETED":
                break
    found.rolled_out(path, 1)
    assert found.images() == [OTHER]


def test_old_sets_are_deleted(found: Workloads) -> None:
    """«deployment should delete old replica sets»"""
    old = workload("test-cleanup-controller", 1)
    old["metadata"]["labels"] = LABELS
    found.status(found.make("replicasets", old), readyReplicas=1)
    path = found.make("deployments", workload("test-cleanup-deployment", 1, OTHER, revisionHistoryLimit=0))
    until(lambda: list(found.sizes()) == [OTHER], what="the old set to go")
    found.rolled_out(path, 1)


def test_rollover(found: Workloads) -> None:
    """«deployment should support rollover»: the set in between gets no further"""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    spec = {"strategy": rolling, "minReadySeconds": 10}
    path = found.make("deployments", workload("test-rollover-deployment", 1, MISSING, **spec))
    found.status(path, updatedReplicas=1)
    found.put(path, OTHER)
    found.rolled_out(path, 1)
    until(lambda: found.sizes() == {MISSING: 0, OTHER: 1})


def test_many_changes(found: Workloads) -> None:
    """«iterative rollouts should eventually progress»"""
    path = found.make("deployments", workload("webserver", 4, revisionHistoryLimit=2))
    for number in range(3):
        found.put(path, template={"metadata": {"annotations": {"round": str(number)}}})
        found.put(path, paused=True)
        found.put(path, OTHER if number % 2 else PAUSE, replicas=5 + number)
        victim = found.items("pods")
        if victim:
            found.api.ask("DELETE", f"{found.core}/pods/{victim[0]['metadata']['name']}")
        found.put(path, paused=False)
    made = found.rolled_out(path, 7)
    reasons = {c["type"]: (c["status"], c["reason"]) for c in made["status"]["conditions"]}
    assert reasons["Progressing"] == ("True", "NewReplicaSetAvailable")
    assert reasons["Available"] == ("True", "MinimumReplicasAvailable")
    until(lambda: len(found.items("replicasets")) <= 3, what="old sets to go")


def test_sets_are_orphaned_and_adopted(found: Workloads) -> None:
    """«test Deployment ReplicaSet orphaning and adoption regarding controllerRef»"""
    path = found.make("deployments", workload("test-orphan-deployment", 1))
    found.rolled_out(path, 1)
    (rs,) = found.items("replicasets")
    found.api.delete(path, propagationPolicy="Orphan")
    until(lambda: found.api.gone(path))
    (left,) = found.items("replicasets")
    assert (left["metadata"]["uid"], owner_uids(left)) == (rs["metadata"]["uid"], [])
    again = found.api.create(f"{found.apps}/deployments", workload("test-adopt-deployment", 1))
    until(lambda: owner_uids(found.items("replicasets")[0]) == [again["metadata"]["uid"]])
    assert len(found.items("replicasets")) == 1


def test_proportional_scaling(found: Workloads) -> None:
    """«deployment should support proportional scaling»: 8 and 5 of 10 become 20 and 13 of 30"""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
    path = found.make("deployments", workload("webserver-deployment", 10, strategy=rolling))
    found.rolled_out(path, 10)
    found.put(path, MISSING)
    found.status(path, availableReplicas=8, updatedReplicas=5, replicas=13)
    assert found.sizes() == {PAUSE: 8, MISSING: 5}
    found.put(path, replicas=30)
    until(lambda: found.sizes() == {PAUSE: 20, MISSING: 13}, what="proportional sizes")


def test_roll_back_to_a_revision(found: Workloads) -> None:
    """«should support rollback»: an earlier template gets the next number"""
    path = found.make("deployments", workload("rolled-back", 2))
    found.rolled_out(path, 2)
    found.put(path, OTHER)
    found.rolled_out(path, 2)
    found.put(path, PAUSE)
    made = found.rolled_out(path, 2)
    assert made["metadata"]["annotations"][REVISION] == "3"
    (rs,) = [rs for rs in found.items("replicasets") if rs["spec"]["replicas"]]
    assert rs["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"
    assert len(found.items("replicasets")) == 2


def test_a_deadline_passes(found: Workloads) -> None:
    """«deployment reaches its progress deadline»: told once, and no more after a fix"""
    spec = {"progressDeadlineSeconds": 5, "minReadySeconds": 1}
    path = found.make("deployments", workload("late", 1, MISSING, **spec))

    def progress() -> tuple[str, str]:
        conditions = found.api.get(path)["status"].get("conditions") or ()
        return next(((c["status"], c["reason"]) for c in conditions if c["type"] == "Progressing"), ("", ""))

    until(lambda: progress() == ("False", "ProgressDeadlineExceeded"))
    found.put(path, OTHER)
    found.rolled_out(path, 1)
    until(lambda: progress() == ("True", "NewReplicaSetAvailable"))


@pytest.mark.parametrize("plural", ("replicasets", "replicationcontrollers"))
def test_pods_are_adopted_and_released(found: Workloads, plural: str) -> None:
    """«ReplicaSet should adopt matching pods on creation and release no longer matching pods»,
    «ReplicationController should adopt matching pods on creation», «… release no longer matching pods»"""
    pod = f"{found.core}/pods/pod-adoption"
    bare = template(labels={"name": "pod-adoption"})
    bare["metadata"]["name"] = "pod-adoption"
    found.api.create(f"{found.core}/pods", bare)
    chosen: Object = {"name": "pod-adoption"}
    spec: Object = {"selector": chosen if plural == "replicationcontrollers" else {"matchLabels": chosen}}
    path = found.make(plural, workload("one", 1, template=template(labels=chosen), **spec))
    uid = found.api.get(path)["metadata"]["uid"]
    until(lambda: owner_uids(found.api.get(pod)) == [uid], what="adoption")
    found.api.patch(pod, {"metadata": {"labels": {"name": "not-matching"}}})
    until(lambda: owner_uids(found.api.get(pod)) == [], what="release")
    until(lambda: len(found.items("pods")) == 2, what="another pod")


@pytest.mark.parametrize("plural", ("replicasets", "replicationcontrollers"))
def test_a_failure_that_a_quota_causes(found: Workloads, plural: str) -> None:
    """«should surface a failure condition on a common issue like exceeded quota»"""
    hard = {"metadata": {"name": "condition-test"}, "spec": {"hard": {"pods": "2"}}}
    found.api.create(f"{found.core}/resourcequotas", hard)
    until(lambda: found.api.get(f"{found.core}/resourcequotas/condition-test")["status"].get("used"))
    spec: Object = {"selector": LABELS} if plural == "replicationcontrollers" else {}
    path = found.make(plural, workload("condition-test", 3, **spec))

    def failure() -> Object | None:
        conditions = found.api.get(path)["status"].get("conditions") or ()
        return next((dict(c) for c in conditions if c["type"] == "ReplicaFailure"), None)

    told = until(failure, what="the failure")
    assert told is not None
    assert (told["status"], told["reason"]) == ("True", "FailedCreate")
    assert "exceeded quota: condition-test" in told["message"]
    found.put(path, replicas=2)
    until(lambda: failure() is None, what="the failure to be over")
