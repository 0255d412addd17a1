"""NodeRestriction: what the node authorizer cannot see, because it is in the object, a kubelet may not write
either.

Source: "NodeRestriction" under Admission Controllers in the Kubernetes documentation.
"""

from __future__ import annotations

from collections.abc import Callable

from ...apimachinery import errors
from ..authorization.attributes import Attributes as Access
from ..authorization.attributes import Authorizer
from ..authorization.node import LEASE_NAMESPACE, node_name
from ..registry.strategy import Object, Reader
from .certificates import subject
from .mirror_pods import api_reference, token_audiences
from .plugin import CREATE, DELETE, UPDATE, Attributes, Plugin, forbidden
from .service_account import MIRROR

_KUBELET_SIGNERS = ("kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet")
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
    assert old is not None
    _pod_status(attrs, node, obj, old)


def _pod_status(attrs: Attributes, node: str, obj: Object, old: Object) -> None:
    if (old.get("spec") or {}).get("nodeName") != node:
        raise forbidden(
            attrs, f'node "{node}" can only update pod status for pods with spec.nodeName set to itself'
        )
    if (old["metadata"].get("labels") or {}) != (obj["metadata"].get("labels") or {}):
        raise forbidden(attrs, f'node "{node}" cannot update labels through pod status')
    new, was = obj.get("status") or {}, old.get("status") or {}
    if (new.get("resourceClaimStatuses") or []) != (was.get("resourceClaimStatuses") or []):
        raise forbidden(attrs, f'node "{node}" cannot update resource claim statues')
    if new.get("extendedResourceClaimStatus") != was.get("extendedResourceClaimStatus"):
        raise forbidden(attrs, f'node "{node}" cannot update extended resource claim status')


def _mirror_create(attrs: Attributes, node: str, obj: Object, reader: Reader) -> None:
    if MIRROR not in (obj["metadata"].get("annotations") or {}):
        why = f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods'
        raise forbidden(attrs, why, obj)
    if obj["spec"].get("nodeName") != node:
        raise forbidden(attrs, f'node "{node}" can only create pods with spec.nodeName set to itself', obj)
    owners = obj["metadata"].get("ownerReferences") or []
    found = reader.get("", "nodes", "", node)
    why = _owner_problem(owners, node)
    if not why and found is None:
        raise errors.not_found("", "node", node)
    if not why and found is not None and found["metadata"]["uid"] != owners[0].get("uid"):
        uid = found["metadata"]["uid"]
        why = f"node {node} UID mismatch: expected {owners[0].get('uid', '')} got {uid}"
    if not why and (what := api_reference(obj["spec"], reader)):
        why = f'node "{node}" can not create pods that reference {what}'
    if why:
        raise forbidden(attrs, why, obj)


def _owner_problem(owners: list[Object], node: str) -> str:
    """What keeps the owners from being the node alone, as controller."""
    start = f'node "{node}" can only create pods with'
    if len(owners) > 1:
        return f"{start} a single owner reference set to itself"
    owner = owners[0] if owners else {}
    if (owner.get("apiVersion"), owner.get("kind"), owner.get("name")) != ("v1", "Node", node):
        return f"{start} an owner reference set to itself"
    if not owner.get("controller"):
        return f"{start} a controller owner reference set to itself"
    if owner.get("blockOwnerDeletion"):
        return f'node "{node}" must not set blockOwnerDeletion on an owner reference'
    return ""


