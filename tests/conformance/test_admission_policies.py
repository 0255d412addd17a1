"""Policies in CEL (upstream: test/e2e/apimachinery/validatingadmissionpolicy.go and
mutatingadmissionpolicy.go)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conformance.api import Api, Object, unique
from tests.conformance.custom import defined, version
from tests.e2e.waiting import until

ROOT = "/apis/admissionregistration.k8s.io/v1"
POLICIES = f"{ROOT}/validatingadmissionpolicies"
BINDINGS = f"{ROOT}/validatingadmissionpolicybindings"
MUTATING = f"{ROOT}/mutatingadmissionpolicies"
MUTATING_BINDINGS = f"{ROOT}/mutatingadmissionpolicybindings"
DEPLOYMENTS = {"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"]}


def workload(name: str, replicas: int) -> Object:
    labels = {"app": "nginx"}
    pod = {"containers": [{"name": "nginx", "image": "nginx:latest"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


def constraints(namespace: str, rule: Object) -> Object:
    rules = [{**rule, "operations": ["CREATE", "UPDATE"]}]
    return {"resourceRules": rules, "namespaceSelector": {"matchLabels": {namespace: "true"}}}


def policy(namespace: str, *validations: Object, rule: Object = DEPLOYMENTS, **spec: Any) -> Object:
    more = {"matchConstraints": constraints(namespace, rule), "validations": list(validations)}
    return {"metadata": {"name": unique(f"{namespace}.policy")}, "spec": {**more, **spec}}


@contextmanager
def bound(api: Api, kind: str, bindings: str, body: Object, namespace: str, **spec: Any) -> Iterator[None]:
    """The policy, and a binding for the namespace."""
    match = {"namespaceSelector": {"matchLabels": {namespace: "true"}}}
    name = body["metadata"]["name"]
    binding = {"policyName": name, "matchResources": match, **spec}
    meta = {"name": f"{name}.binding"}
    with api.having(kind, body), api.having(bindings, {"metadata": meta, "spec": binding}):
        yield


def denying(api: Api, body: Object, namespace: str) -> Any:
    return bound(api, POLICIES, BINDINGS, body, namespace, validationActions=["Deny"])


CONFUSED = "'wants replicas > 1, got ' + object.spec.replicas"


def test_deployments_are_validated(api: Api, namespace: str) -> None:
    """«should validate against a Deployment»: with a message that cannot be computed, too"""
    rule = {"expression": "object.spec.replicas > 1", "messageExpression": CONFUSED}
    path = f"/apis/apps/v1/namespaces/{namespace}"
    with denying(api, policy(namespace, rule), namespace):
        answer = api.ask("POST", f"{path}/deployments", workload("marker", 1))
        assert answer.code == 422 and answer.obj["reason"] == "Invalid"
        assert "failed expression: object.spec.replicas > 1" in answer.message
        api.create(f"{path}/deployments", workload("replicated", 2))
        api.create(f"{path}/replicasets", workload("non-replicated", 1))


def test_variables(api: Api, namespace: str) -> None:
    """«should allow expressions to refer variables.»"""
    variables = [
        {"name": "replicas", "expression": "object.spec.replicas"},
        {"name": "oddReplicas", "expression": "variables.replicas % 2 == 1"},
    ]
    rules = ({"expression": "variables.replicas > 1"}, {"expression": "variables.oddReplicas"})
    path = f"/apis/apps/v1/namespaces/{namespace}"
    with denying(api, policy(namespace, *rules, variables=variables), namespace):
        for replicas in (1, 2):
            message = api.fails(422, "POST", f"{path}/deployments", workload("marker", replicas))
            assert "failed expression" in message
        api.create(f"{path}/deployments", workload("replicated", 3))
        api.create(f"{path}/replicasets", workload("non-replicated", 1))


def checked(api: Api, body: Object) -> list[Object]:
    """The warnings of a policy's type check."""
    with api.having(POLICIES, body) as made:
        path = f"{POLICIES}/{made['metadata']['name']}"
        (found,) = until(lambda: _type_check(api, path), what="the type check")
        return list(found.get("expressionWarnings", []))


