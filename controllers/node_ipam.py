"""Gives every node that a kubelet registered a pod CIDR of its own out of the cluster's.

Upstream leaves this off unless it is told to (`--allocate-node-cidrs`), so a node made by hand has none.
"""

from __future__ import annotations

import ipaddress
import itertools
from typing import Any

from ..client.resources import NODES
from .base import Controller
from .context import Context

Object = dict[str, Any]

WORKERS = 30
"""Upstream's number: pods cannot start before their node has its range, and thousands of nodes may come."""


def _registered(node: Object) -> bool:
    info = (node.get("status") or {}).get("nodeInfo") or {}
    return bool(info.get("kubeletVersion"))


class NodeIpamController(Controller):
    name = "node-ipam-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = WORKERS
        cluster = ipaddress.ip_network(ctx.settings.cluster_cidr)
        size = ctx.settings.node_cidr_mask_size
        self._count = 2 ** (size - cluster.prefixlen)
        self._ranges = itertools.cycle(cluster.subnets(new_prefix=size))
        self._given: dict[str, str] = {}
        """Node → its range, as asked for or as seen."""
        self._used: set[str] = set()
        self._recorder = ctx.recorder("cidrAllocator")
        self._nodes = self.informer(NODES, self._changed)

    def _changed(self, kind: str, new: Object, old: Object | None) -> None:
        name, cidr = new["metadata"]["name"], new["spec"].get("podCIDR")
        if kind == "DELETED":
            self._used.discard(self._given.pop(name, ""))
        elif cidr:
            self._take(name, cidr)
        elif _registered(new):
            self.queue.add(name)

    def _take(self, name: str, cidr: str) -> None:
        if self._given.get(name) != cidr:
            self._used.discard(self._given.get(name, ""))
            self._given[name] = cidr
            self._used.add(cidr)

    async def reconcile(self, key: str) -> None:
        node = self._nodes.get(key)
        if node is None or node.get("spec", {}).get("podCIDR"):
            return
        cidr = self._given.get(key) or self._free()
        if cidr is None:
            message = f"Node {key} status is now: CIDRNotAvailable"
            self._recorder.event(node, "Normal", "CIDRNotAvailable", message)
            self.queue.add_rate_limited(key)
            return
        self._take(key, cidr)
        meta = {"uid": node["metadata"]["uid"]}
        patch = {"metadata": meta, "spec": {"podCIDR": cidr, "podCIDRs": [cidr]}}
        await self.client.patch(NODES, key, patch, kind="strategic")

    def _free(self) -> str | None:
        """The next range in turn that no node has, so that one given back rests."""
        candidates = map(str, itertools.islice(self._ranges, self._count))
        return next((cidr for cidr in candidates if cidr not in self._used), None)
