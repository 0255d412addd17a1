"""What the status of a pod tells of its resources as a whole. Source: the kubelet's conversion for
InPlacePodLevelResourcesVerticalScaling."""

from __future__ import annotations

from typing import Any

from ...apimachinery import quantity
from ...apimachinery.quota import pod_totals
from .limits import of_pod

Object = dict[str, Any]
LEAST_SHARES = 2
"""Thousandths of a CPU that every control group has: not told."""
HELD = ("cpu", "memory")


def of(spec: Object, phase: str) -> Object:
    """`allocatedResources` and `resources` of a status. `spec` has what was granted. A running pod tells what
    its control group says: limits only where the pod or all of its containers have one."""
    asked = pod_totals.with_overhead(pod_totals.pod_requests(spec), spec)
    requests, limits = _texts(asked), _texts(pod_totals.pod_limits(spec))
    allocated = {"allocatedResources": dict(requests)} if requests else {}
    if phase == "Running":
        own = spec.get("resources") or {}
        given = {name: requests[name] for name in HELD if name in requests}
        if quantity.milli(given.get("cpu", "0")) <= LEAST_SHARES:
            given.pop("cpu", None)
        requests = (own.get("requests") or {}) | given
        limits = (own.get("limits") or {}) | {n: limits[n] for n in HELD if of_pod(spec, n) is not None}
    shown = {"requests": requests, "limits": limits}
    return allocated | {"resources": {kind: amounts for kind, amounts in shown.items() if amounts}}


def whole(pod: Object) -> Object:
    """The resources that a pod was granted as a whole: of what its spec names, what its status tells."""
    told = (pod.get("status") or {}).get("resources") or {}
    overhead = pod["spec"].get("overhead") or {}
    found: Object = {}
    for kind, wanted in (pod["spec"].get("resources") or {}).items():
        amounts = {name: text for name, text in (told.get(kind) or {}).items() if name in wanted}
        for name in amounts.keys() & overhead.keys() if kind == "requests" else ():
            amounts[name] = (quantity.parse(amounts[name]) - quantity.parse(overhead[name])).format()
        found |= {kind: amounts} if amounts else {}
    return found


def _texts(totals: pod_totals.Totals) -> dict[str, str]:
    return {name: amount.format() for name, amount in totals.items()}
