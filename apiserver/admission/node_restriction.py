"""NodeRestriction: what the node authorizer cannot see, because it is in the object, a kubelet may not write
either.

Source: "NodeRestriction" under Admission Controllers in the Kubernetes documentation.
"""

from __future__ import annotations

from collections.abc import Callable

from ..authorization.node import LEASE_NAMESPACE, node_name
from ..registry.strategy import Object, Reader
from .plugin import CREATE, DELETE, UPDATE, Attributes, Plugin, forbidden
from .service_account import MIRROR

_RESERVED_PREFIX = "node-restriction.kubernetes.io/"
_KUBELET_PREFIXES = ("kubelet.kubernetes.io/", "node.kubernetes.io/")
_KUBELET_LABELS = frozenset(
    {
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
    }
)
Check = Callable[[Attributes, str, Object | None, Object | None, Reader], None]


def _pod_write(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    if attrs.operation == DELETE:
        found = reader.get("", "pods", attrs.namespace, attrs.name)
        if found is not None and (found.get("spec") or {}).get("nodeName") != node:
            raise forbidden(attrs, f'node "{node}" can only delete pods with spec.nodeName set to itself')
        return
    assert obj is not None
    if attrs.operation == CREATE:
        _mirror_create(attrs, node, obj, reader)
        return
    if ((old or {}).get("spec") or {}).get("nodeName") != node:
        raise forbidden(
            attrs, f'node "{node}" can only update pod status for pods with spec.nodeName set to itself'
        )
    if (old or {})["metadata"].get("labels") != obj["metadata"].get("labels"):
        raise forbidden(attrs, f'node "{node}" cannot update labels through pod status')


def _mirror_create(attrs: Attributes, node: str, obj: Object, reader: Reader) -> None:
    if MIRROR not in (obj["metadata"].get("annotations") or {}):
        why = f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods'
        raise forbidden(attrs, why, obj)
    if obj["spec"].get("nodeName") != node:
        raise forbidden(attrs, f'node "{node}" can only create pods with spec.nodeName set to itself', obj)
    owners = obj["metadata"].get("ownerReferences") or []
    if len(owners) != 1 or owners[0].get("kind") != "Node" or owners[0].get("name") != node:
        raise forbidden(
            attrs, f'node "{node}" can only create pods with an owner reference set to itself', obj
        )
    found = reader.get("", "nodes", "", node)
    if found is None or found["metadata"]["uid"] != owners[0].get("uid"):
        raise forbidden(attrs, f"node {node} UID mismatch: expected {owners[0].get('uid', '')}", obj)


def _eviction(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    found = reader.get("", "pods", attrs.namespace, attrs.name)
    if found is not None and (found.get("spec") or {}).get("nodeName") != node:
        raise forbidden(attrs, f"node {node} can only evict pods with spec.nodeName set to itself")


def _node_write(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    name = attrs.name or ((obj or {}).get("metadata") or {}).get("name", "")
    if name != node:
        raise forbidden(attrs, f'node "{node}" is not allowed to modify node "{name}"', obj)
    if obj is None:
        return
    if attrs.operation == CREATE:
        _check_labels(attrs, node, obj, {})
        return
    was = old or {}
    if (was.get("spec") or {}).get("taints") != (obj.get("spec") or {}).get("taints"):
        raise forbidden(attrs, f'node "{node}" is not allowed to modify taints', obj)
    if was["metadata"].get("ownerReferences") != obj["metadata"].get("ownerReferences"):
        raise forbidden(attrs, f'node "{node}" is not allowed to modify ownerReferences', obj)
    _check_labels(attrs, node, obj, was["metadata"].get("labels") or {})


def _check_labels(attrs: Attributes, node: str, obj: Object, old: Object) -> None:
    labels = obj["metadata"].get("labels") or {}
    changed = sorted(k for k in labels.keys() | old.keys() if labels.get(k) != old.get(k))
    refused = [label for label in changed if not _may_set(label)]
    if refused:
        raise forbidden(attrs, f'node "{node}" is not allowed to modify labels: {", ".join(refused)}', obj)


def _may_set(label: str) -> bool:
    prefix = label.rpartition("/")[0]
    if prefix == _RESERVED_PREFIX[:-1] or prefix.endswith("." + _RESERVED_PREFIX[:-1]):
        return False
    kubernetes = any(prefix == d or prefix.endswith("." + d) for d in ("kubernetes.io", "k8s.io"))
    if not kubernetes or label in _KUBELET_LABELS:
        return True
    owned = [p[:-1] for p in _KUBELET_PREFIXES]
    return any(prefix == p or prefix.endswith("." + p) for p in owned)


def _own_name(what: str) -> Check:
    def check(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
        name = attrs.name or ((obj or {}).get("metadata") or {}).get("name", "")
        if what == "lease" and attrs.namespace != LEASE_NAMESPACE:
            raise forbidden(attrs, f'can only access leases in the "{LEASE_NAMESPACE}" system namespace', obj)
        if name != node:
            raise forbidden(attrs, f"can only access {what} with the same name as the requesting node", obj)

    return check


def _token(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    bound = ((obj or {}).get("spec") or {}).get("boundObjectRef") or {}
    if not bound:
        raise forbidden(attrs, "node requested token not bound to a pod", obj)
    if bound.get("apiVersion") != "v1" or bound.get("kind") != "Pod":
        raise forbidden(attrs, "node requested token not bound to a pod", obj)
    if not bound.get("uid"):
        raise forbidden(attrs, "node requested token with a pod binding without a uid", obj)
    pod = reader.get("", "pods", attrs.namespace, bound.get("name", ""))
    if pod is None or pod["metadata"]["uid"] != bound["uid"]:
        raise forbidden(attrs, "node requested token bound to a pod that is not there", obj)
    if (pod.get("spec") or {}).get("nodeName") != node:
        raise forbidden(attrs, "node requested token bound to a pod scheduled on a different node", obj)


def _slice(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    holder = obj or reader.get(attrs.group, attrs.resource, "", attrs.name) or {}
    if (holder.get("spec") or {}).get("nodeName") != node:
        verb = {CREATE: "create", UPDATE: "update", DELETE: "delete"}[attrs.operation]
        raise forbidden(
            attrs, f"can only {verb} ResourceSlice with the same NodeName as the requesting node", obj
        )


_ALL = frozenset({CREATE, UPDATE, DELETE})
_CHECKS: dict[tuple[str, str], tuple[frozenset[str], Check]] = {
    ("", "pods"): (frozenset({CREATE, DELETE}), _pod_write),
    ("", "pods/status"): (frozenset({UPDATE}), _pod_write),
    ("", "pods/eviction"): (frozenset({CREATE}), _eviction),
    ("", "nodes"): (_ALL, _node_write),
    ("", "nodes/status"): (frozenset({UPDATE}), _node_write),
    ("", "serviceaccounts/token"): (frozenset({CREATE}), _token),
    ("coordination.k8s.io", "leases"): (_ALL, _own_name("lease")),
    ("storage.k8s.io", "csinodes"): (_ALL, _own_name("CSINode")),
    ("resource.k8s.io", "resourceslices"): (_ALL, _slice),
}


def _check(attrs: Attributes, obj: Object | None, old: Object | None, reader: Reader) -> None:
    node = node_name(attrs.user)
    if node is None:
        return
    if not node:
        raise forbidden(attrs, f'could not determine node from user "{attrs.user.name}"')
    path = f"{attrs.resource}/{attrs.subresource}" if attrs.subresource else attrs.resource
    _CHECKS[attrs.group, path][1](attrs, node, obj, old, reader)


PLUGIN = Plugin(
    name="NodeRestriction",
    on={target: operations for target, (operations, _) in _CHECKS.items()},
    validate=_check,
)
