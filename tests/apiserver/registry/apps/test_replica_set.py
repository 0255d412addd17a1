"""ReplicaSet: defaults and validation."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import SELECTOR, Kind, pod_template

REPLICA_SET = Kind("apps", "v1", "ReplicaSet")


def body(**spec: Any) -> dict[str, Any]:
    return {"spec": {"replicas": 0, "selector": SELECTOR, "template": pod_template(), **spec}}


def test_one_replica_by_default() -> None:
    assert REPLICA_SET.defaulted({"spec": {"selector": SELECTOR}})["spec"]["replicas"] == 1


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        ({}, []),
        (
            {"replicas": -1, "minReadySeconds": -2},
            [
                "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
                "spec.minReadySeconds: Invalid value: -2: must be greater than or equal to 0",
            ],
        ),
        (
            {"selector": {"matchExpressions": [{"key": "app", "operator": "Like", "values": ["a"]}]}},
            [
                "spec.selector.matchExpressions[0].operator: Invalid value: "
                '"Like": not a valid selector operator',
                'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Like",'
                '"values":["a"]}]}: invalid label selector',
            ],
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problems: list[str]) -> None:
    assert REPLICA_SET.problems(body(**spec)) == problems


def test_fully_labelled_replicas_are_replicas() -> None:
    after = {**body(), "status": {"replicas": 1, "fullyLabeledReplicas": 2}}
    problem = "status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas"
    assert REPLICA_SET.update_problems(body(), after, "status") == [problem]


def test_the_row_of_a_table() -> None:
    row = REPLICA_SET.cells({**body(replicas=3), "status": {"replicas": 2, "readyReplicas": 1}})
    assert row == ["a", 3, 2, 1, "0s", "c", "app:1", "app=a"]
