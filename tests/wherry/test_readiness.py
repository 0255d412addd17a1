"""When an applied object counts as ready."""

from __future__ import annotations

from typing import Any

import pytest

from wherry.access.readiness import judge

DEPLOYED = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


def obj(kind: str, spec: dict[str, Any], status: dict[str, Any], version: str = "apps/v1") -> dict[str, Any]:
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "x", "generation": 1},
        "spec": spec,
        "status": status,
    }


def condition(name: str, status: str = "True", **more: str) -> dict[str, Any]:
    return {"conditions": [{"type": name, "status": status, **more}]}


@pytest.mark.parametrize(
    ("status", "ready", "text"),
    [
        ({}, False, "waiting for its controller"),
        ({"observedGeneration": 0}, False, "waiting for its controller"),
        ({**DEPLOYED, "updatedReplicas": 1}, False, "1 of 2 replicas updated"),
        ({**DEPLOYED, "replicas": 3}, False, "1 old replicas to end"),
        ({**DEPLOYED, "availableReplicas": 1}, False, "1 of 2 replicas available"),
        (DEPLOYED, True, "2 of 2 replicas available"),
    ],
)
def test_a_deployment_is_ready_when_its_rollout_is_complete(
    status: dict[str, Any], ready: bool, text: str
) -> None:
    assert judge(obj("Deployment", {"replicas": 2}, status)) == (ready, text, False)


def test_a_rollout_past_its_deadline_has_failed() -> None:
    status = {**DEPLOYED, **condition("Progressing", "False", reason="ProgressDeadlineExceeded")}
    assert judge(obj("Deployment", {"replicas": 2}, status)).failed


def test_a_stateful_set_is_ready_when_updated_down_to_its_partition() -> None:
    spec = {"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}}
    status = {"observedGeneration": 1, "replicas": 2, "readyReplicas": 2}
    assert not judge(obj("StatefulSet", spec, status)).ready
    assert judge(obj("StatefulSet", spec, {**status, "updatedReplicas": 1})).ready


def test_a_job_is_ready_when_complete_and_failed_for_good() -> None:
    assert judge(obj("Job", {}, condition("Complete"), "batch/v1")).ready
    assert judge(obj("Job", {}, condition("Failed", message="too often"), "batch/v1")) == (
        False,
        "too often",
        True,
    )


def test_a_pod_says_what_it_waits_for() -> None:
    waiting = {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
    assert judge(obj("Pod", {}, waiting, "v1")).text == "ImagePullBackOff"
    assert judge(obj("Pod", {}, condition("Ready"), "v1")).ready
    assert judge(obj("Pod", {}, {"phase": "Succeeded"}, "v1")).ready
    assert judge(obj("Pod", {}, {"phase": "Failed"}, "v1")).failed


def test_only_load_balancers_wait_for_an_address() -> None:
    assert judge(obj("Service", {"clusterIP": "127.48.0.9"}, {}, "v1")) == (True, "127.48.0.9", False)
    assert not judge(obj("Service", {"type": "LoadBalancer"}, {}, "v1")).ready


def test_kinds_without_a_rule_are_ready_at_once() -> None:
    assert judge(obj("ConfigMap", {}, {}, "v1")).ready