def _eviction(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    found = reader.get("", "pods", attrs.namespace, attrs.name)
    if found is None:
        raise errors.not_found("", "pod", attrs.name)
    if (found.get("spec") or {}).get("nodeName") != node:
        raise forbidden(attrs, f"node {node} can only evict pods with spec.nodeName set to itself")


def _node_write(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    name = attrs.name or ((obj or {}).get("metadata") or {}).get("name", "")
    if name != node:
        raise forbidden(attrs, f'node "{node}" is not allowed to modify node "{name}"', obj)
    if obj is None:
        return
    spec, was = obj.get("spec") or {}, (old or {}).get("spec") or {}
    if old is None:
        if spec.get("configSource") is not None:
            why = f'node "{node}" is not allowed to create pods with a non-nil configSource'
            raise forbidden(attrs, why, obj)
        _check_labels(attrs, obj, {}, f'node "{node}" is not allowed to set the following labels')
        return
    if spec.get("configSource") is not None and spec["configSource"] != was.get("configSource"):
        why = f'node "{node}" is not allowed to update configSource to a new non-nil configSource'
        raise forbidden(attrs, why, obj)
    if (was.get("taints") or []) != (spec.get("taints") or []):
        raise forbidden(attrs, f'node "{node}" is not allowed to modify taints', obj)
    if (old["metadata"].get("ownerReferences") or []) != (obj["metadata"].get("ownerReferences") or []):
        raise forbidden(attrs, f'node "{node}" is not allowed to modify ownerReferences', obj)
    _check_labels(attrs, obj, old["metadata"].get("labels") or {}, "is not allowed to modify labels")


def _check_labels(attrs: Attributes, obj: Object, old: Object, why: str) -> None:
    labels = obj["metadata"].get("labels") or {}
    changed = sorted(k for k in labels.keys() | old.keys() if labels.get(k) != old.get(k))
    refused = [label for label in changed if not _may_set(label)]
    if refused:
        raise forbidden(attrs, f"{why}: {', '.join(refused)}", obj)


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
            shown = "node lease" if what == "lease" else what
            raise forbidden(attrs, f"can only access {shown} with the same name as the requesting node", obj)

    return check


def _token(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    assert obj is not None
    bound = (obj.get("spec") or {}).get("boundObjectRef") or {}
    if (bound.get("apiVersion"), bound.get("kind")) != ("v1", "Pod") or not bound.get("name"):
        raise forbidden(attrs, "node requested token not bound to a pod", obj)
    if not bound.get("uid"):
        raise forbidden(attrs, "node requested token with a pod binding without a uid", obj)
    pod = reader.get("", "pods", attrs.namespace, bound["name"])
    if pod is None:
        raise errors.not_found("", "pod", bound["name"])
    if pod["metadata"]["uid"] != bound["uid"]:
        why = f"the UID in the bound object reference ({bound['uid']}) does not match the UID in record. "
        raise forbidden(attrs, f"{why}The object might have been deleted and then recreated", obj)
    if (pod.get("spec") or {}).get("nodeName") != node:
        raise forbidden(attrs, "node requested token bound to a pod scheduled on a different node", obj)


def _slice(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    holder = obj or reader.get(attrs.group, attrs.resource, "", attrs.name) or {}
    if (holder.get("spec") or {}).get("nodeName") != node:
        verb = {CREATE: "create", DELETE: "delete"}[attrs.operation]
        raise forbidden(
            attrs, f"can only {verb} ResourceSlice with the same NodeName as the requesting node", obj
        )


def _request(attrs: Attributes, node: str, obj: Object | None, old: Object | None, reader: Reader) -> None:
    """A certificate for a kubelet is for the one that asks."""
    assert obj is not None
    spec = obj.get("spec") or {}
    if spec.get("signerName") not in _KUBELET_SIGNERS:
        return
    try:
        names = subject(spec.get("request") or "", "commonName")
    except ValueError as error:
        raise forbidden(attrs, f"unable to parse csr: {error}", obj) from None
    if names != [f"system:node:{node}"]:
        raise forbidden(attrs, f"can only create a node CSR with CN=system:node:{node}", obj)


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
    ("resource.k8s.io", "resourceslices"): (frozenset({CREATE, DELETE}), _slice),
    ("certificates.k8s.io", "certificatesigningrequests"): (frozenset({CREATE}), _request),
}


class _Restriction:
    """The plug-in's hook. `authorizer` is asked about audiences that no volume of the pod names."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def check(self, attrs: Attributes, obj: Object | None, old: Object | None, reader: Reader) -> None:
        node = node_name(attrs.user)
        if node is None:
            return
        if not node:
            raise forbidden(attrs, f'could not determine node from user "{attrs.user.name}"')
        path = f"{attrs.resource}/{attrs.subresource}" if attrs.subresource else attrs.resource
        _CHECKS[attrs.group, path][1](attrs, node, obj, old, reader)
        if attrs.subresource == "token" and obj is not None:
            self._audience(attrs, obj, reader)

    def _audience(self, attrs: Attributes, obj: Object, reader: Reader) -> None:
        audiences = obj["spec"].get("audiences") or [""]
        if len(audiences) > 1:
            raise forbidden(attrs, "node may only request 0 or 1 audiences", obj)
        pod = reader.get("", "pods", attrs.namespace, obj["spec"]["boundObjectRef"]["name"])
        if pod is None or audiences[0] in token_audiences(pod, reader):
            return
        verb = "request-serviceaccounts-token-audience"
        access = Access(attrs.user, verb, "", "v1", audiences[0], "", attrs.namespace, attrs.name)
        if not self._authorizer.authorize(access).allowed:
            raise forbidden(
                attrs,
                f'audience "{audiences[0]}" not found in pod spec volume, {attrs.user.name} is not '
                "authorized to request tokens for this audience",
                obj,
            )


def plugin(authorizer: Authorizer) -> Plugin:
    return Plugin(
        name="NodeRestriction",
        on={target: operations for target, (operations, _) in _CHECKS.items()},
        mutate=_Restriction(authorizer).check,
    )
