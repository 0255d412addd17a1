"""Pools of devices as one node sees them. Source: dynamic-resource-allocation 1.36.

A pool is used only when all slices of its newest generation are there and agree with one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...apimachinery.node_affinity import NodeTerm
from ..node import NodeInfo
from .identity import DeviceId, PoolId

Object = dict[str, Any]


class Device:
    """One device that a node can reach. `pool` has the counters it may share with others."""

    __slots__ = ("entry", "id", "matches", "place", "pool", "shareable")

    def __init__(self, entry: Object, place: Object, pool: Pool) -> None:
        self.id = DeviceId(pool.id.driver, pool.id.pool, entry["name"])
        self.entry = entry
        """Of the ResourceSlice."""
        self.place = place
        """Where `nodeName`, `nodeSelector` or `allNodes` of the device stand."""
        self.pool = pool
        self.shareable = bool(entry.get("allowMultipleAllocations"))
        self.matches: dict[str, bool] = {}
        """What selectors found, by expression: the device does not change."""


class Pool:
    """`problem` says why its devices are not to be used; empty when they may."""

    def __init__(self, identity: PoolId, *, incomplete: bool = False) -> None:
        self.id = identity
        self.incomplete = incomplete
        self.invalid = False
        self.devices: list[Device] = []
        self.elsewhere: list[Object] = []
        """Entries of devices that this node cannot reach; they may use the same counters."""
        self.counters: dict[str, Object] = {}
        """By counter set and counter, the quantities there are."""

    @property
    def usable(self) -> bool:
        return not self.incomplete and not self.invalid

    @property
    def binds_late(self) -> bool:
        """Whether some device must be made ready before a pod may be bound; such pools come last."""
        return any(device.entry.get("bindingConditions") for device in self.devices)


def by_pool(slices: Iterable[Object]) -> dict[PoolId, list[Object]]:
    """Every slice, of whatever generation, by pool and in order of names."""
    found: dict[PoolId, list[Object]] = {}
    for one in sorted(slices, key=lambda each: str(each["metadata"]["name"])):
        spec = one["spec"]
        found.setdefault(PoolId(spec["driver"], spec["pool"]["name"]), []).append(one)
    return found


def of_node(pools: dict[PoolId, list[Object]], node: NodeInfo) -> list[Pool]:
    """The pools with devices for the node, in the order in which they are to be tried."""
    found = [pool for identity in sorted(pools) if (pool := _pool(identity, pools[identity], node))]
    return sorted(found, key=lambda pool: pool.binds_late)


def selects(selector: Object, node: NodeInfo) -> bool:
    terms = selector.get("nodeSelectorTerms") or ()
    return any(NodeTerm(term).matches(node.name, node.labels) for term in terms)


def _pool(identity: PoolId, slices: list[Object], node: NodeInfo) -> Pool | None:
    if not any(_concerns(one["spec"], node) for one in slices):
        return None
    newest = max(_generation(one) for one in slices)
    current = [one["spec"] for one in slices if _generation(one) == newest]
    reached = [spec for spec in current if _concerns(spec, node)]
    if not reached:
        return None
    if len(current) != reached[0]["pool"]["resourceSliceCount"]:
        return Pool(identity, incomplete=True)
    pool = Pool(identity)
    pool.invalid = not _fill(pool, current, reached, node)
    return pool


def _generation(one: Object) -> int:
    return int(one["spec"]["pool"].get("generation") or 0)


def _fill(pool: Pool, current: list[Object], reached: list[Object], node: NodeInfo) -> bool:
    """Whether names are unique and every counter that is consumed exists."""
    for spec in current:
        for counters in spec.get("sharedCounters") or ():
            if counters["name"] in pool.counters:
                return False
            pool.counters[counters["name"]] = counters.get("counters") or {}
    names: set[str] = set()
    for spec in current:
        near = any(spec is one for one in reached)
        for entry in spec.get("devices") or ():
            if not _countable(entry, pool.counters) or (near and entry["name"] in names):
                return False
            place = entry if spec.get("perDeviceNodeSelection") else spec
            if near:
                names.add(entry["name"])
            if near and _reaches(place, node):
                pool.devices.append(Device(entry, place, pool))
            else:
                pool.elsewhere.append(entry)
    return True


def _countable(entry: Object, counters: dict[str, Object]) -> bool:
    return all(
        name in counters.get(use["counterSet"], ())
        for use in entry.get("consumesCounters") or ()
        for name in use.get("counters") or ()
    ) and all(use["counterSet"] in counters for use in entry.get("consumesCounters") or ())


def _concerns(spec: Object, node: NodeInfo) -> bool:
    """Whether a slice says anything of use for the node: devices it reaches, or counters of its pool."""
    if spec.get("sharedCounters"):
        return True
    return any(_reaches(place, node) for place in _places(spec))


def _places(spec: Object) -> Iterator[Object]:
    if spec.get("perDeviceNodeSelection"):
        yield from spec.get("devices") or ()
    else:
        yield spec


def _reaches(place: Object, node: NodeInfo) -> bool:
    if place.get("nodeName"):
        return bool(place["nodeName"] == node.name)
    return bool(place.get("allNodes")) or selects(place.get("nodeSelector") or {}, node)
