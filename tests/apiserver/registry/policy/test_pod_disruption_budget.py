"""PodDisruptionBudget: one limit, counts or percentages."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import SELECTOR, Kind

BUDGET = Kind("policy", "v1", "PodDisruptionBudget")


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"minAvailable": 1, "maxUnavailable": 1, "selector": SELECTOR},
            'spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"app":"a"}},'
            '"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: '
            "minAvailable and maxUnavailable cannot be both set",
        ),
        ({"minAvailable": -1}, "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"),
        ({"minAvailable": "101%"}, 'spec.minAvailable: Invalid value: "101%": must not be greater than 100%'),
        (
            {"minAvailable": 1, "unhealthyPodEvictionPolicy": "Never"},
            'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": '
            'supported values: "AlwaysAllow", "IfHealthyBudget"',
        ),
        (
            {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            "spec.selector.matchExpressions[0].values: Required value: "
            "must be specified when `operator` is 'In' or 'NotIn'",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert BUDGET.problems({"spec": spec}) == [problem]


def test_an_empty_budget_is_valid() -> None:
    assert BUDGET.problems({"spec": {}}) == []


def test_status_counts() -> None:
    after = {"spec": {}, "status": {"disruptionsAllowed": -1}}
    problem = "status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0"
    assert BUDGET.update_problems({"spec": {}}, after, "status") == [problem]


def test_status_conditions() -> None:
    after = {"spec": {}, "status": {"conditions": [{"type": "x", "status": "True", "reason": "y"}]}}
    problem = "status.conditions[0].lastTransitionTime: Required value"
    assert BUDGET.update_problems({"spec": {}}, after, "status") == [problem]


def test_the_row_of_a_table() -> None:
    body = {"spec": {"minAvailable": "50%"}, "status": {"disruptionsAllowed": 2}}
    assert BUDGET.cells(body) == ["a", "50%", "N/A", 2, "0s"]
