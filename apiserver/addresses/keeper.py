"""Every ClusterIP has an IPAddress object that names its Service, and none outlives it.

A new Service's object is written before the Service (`reserve`). What comes afterwards, deletions, changes of
type, objects that somebody removed, is mended soon by a task that exists only while there is something to do.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import deque
from typing import Any

from ...apimachinery.errors import StatusError, is_reason
from .. import background
from ..endpoints.internal import InternalWriter
from ..endpoints.server import Server
from ..registry.core.allocation import ServicePools, cluster_ips
from ..registry.strategy import Object
from ..storage.change import Change
from ..storage.contract import StoreError

log = logging.getLogger("wherry.apiserver")

GROUP, ADDRESSES, RANGES = "networking.k8s.io", "ipaddresses", "servicecidrs"
FAMILY = "ipaddress.kubernetes.io/ip-family"
MANAGED_BY = "ipaddress.kubernetes.io/managed-by"
MANAGER = "ipallocator.k8s.io"
RETRY = 1.0
Holder = tuple[str, str]
"""Namespace and name of a Service."""


class AddressKeeper:
    """`default_range` is served until there is a ServiceCIDR."""

    def __init__(self, server: Server, writer: InternalWriter, default_range: str) -> None:
        self._server = server
        self._writer = writer
        self._default = default_range
        self._pools: ServicePools = server.pools
        self._holders: dict[str, Holder] = {}
        self._reserved: set[str] = set()
        """Addresses whose object is written, or about to be, for a Service that is not stored yet."""
        self._queue: deque[str] = deque()
        self._task: asyncio.Task[None] | None = None
        self._learn()
        stored = server.stored
        stored["", "services"].cache.listen(self._service_changed)
        stored[GROUP, ADDRESSES].cache.listen(self._address_changed)
        stored[GROUP, RANGES].cache.listen(self._ranges_changed)
        self._pools.reserve = self.reserve
        self._pools.ips.released = self._given_back

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def repair(self) -> None:
        """Looks at every address there is, once."""
        for entry in self._server.stored[GROUP, ADDRESSES].cache.entries():
            if _managed(entry.obj) and entry.obj["metadata"]["name"] not in self._holders:
                self._look_at(entry.obj["metadata"]["name"])
        for ip in self._holders:
            if self._object(ip) is None:
                self._look_at(ip)

    async def reserve(self, service: Object) -> None:
        """Makes sure that each address of a Service about to be written has its object. Raises StatusError
        when an address is somebody else's."""
        meta = service["metadata"]
        holder = (meta["namespace"], meta["name"])
        for ip in cluster_ips(service):
            if self._holders.get(ip) == holder or not _is_v4(ip):
                continue
            self._reserved.add(ip)
            found = self._object(ip)
            if found is not None and _parent(found) != holder and _managed(found):
                await self._delete(found)
            if found is None or _parent(found) != holder:
                await self._writer.create(GROUP, ADDRESSES, _address(ip, holder))

    # -- hearing of changes

    def _learn(self) -> None:
        for service in self._server.reader.list("", "services"):
            for ip in cluster_ips(service):
                self._holders[ip] = _name(service)
        for address in self._server.reader.list(GROUP, ADDRESSES):
            self._pools.ips.restore(address["metadata"]["name"])
        self._serve()

    def _service_changed(self, change: Change) -> None:
        service = change.entry.obj if change.entry else None
        now = cluster_ips(service) if service else []
        was = cluster_ips(change.previous.obj) if change.previous else []
        for ip in was:
            if ip not in now:
                self._holders.pop(ip, None)
                self._look_at(ip)
        for ip in now if service else ():
            self._holders[ip] = _name(service or {})
            self._reserved.discard(ip)
            if change.previous is None and (service or {})["metadata"].get("generateName"):
                self._look_at(ip)

    def _address_changed(self, change: Change) -> None:
        if change.entry is not None:
            self._pools.ips.restore(change.entry.obj["metadata"]["name"])
        elif change.previous is not None:
            ip = change.previous.obj["metadata"]["name"]
            if ip in self._holders:
                self._look_at(ip)
            elif ip not in self._reserved:
                self._pools.ips.release(ip)

    def _ranges_changed(self, change: Change) -> None:
        self._serve()

    def _serve(self) -> None:
        ranges = self._server.reader.list(GROUP, RANGES)
        ready = [cidr for one in ranges if _ready(one) for cidr in one["spec"].get("cidrs") or ()]
        self._pools.ips.serve(dict.fromkeys(ready if ranges else [self._default]))

    def _given_back(self, ip: str) -> None:
        """A write that had reserved the address failed."""
        if ip in self._reserved:
            self._reserved.discard(ip)
            self._look_at(ip)

    # -- mending

    def _look_at(self, ip: str) -> None:
        self._queue.append(ip)
        if self._task is None or self._task.done():
            self._task = background.start(self._mend_all(), "cluster IP addresses")

    async def _mend_all(self) -> None:
        while self._queue:
            ip = self._queue.popleft()
            try:
                await self._mend(ip)
            except (StatusError, StoreError) as error:
                log.warning("the address %s was not brought into step: %s", ip, error)
                self._queue.append(ip)
                await self._server.clock.sleep(RETRY)

    async def _mend(self, ip: str) -> None:
        if ip in self._reserved or not _is_v4(ip):
            return
        holder, found = self._holders.get(ip), self._object(ip)
        if found is not None and _managed(found) and _parent(found) != holder:
            await self._delete(found)
            found = None
        if holder is not None and found is None and self._holders.get(ip) == holder:
            try:
                await self._writer.create(GROUP, ADDRESSES, _address(ip, holder))
            except StatusError as error:
                if not is_reason(error, "AlreadyExists"):
                    raise

    def _object(self, ip: str) -> Object | None:
        return self._server.reader.get(GROUP, ADDRESSES, "", ip)

    async def _delete(self, address: Object) -> None:
        meta = address["metadata"]
        try:
            await self._writer.delete(GROUP, ADDRESSES, "", meta["name"], uid=meta["uid"])
        except StatusError as error:
            if not is_reason(error, "NotFound", "Conflict"):
                raise


def _is_v4(ip: str) -> bool:
    return ipaddress.ip_address(ip).version == 4


def _name(service: Object) -> Holder:
    return service["metadata"]["namespace"], service["metadata"]["name"]


def _managed(address: Object) -> bool:
    return (address["metadata"].get("labels") or {}).get(MANAGED_BY) == MANAGER


def _parent(address: Object) -> Holder:
    parent: dict[str, Any] = (address.get("spec") or {}).get("parentRef") or {}
    return parent.get("namespace", ""), parent.get("name", "")


def _ready(service_range: Object) -> bool:
    """Whether Services may draw from it: unless its condition says otherwise or it is being deleted."""
    if service_range["metadata"].get("deletionTimestamp"):
        return False
    conditions = (service_range.get("status") or {}).get("conditions") or ()
    return all(c.get("status") == "True" for c in conditions if c.get("type") == "Ready")


def _address(ip: str, holder: Holder) -> Object:
    namespace, name = holder
    return {
        "kind": "IPAddress",
        "apiVersion": f"{GROUP}/v1",
        "metadata": {"name": ip, "labels": {FAMILY: "IPv4", MANAGED_BY: MANAGER}},
        "spec": {"parentRef": {"resource": "services", "namespace": namespace, "name": name}},
    }
