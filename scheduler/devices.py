"""What the scheduler knows of devices and the claims for them, with what it has promised already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..apimachinery.node_affinity import NodeTerm
from ..client.client import Client
from ..client.latest import Latest
from ..client.resources import RESOURCECLAIMS
from .node import NodeInfo

Object = dict[str, Any]


class DeviceId(NamedTuple):
    driver: str
    pool: str
    name: str


class Device(NamedTuple):
    """One device that a node can use. `selector` is the NodeSelector to record, None for every node."""

    id: DeviceId
    entry: Object
    """Of the ResourceSlice."""
    selector: Object | None


class Devices:
    """Claims are held by `namespace/name`."""

    def __init__(
        self,
        client: Client,
        claims: Latest,
        slices: Callable[[], list[Object]],
        device_class: Callable[[str], Object | None],
    ) -> None:
        self._client = client
        self.claims = claims
        self._slices = slices
        self.device_class = device_class

    async def save(self, claim: Object, *, status: bool) -> Object:
        part = "status" if status else ""
        return self.claims.wrote(await self._client.update(RESOURCECLAIMS, claim, subresource=part))

    def taken(self) -> set[DeviceId]:
        """The devices of every allocated claim; access for administration takes none."""
        return {
            DeviceId(result["driver"], result["pool"], result["device"])
            for claim in self.claims.list()
            for result in _results(claim)
            if not result.get("adminAccess")
        }

    def of_node(self, node: NodeInfo) -> list[Device]:
        """What drivers offer to the node. A pool of which slices are missing is not used yet.

        Devices that share counters with others are left out: nothing counts those.
        """
        found: list[Device] = []
        for slices in self._pools():
            if len(slices) != slices[0]["spec"]["pool"]["resourceSliceCount"]:
                continue
            for one in slices:
                found += _offered(one["spec"], node)
        return found

    def _pools(self) -> Iterable[list[Object]]:
        """The slices of each pool's newest generation, in order of their names."""
        pools: dict[tuple[str, str], list[Object]] = {}
        for one in sorted(self._slices(), key=lambda s: s["metadata"]["name"]):
            pool = one["spec"]["pool"]
            group = pools.setdefault((one["spec"]["driver"], pool["name"]), [])
            if group and group[0]["spec"]["pool"]["generation"] < pool["generation"]:
                group.clear()
            if not group or group[0]["spec"]["pool"]["generation"] == pool["generation"]:
                group.append(one)
        return pools.values()


def selects(selector: Object, node: NodeInfo) -> bool:
    terms = selector.get("nodeSelectorTerms") or ()
    return any(NodeTerm(term).matches(node.name, node.labels) for term in terms)


def _results(claim: Object) -> Iterable[Object]:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    results: Iterable[Object] = (allocation.get("devices") or {}).get("results") or ()
    return results


def _offered(spec: Object, node: NodeInfo) -> Iterable[Device]:
    for entry in spec.get("devices") or ():
        place = entry if spec.get("perDeviceNodeSelection") else spec
        if not entry.get("consumesCounters") and _reaches(place, node):
            identity = DeviceId(spec["driver"], spec["pool"]["name"], entry["name"])
            yield Device(identity, entry, _recorded(place))


def _reaches(place: Object, node: NodeInfo) -> bool:
    if place.get("nodeName"):
        return bool(place["nodeName"] == node.name)
    return bool(place.get("allNodes")) or selects(place.get("nodeSelector") or {}, node)


def _recorded(place: Object) -> Object | None:
    if place.get("nodeName"):
        field = {"key": "metadata.name", "operator": "In", "values": [place["nodeName"]]}
        return {"nodeSelectorTerms": [{"matchFields": [field]}]}
    return place.get("nodeSelector")
