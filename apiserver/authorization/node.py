"""The node authorizer: a kubelet gets what its own pods need, and writes only what is its node's.

Source: the "Using Node Authorization" page of the Kubernetes documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..registry.strategy import Object, User
from . import rules
from .attributes import ALLOWED, NO_OPINION, Attributes, Decision, PodReader
from .pod_references import references

NODES_GROUP = "system:nodes"
NODE_PREFIX = "system:node:"
LEASE_NAMESPACE = "kube-node-lease"
_OWN_VERBS = ("get", "create", "update", "patch", "delete")


def node_name(user: User) -> str | None:
    """The node a user is, "" for a node that does not say which, None for anyone else."""
    if NODES_GROUP not in user.groups:
        return None
    return user.name.removeprefix(NODE_PREFIX) if user.name.startswith(NODE_PREFIX) else None


def refuse(reason: str) -> Decision:
    return Decision(False, reason)


class NodeAuthorizer:
    """Decides for users in `system:nodes`. `node_rules` apply to everything that is not divided by node."""

    def __init__(self, reader: PodReader, node_rules: Sequence[Object]) -> None:
        self._reader = reader
        self._rules = tuple(node_rules)
        self._static: dict[tuple[str, str, str, str], bool] = {}
        self._divided: dict[tuple[str, str], Callable[[str, Attributes], Decision]] = {
            ("", "secrets"): self._read_referenced,
            ("", "configmaps"): self._read_referenced,
            ("", "persistentvolumeclaims"): self._claim,
            ("", "persistentvolumes"): self._get_related,
            ("resource.k8s.io", "resourceclaims"): self._get_related,
            ("storage.k8s.io", "volumeattachments"): self._get_related,
            ("", "serviceaccounts"): self._token,
            ("coordination.k8s.io", "leases"): self._lease,
            ("storage.k8s.io", "csinodes"): self._csi_node,
            ("resource.k8s.io", "resourceslices"): self._slice,
            ("", "nodes"): self._node,
            ("", "pods"): self._pod,
        }

    def authorize(self, attrs: Attributes) -> Decision:
        node = node_name(attrs.user)
        if node is None:
            return NO_OPINION
        if not node:
            return refuse(f'unknown node for user "{attrs.user.name}"')
        divided = None if attrs.path else self._divided.get((attrs.group, attrs.resource))
        return divided(node, attrs) if divided else self._by_rules(attrs)

    def _by_rules(self, attrs: Attributes) -> Decision:
        if attrs.path:
            allowed = any(rules.allows_path(r, attrs.verb, attrs.path) for r in self._rules)
            return ALLOWED if allowed else NO_OPINION
        key = (attrs.verb, attrs.group, attrs.resource, attrs.subresource)
        found = self._static.get(key)
        if found is None:
            found = self._static[key] = any(
                rules.allows_verb_of(r, attrs.verb)
                and rules.allows_resource(r, attrs.group, attrs.resource, attrs.subresource)
                for r in self._rules
            )
        return ALLOWED if found else NO_OPINION

    def _read_referenced(self, node: str, attrs: Attributes) -> Decision:
        if attrs.verb not in ("get", "list", "watch"):
            return refuse("can only read resources of this type")
        if attrs.subresource:
            return refuse("cannot read subresource")
        if not attrs.namespace:
            return refuse("can only read namespaced object of this type")
        return self._related(node, attrs)

    def _get_related(self, node: str, attrs: Attributes) -> Decision:
        if attrs.verb != "get":
            return refuse("can only get individual resources of this type")
        return refuse("cannot get subresource") if attrs.subresource else self._related(node, attrs)

    def _claim(self, node: str, attrs: Attributes) -> Decision:
        if attrs.subresource != "status":
            return self._get_related(node, attrs)
        if attrs.verb not in ("update", "patch"):
            return refuse("can only get/update/patch this type")
        return self._related(node, attrs)

    def _token(self, node: str, attrs: Attributes) -> Decision:
        if attrs.verb != "create" or not attrs.name:
            return refuse("can only create tokens for individual service accounts")
        if attrs.subresource != "token":
            return refuse("can only create token subresource of serviceaccount")
        return self._related(node, attrs)

    def _lease(self, node: str, attrs: Attributes) -> Decision:
        if attrs.verb not in _OWN_VERBS:
            return refuse("can only get, create, update, patch, or delete a node lease")
        if attrs.namespace != LEASE_NAMESPACE:
            return refuse(f'can only access leases in the "{LEASE_NAMESPACE}" system namespace')
        if attrs.verb != "create" and attrs.name != node:
            return refuse("can only access node lease with the same name as the requesting node")
        return ALLOWED

    def _csi_node(self, node: str, attrs: Attributes) -> Decision:
        if attrs.verb not in _OWN_VERBS:
            return refuse("can only get, create, update, patch, or delete a CSINode")
        if attrs.subresource:
            return refuse("cannot authorize CSINode subresources")
        if attrs.verb != "create" and attrs.name != node:
            return refuse("can only access CSINode with the same name as the requesting node")
        return ALLOWED

    def _slice(self, node: str, attrs: Attributes) -> Decision:
        if attrs.subresource:
            return refuse("cannot authorize ResourceSlice subresources")
        if attrs.verb == "create":
            return ALLOWED
        if attrs.verb in ("watch", "list", "deletecollection"):
            if _selects(attrs, "nodeName", node):
                return ALLOWED
            return refuse("can only list/watch/deletecollection resourceslices with nodeName field selector")
        found = self._reader.get(attrs.group, attrs.resource, "", attrs.name)
        if found is not None and (found.get("spec") or {}).get("nodeName") == node:
            return ALLOWED
        return self._unrelated(node)

    def _node(self, node: str, attrs: Attributes) -> Decision:
        if (
            attrs.verb in ("get", "list", "watch")
            and attrs.subresource in ("", "status")
            and attrs.name != node
        ):
            return refuse(f"node '{node}' cannot read '{attrs.name}', only its own Node object")
        return self._by_rules(attrs)

    def _pod(self, node: str, attrs: Attributes) -> Decision:
        if attrs.subresource or attrs.verb not in ("get", "list", "watch"):
            return self._by_rules(attrs)
        if attrs.verb == "get" or attrs.name:
            pod = self._reader.get("", "pods", attrs.namespace, attrs.name)
            on_node = pod is not None and (pod.get("spec") or {}).get("nodeName") == node
            return ALLOWED if on_node else self._unrelated(node)
        if _selects(attrs, "spec.nodeName", node):
            return ALLOWED
        return refuse("can only list/watch pods with spec.nodeName field selector")

    def _related(self, node: str, attrs: Attributes) -> Decision:
        if not attrs.name:
            return refuse("No Object name found")
        wanted = (attrs.resource, attrs.namespace, attrs.name)
        if attrs.resource == "volumeattachments":
            found = self._reader.get(attrs.group, attrs.resource, "", attrs.name)
            related = found is not None and (found.get("spec") or {}).get("nodeName") == node
        else:
            related = any(wanted in references(pod, self._reader) for pod in self._reader.pods_on(node))
        return ALLOWED if related else self._unrelated(node)

    def _unrelated(self, node: str) -> Decision:
        return refuse(f"no relationship found between node '{node}' and this object")


def _selects(attrs: Attributes, field: str, value: str) -> bool:
    wanted = (f"{field}={value}", f"{field}=={value}")
    return any(part in wanted for part in attrs.field_selector.split(","))
