"""What each namespace's ResourceQuotas have of their limits in use; admission adds to it, deletion frees it.

Source of the rules: upstream's resource quota controller and monitor.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from datetime import datetime
from typing import Any

from ..apimachinery.gvk import GroupVersionResource
from ..apimachinery.quantity import ZERO
from ..apimachinery.quota import extended
from ..apimachinery.quota.pod_totals import Totals
from ..apimachinery.quota.scopes import in_scope
from ..apimachinery.quota.usage import PODS, counted, is_device, matching, usage
from ..client.discovery import discover
from ..client.informer import Handler, Informer, key_of
from ..client.resources import CUSTOMRESOURCEDEFINITIONS, DEVICECLASSES, RESOURCEQUOTAS
from .base import Controller
from .context import Context

Object = dict[str, Any]
GroupResource = tuple[str, str]
RESYNC = 300.0
DISCOVERY = 30.0
SETTLING = 0.2
"""Seconds between a CustomResourceDefinition's change and the look at what is served."""
NEEDED = frozenset({"create", "delete", "list", "watch"})
SIZED = frozenset(
    {("", "pods"), ("", "services"), ("", "persistentvolumeclaims"), ("resource.k8s.io", "resourceclaims")}
)
"""Kinds of which an update can change what they count for."""
_REDISCOVER = "discover"
_LATER = "later "
"""Before a quota's key: to be counted once its status has stood still for `STILL`."""
STILL = 10.0
"""Seconds after which our caches know what admission has charged for."""
PLACING = frozenset({"nodeName", "volumeName", "schedulingGates", "nodeSelector", "affinity", "tolerations"})
"""Fields of a spec that change while an object finds its place, and never what it counts for. A count then
would miss what admission has charged for and our caches have not heard of, and give it away once more."""


