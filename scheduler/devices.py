"""What the scheduler knows of devices and the claims for them, with what it has promised already."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from ..apimachinery.errors import StatusError
from ..apimachinery.resource_claims import FINALIZER
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.informer import key_of
from ..client.latest import Latest
from ..client.resources import PODS, RESOURCECLAIMS
from .dra import pools
from .dra.extended import Classes
from .dra.identity import PoolId
from .dra.taken import Taken
from .node import NodeInfo
from .pod import PodInfo

Object = dict[str, Any]

_log = logging.getLogger(__name__)


class Listed(Protocol):
    """What an informer offers here."""

    def get(self, key: str) -> Object | None: ...

    def list(self) -> list[Object]: ...


class Devices:
    """Claims are held by `namespace/name`. Whoever hears of changes must call the `…_changed` methods."""

    def __init__(
        self, client: Client, claims: Latest, slices: Callable[[], list[Object]], classes: Listed
    ) -> None:
        self._client = client
        self.claims = claims
        self._slices = slices
        self._classes = classes
        self._pending: dict[str, Object] = {}
        """Claims as they will be: their devices are decided on and not yet written."""
        self._handed_over: set[str] = set()
        self._taken: Taken | None = None
        self._changed: set[str] = set()
        """Claims of which `_taken` does not know the latest."""
        self._pools: _Pools | None = None
        self._by_resource: Classes | None = None
        self.version = 0
        """Grows with everything that may change what can be had."""

    # what is there

    def device_class(self, name: str) -> Object | None:
        return self._classes.get(name)

    def for_resource(self) -> Classes:
        """The device classes that stand behind extended resources."""
        if self._by_resource is None:
            self._by_resource = Classes(self._classes.list())
        return self._by_resource

    def of_node(self, node: NodeInfo) -> list[pools.Pool]:
        """The pools that drivers offer to the node, in the order in which they are to be tried."""
        if self._pools is None:
            self._pools = _Pools(self._slices())
        return self._pools.of_node(node)

    def taken(self) -> Taken:
        """What allocated claims hold, and those about to be."""
        if self._taken is None:
            self._taken = Taken()
            self._changed.update(self._pending, (key_of(claim) for claim in self.claims.list()))
        for key in self._changed:
            self._taken.note(key, self._pending.get(key) or self.claims.get(key))
        self._changed.clear()
        return self._taken

    def is_pending(self, key: str) -> bool:
        return key in self._pending

    # what changes

    def claim_changed(self, key: str, *, gone: bool = False) -> None:
        self.version += 1
        if key in self._handed_over and (gone or _allocated(self.claims.get(key))):
            self.settle(key)
        self._changed.add(key)

    def slices_changed(self) -> None:
        self.version += 1
        self._pools = None

    def classes_changed(self) -> bool:
        """Whether other resources than before, or other classes, are served with devices."""
        self.version += 1
        before, self._by_resource = self._by_resource, None
        return before is None or before.names() != self.for_resource().names()

    def promise(self, key: str, claim: Object) -> None:
        """Counts the devices of a claim as it will be written."""
        self.version += 1
        self._pending[key] = claim
        self._changed.add(key)

    def settle(self, key: str) -> None:
        """The promise was kept or is taken back: what the API says counts again."""
        self.version += 1
        self._pending.pop(key, None)
        self._handed_over.discard(key)
        self._changed.add(key)

    def hand_over(self, key: str, name: str) -> None:
        """The promise is kept under another key, and counts until that claim has been heard of."""
        self.version += 1
        claim = self._pending.pop(key)
        self._changed.add(key)
        if not _allocated(self.claims.get(name)):
            self._handed_over.add(name)
            self.promise(name, claim)

    # what is written

    async def save(self, claim: Object, *, status: bool) -> Object:
        part = "status" if status else ""
        return self.claims.wrote(await self._client.update(RESOURCECLAIMS, claim, subresource=part))

    async def create(self, claim: Object) -> Object:
        return self.claims.wrote(await self._client.create(RESOURCECLAIMS, claim))

    async def delete(self, claim: Object) -> None:
        """Takes a claim away for good, whatever protects it."""
        meta = claim["metadata"]
        left = [name for name in meta.get("finalizers") or () if name != FINALIZER]
        try:
            if left != (meta.get("finalizers") or []):
                await self._client.update(RESOURCECLAIMS, {**claim, "metadata": {**meta, "finalizers": left}})
            await self._client.delete(RESOURCECLAIMS, meta["name"], meta["namespace"], uid=meta["uid"])
        except StatusError as error:
            if error.code != 404:
                raise

    async def latest(self, claim: Object) -> Object:
        """Asks the API server: the informer may be behind what a conflict told of."""
        meta = claim["metadata"]
        return await self._client.get(RESOURCECLAIMS, meta["name"], meta["namespace"])

    async def release(self, claim: Object, pod_uid: str) -> None:
        """Takes the pod out of those a claim is reserved for."""
        meta = claim["metadata"]
        gone = [{"$patch": "delete", "uid": pod_uid}]
        patch = {"metadata": {"uid": meta["uid"]}, "status": {"reservedFor": gone}}
        await self._client.patch(
            RESOURCECLAIMS, meta["name"], patch, meta["namespace"], kind="strategic", subresource="status"
        )

    async def deallocate(self, claim: Object) -> None:
        """Gives the devices of a claim back; a claim that has changed meanwhile is left alone."""
        left = {k: v for k, v in claim["status"].items() if k not in ("allocation", "reservedFor", "devices")}
        await self._quietly(claim, self.save({**claim, "status": left}, status=True))

    async def discard(self, claim: Object) -> None:
        await self._quietly(claim, self.delete(claim))

    async def _quietly(self, claim: Object, work: Awaitable[Any]) -> None:
        try:
            await work
        except (StatusError, Unreachable) as error:
            _log.info("freeing claim %s: %s", key_of(claim), error)

    async def tell_pod(self, pod: PodInfo, claim: Object, mappings: list[Object]) -> None:
        """Writes which claim serves the pod's extended resources."""
        told = {"requestMappings": mappings, "resourceClaimName": claim["metadata"]["name"]}
        patch = {"metadata": {"uid": pod.uid}, "status": {"extendedResourceClaimStatus": told}}
        await self._client.patch(PODS, pod.name, patch, pod.namespace, kind="strategic", subresource="status")


class _Pools:
    """Slices by who can reach them: most are of one node."""

    def __init__(self, slices: Iterable[Object]) -> None:
        self._all = pools.by_pool(slices)
        self._local: dict[str, set[PoolId]] = {}
        self._wide: set[PoolId] = set()
        self._found: dict[str, tuple[dict[str, str], list[pools.Pool]]] = {}
        for identity, found in self._all.items():
            names = {one["spec"].get("nodeName") or "" for one in found}
            if "" in names:
                self._wide.add(identity)
            for name in names:
                self._local.setdefault(name, set()).add(identity)

    def of_node(self, node: NodeInfo) -> list[pools.Pool]:
        """Found once for as long as neither slices nor the node's labels change."""
        known = self._found.get(node.name)
        if known is None or known[0] != node.labels:
            near = self._wide | self._local.get(node.name, set())
            found = pools.of_node({identity: self._all[identity] for identity in near}, node)
            known = self._found[node.name] = (node.labels, found)
        return known[1]


def _allocated(claim: Object | None) -> bool:
    return claim is not None and bool((claim.get("status") or {}).get("allocation"))
