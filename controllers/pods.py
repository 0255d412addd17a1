"""Questions about pods that several controllers ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..apimachinery.clock import parse_rfc3339
from . import conditions

Object = dict[str, Any]


def phase(pod: Object) -> str:
    return str(pod.get("status", {}).get("phase", ""))


def is_deleted(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def is_finished(pod: Object) -> bool:
    return phase(pod) in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    return "deletionTimestamp" not in pod["metadata"] and not is_finished(pod)


def divide(pods: Iterable[Object]) -> tuple[list[Object], list[Object]]:
    """The active ones and the others."""
    active: list[Object] = []
    others: list[Object] = []
    for pod in pods:
        (active if is_active(pod) else others).append(pod)
    return active, others


def is_terminating(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"] and not is_finished(pod)


def is_shut_down(pod: Object) -> bool:
    """Whether the kubelet has done with the pod, or nobody waits for it: only finalizers keep it."""
    meta = pod["metadata"]
    return "deletionTimestamp" in meta and meta.get("deletionGracePeriodSeconds") == 0


def ready_condition(pod: Object) -> Object | None:
    return conditions.find(pod.get("status", {}).get("conditions"), "Ready")


def is_ready(pod: Object) -> bool:
    for condition in pod.get("status", {}).get("conditions") or ():
        if condition["type"] == "Ready":
            return bool(condition.get("status") == "True")
    return False


def ready_since(pod: Object) -> datetime | None:
    """When the pod became ready; None when it is not ready or does not say."""
    condition = ready_condition(pod)
    if condition is None or condition.get("status") != "True" or not condition.get("lastTransitionTime"):
        return None
    return parse_rfc3339(condition["lastTransitionTime"])


def available_in(pod: Object, min_ready_seconds: float, now: datetime) -> float | None:
    """Seconds until a ready pod counts as available, 0 when it does; None for a pod that is not ready."""
    if not is_ready(pod):
        return None
    if min_ready_seconds == 0:
        return 0.0
    since = ready_since(pod)
    if since is None:
        return None
    return max(0.0, min_ready_seconds - (now - since).total_seconds())
