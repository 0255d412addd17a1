"""RBAC decisions and their reasons."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.authorization import Attributes, forbidden
from wherry.apiserver.authorization.chain import AlwaysAllow, ChainAuthorizer
from wherry.apiserver.authorization.rbac import GROUP, RbacAuthorizer
from wherry.apiserver.registry.strategy import User

from tests.apiserver.readers import MapReader

JANE = User("jane", "", ("devs", "system:authenticated"))


def rule(verbs: str, resources: str, groups: str = "", names: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {
        "verbs": verbs.split(","),
        "apiGroups": groups.split(","),
        "resources": resources.split(","),
    }
    return {**out, "resourceNames": names.split(",")} if names else out


def ref(kind: str, name: str) -> dict[str, str]:
    return {"apiGroup": GROUP, "kind": kind, "name": name}


def grant(reader: MapReader, rules: list[dict[str, Any]], namespace: str = "ns", kind: str = "User") -> None:
    """Binds jane (or her group) to a role with `rules`, in a namespace or cluster-wide."""
    subject = {"kind": kind, "name": "jane" if kind == "User" else "devs"}
    scope = "" if namespace else "Cluster"
    reader.put(GROUP, f"{scope}roles".lower(), "r", namespace, rules=rules)
    reader.put(
        GROUP, f"{scope}rolebindings".lower(), "b", namespace,
        subjects=[subject], roleRef=ref(f"{scope}Role", "r"),
    )  # fmt: skip


def asks(verb: str, resource: str, namespace: str = "ns", name: str = "", group: str = "") -> Attributes:
    resource, _, subresource = resource.partition("/")
    return Attributes(JANE, verb, group, "v1", resource, subresource, namespace, name)


@pytest.mark.parametrize(
    ("granted", "asked", "allowed"),
    [
        (rule("get", "pods"), asks("get", "pods"), True),
        (rule("get", "pods"), asks("list", "pods"), False),
        (rule("get", "pods"), asks("get", "pods/log"), False),
        (rule("get", "pods/log"), asks("get", "pods/log"), True),
        (rule("get", "pods/log"), asks("get", "pods"), False),
        (rule("get", "pods/*"), asks("get", "pods/log"), False),
        (rule("get", "*/scale", "apps"), asks("get", "deployments/scale", group="apps"), True),
        (rule("*", "*"), asks("delete", "secrets"), True),
        (rule("*", "*"), asks("delete", "deployments", group="apps"), False),
        (rule("get", "pods", "*"), asks("get", "pods", group="metrics.k8s.io"), True),
        (rule("delete", "pods"), asks("deletecollection", "pods"), False),
        (rule("get", "pods", names="a"), asks("get", "pods", name="a"), True),
        (rule("get", "pods", names="a"), asks("get", "pods", name="b"), False),
        (rule("list", "pods", names="a"), asks("list", "pods"), False),
        (rule("get", "pods"), asks("get", "pods", namespace="other"), False),
        (rule("get", "pods"), asks("get", "pods", namespace=""), False),
    ],
)
def test_a_rule_allows_exactly_what_it_names(
    granted: dict[str, Any], asked: Attributes, allowed: bool
) -> None:
    reader = MapReader()
    grant(reader, [granted])
    assert RbacAuthorizer(reader).authorize(asked).allowed is allowed


def test_a_cluster_wide_binding_reaches_into_every_namespace() -> None:
    reader = MapReader()
    grant(reader, [rule("get", "pods")], namespace="", kind="Group")
    decision = RbacAuthorizer(reader).authorize(asks("get", "pods", namespace="anywhere"))
    assert decision == (True, 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "devs"')


def test_the_reason_names_binding_role_and_subject() -> None:
    reader = MapReader()
    grant(reader, [rule("get", "pods")])
    decision = RbacAuthorizer(reader).authorize(asks("get", "pods"))
    assert decision.reason == 'RBAC: allowed by RoleBinding "b/ns" of Role "r" to User "jane"'


def test_a_service_account_without_namespace_is_of_the_bindings_own() -> None:
    reader = MapReader()
    reader.put(GROUP, "roles", "r", "ns", rules=[rule("get", "pods")])
    subjects = [{"kind": "ServiceAccount", "name": "robot"}]
    reader.put(GROUP, "rolebindings", "b", "ns", subjects=subjects, roleRef=ref("Role", "r"))
    user = User("system:serviceaccount:ns:robot")
    decision = RbacAuthorizer(reader).authorize(asks("get", "pods")._replace(user=user))
    assert decision.reason.endswith('to ServiceAccount "robot/ns"')


def test_a_missing_role_is_told() -> None:
    reader = MapReader()
    subjects = [{"kind": "User", "name": "jane"}]
    reader.put(GROUP, "rolebindings", "b", "ns", subjects=subjects, roleRef=ref("Role", "later"))
    rbac = RbacAuthorizer(reader)
    decision = rbac.authorize(asks("get", "pods"))
    assert decision == (False, 'RBAC: role.rbac.authorization.k8s.io "later" not found')
    reader.put(GROUP, "roles", "later", "ns", rules=[rule("get", "pods")])
    assert rbac.authorize(asks("get", "pods")).allowed


def test_a_withdrawn_binding_counts_at_once() -> None:
    reader = MapReader()
    grant(reader, [rule("get", "pods")])
    rbac = RbacAuthorizer(reader)
    assert rbac.authorize(asks("get", "pods")).allowed
    reader.drop(GROUP, "rolebindings", "b", "ns")
    assert not rbac.authorize(asks("get", "pods")).allowed


@pytest.mark.parametrize(
    ("pattern", "path", "allowed"),
    [
        ("/healthz", "/healthz", True),
        ("/healthz", "/healthz/etcd", False),
        ("/healthz/*", "/healthz/etcd", True),
        ("/healthz/*", "/healthz", False),
        ("*", "/anything", True),
    ],
)
def test_urls_match_exactly_or_by_prefix(pattern: str, path: str, allowed: bool) -> None:
    reader = MapReader()
    grant(reader, [{"verbs": ["get"], "nonResourceURLs": [pattern]}], namespace="")
    rbac = RbacAuthorizer(reader)
    assert rbac.authorize(Attributes(JANE, "get", path=path)).allowed is allowed
    assert not rbac.authorize(Attributes(JANE, "post", path=path)).allowed


def test_where_all_is_allowed_nobody_needs_a_binding() -> None:
    assert ChainAuthorizer((AlwaysAllow(),)).authorize(asks("delete", "nodes")) == (True, "")


def test_masters_need_no_binding() -> None:
    root = User("root", "", ("system:masters",))
    attrs = asks("delete", "nodes")._replace(user=root)
    assert ChainAuthorizer((RbacAuthorizer(MapReader()),)).authorize(attrs) == (True, "")


@pytest.mark.parametrize(
    ("attrs", "message"),
    [
        (
            asks("list", "pods"),
            'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the '
            'namespace "ns"',
        ),
        (
            asks("get", "deployments/scale", "", "web", "apps"),
            'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments/scale" '
            'in API group "apps" at the cluster scope',
        ),
        (Attributes(JANE, "get", path="/nope"), 'forbidden: User "jane" cannot get path "/nope"'),
    ],
)
def test_the_refusal_says_who_what_and_where(attrs: Attributes, message: str) -> None:
    assert forbidden(attrs).message == message
