"""Admission policies and their bindings."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

GROUP = "admissionregistration.k8s.io"
POLICY = Kind(GROUP, "v1", "ValidatingAdmissionPolicy")
BINDING = Kind(GROUP, "v1", "ValidatingAdmissionPolicyBinding")
MUTATING = Kind(GROUP, "v1", "MutatingAdmissionPolicy")
MUTATING_BINDING = Kind(GROUP, "v1", "MutatingAdmissionPolicyBinding")
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
MATCH = {"resourceRules": [RULE]}


def policy(**spec: Any) -> dict[str, Any]:
    return {"spec": {"matchConstraints": MATCH, "validations": [{"expression": "true"}], **spec}}


def test_defaults() -> None:
    spec = POLICY.defaulted(policy())["spec"]
    match = spec["matchConstraints"]
    assert (spec["failurePolicy"], match["matchPolicy"]) == ("Fail", "Equivalent")
    assert (match["namespaceSelector"], match["resourceRules"][0]["scope"]) == ({}, "*")


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        ({"matchConstraints": None}, ["spec.matchConstraints: Required value"]),
        ({"matchConstraints": {}}, ["spec.matchConstraints.resourceRules: Required value"]),
        (
            {"validations": []},
            [
                f"spec.{name}: Required value: validations or auditAnnotations must contain at least one item"
                for name in ("validations", "auditAnnotations")
            ],
        ),
        (
            {"validations": [{"expression": "true", "message": "a\nb"}]},
            ['spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks'],
        ),
        (
            {"variables": [{"name": "a-b", "expression": "1"}]},
            ['spec.variables[0].name: Invalid value: "a-b": must be a valid CEL identifier'],
        ),
        (
            {"validations": [{"expression": "variables.a"}]},
            [
                'spec.validations[0].expression: Invalid value: "variables.a": compilation failed: ERROR: '
                "<input>:1:1: undeclared reference to 'variables' (in container '')\n | variables.a\n | ^"
            ],
        ),
        ({"paramKind": {"apiVersion": "v1"}}, ["spec.paramKind.kind: Required value"]),
    ],
)
def test_policies(spec: dict[str, Any], problems: list[str]) -> None:
    assert POLICY.problems(policy(**spec)) == problems


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"policyName": ""}, "spec.policyName: Required value"),
        (
            {"validationActions": ["Shout"]},
            'spec.validationActions[0]: Unsupported value: "Shout": '
            'supported values: "Audit", "Deny", "Warn"',
        ),
        ({"paramRef": {"name": "p"}}, "spec.paramRef.parameterNotFoundAction: Required value"),
    ],
)
def test_bindings(spec: dict[str, Any], problem: str) -> None:
    assert BINDING.problems({"spec": {"policyName": "p", "validationActions": ["Deny"], **spec}}) == [problem]


def test_deny_and_warn_would_repeat_each_other() -> None:
    (problem,) = BINDING.problems({"spec": {"policyName": "p", "validationActions": ["Deny", "Warn"]}})
    assert problem.startswith('spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both')


def test_what_is_deleted_is_not_mutated() -> None:
    rule = RULE | {"operations": ["DELETE"]}
    known = '"*", "CONNECT", "CREATE", "UPDATE"'
    why = f'resourceRules.operations: Unsupported value: "DELETE": supported values: {known}'
    mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}
    spec = {"mutations": [mutation], "reinvocationPolicy": "Never"}
    match = {"resourceRules": [rule]}
    assert MUTATING.problems({"spec": {**spec, "matchConstraints": match}}) == [
        f"spec.matchConstraints.{why}"
    ]
    bound = {"policyName": "p", "matchResources": match}
    assert MUTATING_BINDING.problems({"spec": bound}) == [f"spec.matchResources.{why}"]


def test_mutations_carry_the_patch_they_name() -> None:
    mutation = {"patchType": "JSONPatch", "applyConfiguration": {"expression": "Object{}"}}
    spec = {"matchConstraints": MATCH, "reinvocationPolicy": "Never", "mutations": [mutation]}
    required, extra = MUTATING.problems({"spec": spec})
    assert required.startswith("spec.mutations[0].jsonPatch: Required value")
    assert extra.startswith("spec.mutations[0].applyConfiguration: Invalid value")


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        (None, "<unset>"),
        ({"name": "p"}, "*/p"),
        ({"name": "p", "namespace": "n"}, "n/p"),
        (
            {"selector": {"matchLabels": {"a": "b"}}},
            "&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]"
            "LabelSelectorRequirement{},}",
        ),
        (
            {"selector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}},
            "&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{"
            "LabelSelectorRequirement{Key:a,Operator:In,Values:[b c],},},}",
        ),
    ],
)
def test_the_row_names_the_parameters(reference: dict[str, Any] | None, shown: str) -> None:
    spec = {"policyName": "x", **({"paramRef": reference} if reference else {})}
    assert BINDING.cells({"spec": spec}) == ["a", "x", shown, "0s"]
