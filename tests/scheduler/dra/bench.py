"""Nodes, what drivers offer there and claims, and a client that remembers what is written."""

from __future__ import annotations

from typing import Any

from wherry.scheduler.contract import Freeing

from tests.scheduler.objects import World, devices, node, pod
from tests.support import run

Object = dict[str, Any]
DRIVER = "gpu.example.com"
NONE = "0/1 nodes are available: 1 cannot allocate all claims."


def device(name: str, size: int = 1, **more: Any) -> Object:
    return {"name": name, "attributes": {"size": {"int": size}}, **more}


def offer(*entries: Object, on: str = "a", name: str = "", pool: Object | None = None, **spec: Any) -> Object:
    """A slice; `spec` may say otherwise who reaches it."""
    where: Object = (
        {} if {"allNodes", "nodeSelector", "perDeviceNodeSelection"} & spec.keys() else {"nodeName": on}
    )
    known = {"name": on, "generation": 1, "resourceSliceCount": 1, **(pool or {})}
    full = {
        "driver": DRIVER,
        "pool": known,
        **where,
        **({"devices": list(entries)} if entries else {}),
        **spec,
    }
    return {
        "kind": "ResourceSlice",
        "metadata": {"name": name or f"{on}-{known['generation']}"},
        "spec": full,
    }


def device_class(*expressions: str, **spec: Any) -> Object:
    selectors = [{"cel": {"expression": e}} for e in expressions]
    return {"kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": {"selectors": selectors, **spec}}


def request(name: str = "r", **exactly: Any) -> Object:
    return {"name": name, "exactly": {"deviceClassName": "gpu", "count": 1, **exactly}}


def claim(*requests: Object, name: str = "c", **spec: Any) -> Object:
    meta = {"name": name, "namespace": "default", "uid": f"uid-{name}", "resourceVersion": "1"}
    asked = {"requests": list(requests or (request(),)), **spec}
    return {"kind": "ResourceClaim", "metadata": meta, "spec": {"devices": asked}}


def allocated(name: str = "c", to: str = "d0", on: str = "a", **result: Any) -> Object:
    field = {"key": "metadata.name", "operator": "In", "values": [on]}
    results = [{"request": "r", "driver": DRIVER, "pool": on, "device": to, **result}]
    where = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    status = {"allocation": {"devices": {"results": results}, "nodeSelector": where}}
    return {**claim(name=name), "status": status}


def wanting(*names: str, **spec: Any) -> Object:
    claims = [{"name": name, "resourceClaimName": name} for name in names or ("c",)]
    return pod("p", resourceClaims=claims, **spec)


class Bench:
    def __init__(self, *objects: Object, nodes: tuple[Object, ...] = (node("a"),)) -> None:
        self.written: list[Object] = []
        self.told: list[tuple[str, str]] = []
        self.devices = devices(*objects, client=self)
        self.world = World(*nodes, offered=self.devices)

    async def create(self, r: Any, obj: Object) -> Object:
        meta = {**obj["metadata"], "name": "made", "uid": "uid-made", "resourceVersion": "1"}
        return {**obj, "metadata": meta}

    async def update(self, r: Any, obj: Object, *, subresource: str = "") -> Object:
        version = str(int(obj["metadata"]["resourceVersion"]) + 1)
        self.written.append({**obj, "metadata": {**obj["metadata"], "resourceVersion": version}})
        return self.written[-1]

    async def patch(self, r: Any, name: str, patch: Object, namespace: str = "", **more: Any) -> Object:
        self.written.append(patch)
        return {}

    def place(self, mine: Object) -> str:
        return self.world.place(mine)

    def unblock(self) -> Freeing:
        """What may be freed for the pod that was to be placed last."""
        framework = self.world.framework
        return framework.unblock(framework.trace.diagnosis)

    def held(self, mine: Object) -> Any:
        """What the plug-in holds for the pod on the node it was placed on."""
        (held,) = self.world.framework.reserve(self.world.cache.nodes[self.place(mine)])
        return held

    def chosen(self, mine: Object) -> list[str]:
        """The devices written for the pod, in order, once it is placed."""
        return [result["device"] for result in self.results(mine)]

    def results(self, mine: Object) -> list[Object]:
        assert run(self.held(mine).pre_bind(self.tell)) == ""
        found = [w for w in self.written if (w.get("status") or {}).get("allocation")]
        listed: list[Object] = found[-1]["status"]["allocation"]["devices"]["results"]
        return listed

    def tell(self, reason: str, note: str) -> None:
        self.told.append((reason, note))
