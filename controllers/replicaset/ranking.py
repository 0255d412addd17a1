"""Which pods a shrinking owner gives up first.

Source: the documented order of ReplicaSet scale-down: unassigned, pending, not ready, cheaper to delete, more
crowded node, ready for a shorter time, restarted more often, younger. Times are compared by powers of two.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import cmp_to_key
from typing import Any, NamedTuple

from ...apimachinery.clock import parse_rfc3339
from .. import pods as podlib

Object = dict[str, Any]
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


class _Rank(NamedTuple):
    pod: Object
    first: tuple[int, ...]
    """Compared in order, small goes first."""
    ready: datetime | None
    is_ready: bool
    restarts: tuple[int, ...]
    created: datetime


def to_delete(pods: Sequence[Object], related: Sequence[Object], count: int, now: datetime) -> list[Object]:
    """`count` of `pods`. `related` are the pods of the same workload, whose nodes count as crowded."""
    if count >= len(pods):
        return list(pods)
    crowd = Counter(p["spec"].get("nodeName", "") for p in related if podlib.is_active(p))
    ranks = [_rank(pod, crowd) for pod in pods]

    def compare(a: _Rank, b: _Rank) -> int:
        return _compare(a, b, now)

    ranks.sort(key=cmp_to_key(compare))
    return [rank.pod for rank in ranks[:count]]


def age_ratios(chosen: Sequence[Object], pods: Sequence[Object], now: datetime) -> list[float]:
    """Ages of the ready ones of `chosen` in ages of the youngest ready one of all."""
    ages = [_age(pod, now) for pod in pods if podlib.is_ready(pod)]
    youngest = min(ages, default=0.0)
    return [_age(pod, now) / youngest for pod in chosen if youngest > 0 and podlib.is_ready(pod)]


def _age(pod: Object, now: datetime) -> float:
    return (now - parse_rfc3339(pod["metadata"]["creationTimestamp"])).total_seconds()


def _rank(pod: Object, crowd: Counter[str]) -> _Rank:
    node = pod["spec"].get("nodeName", "")
    ready = podlib.is_ready(pod)
    return _Rank(
        pod=pod,
        first=(
            1 if node else 0,
            _PHASES.get(podlib.phase(pod), 0),
            1 if ready else 0,
            _deletion_cost(pod),
            -crowd[node] if node else 0,
        ),
        ready=podlib.ready_since(pod),
        is_ready=ready,
        restarts=_restarts(pod),
        created=parse_rfc3339(pod["metadata"]["creationTimestamp"]),
    )


def _deletion_cost(pod: Object) -> int:
    text = (pod["metadata"].get("annotations") or {}).get(DELETION_COST, "0")
    try:
        return int(text)
    except ValueError:
        return 0


def _restarts(pod: Object) -> tuple[int, ...]:
    """The most restarts of a container and of a sidecar, negated: more restarts go first."""
    status = pod.get("status", {})
    sidecars = {
        c["name"] for c in pod["spec"].get("initContainers") or () if c.get("restartPolicy") == "Always"
    }
    regular = [s.get("restartCount", 0) for s in status.get("containerStatuses") or ()]
    beside = [
        s.get("restartCount", 0)
        for s in status.get("initContainerStatuses") or ()
        if s.get("name") in sidecars
    ]
    return (-max(regular, default=0), -max(beside, default=0))


def _compare(a: _Rank, b: _Rank, now: datetime) -> int:
    """Negative when `a` goes before `b`."""
    if a.first != b.first:
        return -1 if a.first < b.first else 1
    if a.is_ready and a.ready != b.ready:
        return _younger_first(a, b, a.ready, b.ready, now)
    if a.restarts != b.restarts:
        return -1 if a.restarts < b.restarts else 1
    if a.created != b.created:
        return _younger_first(a, b, a.created, b.created, now)
    return 0


def _younger_first(a: _Rank, b: _Rank, one: datetime | None, two: datetime | None, now: datetime) -> int:
    if one is None or two is None:
        return -1 if one is None else 1
    difference = _magnitude(now, one) - _magnitude(now, two)
    if difference:
        return difference
    return -1 if a.pod["metadata"]["uid"] < b.pod["metadata"]["uid"] else 1


def _magnitude(now: datetime, then: datetime) -> int:
    age = (now - then).total_seconds() * 1e9
    return -1 if age <= 0 else math.floor(math.log2(age))
