"""Gives every node that a kubelet registered a pod CIDR of its own out of the cluster's.

Upstream leaves this off unless it is told to (`--allocate-node-cidrs`), so a node made by hand has none.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from ..client.resources import NODES
from .base import Controller
from .context import Context

Object = dict[str, Any]


def _registered(node: Object) -> bool:
    info = (node.get("status") or {}).get("nodeInfo") or {}
    return bool(info.get("kubeletVersion"))


class NodeIpamController(Controller):
    name = "node-ipam-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = 1
        self._cluster = ipaddress.ip_network(ctx.settings.cluster_cidr)
        self._size = ctx.settings.node_cidr_mask_size
        self._given: dict[str, str] = {}
        self._recorder = ctx.recorder("cidrAllocator")
        self._nodes = self.informer(NODES, self._changed)

    def _changed(self, kind: str, new: Object, old: Object | None) -> None:
        name = new["metadata"]["name"]
        if kind == "DELETED":
            self._given.pop(name, None)
        elif not new["spec"].get("podCIDR") and _registered(new):
            self.queue.add(name)

    async def reconcile(self, key: str) -> None:
        node = self._nodes.get(key)
        if node is None or node.get("spec", {}).get("podCIDR"):
            return
        cidr = self._given.get(key) or self._free()
        if cidr is None:
            message = f"Node {key} status is now: CIDRNotAvailable"
            self._recorder.event(node, "Normal", "CIDRNotAvailable", message)
            raise RuntimeError(f"no pod CIDR is left for node {key}")
        self._given[key] = cidr
        meta = {"uid": node["metadata"]["uid"]}
        patch = {"metadata": meta, "spec": {"podCIDR": cidr, "podCIDRs": [cidr]}}
        await self.client.patch(NODES, key, patch, kind="strategic")

    def _free(self) -> str | None:
        used = {node.get("spec", {}).get("podCIDR") for node in self._nodes.list()} | set(
            self._given.values()
        )
        for network in self._cluster.subnets(new_prefix=self._size):
            if str(network) not in used:
                return str(network)
        return None
