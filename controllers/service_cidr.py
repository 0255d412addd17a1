"""ServiceCIDRs are made ready, and let go only when no ClusterIP needs them.

Source of the rules: upstream's ServiceCIDR controller.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from ..apimachinery.clock import parse_rfc3339, rfc3339
from ..client.resources import IPADDRESSES, SERVICECIDRS
from . import conditions
from .base import Controller
from .context import Context

Object = dict[str, Any]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FINALIZER = "networking.k8s.io/service-cidr-finalizer"
MANAGED_BY = "ipaddress.kubernetes.io/managed-by"
ALLOCATOR = "ipallocator.k8s.io"
GRACE = 10.0
"""Seconds for which a ServiceCIDR that may go stays, until every API server has stopped drawing from it."""
READY = {"type": "Ready", "status": "True", "message": "Kubernetes Service CIDR is ready"}
BLOCKED = {
    "type": "Ready",
    "status": "False",
    "reason": "Terminating",
    "message": "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new "
    "ServiceCIDR",
}


class ServiceCIDRController(Controller):
    name = "service-cidr-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._ranges = self.informer(SERVICECIDRS, self._range_changed)
        self._addresses = self.informer(IPADDRESSES, self._address_changed)

    async def reconcile(self, key: str) -> None:
        found = self._ranges.get(key)
        if found is None:
            return
        if "deletionTimestamp" in found["metadata"]:
            await self._let_go(found)
            return
        finalizers = found["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            await self.client.patch(
                SERVICECIDRS, key, {"metadata": {"finalizers": [FINALIZER]}}, kind="strategic"
            )
        await self._tell(found, READY)

    def _range_changed(self, kind: str, new: Object, old: Object | None) -> None:
        self.enqueue(new)
        if kind == "MODIFIED":
            return
        mine = _networks(new)
        for other in self._ranges.list():
            if any(a.version == b.version and a.overlaps(b) for a in mine for b in _networks(other)):
                self.enqueue(other)

    def _address_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "MODIFIED" or not _managed(new):
            return
        address = ipaddress.ip_address(new["metadata"]["name"])
        for found in self._ranges.list():
            if "deletionTimestamp" in found["metadata"] and _contains(found, address):
                self.enqueue(found)

    async def _let_go(self, found: Object) -> None:
        meta = found["metadata"]
        if self._is_needed(found):
            await self._tell(found, BLOCKED)
            return
        passed = (self.clock.now() - parse_rfc3339(meta["deletionTimestamp"])).total_seconds()
        if passed < GRACE:
            self.queue.add_after(meta["name"], GRACE - passed)
        elif FINALIZER in (meta.get("finalizers") or ()):
            change = {"metadata": {"$deleteFromPrimitiveList/finalizers": [FINALIZER]}}
            await self.client.patch(SERVICECIDRS, meta["name"], change, kind="strategic")

    def _is_needed(self, found: Object) -> bool:
        """Whether an address in use is in no other range. None is when other ranges hold all of this one."""
        others = [
            other for other in self._ranges.list() if other["metadata"]["name"] != found["metadata"]["name"]
        ]
        nets = [net for other in others for net in _networks(other)]
        mine = _networks(found)
        if all(any(_within(one, net) for net in nets) for one in mine):
            return False
        for address in self._addresses.list():
            ip = ipaddress.ip_address(address["metadata"]["name"])
            if _managed(address) and _contains(found, ip) and not any(_contains(o, ip) for o in others):
                return True
        return False

    async def _tell(self, found: Object, condition: Object) -> None:
        """Applies the condition; its time moves only when its status does."""
        old = conditions.find((found.get("status") or {}).get("conditions") or [], "Ready")
        if old is not None and all(old.get(name) == value for name, value in condition.items()):
            return
        same = old is not None and old.get("status") == condition["status"]
        since = old["lastTransitionTime"] if same and old is not None else rfc3339(self.clock.now())
        body = {
            "kind": "ServiceCIDR",
            "apiVersion": "networking.k8s.io/v1",
            "metadata": {"name": found["metadata"]["name"]},
            "status": {"conditions": [{**condition, "lastTransitionTime": since}]},
        }
        await self.client.patch(
            SERVICECIDRS,
            found["metadata"]["name"],
            body,
            subresource="status",
            kind="apply",
            field_manager=self.name,
            force=True,
        )


def _networks(found: Object) -> list[Network]:
    return [ipaddress.ip_network(cidr, strict=False) for cidr in found["spec"].get("cidrs") or ()]


def _within(one: Network, other: Network) -> bool:
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and one.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and one.subnet_of(other)


def _contains(found: Object, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in network for network in _networks(found))


def _managed(address: Object) -> bool:
    return (address["metadata"].get("labels") or {}).get(MANAGED_BY) == ALLOCATOR
