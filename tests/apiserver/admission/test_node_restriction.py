"""NodeRestriction: what a kubelet may not write although the authorizer let it through."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.admission import Attributes
from wherry.apiserver.admission.node_restriction import plugin
from wherry.apiserver.authorization.attributes import NO_OPINION, Decision
from wherry.apiserver.authorization.attributes import Attributes as Access
from wherry.apiserver.registry.strategy import User

from tests.apiserver.admission.support import Object, attributes, mutate, refusal
from tests.apiserver.readers import MapReader

N1 = User("system:node:n1", "", ("system:nodes",))


class Nobody:
    """May do nothing."""

    def authorize(self, attrs: Access) -> Decision:
        return NO_OPINION


PLUGIN = plugin(Nobody())


def by_node(resource: str, operation: str = "CREATE", **more: Any) -> Attributes:
    return attributes(resource, operation, user=N1, **more)


def reader() -> MapReader:
    out = MapReader()
    out.put("", "nodes", "n1")
    sources = [{"serviceAccountToken": {"path": "t"}}]
    volumes = [{"name": "v", "projected": {"sources": sources}}]
    out.put("", "pods", "mine", "ns", spec={"nodeName": "n1", "volumes": volumes})
    out.put("", "pods", "theirs", "ns", spec={"nodeName": "n2"})
    return out


def node(name: str = "n1", labels: Object | None = None, **spec: Any) -> Object:
    return {"metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def mirror(**more: Any) -> Object:
    meta = {"name": "x", "annotations": {"kubernetes.io/config.mirror": "h"}, "ownerReferences": [OWNER]}
    return {"metadata": {**meta, **more}, "spec": {"nodeName": "n1"}}


OWNER: Object = {"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "uid-n1", "controller": True}


def reading(**spec: Any) -> Object:
    return {**mirror(), "spec": {"nodeName": "n1", **spec}}


def token(*audiences: str, **bound: str) -> Object:
    return {"spec": {"audiences": list(audiences), **({"boundObjectRef": bound} if bound else {})}}


MINE = {"apiVersion": "v1", "kind": "Pod", "name": "mine", "uid": "uid-mine"}


@pytest.mark.parametrize(
    ("attrs", "obj", "old"),
    [
        (by_node("pods"), mirror(), None),
        (by_node("pods", "DELETE", name="mine"), None, None),
        (
            by_node("nodes", namespace="", name="n1"),
            node(labels={"kubernetes.io/os": "linux", "own": "x"}),
            None,
        ),
        (by_node("nodes/status", "UPDATE", namespace="", name="n1"), node(), node()),
        (
            by_node("serviceaccounts/token"),
            token(**MINE),
            None,
        ),
        (
            by_node("coordination.k8s.io|leases", namespace="kube-node-lease", name=""),
            {"metadata": {"name": "n1"}},
            None,
        ),
    ],
)
def test_allowed(attrs: Attributes, obj: Any, old: Any) -> None:
    mutate(PLUGIN, attrs, obj, reader(), old)


@pytest.mark.parametrize(
    ("attrs", "obj", "old", "message"),
    [
        (by_node("pods"), mirror(annotations={}), None, "can only create mirror pods"),
        (by_node("pods"), mirror(ownerReferences=[]), None, "with an owner reference set to itself"),
        (
            by_node("pods", "DELETE", name="theirs"),
            None,
            None,
            "can only delete pods with spec.nodeName set to itself",
        ),
        (
            by_node("pods/eviction", name="theirs"),
            {},
            None,
            "can only evict pods with spec.nodeName set to itself",
        ),
        (by_node("nodes", namespace="", name="n2"), node("n2"), None, 'is not allowed to modify node "n2"'),
        (
            by_node("nodes", "UPDATE", namespace="", name="n1"),
            node(taints=[{"key": "a", "effect": "NoSchedule"}]),
            node(),
            'node "n1" is not allowed to modify taints',
        ),
        (
            by_node("nodes", namespace="", name="n1"),
            node(labels={"node-restriction.kubernetes.io/x": "y", "kubernetes.io/made-up": "z"}),
            None,
            "is not allowed to set the following labels: kubernetes.io/made-up, "
            "node-restriction.kubernetes.io/x",
        ),
        (by_node("serviceaccounts/token"), token(), None, "node requested token not bound to a pod"),
        (
            by_node("serviceaccounts/token"),
            token("vault", **MINE),
            None,
            'audience "vault" not found in pod spec volume, system:node:n1 is not authorized to request '
            "tokens for this audience",
        ),
        (
            by_node("pods"),
            mirror(ownerReferences=[OWNER, OWNER]),
            None,
            "can only create pods with a single owner reference set to itself",
        ),
        (
            by_node("pods"),
            mirror(ownerReferences=[{**OWNER, "controller": False}]),
            None,
            "can only create pods with a controller owner reference set to itself",
        ),
        (
            by_node("pods"),
            mirror(ownerReferences=[{**OWNER, "blockOwnerDeletion": True}]),
            None,
            "must not set blockOwnerDeletion on an owner reference",
        ),
        (
            by_node("pods"),
            mirror(ownerReferences=[{**OWNER, "uid": "other"}]),
            None,
            "node n1 UID mismatch: expected other got uid-n1",
        ),
        (
            by_node("pods"),
            reading(volumes=[{"name": "v", "configMap": {"name": "c"}}]),
            None,
            "can not create pods that reference configmaps",
        ),
        (
            by_node("pods"),
            reading(volumes=[{"name": "v", "ephemeral": {}}]),
            None,
            "can not create pods that reference persistentvolumeclaims (via ephemeral volumes)",
        ),
        (
            by_node("pods"),
            reading(resourceClaims=[{"name": "c"}]),
            None,
            "can not create pods that reference resourceclaims",
        ),
        (
            by_node("pods/status", "UPDATE", name="mine"),
            {**mirror(), "status": {"resourceClaimStatuses": [{"name": "c"}]}},
            mirror(),
            "cannot update resource claim statues",
        ),
        (
            by_node("nodes", "UPDATE", namespace="", name="n1"),
            node(configSource={"configMap": {"name": "c"}}),
            node(),
            "is not allowed to update configSource to a new non-nil configSource",
        ),
        (
            by_node("serviceaccounts/token"),
            token(apiVersion="v1", kind="Pod", name="theirs", uid="uid-theirs"),
            None,
            "node requested token bound to a pod scheduled on a different node",
        ),
        (
            by_node("coordination.k8s.io|leases", namespace="kube-node-lease", name=""),
            {"metadata": {"name": "n2"}},
            None,
            "can only access node lease with the same name as the requesting node",
        ),
    ],
)
def test_refused(attrs: Attributes, obj: Any, old: Any, message: str) -> None:
    assert refusal(PLUGIN.mutate, attrs, obj, reader(), old).endswith(message)


def test_others_are_not_restricted() -> None:
    mutate(PLUGIN, attributes("nodes", namespace="", name="n2"), node("n2"), reader())
