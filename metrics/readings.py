"""Readings of kubelets (stats/v1alpha1 Summary), and the usage that two of them show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..apimachinery import quantity
from ..apimachinery.clock import parse_rfc3339

Object = dict[str, Any]


class Counters(NamedTuple):
    """CPU used so far in nanoseconds, memory in use in bytes. `at`: when it was so, if the kubelet says."""

    cpu: int
    memory: int
    at: datetime | None = None


class Reading(NamedTuple):
    """One kubelet's counters, which came at one moment. `pods`: pod uid → container → counters."""

    at: datetime
    node: Counters | None
    pods: dict[str, dict[str, Counters]]


def parse(summary: Object, at: datetime) -> Reading:
    """What does not carry both counters is left out."""
    pods: dict[str, dict[str, Counters]] = {}
    for pod in summary.get("pods") or ():
        containers = pods.setdefault(pod["podRef"]["uid"], {})
        for entry in pod.get("containers") or ():
            counters = _counters(entry)
            if counters is not None:
                containers[entry["name"]] = counters
    return Reading(at, _counters(summary.get("node") or {}), pods)


def _counters(entry: Object) -> Counters | None:
    cpu = (entry.get("cpu") or {}).get("usageCoreNanoSeconds")
    memory = (entry.get("memory") or {}).get("workingSetBytes")
    if cpu is None or memory is None:
        return None
    at = entry["cpu"].get("time")
    return Counters(int(cpu), int(memory), parse_rfc3339(at) if at else None)


class Usage:
    """What was used between two readings of a node."""

    def __init__(self, before: Reading, after: Reading) -> None:
        self._before = before
        self._after = after
        self.at = after.at
        self.seconds = (after.at - before.at).total_seconds()

    def node(self) -> Object | None:
        """A ResourceList; None when a reading does not tell."""
        return self._between(self._before.node, self._after.node)

    def pod(self, uid: str) -> dict[str, Object] | None:
        """Container → ResourceList. None for a pod that was not in both readings, or of which a container was
        not: a sum over a part of it would mislead."""
        before, after = self._before.pods.get(uid), self._after.pods.get(uid)
        if not before or not after:
            return None
        found: dict[str, Object] = {}
        for name, counters in after.items():
            used = self._between(before.get(name), counters)
            if used is None:
                return None
            found[name] = used
        return found

    def _between(self, before: Counters | None, after: Counters | None) -> Object | None:
        """Counters that went back belong to a container that was started again."""
        if before is None or after is None or after.cpu < before.cpu:
            return None
        # Answers need longer at one time than at another: by when they came, a steady use would waver.
        micros = ((after.at or self._after.at) - (before.at or self._before.at)) // timedelta(microseconds=1)
        if micros <= 0:
            return None
        nanos = round((after.cpu - before.cpu) * 10**6 / micros)
        memory = quantity.from_whole(after.memory, quantity.BINARY)
        return {"cpu": quantity.canonical(f"{nanos}n"), "memory": str(memory)}
