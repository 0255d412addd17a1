"""The status of a PodDisruptionBudget from its pods and how many there should be. Reads and writes nothing.

Source of the rules: upstream's disruption controller.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ...apimachinery import intstr
from ...apimachinery.clock import parse_rfc3339, rfc3339
from .. import conditions
from .. import pods as podlib

Object = dict[str, Any]
ALLOWED = "DisruptionAllowed"
SUFFICIENT, INSUFFICIENT, FAILED = "SufficientPods", "InsufficientPods", "SyncFailed"
DELETION_TIMEOUT = timedelta(minutes=2)
"""Within which an evicted pod must be deleted; after that it counts as healthy again."""
STALE_TIMEOUT = timedelta(minutes=2)
"""After which a pod that nobody deletes is no target of a disruption any more."""


def needs_scale(spec: Object) -> bool:
    """Whether the pods' controllers say how many pods there should be, rather than the pods themselves."""
    return spec.get("maxUnavailable") is not None or isinstance(spec.get("minAvailable"), str)


def desired_healthy(spec: Object, expected: int) -> int:
    """ValueError for an amount that is neither a number nor a percentage."""
    if (most := spec.get("maxUnavailable")) is not None:
        return max(0, expected - intstr.scaled(most, expected, True))
    least = spec.get("minAvailable")
    return 0 if least is None else intstr.scaled(least, expected, True)


def still_disrupted(budget: Object, pods: list[Object], now: datetime) -> tuple[dict[str, str], list[Object]]:
    """Evicted pods, by name, that are still to be deleted; and those that should have been by now."""
    noted = (budget.get("status") or {}).get("disruptedPods") or {}
    waiting: dict[str, str] = {}
    late: list[Object] = []
    for pod in pods:
        since = noted.get(pod["metadata"]["name"])
        if since is None or podlib.is_deleted(pod):
            continue
        if parse_rfc3339(since) + DELETION_TIMEOUT < now:
            late.append(pod)
        else:
            waiting[pod["metadata"]["name"]] = since
    return waiting, late


def recheck_in(waiting: dict[str, str], now: datetime) -> float | None:
    """Seconds until the first of the evicted pods is late; None without any."""
    due = [(parse_rfc3339(since) + DELETION_TIMEOUT - now).total_seconds() for since in waiting.values()]
    return min(due) if due else None


def healthy(pods: list[Object], waiting: dict[str, str]) -> int:
    return sum(
        1
        for pod in pods
        if not podlib.is_deleted(pod) and pod["metadata"]["name"] not in waiting and podlib.is_ready(pod)
    )


def calculate(
    budget: Object, current: int, desired: int, expected: int, waiting: dict[str, str], now: datetime
) -> Object:
    """The whole new status. Nothing may go while nothing is expected: pods of a new budget come unseen."""
    allowed = max(0, current - desired) if expected > 0 else 0
    status: Object = {
        "observedGeneration": budget["metadata"].get("generation", 0),
        **({"disruptedPods": waiting} if waiting else {}),
        "disruptionsAllowed": allowed,
        "currentHealthy": current,
        "desiredHealthy": desired,
        "expectedPods": expected,
    }
    reason = SUFFICIENT if allowed else INSUFFICIENT
    return {**status, "conditions": _conditions(budget, status, reason, "", now)}


def failed(budget: Object, why: str, now: datetime) -> Object:
    """The status that allows nothing, since what is allowed cannot be told."""
    status = {**(budget.get("status") or {}), "disruptionsAllowed": 0}
    return {**status, "conditions": _conditions(budget, status, FAILED, why, now)}


def _conditions(budget: Object, status: Object, reason: str, message: str, now: datetime) -> list[Object]:
    """The conditions with this one put right; its time moves only with its status."""
    old = (budget.get("status") or {}).get("conditions") or []
    known = conditions.find(old, ALLOWED)
    flag = "True" if reason == SUFFICIENT else "False"
    same = known is not None and known["status"] == flag
    new = {
        "type": ALLOWED,
        "status": flag,
        "observedGeneration": status.get("observedGeneration", 0),
        "lastTransitionTime": known["lastTransitionTime"] if known is not None and same else rfc3339(now),
        "reason": reason,
        "message": message,
    }
    if known is None:
        return [*old, new]
    return [new if condition is known else condition for condition in old]


def stale_in(pod: Object, now: datetime) -> float | None:
    """Seconds until a pod is no target of a disruption any more; None when it is none or will be deleted.

    A kubelet's own terminations take as long as they take.
    """
    condition = conditions.find(pod.get("status", {}).get("conditions"), "DisruptionTarget")
    if condition is None or condition.get("status") != "True" or podlib.is_deleted(pod):
        return None
    if condition.get("reason") == "TerminationByKubelet" or podlib.is_finished(pod):
        return None
    since = condition.get("lastTransitionTime")
    if since is None:
        return 0.0
    return max(0.0, (parse_rfc3339(since) + STALE_TIMEOUT - now).total_seconds())
