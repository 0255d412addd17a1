"""What a pod asks for and what a node has, as whole numbers: thousandths of a CPU, bytes, pieces.

Source: component-helpers `PodRequests` and the scheduler's NonMissingContainerRequests.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..apimachinery import quantity

Object = dict[str, Any]

CPU, MEMORY, STORAGE, PODS = "cpu", "memory", "ephemeral-storage", "pods"
ASSUMED_CPU = 100
"""Thousandths of a CPU that a container without a request counts for when nodes are scored."""
ASSUMED_MEMORY = 200 * 1024 * 1024
ASSUMED = {CPU: ASSUMED_CPU, MEMORY: ASSUMED_MEMORY}

Amounts = dict[str, int]


class Requests:
    """Immutable. `other` holds everything beyond the three native resources, by name."""

    __slots__ = ("cpu", "memory", "other", "scored_cpu", "scored_memory", "storage")

    def __init__(self, asked: Amounts, scored: Amounts) -> None:
        self.cpu = asked.get(CPU, 0)
        self.memory = asked.get(MEMORY, 0)
        self.storage = asked.get(STORAGE, 0)
        self.other = {k: v for k, v in asked.items() if k not in (CPU, MEMORY, STORAGE) and v}
        self.scored_cpu = scored.get(CPU, 0)
        self.scored_memory = scored.get(MEMORY, 0)

    @property
    def nothing(self) -> bool:
        return not (self.cpu or self.memory or self.storage or self.other)

    def less_than(self, before: Requests) -> bool:
        """Whether less of anything is asked for than before."""
        if self.cpu < before.cpu or self.memory < before.memory or self.storage < before.storage:
            return True
        return any(self.other.get(name, 0) < amount for name, amount in before.other.items())


def amounts(listed: Object | None) -> Amounts:
    """A ResourceList as whole numbers; CPU in thousandths."""
    if not listed:
        return {}
    return {k: quantity.milli(v) if k == CPU else quantity.whole(v) for k, v in listed.items()}


def of_pod(spec: Object) -> Requests:
    return Requests(_total(spec, {}), _total(spec, ASSUMED))


def _total(spec: Object, assumed: Amounts) -> Amounts:
    total: Amounts = {}
    for container in spec["containers"]:
        _add(total, _container(container, assumed))
    first = _before_start(spec.get("initContainers") or (), assumed, total)
    _raise(total, first)
    pod_level = (spec.get("resources") or {}).get("requests")
    if pod_level:
        total.update(amounts(pod_level))
    _add(total, amounts(spec.get("overhead")))
    return total


def _before_start(containers: Iterable[Object], assumed: Amounts, total: Amounts) -> Amounts:
    """The most that runs at once before the main containers; sidecars are added to `total` too."""
    most: Amounts = {}
    sidecars: Amounts = {}
    for container in containers:
        own = _container(container, assumed)
        if container.get("restartPolicy") == "Always":
            _add(total, own)
            _add(sidecars, own)
            own = sidecars
        else:
            _add(own, sidecars)
        _raise(most, own)
    return most


def _container(container: Object, assumed: Amounts) -> Amounts:
    return {**assumed, **amounts((container.get("resources") or {}).get("requests"))}


def _add(total: Amounts, more: Amounts) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def _raise(total: Amounts, least: Amounts) -> None:
    for name, value in least.items():
        if value > total.get(name, 0):
            total[name] = value
