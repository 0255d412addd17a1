"""Autoscalers that follow what pods use (upstream: test/e2e/autoscaling/horizontal_pod_autoscaling*.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.apps.job_objects import BUSYBOX
from tests.conformance.apps.workload_objects import Workloads, template, workload
from tests.e2e.waiting import until

Object = dict[str, Any]
BUSY = "while true; do i=0; while [ $i -lt 9000 ]; do i=$((i+1)); done; sleep 0.2; done"
IDLE = "sleep 1000000"
FAST = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}


@pytest.fixture
def found(api: Api, namespace: str) -> Workloads:
    return Workloads(api, namespace)


def consumer(replicas: int, script: str) -> Object:
    pod = template(BUSYBOX)
    asked = {"requests": {"cpu": "5m"}}
    pod["spec"]["containers"][0] |= {"command": ["/bin/sh", "-c", script], "resources": asked}
    return workload("consumer", replicas, template=pod)


def autoscaler(least: int, most: int, **spec: Any) -> Object:
    goal = {"type": "Utilization", "averageUtilization": 50}
    made = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "consumer"},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": goal}}],
    }
    return {"metadata": {"name": "consumer"}, "spec": {**made, **spec}}


def conditions(found: Workloads, path: str) -> dict[str, tuple[str, str]]:
    held = found.api.get(path)["status"].get("conditions") or ()
    return {condition["type"]: (condition["status"], condition["reason"]) for condition in held}


def sizes(found: Workloads) -> list[str]:
    """What the events of the autoscaler say of new sizes."""
    events = found.api.get(f"{found.core}/events", fieldSelector="reason=SuccessfulRescale")["items"]
    return sorted(event["message"] for event in events)


def test_usage_is_followed_at_the_rate_of_the_policy(found: Workloads, namespace: str) -> None:
    """«Should scale from 1 pod to 3 pods», «should scale up no more than given number of Pods per minute»,
    «should scale down soon after the stabilization period»"""
    path = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
    deployment = found.make("deployments", consumer(1, BUSY))
    rules = {"scaleUp": FAST, "scaleDown": FAST}
    found.api.create(path, autoscaler(1, 3, behavior=rules))
    until(lambda: found.api.get(deployment)["spec"]["replicas"] == 3, 60, "three replicas")
    above = "reason: cpu resource utilization (percentage of request) above target"
    until(lambda: sizes(found) == [f"New size: 2; {above}", f"New size: 3; {above}"], what="two events")
    limited = {"ScalingActive": ("True", "ValidMetricFound"), "ScalingLimited": ("True", "TooManyReplicas")}
    until(
        lambda: limited.items() <= conditions(found, f"{path}/consumer").items(), what="the limit to be told"
    )
    found.api.patch(deployment, {"spec": {"template": consumer(1, IDLE)["spec"]["template"]}})
    until(lambda: found.api.get(deployment)["spec"]["replicas"] == 1, 60, "one replica")
    until(lambda: "New size: 1; reason: All metrics below target" in sizes(found), what="the last event")


def test_the_range_is_kept(found: Workloads, namespace: str) -> None:
    """«Should scale up to the minimum», whatever the metrics say; a size of zero turns scaling off"""
    path = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
    deployment = found.make("deployments", consumer(1, IDLE))
    found.api.create(path, autoscaler(2, 4))
    until(lambda: found.api.get(deployment)["spec"]["replicas"] == 2, what="the minimum")
    found.put(deployment, replicas=6)
    until(lambda: found.api.get(deployment)["spec"]["replicas"] == 4, what="the maximum")
    found.put(deployment, replicas=0)
    off = ("False", "ScalingDisabled")
    until(lambda: conditions(found, f"{path}/consumer").get("ScalingActive") == off, what="scaling to be off")
