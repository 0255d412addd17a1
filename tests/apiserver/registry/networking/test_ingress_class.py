"""IngressClass: controllers and parameters."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

INGRESS_CLASS = Kind("networking.k8s.io", "v1", "IngressClass")


def body(controller: str = "example.com/c", **parameters: Any) -> dict[str, Any]:
    target = {"kind": "K", "name": "n", **parameters}
    return {"spec": {"controller": controller, **({"parameters": target} if parameters else {})}}


def test_parameters_are_cluster_wide_by_default() -> None:
    assert INGRESS_CLASS.defaulted(body(apiGroup="g.io"))["spec"]["parameters"]["scope"] == "Cluster"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (body(""), "spec.controller: Required value"),
        (
            body("plain"),
            'spec.controller: Invalid value: "plain": must be a domain-prefixed path (such as "acme.io/foo")',
        ),
        (
            body(scope="World"),
            'spec.parameters.scope: Unsupported value: "World": supported values: "Cluster", "Namespace"',
        ),
        (
            body(scope="Cluster", namespace="n"),
            "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
        ),
        (
            body(scope="Namespace"),
            "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert INGRESS_CLASS.problems(spec) == [problem]


def test_the_controller_stays() -> None:
    problem = 'spec.controller: Invalid value: "example.com/d": field is immutable'
    assert INGRESS_CLASS.update_problems(body(), body("example.com/d")) == [problem]


def test_the_row_of_a_table() -> None:
    assert INGRESS_CLASS.cells(body(apiGroup="g.io")) == ["a", "example.com/c", "K.g.io/n", "0s"]
    assert INGRESS_CLASS.cells(body())[2] == "<none>"
    marked = {"name": "a", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    assert INGRESS_CLASS.cells({**body(), "metadata": marked})[0] == "a (default)"
