"""A container's resources in numbers. Source: core/v1 ResourceRequirements; the kubelet's scores for when
memory runs out."""

from __future__ import annotations

from typing import Any

from ...apimachinery import quantity
from ...apimachinery.quota import pod_totals
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


def of_pod(spec: Object, name: str) -> quantity.Quantity | None:
    """What the whole pod may use of a resource; None without a limit: there is neither one of its own nor
    one of each container, init containers included. Zero is no limit. Source: the kubelet's
    ResourceConfigForPod."""
    if not _has_limit(spec, name) and not _all_have_limits(spec, name):
        return None
    return pod_totals.pod_limits(spec).get(name) or None


def memory_of_pod(spec: Object) -> int:
    """In bytes; 0 when there is no limit."""
    found = of_pod(spec, "memory")
    return found.whole() if found is not None else 0


def _all_have_limits(spec: Object, name: str) -> bool:
    """An init container counts together with the sidecars that run beside it."""
    beside = False
    for container in spec.get("initContainers") or ():
        if not beside and not _has_limit(container, name):
            return False
        beside = beside or container.get("restartPolicy") == "Always"
    return all(_has_limit(container, name) for container in spec["containers"])


def _has_limit(owner: Object, name: str) -> bool:
    """`owner` is a container or the spec of a pod."""
    return name in _given((owner.get("resources") or {}).get("limits") or {})


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