def _type_check(api: Api, path: str) -> list[Object]:
    """In a list, for an empty result says that the check is done."""
    status = api.get(path).get("status", {})
    return [status["typeChecking"]] if "typeChecking" in status else []


def test_types_are_checked(api: Api, namespace: str) -> None:
    """«should type check validation expressions»"""
    assert checked(api, policy(namespace, {"expression": "object.spec.replicas > 1"})) == []
    rule = {"expression": "object.spec.replicas > '1'", "messageExpression": CONFUSED}
    first, second = checked(api, policy(namespace, rule))
    assert first["fieldRef"] == "spec.validations[0].expression"
    assert "found no matching overload for '_>_' applied to '(int, string)'" in first["warning"]
    assert second["fieldRef"] == "spec.validations[0].messageExpression"
    assert "found no matching overload for '_+_' applied to '(string, int)'" in second["warning"]


def test_types_of_a_custom_kind_are_checked(api: Api, namespace: str) -> None:
    """«should type check a CRD»"""
    spec = {"cronSpec": {"type": "string"}, "image": {"type": "string"}, "replicas": {"type": "integer"}}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": spec}}}
    with defined(api, version("v1", schema)) as crontab:
        rule = {"apiGroups": [crontab.group], "apiVersions": ["v1"], "resources": [crontab.plural]}
        good = {"expression": "object.spec.replicas > 1"}
        assert checked(api, policy(namespace, good, rule=rule)) == []
        bad = ({"expression": "object.spec.replicas > '1'"}, {"expression": "object.spec.maxRetries < 10"})
        first, second = checked(api, policy(namespace, *bad, rule=rule))
        assert first["fieldRef"] == "spec.validations[0].expression"
        assert "found no matching overload for '_>_' applied to '(int, string)'" in first["warning"]
        assert second["fieldRef"] == "spec.validations[1].expression"
        assert "undefined field 'maxRetries'" in second["warning"]


ANNOTATE = 'Object{metadata: Object.metadata{annotations: {"mutated-by": "admission-policy"}}}'
LABEL = """[JSONPatch{
  op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/by"), value: "p"
}]"""
MUTATIONS = {
    "ApplyConfiguration": {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": ANNOTATE}},
    "JSONPatch": {"patchType": "JSONPatch", "jsonPatch": {"expression": LABEL}},
}


def mutation(namespace: str, *mutations: Object) -> Object:
    spec = {
        "matchConstraints": constraints(namespace, DEPLOYMENTS),
        "mutations": list(mutations),
        "reinvocationPolicy": "Never",
    }
    return {"metadata": {"name": unique(f"{namespace}.policy")}, "spec": spec}


@pytest.mark.parametrize("kind", MUTATIONS)
def test_deployments_are_mutated(api: Api, namespace: str, kind: str) -> None:
    """«should mutate a Deployment»"""
    body = mutation(namespace, MUTATIONS[kind])
    with bound(api, MUTATING, MUTATING_BINDINGS, body, namespace):
        made = api.create(f"/apis/apps/v1/namespaces/{namespace}/deployments", workload("d", 2))
        if kind == "JSONPatch":
            assert made["metadata"]["labels"]["example.com/by"] == "p"
        else:
            assert made["metadata"]["annotations"]["mutated-by"] == "admission-policy"


def test_parameters(api: Api, namespace: str) -> None:
    """A policy reads its bound from a ConfigMap beside what it judges."""
    rule = {"expression": "object.spec.replicas <= int(params.data.max)", "message": "too many"}
    body = policy(namespace, rule, paramKind={"apiVersion": "v1", "kind": "ConfigMap"})
    limit = {"metadata": {"name": "limit"}, "data": {"max": "2"}}
    api.create(f"/api/v1/namespaces/{namespace}/configmaps", limit)
    parameter = {"name": "limit", "namespace": namespace, "parameterNotFoundAction": "Deny"}
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    options = {"validationActions": ["Deny"], "paramRef": parameter}
    with bound(api, POLICIES, BINDINGS, body, namespace, **options):
        assert "too many" in api.fails(422, "POST", path, workload("large", 3))
        api.create(path, workload("small", 2))
