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
    """Immutable. `other` holds everything beyond the three native resources, by name. `scored_…` is what the
    pod counts for once it is on a node, when nodes are scored; `rated_…` while a node is looked for."""

    __slots__ = (
        "cpu",
        "memory",
        "other",
        "rated_cpu",
        "rated_memory",
        "scored_cpu",
        "scored_memory",
        "storage",
    )

    def __init__(self, asked: Amounts, scored: Amounts, rated: Amounts) -> None:
        self.cpu = asked.get(CPU, 0)
        self.memory = asked.get(MEMORY, 0)
        self.storage = asked.get(STORAGE, 0)
        self.other = {k: v for k, v in asked.items() if k not in (CPU, MEMORY, STORAGE) and v}
        self.scored_cpu = scored.get(CPU, 0)
        self.scored_memory = scored.get(MEMORY, 0)
        self.rated_cpu = rated.get(CPU, 0)
        self.rated_memory = rated.get(MEMORY, 0)

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
    """Where the pod as a whole requests something, containers are assumed to want only what nothing speaks
    of; the score of the pod to be placed knows their own requests alone, as upstream's does."""
    asked = _total(spec, {})
    if not (spec.get("resources") or {}).get("requests"):
        scored = _total(spec, ASSUMED)
        return Requests(asked, scored, scored)
    missing = {name: amount for name, amount in ASSUMED.items() if name not in asked}
    containers_only = {name: value for name, value in spec.items() if name != "resources"}
    return Requests(asked, _total(spec, missing), _total(containers_only, ASSUMED))


def requests_of(spec: Object) -> Amounts:
    """What the pod asks for in all."""
    return _total(spec, {})


def limits_of(spec: Object) -> Amounts:
    """What the pod may take in all, of resources that are limited."""
    return _total(spec, {}, "limits")


def standing(pod: Object) -> list[Any]:
    """What a placed pod's status says of its resources; nothing for a pod that was never resized."""
    if (pod["metadata"].get("generation") or 0) < 2 or not pod["spec"].get("nodeName"):
        return []
    status = pod.get("status") or {}
    listed = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    found = [(one["name"], one.get("resources"), one.get("allocatedResources")) for one in listed]
    whole = ("", status.get("resources"), status.get("allocatedResources"))
    return [*found, whole, _is_infeasible(status)] if found or whole[1] is not None else []


def in_effect(pod: Object) -> Object:
    """The pod's spec with the requests that count while a resize is on its way: for the pod as a whole and
    each container that lasts, the most of what is wanted, what the node has granted and what is in place."""
    there = standing(pod)
    if not there:
        return pod["spec"]  # type: ignore[no-any-return]
    infeasible = there.pop()
    known = {name: (resources, granted) for name, resources, granted in there if resources is not None}
    spec = pod["spec"]
    changed = {"containers": [_counted(c, known.get(c["name"]), infeasible) for c in spec["containers"]]}
    if "initContainers" in spec:
        changed["initContainers"] = [
            _counted(c, known.get(c["name"]), infeasible) if c.get("restartPolicy") == "Always" else c
            for c in spec["initContainers"]
        ]
    return {**_whole(spec, known.get(""), infeasible), **changed}


def _whole(spec: Object, there: tuple[Object, Object | None] | None, infeasible: bool) -> Object:
    """What is asked for the pod as a whole, of the resources that it names."""
    named = (spec.get("resources") or {}).get("requests")
    if not named or there is None:
        return spec
    most = _counted(spec, there, infeasible)["resources"]
    return {
        **spec,
        "resources": {**most, "requests": {name: most["requests"].get(name, "0") for name in named}},
    }


def _counted(asking: Object, there: tuple[Object, Object | None] | None, infeasible: bool) -> Object:
    """A container or a pod's spec."""
    if there is None:
        return asking
    resources, granted = there
    wanted = asking.get("resources") or {}
    listed = [resources.get("requests"), granted, None if infeasible else wanted.get("requests")]
    most: Object = {}
    for requests in listed:
        for name, amount in (requests or {}).items():
            if name not in most or quantity.milli(amount) > quantity.milli(most[name]):
                most[name] = amount
    return {**asking, "resources": {**wanted, "requests": most}}


def _is_infeasible(status: Object) -> bool:
    return any(
        c["type"] == "PodResizePending" and c.get("reason") == "Infeasible"
        for c in status.get("conditions") or ()
    )


def _total(spec: Object, assumed: Amounts, part: str = "requests") -> Amounts:
    """`part` of `resources`; what the pod takes beyond its containers adds to limits that there are."""
    total: Amounts = {}
    for container in spec["containers"]:
        _add(total, _container(container, assumed, part))
    first = _before_start(spec.get("initContainers") or (), assumed, total, part)
    _raise(total, first)
    pod_level = (spec.get("resources") or {}).get(part)
    if pod_level:
        total.update(amounts(pod_level))
    overhead = amounts(spec.get("overhead"))
    _add(total, overhead if part == "requests" else {k: v for k, v in overhead.items() if total.get(k)})
    return total


def _before_start(containers: Iterable[Object], assumed: Amounts, total: Amounts, part: str) -> Amounts:
    """The most that runs at once before the main containers; sidecars are added to `total` too."""
    most: Amounts = {}
    sidecars: Amounts = {}
    for container in containers:
        own = _container(container, assumed, part)
        if container.get("restartPolicy") == "Always":
            _add(total, own)
            _add(sidecars, own)
            own = sidecars
        else:
            _add(own, sidecars)
        _raise(most, own)
    return most


def _container(container: Object, assumed: Amounts, part: str) -> Amounts:
    return {**assumed, **amounts((container.get("resources") or {}).get(part))}


def _add(total: Amounts, more: Amounts) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def _raise(total: Amounts, least: Amounts) -> None:
    for name, value in least.items():
        if value > total.get(name, 0):
            total[name] = value
