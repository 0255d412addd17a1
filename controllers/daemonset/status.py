"""The status of a DaemonSet, counted over the nodes."""

from __future__ import annotations

from typing import Any

from .. import pods as podlib
from . import pods as daemons
from .plan import View

Object = dict[str, Any]
COUNTS = (
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberMisscheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
)


def compute(view: View, collisions: int, *, settled: bool) -> Object:
    """`settled`: this generation has been acted on, not only seen."""
    old = view.owner.get("status") or {}
    counts = dict.fromkeys(COUNTS, 0)
    for name, verdict in view.verdicts.items():
        found = daemons.oldest_first(view.pods.get(name, ()))
        if not verdict.run:
            counts["numberMisscheduled"] += bool(found)
            continue
        counts["desiredNumberScheduled"] += 1
        if found:
            _count(view, found[0], counts)
    counts["numberUnavailable"] = counts["desiredNumberScheduled"] - counts["numberAvailable"]
    generation = view.owner["metadata"].get("generation", 0) if settled else old.get("observedGeneration", 0)
    status = {**old, **counts, "observedGeneration": generation}
    if collisions:
        status["collisionCount"] = collisions
    return status


def _count(view: View, pod: Object, counts: dict[str, int]) -> None:
    counts["currentNumberScheduled"] += 1
    counts["numberReady"] += podlib.is_ready(pod)
    counts["numberAvailable"] += view.is_available(pod)
    counts["updatedNumberScheduled"] += view.is_new(pod)


def same(old: Object, new: Object) -> bool:
    return all(
        int(old.get(name) or 0) == int(new.get(name) or 0)
        for name in (*COUNTS, "observedGeneration", "collisionCount")
    )
