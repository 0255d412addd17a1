"""Questions about a Job and its pods, and the conditions of its status."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...apimachinery.clock import parse_rfc3339, rfc3339
from .. import conditions
from .. import pods as podlib

Object = dict[str, Any]
TRACKING = "batch.kubernetes.io/job-tracking"
MANAGED_BY = "kubernetes.io/job-controller"


def is_indexed(job: Object) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def is_suspended(job: Object) -> bool:
    return bool(job["spec"].get("suspend"))


def per_index(job: Object) -> bool:
    return job["spec"].get("backoffLimitPerIndex") is not None


def is_ours(job: Object) -> bool:
    """Whether no other controller claims the Job by `managedBy`."""
    return job["spec"].get("managedBy") in (None, MANAGED_BY)


def finished_condition(job: Object) -> Object | None:
    """The true condition Complete or Failed."""
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition.get("type") in ("Complete", "Failed") and condition.get("status") == "True":
            return dict(condition)
    return None


def is_tracked(pod: Object) -> bool:
    return TRACKING in (pod["metadata"].get("finalizers") or ())


def replaces_failed_only(job: Object) -> bool:
    """Whether a terminating pod is waited for before it counts as failed and is replaced."""
    spec = job["spec"]
    return spec.get("podReplacementPolicy") == "Failed" or spec.get("podFailurePolicy") is not None


def is_failed(pod: Object, job: Object) -> bool:
    phase = podlib.phase(pod)
    if phase == "Failed":
        return True
    return not replaces_failed_only(job) and podlib.is_deleted(pod) and phase != "Succeeded"


def true_condition(job: Object, kind: str) -> Object | None:
    found = conditions.find(job["status"].get("conditions"), kind)
    return found if found is not None and found.get("status") == "True" else None


def condition(kind: str, status: str, reason: str, message: str, now: datetime) -> Object:
    stamp = rfc3339(now)
    made = {"type": kind, "status": status, "lastProbeTime": stamp, "lastTransitionTime": stamp}
    return {**made, "reason": reason, "message": message}


def put_condition(status: Object, new: Object) -> bool:
    """Adds or replaces a condition; False when nothing changed. What never was true is not added as false."""
    old = conditions.find(status.get("conditions"), new["type"])
    if old is None:
        if new["status"] == "False":
            return False
        status["conditions"] = [*(status.get("conditions") or ()), new]
        return True
    if all(old.get(field) == new[field] for field in ("status", "reason", "message")):
        return False
    status["conditions"] = [new if item is old else item for item in status["conditions"]]
    return True


def set_count(status: Object, field: str, count: int) -> None:
    """Zero is shown by the field's absence."""
    if count:
        status[field] = count
    else:
        status.pop(field, None)


def deadline_in(job: Object, now: datetime) -> float | None:
    """Seconds until the active deadline; None when there is none to wait for."""
    seconds, start = job["spec"].get("activeDeadlineSeconds"), job["status"].get("startTime")
    if seconds is None or start is None or is_suspended(job):
        return None
    return float(seconds) - (now - parse_rfc3339(start)).total_seconds()


def too_many_restarts(job: Object, pods: list[Object]) -> bool:
    """Whether containers restarted in place more often than the backoff limit allows."""
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    restarts = sum(
        status.get("restartCount", 0)
        for pod in pods
        if podlib.phase(pod) in ("Running", "Pending")
        for field in ("initContainerStatuses", "containerStatuses")
        for status in pod["status"].get(field) or ()
    )
    limit = job["spec"]["backoffLimit"]
    return bool(restarts > 0 if limit == 0 else restarts >= limit)
