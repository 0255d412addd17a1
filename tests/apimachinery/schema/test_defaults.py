"""The literal defaults of built-in kinds."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.schema.registry import builtin

Object = dict[str, Any]


def defaulted(group: str, version: str, kind: str, obj: Object) -> Object:
    schema = builtin(group, version, kind)
    assert schema is not None
    schema.decode(obj)
    schema.default(obj)
    return obj


def test_a_pod() -> None:
    spec = defaulted(
        "", "v1", "Pod", {"spec": {"containers": [{"name": "c", "ports": [{"containerPort": 80}]}]}}
    )["spec"]
    container = spec.pop("containers")[0]
    assert spec == {
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "enableServiceLinks": True,
    }
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert container["terminationMessagePolicy"] == "File"


def test_some_defaults_are_for_pods_and_not_for_their_templates() -> None:
    deployment = defaulted("apps", "v1", "Deployment", {"spec": {}})
    template = deployment["spec"]["template"]["spec"]
    assert template["dnsPolicy"] == "ClusterFirst"
    assert "enableServiceLinks" not in template


@pytest.mark.parametrize("replicas", [0, 3])
def test_what_is_given_stays(replicas: int) -> None:
    deployment = defaulted("apps", "v1", "Deployment", {"spec": {"replicas": replicas}})
    assert deployment["spec"]["replicas"] == replicas


def test_a_zero_that_cannot_be_told_from_nothing_is_defaulted() -> None:
    schema = defaulted(
        "flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", {"spec": {"matchingPrecedence": 0}}
    )
    assert schema["spec"]["matchingPrecedence"] == 1000


def test_a_zero_behind_a_pointer_stays() -> None:
    limited = {"nominalConcurrencyShares": 0}
    level = defaulted(
        "flowcontrol.apiserver.k8s.io",
        "v1",
        "PriorityLevelConfiguration",
        {"spec": {"type": "Limited", "limited": limited}},
    )
    assert level["spec"]["limited"]["nominalConcurrencyShares"] == 0


def test_defaults_are_not_shared_between_objects() -> None:
    first = defaulted("", "v1", "Pod", {"spec": {"containers": []}})
    first["spec"]["securityContext"]["runAsUser"] = 1
    assert defaulted("", "v1", "Pod", {"spec": {"containers": []}})["spec"]["securityContext"] == {}
