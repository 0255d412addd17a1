"""Deleting a namespace: first its pods, then its other content, then itself; conditions say what is left.

Source of the rules and texts: upstream's namespaced resources deleter.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..apimachinery.clock import rfc3339
from ..apimachinery.errors import StatusError
from ..apimachinery.gvk import GroupVersionResource
from ..client.discovery import Discovery, Served, discover
from ..client.errors import Unreachable
from ..client.resources import NAMESPACES, PODS
from . import conditions
from . import pods as podlib
from .base import Controller
from .context import Context

Object = dict[str, Any]
FINALIZER = "kubernetes"
FINALIZER_WAIT = 15
CONDITIONS: dict[str, tuple[str, str, str]] = {
    "NamespaceDeletionDiscoveryFailure": (
        "DiscoveryFailed",
        "ResourcesDiscovered",
        "All resources successfully discovered",
    ),
    "NamespaceDeletionGroupVersionParsingFailure": (
        "GroupVersionParsingFailed",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    "NamespaceDeletionContentFailure": (
        "ContentDeletionFailed",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    "NamespaceContentRemaining": (
        "SomeResourcesRemain",
        "ContentRemoved",
        "All content successfully removed",
    ),
    "NamespaceFinalizersRemaining": (
        "SomeFinalizersRemain",
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
    ),
}
"""Type → reason when true, reason and message when false; in the order they are written."""


@dataclass
class Remains:
    """What one round of deletion left."""

    wait: int = 0
    items: Counter[str] = field(default_factory=Counter)
    finalizers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def troubles(self) -> dict[str, str]:
        """Messages of the conditions that are true."""
        found: dict[str, str] = {}
        if self.stale:
            listed = ", ".join(f"{name}: stale GroupVersion discovery: {name}" for name in self.stale)
            text = f"Discovery failed for some groups, {len(self.stale)} failing: unable to retrieve the "
            found["NamespaceDeletionDiscoveryFailure"] = f"{text}complete list of server APIs: {listed}"
        if self.failures:
            listed = ", ".join(self.failures)
            listed = f"[{listed}]" if len(self.failures) > 1 else listed
            found["NamespaceDeletionContentFailure"] = (
                f"Failed to delete all resource types, {len(self.failures)} remaining: {listed}"
            )
        if self.items:
            listed = ", ".join(f"{name} has {n} resource instances" for name, n in sorted(self.items.items()))
            found["NamespaceContentRemaining"] = f"Some resources are remaining: {listed}"
        if self.finalizers:
            listed = ", ".join(
                f"{name} in {n} resource instances" for name, n in sorted(self.finalizers.items())
            )
            found["NamespaceFinalizersRemaining"] = (
                f"Some content in the namespace has finalizers remaining: {listed}"
            )
        return found


class NamespaceController(Controller):
    name = "namespace-controller"
    queue_name = "namespace"
    longest_wait = 60.0

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._namespaces = self.informer(NAMESPACES, self._changed)
        self.informer(PODS, self._pod_changed)

    def _changed(self, kind: str, new: Object, old: Object | None) -> None:
        if podlib.is_deleted(new) and kind != "DELETED":
            self.queue.add_after(new["metadata"]["name"], self.ctx.settings.namespace_deletion_grace_period)

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """The last pod's end lets the deletion of its namespace go on at once."""
        name = new["metadata"]["namespace"]
        namespace = self._namespaces.get(name)
        if kind == "DELETED" and namespace is not None and podlib.is_deleted(namespace):
            self.queue.add(name)

    async def reconcile(self, key: str) -> None:
        try:
            namespace = await self.client.get(NAMESPACES, key)
        except StatusError as error:
            if error.code == 404:
                return
            raise
        if not podlib.is_deleted(namespace) or FINALIZER not in (namespace["spec"].get("finalizers") or ()):
            return
        if namespace.get("status", {}).get("phase") != "Terminating":
            status = {**namespace.get("status", {}), "phase": "Terminating"}
            namespace = await self.client.update(
                NAMESPACES, {**namespace, "status": status}, subresource="status"
            )
        remains = await self._empty(key)
        namespace = await self._tell(namespace, remains)
        if remains.failures or remains.stale:
            raise StatusError(500, "InternalError", "; ".join([*remains.failures, *remains.stale]))
        if remains.wait or remains.items:
            self.queue.add_after(key, remains.wait / 2 + 1)
            return
        await self._finalize(namespace)

    async def _empty(self, namespace: str) -> Remains:
        """Asks for the deletion of everything; pods first, since they may need the rest to end well."""
        found: Discovery = await discover(self.client)
        remains = Remains(stale=list(found.stale))
        chosen = [s for s in found.resources if s.resource.namespaced and "delete" in s.verbs]
        chosen.sort(key=lambda served: served.resource != PODS)
        for served in chosen:
            await self._empty_resource(namespace, served, remains)
            if served.resource == PODS and remains.items:
                return remains
        return remains

    async def _empty_resource(self, namespace: str, served: Served, remains: Remains) -> None:
        r = served.resource
        try:
            items = await self._list(r, namespace) if "list" in served.verbs else []
            if not items:
                return
            await self._delete_all(namespace, served, items)
            left = await self._list(r, namespace)
        except StatusError as error:
            if error.code not in (404, 405):
                remains.failures.append(str(error))
            return
        except Unreachable as error:
            remains.failures.append(str(error))
            return
        self._count(r, left, remains)

    async def _list(self, r: GroupVersionResource, namespace: str) -> list[Object]:
        """What is there: of pods, how long they may take to end matters, of all else the metadata."""
        items: list[Object] = (await self.client.list(r, namespace, metadata_only=r != PODS))["items"]
        return items

    async def _delete_all(self, namespace: str, served: Served, items: list[Object]) -> None:
        r = served.resource
        if "deletecollection" in served.verbs:
            await self.client.delete_collection(r, namespace, propagation="Background")
            return
        for item in items:
            await self.client.delete(r, item["metadata"]["name"], namespace, propagation="Background")

    def _count(self, r: GroupVersionResource, left: list[Object], remains: Remains) -> None:
        if not left:
            return
        name = f"{r.resource}.{r.group}"
        remains.items[name] += len(left)
        grace = 0
        for item in left:
            for finalizer in item["metadata"].get("finalizers") or ():
                remains.finalizers[finalizer] += 1
            if r == PODS and not podlib.is_finished(item):
                grace = max(grace, item["spec"].get("terminationGracePeriodSeconds", 0))
        held = any(item["metadata"].get("finalizers") for item in left)
        remains.wait = max(remains.wait, grace, FINALIZER_WAIT if held else 0)
        if not grace and not held:
            remains.wait = max(remains.wait, 1)

    async def _tell(self, namespace: Object, remains: Remains) -> Object:
        troubles = remains.troubles()
        old = namespace.get("status", {}).get("conditions") or []
        new = [self._condition(kind, troubles.get(kind), conditions.find(old, kind)) for kind in CONDITIONS]
        if old == new:
            return namespace
        status = {**namespace.get("status", {}), "conditions": new}
        return await self.client.update(NAMESPACES, {**namespace, "status": status}, subresource="status")

    def _condition(self, kind: str, trouble: str | None, old: Object | None) -> Object:
        bad, good, fine = CONDITIONS[kind]
        fresh = {
            "type": kind,
            "status": "True" if trouble is not None else "False",
            "lastTransitionTime": rfc3339(self.clock.now()),
            "reason": bad if trouble is not None else good,
            "message": trouble if trouble is not None else fine,
        }
        if old is None:
            return fresh
        if all(old.get(name) == fresh[name] for name in ("status", "reason", "message")):
            return old
        return fresh

    async def _finalize(self, namespace: Object) -> None:
        finalizers = [name for name in namespace["spec"].get("finalizers") or () if name != FINALIZER]
        body = {**namespace, "spec": {**namespace["spec"], "finalizers": finalizers}}
        try:
            await self.client.update(NAMESPACES, body, subresource="finalize")
        except StatusError as error:
            if error.code != 404:
                raise
