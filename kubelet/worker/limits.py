"""A container's resources in numbers. Source: core/v1 ResourceRequirements; the kubelet's scores for when
memory runs out."""

from __future__ import annotations

from typing import Any

from ...apimachinery import quantity
from ..runtime.contract import Limits

Object = dict[str, Any]
KEPT, FIRST = -997, 1000
"""Scores of what ends last and of what ends first."""
CRITICAL_PRIORITY = 2_000_000_000


def of(resources: Object, whole: Object | None = None) -> Limits:
    """`whole` are the resources of the pod, which limit containers that have no limit of their own."""
    limits = ((whole or {}).get("limits") or {}) | _given(resources.get("limits") or {})
    requests = resources.get("requests") or {}
    return Limits(
        quantity.whole(limits.get("memory", "0")),
        quantity.milli(limits.get("cpu", "0")),
        quantity.milli(requests.get("cpu", "0")),
    )


def _given(amounts: Object) -> Object:
    return {name: text for name, text in amounts.items() if quantity.milli(text)}


def memory_of_pod(spec: Object) -> int:
    """Bytes that a pod may use in all; 0 when it or one of its containers has no limit."""
    of_pod = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
    each = [of(c.get("resources") or {}).memory for c in spec["containers"]]
    return quantity.whole(of_pod) if of_pod else sum(each) * all(each)


def fields(pod: Object, container: Object, node_memory: str) -> Object:
    """Of a ContainerSpec."""
    resources = container.get("resources") or {}
    found = of(resources, pod["spec"].get("resources"))
    asked = quantity.whole((resources.get("requests") or {}).get("memory", "0"))
    return {
        "memory_limit": found.memory,
        "cpu_limit": found.cpu,
        "memory_request": asked,
        "cpu_request": found.cpu_request,
        "oom_score": _score(pod, asked, quantity.whole(node_memory)),
    }


def _score(pod: Object, asked: int, has: int) -> int:
    """The more of the node's memory it asked for, the longer a burstable one stays."""
    kind = (pod.get("status") or {}).get("qosClass") or "BestEffort"
    if kind == "Guaranteed" or (pod["spec"].get("priority") or 0) >= CRITICAL_PRIORITY:
        return KEPT
    if kind == "BestEffort" or not has:
        return FIRST
    return min(max(1000 - 1000 * asked // has, 1000 + KEPT), FIRST - 1)
