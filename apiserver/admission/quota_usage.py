"""What one object counts for in a ResourceQuota, and which quotas' scopes it falls into.

Source: "Resource Quotas" in the Kubernetes documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...apimachinery.quantity import Quantity, from_whole, parse
from ..registry.strategy import Object
from .pod_resources import Totals, pod_limits, pod_requests, with_overhead

_ONE = from_whole(1)
_NATIVE = ("cpu", "memory", "ephemeral-storage")
_CLASS = ".storageclass.storage.k8s.io/"
_SPECIAL = {
    ("", name)
    for name in ("configmaps", "secrets", "services", "replicationcontrollers", "resourcequotas", "pods",
                 "persistentvolumeclaims")
}  # fmt: skip
"""Core resources that also count under their bare name."""


def usage(group: str, resource: str, obj: Object) -> Totals:
    """Quota resource name → amount."""
    qualified = f"{resource}.{group}" if group else resource
    out: Totals = {f"count/{qualified}": _ONE}
    if (group, resource) in _SPECIAL:
        out[resource] = _ONE
    more = _MORE.get((group, resource))
    if more:
        more(obj, out)
    return out


def _pod(pod: Object, out: Totals) -> None:
    if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        del out["pods"]
        return
    spec = pod["spec"]
    for name, amount in with_overhead(pod_requests(spec), spec).items():
        out[f"requests.{name}"] = amount
        if name in _NATIVE:
            out[name] = amount
    for name, amount in with_overhead(pod_limits(spec), spec).items():
        if name in _NATIVE:
            out[f"limits.{name}"] = amount


def _service(service: Object, out: Totals) -> None:
    spec = service["spec"]
    ports = from_whole(len(spec.get("ports") or ()))
    kind = spec.get("type")
    if kind == "LoadBalancer":
        out["services.loadbalancers"] = _ONE
        if spec.get("allocateLoadBalancerNodePorts") is False:
            ports = from_whole(sum(1 for p in spec.get("ports") or () if p.get("nodePort")))
    if kind in ("NodePort", "LoadBalancer"):
        out["services.nodeports"] = ports


def _claim(claim: Object, out: Totals) -> None:
    spec = claim["spec"]
    class_name = spec.get("storageClassName") or ""
    if class_name:
        out[f"{class_name}{_CLASS}persistentvolumeclaims"] = _ONE
    requested = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if requested is not None:
        out["requests.storage"] = parse(requested)
        if class_name:
            out[f"{class_name}{_CLASS}requests.storage"] = parse(requested)


_MORE: dict[tuple[str, str], Callable[[Object, Totals], None]] = {
    ("", "pods"): _pod,
    ("", "services"): _service,
    ("", "persistentvolumeclaims"): _claim,
}


def unspecified(pod_spec: Object, hard: set[str]) -> str:
    """Which amounts that the quota limits the pod's containers fail to name: `limits.cpu for: a,b; …`."""
    missing: dict[str, list[str]] = {}
    for key in ("containers", "initContainers"):
        for container in pod_spec.get(key) or ():
            resources = container.get("resources") or {}
            for name in hard & _CONSTRAINED.keys():
                kind, resource = _CONSTRAINED[name]
                if resource not in (resources.get(kind) or {}):
                    missing.setdefault(name, []).append(container["name"])
    return "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))


_CONSTRAINED = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
}


def in_scope(quota_spec: Object, resource: str, obj: Object) -> bool:
    """Whether the quota speaks of this object."""
    wanted = [{"scopeName": s, "operator": "Exists"} for s in quota_spec.get("scopes") or ()]
    wanted += (quota_spec.get("scopeSelector") or {}).get("matchExpressions") or []
    if not wanted:
        return True
    scopes = _SCOPES.get(resource)
    return scopes is not None and all(
        s["scopeName"] in scopes and scopes[s["scopeName"]](obj["spec"], s) for s in wanted
    )


def _selects(value: str, scope: Object) -> bool:
    operator, values = scope.get("operator"), scope.get("values") or ()
    if operator in ("Exists", "DoesNotExist"):
        return bool(value) is (operator == "Exists")
    return (value in values) is (operator == "In")


def _best_effort(spec: Object) -> bool:
    return not any(
        name in _NATIVE and parse(amount)
        for key in ("containers", "initContainers")
        for container in spec.get(key) or ()
        for amounts in (container.get("resources") or {}).values()
        if isinstance(amounts, dict)
        for name, amount in amounts.items()
    )


def _crosses_namespaces(spec: Object) -> bool:
    affinity = spec.get("affinity") or {}
    for kind in ("podAffinity", "podAntiAffinity"):
        terms = affinity.get(kind) or {}
        required = terms.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        preferred = terms.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        for term in (*required, *(p.get("podAffinityTerm") or {} for p in preferred)):
            if term.get("namespaces") or term.get("namespaceSelector") is not None:
                return True
    return False


Scope = Callable[[Object, Any], bool]
_SCOPES: dict[str, dict[str, Scope]] = {
    "pods": {
        "Terminating": lambda spec, _: (spec.get("activeDeadlineSeconds") or -1) >= 0,
        "NotTerminating": lambda spec, _: spec.get("activeDeadlineSeconds") is None,
        "BestEffort": lambda spec, _: _best_effort(spec),
        "NotBestEffort": lambda spec, _: not _best_effort(spec),
        "PriorityClass": lambda spec, scope: _selects(spec.get("priorityClassName") or "", scope),
        "CrossNamespacePodAffinity": lambda spec, _: _crosses_namespaces(spec),
    },
    "persistentvolumeclaims": {
        "VolumeAttributesClass": lambda spec, scope: _selects(
            spec.get("volumeAttributesClassName") or "", scope
        ),
    },
}
"""Resource → scope name → whether an object's spec is in it."""


def minus(new: Totals, old: Totals) -> Totals:
    """What `new` has beyond `old`; nothing goes below zero."""
    zero = Quantity(0)
    return {name: (d if (d := amount - old[name]) > zero else zero) if name in old else amount
            for name, amount in new.items()}  # fmt: skip
