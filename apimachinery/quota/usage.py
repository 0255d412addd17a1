"""What one object counts for in a ResourceQuota, and which of a quota's names speak of its kind.

Source: "Resource Quotas" in the Kubernetes documentation; the quota evaluators of the API server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from ..clock import parse_rfc3339
from ..quantity import Quantity, from_whole, parse
from .pod_totals import Object, Totals, pod_limits, pod_requests, with_overhead
from .scopes import NATIVE

_ONE = from_whole(1)
_NONE = Quantity(0)
_CLASS = ".storageclass.storage.k8s.io/"
_CLASS_NAMES = (f"{_CLASS}persistentvolumeclaims", f"{_CLASS}requests.storage")
DEVICES = ".deviceclass.resource.k8s.io/devices"
IMPLICIT = "deviceclass.resource.kubernetes.io/"
_MOST_DEVICES = 32
"""What a claim for all devices counts: as many as an allocation may hold."""
PODS, CLAIMS = ("", "pods"), ("", "persistentvolumeclaims")
_BARE = frozenset(
    ("configmaps", "secrets", "services", "replicationcontrollers", "resourcequotas", "pods",
     "persistentvolumeclaims")
)  # fmt: skip
"""Core resources that also count under their bare name."""
_POD_NAMES = frozenset((*NATIVE, *(f"{kind}.{name}" for kind in ("requests", "limits") for name in NATIVE)))
_CONSTRAINED = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
}
IGNORED = frozenset({("", "events"), ("events.k8s.io", "events")})
"""Resources nobody counts."""


def counted(name: str) -> tuple[str, str] | None:
    """(group, resource) of the kind that a quota's resource name speaks of; None when it is nothing known."""
    if name.startswith("count/"):
        resource, _, group = name.removeprefix("count/").partition(".")
        return None if (group, resource) in IGNORED else (group, resource)
    if name in _BARE:
        return "", name
    if name in ("services.nodeports", "services.loadbalancers"):
        return "", "services"
    if name == "requests.storage" or name.endswith(_CLASS_NAMES):
        return CLAIMS
    if name.endswith(DEVICES):
        return "resource.k8s.io", "resourceclaims"
    extended = name.startswith("requests.") and is_device(name.removeprefix("requests."))
    if name in _POD_NAMES or extended or name.startswith(("hugepages-", "requests.hugepages-")):
        return PODS
    return None


def is_device(name: str) -> bool:
    """Whether containers ask for devices by this name: an extended resource's, or a DeviceClass's own."""
    return name.startswith(IMPLICIT) or ("/" in name and "kubernetes.io/" not in name)


def matching(group: str, resource: str, names: Iterable[str]) -> list[str]:
    """Those of a quota's resource names that objects of this kind count for."""
    return [name for name in names if counted(name) == (group, resource)]


def usage(group: str, resource: str, obj: Object, now: datetime | None = None) -> Totals:
    """Quota resource name → amount. `now` tells a pod whose time to end is over."""
    qualified = f"{resource}.{group}" if group else resource
    out: Totals = {f"count/{qualified}": _ONE}
    if not group and resource in _BARE:
        out[resource] = _ONE
    if (group, resource) == PODS:
        _pod(obj, out, now)
    more = _MORE.get((group, resource))
    if more:
        more(obj, out)
    return out


def _over(pod: Object, now: datetime | None) -> bool:
    """Whether the pod has ended or should have."""
    if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        return True
    meta = pod["metadata"]
    gone = meta.get("deletionTimestamp")
    # deletionTimestamp already is the end of the grace period; upstream allows the period once more.
    grace = meta.get("deletionGracePeriodSeconds")
    if now is None or not gone or grace is None:
        return False
    return bool((now - parse_rfc3339(gone)).total_seconds() > grace)


def _pod(pod: Object, out: Totals, now: datetime | None) -> None:
    if _over(pod, now):
        del out["pods"]
        return
    spec, status = pod["spec"], pod.get("status")
    for name, amount in with_overhead(pod_requests(spec, status), spec).items():
        if name in NATIVE or name.startswith("hugepages-"):
            out[name] = out[f"requests.{name}"] = amount
        elif is_device(name):
            out[f"requests.{name}"] = amount
    for name, amount in with_overhead(pod_limits(spec, status), spec).items():
        if name in NATIVE:
            out[f"limits.{name}"] = amount


def _service(service: Object, out: Totals) -> None:
    spec = service["spec"]
    ports = from_whole(len(spec.get("ports") or ()))
    kind = spec.get("type")
    out["services.loadbalancers"] = _ONE if kind == "LoadBalancer" else _NONE
    if kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is False:
        ports = from_whole(sum(1 for p in spec.get("ports") or () if p.get("nodePort")))
    out["services.nodeports"] = ports if kind in ("NodePort", "LoadBalancer") else _NONE


def _claim(claim: Object, out: Totals) -> None:
    spec = claim["spec"]
    notes = claim["metadata"].get("annotations") or {}
    class_name = notes.get("volume.beta.kubernetes.io/storage-class", spec.get("storageClassName")) or ""
    if class_name:
        out[f"{class_name}{_CLASS}persistentvolumeclaims"] = _ONE
    requested = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if requested is None:
        return
    amount = parse(requested)
    allocated = ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage")
    if allocated is not None:
        amount = max(amount, parse(allocated))
    if amount.nano % _ONE.nano:
        amount = from_whole(amount.whole(), amount.style)
    out["requests.storage"] = amount
    if class_name:
        out[f"{class_name}{_CLASS}requests.storage"] = amount


def _devices(claim: Object, out: Totals) -> None:
    """A request with alternatives counts, for each class, the most that one of them takes."""
    for request in (claim["spec"].get("devices") or {}).get("requests") or ():
        most: dict[str, int] = {}
        alternatives = request.get("firstAvailable") or [request.get("exactly") or request]
        for one in alternatives:
            name = one.get("deviceClassName")
            if name:
                number = _MOST_DEVICES if one.get("allocationMode") == "All" else one.get("count") or 1
                most[name] = max(most.get(name, 0), number)
        for name, number in most.items():
            key = f"{name}{DEVICES}"
            out[key] = out.get(key, _NONE) + from_whole(number)


_MORE: Mapping[tuple[str, str], Callable[[Object, Totals], None]] = {
    ("", "services"): _service,
    CLAIMS: _claim,
    ("resource.k8s.io", "resourceclaims"): _devices,
}


def unspecified(pod_spec: Object, hard: Iterable[str]) -> str:
    """Which amounts that the quota limits the pod's containers fail to name: `limits.cpu for: a,b; …`.

    Containers need not name any in a pod that names some as a whole."""
    if any((pod_spec.get("resources") or {}).get(kind) for kind in ("requests", "limits")):
        return ""
    missing: dict[str, set[str]] = {}
    wanted = [name for name in hard if name in _CONSTRAINED]
    for key in ("containers", "initContainers"):
        for container in pod_spec.get(key) or ():
            resources: dict[str, Any] = container.get("resources") or {}
            for name in wanted:
                kind, resource = _CONSTRAINED[name]
                if resource not in (resources.get(kind) or {}):
                    missing.setdefault(name, set()).add(container["name"])
    return "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))


def minus(new: Totals, old: Totals) -> Totals:
    """What `new` has beyond `old`; nothing goes below zero."""
    return {name: max(amount - old[name], _NONE) if name in old else amount for name, amount in new.items()}
