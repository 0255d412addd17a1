"""Deployment: defaults, validation, what an update may change."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import SELECTOR, Kind, pod_template

DEPLOYMENT = Kind("apps", "v1", "Deployment")


def body(**spec: Any) -> dict[str, Any]:
    return {"spec": {"replicas": 0, "selector": SELECTOR, "template": pod_template(), **spec}}


def test_defaults_roll_a_quarter_at_a_time() -> None:
    spec = DEPLOYMENT.defaulted({"spec": {"selector": SELECTOR, "template": pod_template()}})["spec"]
    assert spec["replicas"] == 1
    rolling = {"maxUnavailable": "25%", "maxSurge": "25%"}
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": rolling}
    assert (spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (10, 600)
    assert spec["template"]["spec"]["restartPolicy"] == "Always"


def test_recreate_has_no_rolling_parameters() -> None:
    spec = DEPLOYMENT.defaulted(body(strategy={"type": "Recreate"}))["spec"]
    assert spec["strategy"] == {"type": "Recreate"}


def test_a_minimal_deployment_is_valid() -> None:
    assert DEPLOYMENT.problems(body()) == []


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"replicas": -1}, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        ({"selector": {}}, "spec.selector: Invalid value: {}: empty selector is invalid for deployment"),
        (
            {"selector": {"matchLabels": {"app": "z"}}},
            'spec.template.metadata.labels: Invalid value: {"app":"a"}: '
            "`selector` does not match template `labels`",
        ),
        (
            {"template": pod_template(restartPolicy="Never")},
            'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        ),
        (
            {"template": pod_template(activeDeadlineSeconds=5)},
            "spec.template.spec.activeDeadlineSeconds: Forbidden: "
            "activeDeadlineSeconds in ReplicaSet is not Supported",
        ),
        (
            {"strategy": {"type": "BlueGreen"}},
            'spec.strategy: Unsupported value: {"Type":"BlueGreen","RollingUpdate":null}: '
            'supported values: "Recreate", "RollingUpdate"',
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}},
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": '
            "may not be 0 when `maxSurge` is 0",
        ),
        (
            {"strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}},
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": '
            "must not be greater than 100%",
        ),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
            "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
        ),
        (
            {"minReadySeconds": 10, "progressDeadlineSeconds": 10},
            "spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert DEPLOYMENT.problems(body(**spec)) == [problem]


def test_without_a_spec_everything_is_missing() -> None:
    assert DEPLOYMENT.problems({}) == [
        "spec.selector: Required value",
        "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
        "spec.template.spec.containers: Required value",
    ]


def test_the_selector_stays() -> None:
    template = {**pod_template(), "metadata": {"labels": {"app": "b"}}}
    after = body(selector={"matchLabels": {"app": "b"}}, template=template)
    problem = 'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable'
    assert DEPLOYMENT.update_problems(body(), after) == [problem]


def test_annotations_count_as_a_new_generation() -> None:
    before = {**body(), "metadata": {"name": "a", "generation": 3}}
    after = {**body(), "metadata": {"name": "a", "annotations": {"k": "v"}}}
    assert DEPLOYMENT.updated(before, after)["metadata"]["generation"] == 4


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (
            {"observedGeneration": -1},
            "status.observedGeneration: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            {"replicas": 1, "updatedReplicas": 2},
            "status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas",
        ),
        (
            {"replicas": 2, "readyReplicas": 1, "availableReplicas": 2},
            "status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas",
        ),
    ],
)
def test_counts_in_the_status_agree(status: dict[str, int], problem: str) -> None:
    assert DEPLOYMENT.update_problems(body(), {**body(), "status": status}, "status") == [problem]


def test_the_collision_count_never_falls() -> None:
    before = {**body(), "status": {"collisionCount": 2}}
    after = {**body(), "status": {"collisionCount": 1}}
    problem = "status.collisionCount: Invalid value: 1: cannot be decremented"
    assert DEPLOYMENT.update_problems(before, after, "status") == [problem]


def test_the_row_of_a_table() -> None:
    status = {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1}
    row = DEPLOYMENT.cells({**body(replicas=2), "status": status})
    assert row == ["a", "1/2", 2, 1, "0s", "c", "app:1", "app=a"]


def test_a_name_too_long_for_a_host_is_warned_of() -> None:
    assert DEPLOYMENT.warnings({**body(), "metadata": {"name": "n" * 64}}) == [
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
        "a DNS label is recommended: [must be no more than 63 characters]"
    ]


def test_deprecated_labels_in_a_new_template_are_warned_of() -> None:
    old_label = body(template=pod_template(nodeSelector={"beta.kubernetes.io/os": "linux"}))
    assert DEPLOYMENT.warnings(old_label) == [
        "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; "
        'use "kubernetes.io/os" instead'
    ]


def test_a_template_is_warned_of_whenever_anything_new_is_asked_for() -> None:
    old = DEPLOYMENT.created(body(template=pod_template(nodeSelector={"beta.kubernetes.io/os": "linux"})))
    old["metadata"]["generation"] = 1
    scaled = {**old, "spec": {**old["spec"], "replicas": 3}, "metadata": {**old["metadata"], "generation": 2}}
    assert DEPLOYMENT.strategy.warnings(DEPLOYMENT.context, old, old) == []
    assert len(DEPLOYMENT.strategy.warnings(DEPLOYMENT.context, scaled, old)) == 1
