"""Webhook configurations: defaults, rules, where the webhook is."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.admissionregistration.webhooks import validate_client_config

from ..drive import Kind

VALIDATING = Kind("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration")
MUTATING = Kind("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration")
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}


def hook(**more: Any) -> dict[str, Any]:
    core = {
        "name": "a.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "rules": [RULE],
    }
    return {**core, "clientConfig": {"url": "https://h.example.com"}, **more}


def body(**more: Any) -> dict[str, Any]:
    return {"webhooks": [hook(**more)]}


def test_defaults() -> None:
    found = VALIDATING.defaulted(body())["webhooks"][0]
    assert (found["failurePolicy"], found["matchPolicy"], found["timeoutSeconds"]) == (
        "Fail",
        "Equivalent",
        10,
    )
    assert (found["namespaceSelector"], found["objectSelector"]) == ({}, {})
    assert found["rules"][0]["scope"] == "*" and "reinvocationPolicy" not in found
    assert MUTATING.defaulted(body())["webhooks"][0]["reinvocationPolicy"] == "Never"


def test_services_listen_on_443() -> None:
    config = {"service": {"namespace": "n", "name": "s"}}
    found = VALIDATING.defaulted(body(clientConfig=config))["webhooks"][0]
    assert found["clientConfig"]["service"]["port"] == 443


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            {"name": "plain"},
            'name: Invalid value: "plain": should be a domain with at least three segments separated by dots',
        ),
        (
            {"admissionReviewVersions": ["v9"]},
            'admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
        ),
        (
            {"sideEffects": "Some"},
            'sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
        ),
        (
            {"timeoutSeconds": 31},
            "timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
        ),
        ({"clientConfig": {}}, "clientConfig: Required value: exactly one of url or service is required"),
        (
            {"clientConfig": {"url": "://h"}},
            'clientConfig.url: Required value: url must be a valid URL: parse "://h": missing protocol '
            "scheme; desired format: https://host[/path]",
        ),
        (
            {"clientConfig": {"url": "https://u:p@h"}},
            'clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
        ),
        ({"matchConditions": [{"expression": "true"}]}, "matchConditions[0].name: Required value"),
    ],
)
def test_webhooks(more: dict[str, Any], problem: str) -> None:
    assert VALIDATING.problems(body(**more)) == [f"webhooks[0].{problem}"]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"operations": []}, "operations: Required value"),
        (
            {"operations": ["*", "CREATE"]},
            'operations: Invalid value: ["*","CREATE"]: '
            "if '*' is present, must not specify other operations",
        ),
        (
            {"resources": ["*/*", "pods"]},
            'resources: Invalid value: ["*/*","pods"]: '
            "if '*/*' is present, must not specify other resources",
        ),
        (
            {"resources": ["pods/*", "pods/log"]},
            "resources[1]: Invalid value: \"pods/log\": if 'pods/*' is present, must not specify pods/log",
        ),
    ],
)
def test_rules(rule: dict[str, Any], problem: str) -> None:
    assert VALIDATING.problems(body(rules=[{**RULE, **rule}])) == [f"webhooks[0].rules[0].{problem}"]


def test_names_are_unique() -> None:
    assert VALIDATING.problems({"webhooks": [hook(), hook()]}) == [
        'webhooks[1].name: Duplicate value: "a.example.com"'
    ]


def test_review_versions_nobody_knows_may_stay() -> None:
    old = body(admissionReviewVersions=["v9"])
    assert VALIDATING.update_problems(old, old) == []


def test_the_row_counts_webhooks() -> None:
    assert VALIDATING.cells(body()) == ["a", 1, "0s"]


def test_an_url_with_half_an_escape_is_none() -> None:
    problems = validate_client_config({"url": "https://a.example/%4"}, "clientConfig")
    assert 'parse "https://a.example/%4": invalid URL escape "%4"' in str(problems)
    assert len(problems) == 1
