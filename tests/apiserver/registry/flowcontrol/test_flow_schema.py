"""FlowSchema: precedence, subjects, rules."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

FLOW = Kind("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema")
PODS = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["n"]}
USER = {"kind": "User", "user": {"name": "u"}}


def body(
    subject: dict[str, Any] | None = None, rule: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    rules = [{"subjects": [subject or USER], "resourceRules": [rule or PODS]}]
    return {"spec": {"priorityLevelConfiguration": {"name": "catch-all"}, "rules": rules, **spec}}


def test_the_default_precedence() -> None:
    assert FLOW.defaulted(body())["spec"]["matchingPrecedence"] == 1000


@pytest.mark.parametrize(
    ("flow", "problem"),
    [
        (
            body(matchingPrecedence=1),
            "spec.matchingPrecedence: Invalid value: 1: "
            "only the schema named 'exempt' may have matchingPrecedence 1",
        ),
        (
            body(distinguisherMethod={"type": "ByColor"}),
            'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByColor"}: '
            'supported values: "ByNamespace", "ByUser"',
        ),
        (
            body(priorityLevelConfiguration={}),
            "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
        ),
        (
            body({"kind": "User"}),
            "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
        ),
        (
            body(rule={**PODS, "verbs": ["*", "get"]}),
            'spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: '
            "if '*' is present, must not specify other verbs",
        ),
        (
            body(rule={**PODS, "namespaces": []}),
            "spec.rules[0].resourceRules[0].namespaces: Required value: "
            "resource rules that are not cluster scoped must supply at least one namespace",
        ),
    ],
)
def test_what_is_refused(flow: dict[str, Any], problem: str) -> None:
    assert FLOW.problems(flow) == [problem]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("x", "must start with slash"),
        ("/a b", "must not contain white-space"),
        ("/a//b", "must not contain double slash"),
        ("/a*/b", "wildcard can only do suffix matching"),
    ],
)
def test_urls(url: str, problem: str) -> None:
    rule = {"subjects": [USER], "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": [url]}]}
    (found,) = FLOW.problems(body(rules=[rule]))
    assert found.endswith(f': Invalid value: "{url}": {problem}')


def test_the_row_says_whether_the_level_is_missing() -> None:
    conditions = [{"type": "Dangling", "status": "True"}]
    assert FLOW.cells(body()) == ["a", "catch-all", 1000, "<none>", "0s", "?"]
    assert FLOW.cells({**body(), "status": {"conditions": conditions}})[-1] == "True"


@pytest.mark.parametrize(
    "kind", [FLOW, Kind("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration")]
)
def test_conditions_have_a_type_each(kind: Kind) -> None:
    status = {"conditions": [{"type": "A"}, {"type": "A"}, {}]}
    old = kind.created({})
    problems = kind.strategy.validate_status(kind.context, {**old, "status": status}, old)
    assert [str(problem) for problem in problems] == [
        'status.conditions[1].type: Duplicate value: "A"',
        "status.conditions[2].type: Required value",
    ]
