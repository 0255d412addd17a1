"""The status of a ReplicaSet or ReplicationController, computed from its pods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...apimachinery.clock import rfc3339
from .. import conditions
from .. import pods as podlib

Object = dict[str, Any]

COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration")


def replicas_of(owner: Object) -> int:
    value = owner["spec"].get("replicas")
    return 1 if value is None else int(value)


def compute(
    owner: Object,
    active: list[Object],
    terminating: int | None,
    failure: Exception | None,
    now: datetime,
) -> Object:
    """The new status; `terminating` is None for kinds that do not count them, `failure` what stopped us."""
    template_labels = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
    min_ready = owner["spec"].get("minReadySeconds", 0)
    ready = [pod for pod in active if podlib.is_ready(pod)]
    status: Object = {
        "replicas": len(active),
        "fullyLabeledReplicas": sum(1 for pod in active if _carries(pod, template_labels)),
        "readyReplicas": len(ready),
        "availableReplicas": _available(ready, min_ready, now),
        "observedGeneration": owner["metadata"].get("generation", 0),
    }
    if terminating is not None:
        status["terminatingReplicas"] = terminating
    found = _conditions(owner, len(active), failure, now)
    if found:
        status["conditions"] = found
    return status


def same(old: Object, new: Object) -> bool:
    return (
        all(old.get(name, 0) == new.get(name, 0) for name in COUNTS)
        and old.get("terminatingReplicas") == new.get("terminatingReplicas")
        and (old.get("conditions") or []) == (new.get("conditions") or [])
    )


def _available(ready: list[Object], min_ready: float, now: datetime) -> int:
    if not min_ready:
        return len(ready)
    return sum(1 for pod in ready if podlib.available_in(pod, min_ready, now) == 0)


def _carries(pod: Object, labels: Object) -> bool:
    have: Object = pod["metadata"].get("labels") or {}
    return labels.items() <= have.items()


def _conditions(owner: Object, count: int, failure: Exception | None, now: datetime) -> list[Object]:
    old = owner.get("status", {}).get("conditions")
    known = conditions.find(old, "ReplicaFailure")
    if failure is None:
        return conditions.without(old, "ReplicaFailure")
    if known is not None:
        return list(old or ())
    difference = count - replicas_of(owner)
    if difference == 0:
        return list(old or ())
    return [
        *(old or ()),
        {
            "type": "ReplicaFailure",
            "status": "True",
            "lastTransitionTime": rfc3339(now),
            "reason": "FailedCreate" if difference < 0 else "FailedDelete",
            "message": str(failure),
        },
    ]
