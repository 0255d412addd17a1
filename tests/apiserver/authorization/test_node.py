"""A kubelet reaches what its own pods need, and its own node, lease and CSINode."""

from __future__ import annotations

import pytest
from wherry.apiserver.authorization import Attributes
from wherry.apiserver.authorization.node import NodeAuthorizer
from wherry.apiserver.bootstrap import node_rules
from wherry.apiserver.registry.strategy import User

from tests.apiserver.readers import MapReader

N1 = User("system:node:n1", "", ("system:nodes", "system:authenticated"))
UNRELATED = "no relationship found between node 'n1' and this object"


def authorizer() -> NodeAuthorizer:
    """Pod `web` on n1 uses a secret, a config map, an account, a claim; `other` runs on n2."""
    reader = MapReader()
    container = {"name": "c", "envFrom": [{"configMapRef": {"name": "settings"}}]}
    volumes = [
        {"name": "s", "secret": {"secretName": "password"}},
        {"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "p", "projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]}},
    ]
    spec = {"nodeName": "n1", "serviceAccountName": "robot", "containers": [container], "volumes": volumes}
    reader.put("", "pods", "web", "ns", spec=spec)
    reader.put("", "pods", "other", "ns", spec={"nodeName": "n2", "containers": []})
    reader.put("", "persistentvolumeclaims", "data", "ns", spec={"volumeName": "disk"})
    return NodeAuthorizer(reader, node_rules())


def ask(
    verb: str, resource: str, name: str = "", namespace: str = "", field_selector: str = ""
) -> Attributes:
    group, _, plural = resource.rpartition("|")
    plural, _, subresource = plural.partition("/")
    return Attributes(
        N1, verb, group, "v1", plural, subresource, namespace, name, field_selector=field_selector
    )


@pytest.mark.parametrize(
    "attrs",
    [
        ask("get", "secrets", "password", "ns"),
        ask("watch", "configmaps", "settings", "ns"),
        ask("get", "configmaps", "kube-root-ca.crt", "ns"),
        ask("get", "persistentvolumeclaims", "data", "ns"),
        ask("get", "persistentvolumes", "disk"),
        ask("create", "serviceaccounts/token", "robot", "ns"),
        ask("get", "nodes", "n1"),
        ask("patch", "nodes/status", "n1"),
        ask("get", "pods", "web", "ns"),
        ask("list", "pods", field_selector="spec.nodeName=n1"),
        ask("patch", "pods/status", "web", "ns"),
        ask("update", "coordination.k8s.io|leases", "n1", "kube-node-lease"),
        ask("create", "storage.k8s.io|csinodes"),
        ask("create", "events", namespace="ns"),
        ask("list", "services"),
        ask("list", "node.k8s.io|runtimeclasses"),
    ],
)
def test_allowed(attrs: Attributes) -> None:
    assert authorizer().authorize(attrs).allowed


@pytest.mark.parametrize(
    ("attrs", "reason"),
    [
        (ask("get", "secrets", "foreign", "ns"), UNRELATED),
        (ask("get", "secrets", "password", "elsewhere"), UNRELATED),
        (ask("list", "secrets", namespace="ns"), "No Object name found"),
        (ask("update", "secrets", "password", "ns"), "can only read resources of this type"),
        (ask("get", "persistentvolumes", "foreign"), UNRELATED),
        (ask("create", "serviceaccounts/token", "root", "ns"), UNRELATED),
        (ask("get", "nodes", "n2"), "node 'n1' cannot read 'n2', only its own Node object"),
        (ask("get", "pods", "other", "ns"), UNRELATED),
        (ask("list", "pods"), "can only list/watch pods with spec.nodeName field selector"),
        (
            ask("update", "coordination.k8s.io|leases", "n2", "kube-node-lease"),
            "can only access node lease with the same name as the requesting node",
        ),
        (ask("create", "apps|deployments", namespace="ns"), ""),
        (ask("create", "pods/exec", "web", "ns"), ""),
    ],
)
def test_refused(attrs: Attributes, reason: str) -> None:
    assert authorizer().authorize(attrs) == (False, reason)


def test_nobody_else_is_judged() -> None:
    attrs = ask("get", "nodes", "n1")._replace(user=User("jane", "", ("system:nodes",)))
    assert authorizer().authorize(attrs) == (False, "")
