"""Roles and ClusterRoles: rules and aggregation."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

ROLE = Kind("rbac.authorization.k8s.io", "v1", "Role")
CLUSTER_ROLE = Kind("rbac.authorization.k8s.io", "v1", "ClusterRole")
PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


@pytest.mark.parametrize(
    ("rule", "problems"),
    [
        (PODS, []),
        ({**PODS, "verbs": []}, ["rules[0].verbs: Required value: verbs must contain at least one value"]),
        (
            {"apiGroups": [""], "verbs": ["get"]},
            ["rules[0].resources: Required value: resource rules must supply at least one resource"],
        ),
        (
            {"nonResourceURLs": ["/x"], "verbs": ["get"]},
            [
                'rules[0].nonResourceURLs: Invalid value: ["/x"]: '
                "namespaced rules cannot apply to non-resource URLs"
            ],
        ),
    ],
)
def test_rules_of_a_namespace(rule: dict[str, Any], problems: list[str]) -> None:
    assert ROLE.problems({"rules": [rule]}) == problems


def test_the_cluster_has_urls() -> None:
    assert CLUSTER_ROLE.problems({"rules": [{"nonResourceURLs": ["/x"], "verbs": ["get"]}]}) == []
    (problem,) = CLUSTER_ROLE.problems({"rules": [{**PODS, "nonResourceURLs": ["/x"]}]})
    assert problem.endswith("rules cannot apply to both regular resources and non-resource URLs")


def test_aggregation_selects_something() -> None:
    empty: dict[str, Any] = {"aggregationRule": {"clusterRoleSelectors": []}}
    (problem,) = CLUSTER_ROLE.problems(empty)
    assert problem.startswith("aggregationRule.clusterRoleSelectors: Required value: at least one")


def test_names_are_path_segments() -> None:
    check = ROLE.strategy.name_validator
    assert check is not None
    assert check("system:node-Reader", False) == []
    assert check("..", False) == ["may not be '..'"]
