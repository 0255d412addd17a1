"""ResourceQuota: names, scopes, its row."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

QUOTA = Kind("", "v1", "ResourceQuota")


QUOTA_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "counts and amounts": (
        {"hard": {"pods": "5", "requests.cpu": "2", "count/jobs.batch": "1", "requests.test.io/gpu": "1"}},
        [],
    ),
    "unknown resource": (
        {"hard": {"bananas": "5"}},
        [
            (
                'spec.hard[bananas]: Invalid value: "bananas": must be a standard '
                "resource type or fully qualified"
            ),
            ('spec.hard[bananas]: Invalid value: "bananas": must be a standard resource for quota'),
        ],
    ),
    "half a pod": (
        {"hard": {"pods": "500m"}},
        ['spec.hard[pods]: Invalid value: "500m": must be an integer'],
    ),
    "negative": (
        {"hard": {"cpu": "-1"}},
        ['spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ),
    "a scope": ({"hard": {"pods": "5"}, "scopes": ["BestEffort"]}, []),
    "unknown scope": (
        {"hard": {"pods": "5", "services": "5"}, "scopes": ["Nice"]},
        ['spec.scopes: Invalid value: ["Nice"]: unsupported scope'],
    ),
    "conflicting scopes": (
        {"hard": {"pods": "5"}, "scopes": ["BestEffort", "NotBestEffort"]},
        ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    ),
    "a scope that does not go with storage": (
        {"hard": {"limits.ephemeral-storage": "5"}, "scopes": ["Terminating"]},
        [('spec.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource')],
    ),
    "a scope that does not fit": (
        {"hard": {"services": "5"}, "scopes": ["Terminating"]},
        [('spec.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource')],
    ),
    "a class": (
        {
            "hard": {"pods": "5"},
            "scopeSelector": {
                "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]
            },
        },
        [],
    ),
    "a class without values": (
        {
            "hard": {"pods": "5"},
            "scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]},
        },
        [
            (
                "spec.scopeSelector.matchExpressions.values: Required value: must be at "
                "least one value when `operator` is 'In' or 'NotIn' for scope selector"
            )
        ],
    ),
    "values for existence": (
        {
            "hard": {"pods": "5"},
            "scopeSelector": {
                "matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists", "values": ["a"]}]
            },
        },
        [
            (
                'spec.scopeSelector.matchExpressions.values: Invalid value: ["a"]: must '
                "be no value when `operator` is 'Exist' or 'DoesNotExist' for scope "
                "selector"
            )
        ],
    ),
    "a scope that only exists": (
        {
            "hard": {"pods": "5"},
            "scopeSelector": {
                "matchExpressions": [{"scopeName": "Terminating", "operator": "In", "values": ["a"]}]
            },
        },
        [
            (
                'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must '
                "be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
                "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
                "ResourceQuotaScopeNotBestEffort or "
                "ResourceQuotaScopeCrossNamespacePodAffinity"
            )
        ],
    ),
    "unknown operator": (
        {
            "hard": {"pods": "5"},
            "scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "Like"}]},
        },
        [
            (
                'spec.scopeSelector.matchExpressions.operator: Invalid value: "Like": '
                "not a valid selector operator"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), QUOTA_PROBLEMS.values(), ids=QUOTA_PROBLEMS)
def test_quota_problems(given: Any, problems: list[str]) -> None:
    assert QUOTA.problems({"spec": given}) == problems


def test_the_scopes_of_a_quota_stay() -> None:
    hard = {"pods": "5"}
    before = {"spec": {"hard": hard, "scopes": ["BestEffort"]}}
    assert QUOTA.update_problems(before, {"spec": {"hard": hard}}) == [
        "spec.scopes: Invalid value: []: field is immutable"
    ]


def test_status_amounts_are_checked() -> None:
    status = {"hard": {"pods": "1"}, "used": {"pods": "-1"}}
    assert QUOTA.update_problems({}, {"status": status}, "status") == [
        'status.used[pods]: Invalid value: "-1": must be greater than or equal to 0'
    ]


def test_the_row_shows_requests_apart_from_limits() -> None:
    status = {"hard": {"pods": "5", "limits.cpu": "2"}, "used": {"pods": "1"}}
    assert QUOTA.cells({"status": status}) == ["a", "pods: 1/5", "limits.cpu: 0/2", "0s"]