class ResourceQuotaController(Controller):
    """Watches only the kinds that some quota speaks of."""

    name = "resourcequota-controller"
    queue_name = "resourcequota_primary"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._quotas = self.informer(RESOURCEQUOTAS, self._quota_changed)
        self.informer(CUSTOMRESOURCEDEFINITIONS, self._definition_changed)
        self._touched: dict[str, float] = {}
        """When a quota's status changed, of those to be counted again because of it."""
        self._served: dict[GroupResource, GroupVersionResource] = {}
        self._monitors: dict[GroupVersionResource, Informer] = {}
        self._device_classes: Informer | None = None

    def loops(self) -> Iterable[tuple[str, Coroutine[Any, Any, None]]]:
        return (("resync", self._resync()), ("discovery", self._keep_discovering()))

    async def reconcile(self, key: str) -> None:
        if key == _REDISCOVER:
            await self._discover()
            return
        if key.startswith(_LATER):
            self._stood_still(key.removeprefix(_LATER))
            return
        quota = self._quotas.get(key)
        if quota is None:
            return
        hard: dict[str, str] = (quota.get("spec") or {}).get("hard") or {}
        status = quota.get("status") or {}
        known = {**(status.get("used") or {}), **await self._count(quota, hard)}
        used = {name: known[name] for name in hard if name in known}
        if status.get("hard") == hard and status.get("used") == used:
            return
        body = {**quota, "status": {**({"hard": hard} if hard else {}), **({"used": used} if used else {})}}
        if body["status"] != status:
            await self.client.update(RESOURCEQUOTAS, body, subresource="status")

    # Counting

    async def _count(self, quota: Object, hard: Iterable[str]) -> dict[str, str]:
        """Resource name → what is in use, of the names that speak of a served kind."""
        kinds = {kind for name in hard if (kind := counted(name)) is not None}
        asked = (name.removeprefix("requests.") for name in hard if name.startswith("requests."))
        if any(map(is_device, asked)):
            await self._classes_synced()
            if extended.claimed(hard, self._classes()):
                kinds.add(extended.CLAIMS)
        found: Totals = {}
        for kind in sorted(kinds):
            informer = await self._monitor(kind)
            if informer is not None:
                for name, total in self._sum(quota, kind, self._names(kind, hard), informer).items():
                    found[name] = found.get(name, ZERO) + total
        return {name: str(total) for name, total in found.items()}

    def _names(self, kind: GroupResource, hard: Iterable[str]) -> list[str]:
        """Those of a quota's names that objects of the kind count for."""
        more = extended.claimed(hard, self._classes()) if kind == extended.CLAIMS else []
        return matching(*kind, hard) + more

    async def _classes_synced(self) -> None:
        if self._device_classes is None:
            self._device_classes = self.ctx.informers.of(DEVICECLASSES)
        await self._device_classes.synced()

    def _classes(self) -> extended.Classes:
        """What stands behind extended resources, once a quota that names some has been counted."""
        known = self._device_classes
        return extended.NO_CLASSES if known is None else extended.classes_of(known.list())

    def _usage(self, kind: GroupResource, obj: Object, now: datetime) -> Totals:
        found = usage(*kind, obj, now)
        classes = self._classes() if kind == extended.CLAIMS else extended.NO_CLASSES
        if not classes:
            return found
        made_for, namespace = extended.owner(obj), obj["metadata"]["namespace"]
        pods, claims = (self._monitors.get(self._served[one]) for one in (PODS, extended.CLAIMS))
        pod = pods.get(f"{namespace}/{made_for[0]}") if pods and made_for else None
        others = claims.list(namespace) if claims and pod else ()
        return extended.with_extended(found, classes, extended.covered(obj, pod, others))

    def _sum(self, quota: Object, kind: GroupResource, names: list[str], informer: Informer) -> Totals:
        totals: Totals = dict.fromkeys(names, ZERO)
        spec, now = quota["spec"], self.clock.now()
        for obj in informer.list(quota["metadata"]["namespace"]):
            if in_scope(spec, *kind, obj):
                amounts = self._usage(kind, obj, now)
                for name in names:
                    if name in amounts:
                        totals[name] += amounts[name]
        return totals

    # Hearing of changes

    def _quota_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """A change of status alone is admission's, which counts by itself, or ours. Either may be wrong: what
        was charged for may not have come to be, and what we count may be charged for and not yet seen."""
        key = key_of(new)
        if kind == "DELETED":
            self._touched.pop(key, None)
        elif old is None or old.get("spec") != new.get("spec"):
            self.enqueue(new)
        elif old.get("status") != new.get("status"):
            self._touched[key] = self.clock.monotonic()
            self.queue.add_after(_LATER + key, STILL)

    def _stood_still(self, key: str) -> None:
        """Has a quota counted unless its status changed a moment ago: then it is looked at later."""
        touched = self._touched.get(key)
        if touched is None:
            return
        left = touched + STILL - self.clock.monotonic()
        if left > 0:
            self.queue.add_after(_LATER + key, left)
            return
        del self._touched[key]
        self.queue.add(key)

    def _definition_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if any(counted(name) for name in self._object_counts()):
            self.queue.add_after(_REDISCOVER, SETTLING)

    def _object_counts(self) -> set[str]:
        return {
            name
            for quota in self._quotas.list()
            for name in (quota["spec"].get("hard") or {})
            if name.startswith("count/")
        }

    def _replenish(self, kind: GroupResource) -> Handler:
        def changed(event: str, new: Object, old: Object | None) -> None:
            if event == "ADDED" or (event == "MODIFIED" and not self._resized(kind, new, old)):
                return
            for quota in self._quotas.list(new["metadata"].get("namespace", "")):
                if self._names(kind, (quota.get("spec") or {}).get("hard") or ()):
                    self.queue.add(key_of(quota))

        return changed

    def _resized(self, kind: GroupResource, new: Object, old: Object | None) -> bool:
        if kind not in SIZED or old is None:
            return False
        if sized(new["spec"]) != sized(old["spec"]):
            return True
        now = self.clock.now()
        return usage(*kind, new, now) != usage(*kind, old, now)

    # What is served

    async def _monitor(self, kind: GroupResource) -> Informer | None:
        """The filled cache of a kind; None when it is not served."""
        if kind not in self._served:
            await self._discover()
        r = self._served.get(kind)
        if r is None:
            return None
        informer = self._monitors.get(r)
        if informer is None:
            informer = self._monitors[r] = self._informer_of(kind, r)
            informer.on_event(self._replenish(kind))
        await informer.synced()
        return informer

    def _informer_of(self, kind: GroupResource, r: GroupVersionResource) -> Informer:
        """Whole objects only where more than their number counts."""
        return self.ctx.informers.of(r) if kind in SIZED else self.ctx.informers.metadata(r)

    async def _discover(self) -> None:
        """Learns what is served; quotas of kinds that came or went are counted again."""
        found = await discover(self.client)
        served = {
            (s.resource.group, s.resource.resource): s.resource
            for s in found.resources
            if s.resource.namespaced and s.verbs >= NEEDED
        }
        if found.stale:
            served = {**self._served, **served}
        changed = served.keys() ^ self._served.keys()
        first, self._served = not self._served, served
        for r in [r for r in self._monitors if served.get((r.group, r.resource)) != r]:
            del self._monitors[r]
            self.ctx.informers.drop(r)
        if first:
            return
        for quota in self._quotas.list():
            if any(counted(name) in changed for name in (quota["spec"].get("hard") or ())):
                self.enqueue(quota)

    async def _keep_discovering(self) -> None:
        """Aggregated APIs come and go without a definition."""
        while True:
            await self.clock.sleep(DISCOVERY)
            if self._object_counts():
                self.queue.add(_REDISCOVER)

    async def _resync(self) -> None:
        while True:
            await self.clock.sleep(RESYNC)
            for quota in self._quotas.list():
                self.enqueue(quota)


def sized(spec: Object) -> Object:
    """What of a spec a quota may count."""
    return {name: value for name, value in spec.items() if name not in PLACING}
