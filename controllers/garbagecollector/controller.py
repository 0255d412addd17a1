"""Acts on the graph: deletes dependents without owners, finishes foreground deletion, lets orphans go."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Iterable
from typing import Any, NamedTuple

from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionResource
from ...client.discovery import Discovery, discover
from ...client.errors import Unreachable
from ...client.informer import Handler, Informer
from ...client.resources import CUSTOMRESOURCEDEFINITIONS
from .. import metrics
from ..base import Controller
from ..context import Context
from .graph import FOREGROUND, ORPHAN, Graph, Node

Object = dict[str, Any]
RESYNC = 30.0
IGNORED = frozenset({("", "events"), ("events.k8s.io", "events")})
NEEDED = frozenset({"delete", "list", "watch"})
_ORPHANING = "orphan:"
_log = logging.getLogger(__name__)


class _Owners(NamedTuple):
    """The owner references of a dependent, by what has become of the owner."""

    solid: list[Object]
    dangling: list[Object]
    waiting: list[Object]
    """Owners in foreground deletion, waiting for their dependents."""


class GarbageCollector(Controller):
    name = "garbage-collector-controller"
    queue_name = "garbage_collector_attempt_to_delete"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = max(20, ctx.settings.concurrent_syncs)
        self._recorder = ctx.recorder("garbage-collector-controller")
        self._graph = Graph(self.queue.add, self._orphaning, self._mismatch)
        self._graph.is_namespaced = self._is_namespaced
        self._kinds: dict[tuple[str, str], GroupVersionResource] = {}
        self._monitors: dict[GroupVersionResource, Informer] = {}
        self._kind_of: dict[GroupVersionResource, str] = {}
        """Metadata alone do not tell the kind."""
        self._crds = self.informer(CUSTOMRESOURCEDEFINITIONS)

    async def run(self) -> None:
        """The graph must be complete once before anything may be judged ownerless."""
        while not await self._resync():
            await self.clock.sleep(1.0)
        for informer in list(self._monitors.values()):
            await informer.synced()
        self._crds.on_event(self._definition_changed)
        await super().run()

    def loops(self) -> Iterable[tuple[str, Coroutine[Any, Any, None]]]:
        return (("resync", self._keep_in_step()),)

    async def reconcile(self, key: str) -> None:
        if key == _RESYNC_KEY:
            if not await self._resync():
                raise Unreachable("discovery failed")
        elif key.startswith(_ORPHANING):
            await self._let_go(key.removeprefix(_ORPHANING))
        else:
            await self._attempt(key)

    # Which resources there are

    async def _keep_in_step(self) -> None:
        while True:
            await self.clock.sleep(RESYNC)
            self.queue.add(_RESYNC_KEY)

    def _definition_changed(self, kind: str, new: Object, old: Object | None) -> None:
        self.queue.add_after(_RESYNC_KEY, 0.2)

    async def _resync(self) -> bool:
        """Starts monitors of new resources and ends those of resources no longer served."""
        try:
            found: Discovery = await discover(self.client)
        except (StatusError, Unreachable) as error:
            _log.warning("discovery failed: %s", error)
            metrics.GARBAGE_SYNC_ERRORS.inc()
            return False
        self._kinds = found.kinds
        wanted = {
            s.resource
            for s in found.resources
            if s.verbs >= NEEDED and (s.resource.group, s.resource.resource) not in IGNORED
        }
        self._kind_of |= {s.resource: s.kind for s in found.resources}
        for r in wanted - self._monitors.keys():
            self._monitors[r] = self.ctx.informers.metadata(r)
            self._monitors[r].on_event(self._handler(r))
        if not found.stale:
            for r in self._monitors.keys() - wanted:
                self._forget(r)
        return True

    def _forget(self, r: GroupVersionResource) -> None:
        """Without its monitor nobody would hear of these objects' end."""
        for obj in self._monitors.pop(r).list():
            self._graph.remove(obj["metadata"]["uid"])
        self.ctx.informers.drop(r)

    def _handler(self, r: GroupVersionResource) -> Handler:
        def changed(kind: str, new: Object, old: Object | None) -> None:
            if kind == "DELETED":
                self._graph.remove(new["metadata"]["uid"])
            else:
                self._graph.put(r, self._kind_of[r], new["metadata"])

        return changed

    def _is_namespaced(self, api_version: str, kind: str) -> bool | None:
        r = self._kinds.get((api_version, kind))
        return r.namespaced if r is not None else None

    def _orphaning(self, uid: str) -> None:
        self.queue.add(_ORPHANING + uid)

    def _mismatch(self, dependent: Node, ref: Object) -> None:
        found = dependent.identity
        message = (
            f"ownerRef [{ref.get('apiVersion')}/{ref.get('kind')}, namespace: {found.namespace}, "
            f"name: {ref.get('name')}, uid: {ref['uid']}] does not exist in namespace "
            f'"{found.namespace}"'
        )
        about = {
            "kind": found.kind,
            "apiVersion": found.api_version,
            "name": found.name,
            "uid": found.uid,
            **({"namespace": found.namespace} if found.namespace else {}),
        }
        self._recorder.event(about, "Warning", "OwnerRefInvalidNamespace", message)

    # Deleting

    async def _attempt(self, uid: str) -> None:
        node = self._graph.nodes.get(uid)
        if node is None:
            return
        if node.deleting and not node.deleting_dependents:
            return
        if await self._deleted_as_known(node):
            return
        live = await self._live(node)
        if live is None:
            if node.virtual:
                self._graph.replace_virtual(uid)
            return
        if node.virtual:
            # It exists: its monitor will tell of it, or it is of a kind that is not monitored.
            return
        if node.deleting_dependents:
            await self._finish_foreground(node, live)
            return
        owners = await self._classify(node, _owners(live))
        if owners is None or owners == _NO_OWNERS:
            return
        if owners.solid:
            if owners.dangling or owners.waiting:
                await self._drop_owners(live, {r["uid"] for r in owners.dangling + owners.waiting})
        elif owners.waiting and node.dependents:
            await self._delete_below(node, live)
        else:
            await self._delete(node, live, _policy(live))

    async def _deleted_as_known(self, node: Node) -> bool:
        """Deletes an object none of whose owners is left, in the version that its monitor has. Where there is
        a newer one the server refuses, and the next attempt reads it."""
        monitor = self._monitors.get(node.resource) if node.resource is not None else None
        if monitor is None or node.deleting or self.queue.failures(node.identity.uid):
            return False
        where = node.identity.namespace
        known = monitor.get(f"{where}/{node.identity.name}" if where else node.identity.name)
        if known is None or known["metadata"]["uid"] != node.identity.uid:
            return False
        owners = await self._classify(node, _owners(known))
        if owners is None or not owners.dangling or owners.solid or owners.waiting:
            return False
        await self._delete(node, known, _policy(known))
        return True

    async def _live(self, node: Node) -> Object | None:
        """The object as it is now; None when it is absent or another one has its name."""
        r = node.resource or self._kinds.get((node.identity.api_version, node.identity.kind))
        if r is None:
            return await self._unknown_kind(node)
        if r.namespaced and not node.identity.namespace:
            return None
        try:
            live = await self.client.get(r, node.identity.name, node.identity.namespace)
        except StatusError as error:
            if error.code == 404:
                return None
            raise
        return live if live["metadata"]["uid"] == node.identity.uid else None

    async def _unknown_kind(self, node: Node) -> Object | None:
        """Discovery may be behind, so an owner of unknown kind is never taken for absent."""
        kind = f"{node.identity.api_version}/{node.identity.kind}"
        raise StatusError(404, "NotFound", f"no resource is known for {kind}")

    async def _classify(self, node: Node, refs: list[Object]) -> _Owners | None:
        """None when a reference can never be resolved: a cluster-scoped object with a namespaced owner."""
        owners = _Owners([], [], [])
        for ref in refs:
            identity = self._graph.owner_identity(node.identity, ref)
            if not node.identity.namespace and self._is_namespaced(identity.api_version, identity.kind):
                return None
            if self._graph.known_absent(identity):
                owners.dangling.append(ref)
                continue
            owner = await self._live(Node(identity))
            if owner is None:
                self._graph.note_absent(identity)
                owners.dangling.append(ref)
            elif _waits_for_dependents(owner):
                owners.waiting.append(ref)
            else:
                owners.solid.append(ref)
        return owners

    async def _finish_foreground(self, node: Node, live: Object) -> None:
        blocking = node.blocking()
        if not blocking:
            await self._remove_finalizer(node, live, FOREGROUND)
            return
        for dependent in blocking:
            if not dependent.deleting_dependents:
                self.queue.add(dependent.identity.uid)

    async def _delete_below(self, node: Node, live: Object) -> None:
        """Foreground deletion goes down level by level. In a cycle somebody must stop waiting first."""
        if any(dependent.deleting_dependents for dependent in node.dependents.values()):
            refs = live["metadata"].get("ownerReferences") or []
            live = await self._patch(
                live, {"ownerReferences": [{**r, "blockOwnerDeletion": False} for r in refs]}
            )
        await self._delete(node, live, "Foreground")

    async def _delete(self, node: Node, live: Object, policy: str) -> None:
        meta = live["metadata"]
        assert node.resource is not None
        try:
            await self.client.delete(
                node.resource,
                meta["name"],
                meta.get("namespace", ""),
                uid=meta["uid"],
                resource_version=meta["resourceVersion"],
                propagation=policy,
            )
        except StatusError as error:
            if error.code != 404:
                raise

    async def _drop_owners(self, live: Object, uids: set[str]) -> None:
        refs = [ref for ref in _owners(live) if ref["uid"] not in uids]
        await self._patch(live, {"ownerReferences": refs})

    # Letting go

    async def _let_go(self, uid: str) -> None:
        """Orphaning: dependents forget this owner, then the owner's finalizer goes."""
        node = self._graph.nodes.get(uid)
        if node is None or node.virtual:
            return
        for dependent in list(node.dependents.values()):
            live = await self._live(dependent)
            if live is not None and any(
                r["uid"] == uid for r in live["metadata"].get("ownerReferences") or ()
            ):
                await self._drop_owners(live, {uid})
        live = await self._live(node)
        if live is not None:
            await self._remove_finalizer(node, live, ORPHAN)

    async def _remove_finalizer(self, node: Node, live: Object, finalizer: str) -> None:
        left = [name for name in live["metadata"].get("finalizers") or () if name != finalizer]
        await self._patch(live, {"finalizers": left})

    async def _patch(self, live: Object, meta: Object) -> Object:
        """Changes metadata of exactly the state that was read."""
        have = live["metadata"]
        r = self._kinds[(live["apiVersion"], live["kind"])]
        patch = {"metadata": {"uid": have["uid"], "resourceVersion": have["resourceVersion"], **meta}}
        try:
            return await self.client.patch(r, have["name"], patch, have.get("namespace", ""))
        except StatusError as error:
            if error.code == 404:
                return live
            raise


_RESYNC_KEY = "resync"
_NO_OWNERS = _Owners([], [], [])


def _owners(live: Object) -> list[Object]:
    return list(live["metadata"].get("ownerReferences") or ())


def _waits_for_dependents(owner: Object) -> bool:
    meta = owner["metadata"]
    return "deletionTimestamp" in meta and FOREGROUND in (meta.get("finalizers") or ())


def _policy(live: Object) -> str:
    finalizers = live["metadata"].get("finalizers") or ()
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"
