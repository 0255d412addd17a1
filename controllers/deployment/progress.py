"""The status of a Deployment: counts, and the conditions Available, Progressing and ReplicaFailure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...apimachinery.clock import parse_rfc3339, rfc3339
from .. import conditions
from . import facts

Object = dict[str, Any]

NEW_AVAILABLE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
PAUSED = "DeploymentPaused"
RESUMED = "DeploymentResumed"
COUNTS = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
)


def condition(kind: str, status: str, reason: str, message: str, now: datetime) -> Object:
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": rfc3339(now),
        "lastTransitionTime": rfc3339(now),
        "reason": reason,
        "message": message,
    }


def put(status: Object, new: Object) -> None:
    """Sets a condition. One that says the same stays; only a change of status is a transition."""
    current = conditions.find(status.get("conditions"), new["type"])
    if current is not None and current["status"] == new["status"]:
        if current.get("reason") == new["reason"]:
            return
        new = {**new, "lastTransitionTime": current["lastTransitionTime"]}
    status["conditions"] = [*conditions.without(status.get("conditions"), new["type"]), new]


def progressing(d: Object) -> Object | None:
    return conditions.find(d.get("status", {}).get("conditions"), "Progressing")


def same(old: Object, new: Object) -> bool:
    return (
        all(old.get(name, 0) == new.get(name, 0) for name in COUNTS)
        and all(old.get(name) == new.get(name) for name in ("terminatingReplicas", "collisionCount"))
        and (old.get("conditions") or []) == (new.get("conditions") or [])
    )


def calculate(d: Object, sets: Sequence[Object], new: Object | None, now: datetime) -> Object:
    """Counts and the Available condition; the other conditions as they were."""
    available = facts.total_status(sets, "availableReplicas")
    status: Object = {
        "observedGeneration": d["metadata"].get("generation", 0),
        "replicas": facts.total_status(sets, "replicas"),
        "updatedReplicas": facts.status_count(new, "replicas") if new is not None else 0,
        "readyReplicas": facts.total_status(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, facts.total(sets) - available),
        "terminatingReplicas": facts.total_status(sets, "terminatingReplicas"),
        "conditions": list(d.get("status", {}).get("conditions") or ()),
    }
    if "collisionCount" in d.get("status", {}):
        status["collisionCount"] = d["status"]["collisionCount"]
    if available >= facts.replicas(d) - facts.max_unavailable(d):
        verdict = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        verdict = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    put(status, condition("Available", *verdict, now))
    return status


def is_complete(d: Object, status: Object) -> bool:
    wanted = facts.replicas(d)
    return bool(
        status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("observedGeneration", 0) >= d["metadata"].get("generation", 0)
    )


def _moved(d: Object, new: Object) -> bool:
    old = d.get("status", {})
    left_before = old.get("replicas", 0) - old.get("updatedReplicas", 0)
    return bool(
        new["updatedReplicas"] > old.get("updatedReplicas", 0)
        or new["replicas"] - new["updatedReplicas"] < left_before
        or new["readyReplicas"] > old.get("readyReplicas", 0)
        or new["availableReplicas"] > old.get("availableReplicas", 0)
    )


def _timed_out(d: Object, status: Object, now: datetime) -> bool:
    current = conditions.find(status.get("conditions"), "Progressing")
    if not facts.has_deadline(d) or current is None or current.get("reason") == NEW_AVAILABLE:
        return False
    if current.get("reason") == TIMED_OUT:
        return True
    since = (now - parse_rfc3339(current["lastUpdateTime"])).total_seconds()
    return bool(since > d["spec"]["progressDeadlineSeconds"])


def rollout(d: Object, sets: Sequence[Object], new: Object | None, now: datetime) -> Object:
    """The status after a step of a rollout: `calculate` and how it gets on."""
    status = calculate(d, sets, new, now)
    current = progressing(d)
    if not facts.has_deadline(d):
        status["conditions"] = conditions.without(status["conditions"], "Progressing")
    elif not (
        status["replicas"] == status["updatedReplicas"]
        and current is not None
        and current.get("reason") == NEW_AVAILABLE
    ):
        _judge(d, status, new, current, now)
    failure = _failure(sets, new)
    if failure is not None:
        put(status, failure)
    else:
        status["conditions"] = conditions.without(status["conditions"], "ReplicaFailure")
    return status


def _judge(d: Object, status: Object, new: Object | None, current: Object | None, now: datetime) -> None:
    who = (
        f'ReplicaSet "{new["metadata"]["name"]}"'
        if new is not None
        else f'Deployment "{d["metadata"]["name"]}"'
    )
    if is_complete(d, status):
        message = f"{who} has successfully progressed."
        put(status, condition("Progressing", "True", NEW_AVAILABLE, message, now))
    elif _moved(d, status):
        fresh = condition("Progressing", "True", "ReplicaSetUpdated", f"{who} is progressing.", now)
        if current is not None and current["status"] == "True":
            fresh["lastTransitionTime"] = current["lastTransitionTime"]
        status["conditions"] = [*conditions.without(status["conditions"], "Progressing"), fresh]
    elif _timed_out(d, status, now):
        message = f"{who} has timed out progressing."
        put(status, condition("Progressing", "False", TIMED_OUT, message, now))


def _failure(sets: Sequence[Object], new: Object | None) -> Object | None:
    """The ReplicaFailure of the new ReplicaSet, or else of any."""
    for rs in [*([new] if new is not None else []), *sets]:
        found = conditions.find(rs.get("status", {}).get("conditions"), "ReplicaFailure")
        if found is not None:
            return {
                "type": "ReplicaFailure",
                "status": found["status"],
                "lastUpdateTime": found["lastTransitionTime"],
                "lastTransitionTime": found["lastTransitionTime"],
                "reason": found.get("reason", ""),
                "message": found.get("message", ""),
            }
    return None


def check_in(d: Object, status: Object, now: datetime) -> float | None:
    """Seconds after which a rollout that stands still must be judged again."""
    current = progressing(d)
    if not facts.has_deadline(d) or current is None:
        return None
    if is_complete(d, status) or current.get("reason") == TIMED_OUT:
        return None
    since = (now - parse_rfc3339(current["lastUpdateTime"])).total_seconds()
    return max(0.0, float(d["spec"]["progressDeadlineSeconds"]) - since) + 1.0
