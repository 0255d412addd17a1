"""HorizontalPodAutoscaler: v2 rules and the v1 face."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wherry.apiserver.registry.autoscaling import conversion

from ..drive import Kind

V2 = Kind("autoscaling", "v2", "HorizontalPodAutoscaler")
V1 = Kind("autoscaling", "v1", "HorizontalPodAutoscaler")
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}


def body(**spec: Any) -> dict[str, Any]:
    return {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3, **spec}}


def cpu(**target: Any) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def test_defaults() -> None:
    spec = V2.defaulted(body(behavior={"scaleDown": {"stabilizationWindowSeconds": 5}}))["spec"]
    assert spec["minReplicas"] == 1
    assert spec["metrics"] == [cpu(type="Utilization", averageUtilization=80)]
    assert spec["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert spec["behavior"]["scaleDown"]["policies"] == [
        {"type": "Percent", "value": 100, "periodSeconds": 15}
    ]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"minReplicas": 5},
            "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`",
        ),
        (
            {"scaleTargetRef": {"kind": "Deployment", "name": "d"}},
            'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
        ),
        (
            {"metrics": [cpu(type="Utilization", averageUtilization=0)]},
            "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
        ),
        (
            {"metrics": [cpu(type="Utilization", averageUtilization=5, averageValue="1")]},
            "spec.metrics[0].resource.target.averageValue: Forbidden: "
            "may not set both a target raw value and a target utilization",
        ),
        (
            {"metrics": [{"type": "Resource"}]},
            "spec.metrics[0].resource: Required value: must populate information for the given metric source",
        ),
        (
            {"behavior": {"scaleUp": {"selectPolicy": "Mean"}}},
            'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Mean": '
            'supported values: "Disabled", "Max", "Min"',
        ),
        (
            {"behavior": {"scaleUp": {"stabilizationWindowSeconds": 3601}}},
            "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: "
            "must be less than or equal to 3600",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert V2.problems(body(**spec)) == [problem]


def test_v1_is_judged_by_the_rules_of_v2() -> None:
    problem = "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0"
    assert V1.problems(body(targetCPUUtilizationPercentage=0)) == [problem]


def test_v1_keeps_what_it_cannot_say_in_annotations() -> None:
    pods = {"metric": {"name": "q"}, "target": {"type": "AverageValue", "averageValue": "5"}}
    metrics = [{"type": "Pods", "pods": pods}, cpu(type="Utilization", averageUtilization=70)]
    v2 = V2.defaulted(body(metrics=metrics, behavior={"scaleDown": {"stabilizationWindowSeconds": 5}}))
    v1 = conversion.to_v1(v2)
    assert v1["spec"]["targetCPUUtilizationPercentage"] == 70
    note = v1["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/metrics"]
    assert note == '[{"type":"Pods","pods":{"metricName":"q","targetAverageValue":"5"}}]'
    assert conversion.to_v2(v1)["spec"] == v2["spec"]


@pytest.mark.parametrize("side", ["object", "external", "containerResource"])
def test_every_metric_survives_the_way_through_v1(side: str) -> None:
    source: dict[str, Any] = {"target": {"type": "Value", "value": "5"}}
    if side == "containerResource":
        source = {"name": "cpu", "container": "c", "target": {"type": "AverageValue", "averageValue": "1"}}
    else:
        source["metric"] = {"name": "q", "selector": {"matchLabels": {"a": "b"}}}
    if side == "object":
        source["describedObject"] = TARGET
    v2 = V2.defaulted(body(metrics=[{"type": side[0].upper() + side[1:], side: source}]))
    assert conversion.to_v2(conversion.to_v1(v2))["spec"] == v2["spec"]


def test_the_annotations_are_as_go_writes_them() -> None:
    metric = {"name": "q", "selector": {"matchLabels": {"a": "b"}}}
    target = {"type": "AverageValue", "averageValue": "5"}
    source = {"describedObject": TARGET, "metric": metric, "target": target}
    v2 = V2.defaulted(body(metrics=[{"type": "Object", "object": source}]))
    v2["status"] = {"conditions": [{"type": "A", "message": "<&>"}]}
    v1 = conversion.to_v1(v2)
    notes = v1["metadata"]["annotations"]
    assert notes["autoscaling.alpha.kubernetes.io/metrics"].endswith(
        '"metricName":"q","targetValue":"0","selector":{"matchLabels":{"a":"b"}},"averageValue":"5"}}]'
    )
    assert "\\u003c\\u0026\\u003e" in notes["autoscaling.alpha.kubernetes.io/conditions"]
    assert conversion.to_v2(v1)["spec"] == v2["spec"]


def test_unreadable_annotations_are_dropped() -> None:
    meta = {"name": "a", "annotations": {"autoscaling.alpha.kubernetes.io/metrics": "{"}}
    v2 = conversion.to_v2({"metadata": meta, "spec": {"maxReplicas": 1}})
    assert v2["spec"]["metrics"] == [cpu(type="Utilization", averageUtilization=80)]
    assert "annotations" not in v2["metadata"]


def test_v1_shows_the_default_that_v2_would_have() -> None:
    assert V1.defaulted(body())["spec"]["targetCPUUtilizationPercentage"] == 80


def test_v2_has_no_use_for_the_annotations_of_v1() -> None:
    meta = {"name": "a", "annotations": {"autoscaling.alpha.kubernetes.io/behavior": "{}"}}
    assert "annotations" not in V2.defaulted({**body(), "metadata": meta})["metadata"]


def test_the_row_shows_current_and_wanted() -> None:
    status = {
        "currentReplicas": 2,
        "currentMetrics": [
            {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 12}}}
        ],
    }
    row = V2.cells({**body(), "status": status})
    assert row == ["a", "Deployment/d", "cpu: 12%/80%", "1", 3, 2, "0s"]
    assert V1.cells(body(targetCPUUtilizationPercentage=50))[2] == "cpu: <unknown>/50%"


def test_a_current_metric_of_v1_always_has_its_value() -> None:
    current = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 3}}}
    made = conversion.to_v1({"metadata": {"name": "a"}, "status": {"currentMetrics": [current]}})
    (metric,) = json.loads(made["metadata"]["annotations"][conversion.CURRENT])
    assert metric["resource"] == {"name": "cpu", "currentAverageUtilization": 3, "currentAverageValue": "0"}
