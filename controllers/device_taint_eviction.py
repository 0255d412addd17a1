"""Deletes pods whose devices are tainted NoExecute and whose claims do not tolerate that, or no longer.

Source of the rules: upstream's pkg/controller/devicetainteviction, without DeviceTaintRules, which 1.36 does
not serve by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ..apimachinery.clock import parse_rfc3339
from ..apimachinery.resource_claims import claim_names
from ..apimachinery.taints import tolerates
from ..client.informer import key_of
from ..client.resources import PODS, RESOURCECLAIMS, RESOURCESLICES
from . import eviction, metrics
from . import pods as podlib
from .base import Controller
from .context import Context, index

Object = dict[str, Any]

REASON = "DeletionByDeviceTaintManager"
MESSAGE = "Device Taint manager: deleting due to NoExecute taint"
EVENT = "DeviceTaintManagerEviction"
BY_POOL = "resource slices by pool"
BY_DEVICE_POOL = "resource claims by pool of their devices"


class DeviceTaintEvictionController(Controller):
    """Keys are pods."""

    name = "device-taint-eviction-controller"
    queue_name = "device_taint_eviction"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder(self.name)
        self.marked: dict[str, str] = {}
        """Pods that are to go later, with their uids."""
        self._slices = self.informer(RESOURCESLICES)
        index(self._slices, BY_POOL, _pool_of)
        self._claims = self.informer(RESOURCECLAIMS)
        index(self._claims, BY_DEVICE_POOL, _device_pools)
        self._pods = self.informer(PODS)
        self._slices.on_event(self._slice_changed)
        self._claims.on_event(self._claim_changed)
        self._pods.on_event(self._pod_changed)

    async def reconcile(self, key: str) -> None:
        pod = self._pods.get(key)
        if pod is None or podlib.is_deleted(pod) or podlib.is_finished(pod):
            self.marked.pop(key, None)
            return
        due = min((when for claim in self._used(pod) for when in self._ends(claim)), default=None)
        if due is None:
            if self.marked.pop(key, None) is not None:
                self._recorder.event(pod, "Normal", EVENT, "Cancelling deletion of Pod")
            return
        left = (due - self.clock.now()).total_seconds()
        if left > 0:
            self.marked[key] = pod["metadata"]["uid"]
            self.queue.add_after(key, left)
            return
        await self._evict(key, pod)
        metrics.DEVICE_EVICTED.inc()
        metrics.DEVICE_EVICTION_SECONDS.observe(-left)

    async def _evict(self, key: str, pod: Object) -> None:
        self._recorder.event(pod, "Normal", EVENT, "Marking for deletion")
        await eviction.evict(self.client, pod, REASON, MESSAGE, self.clock.now())
        self.marked.pop(key, None)

    def _used(self, pod: Object) -> Iterator[Object]:
        """The claims that are reserved for a pod that has a node."""
        meta = pod["metadata"]
        if not pod["spec"].get("nodeName"):
            return
        for name in claim_names(pod).values():
            claim = self._claims.get(f"{meta['namespace']}/{name}") if name else None
            users = ((claim or {}).get("status") or {}).get("reservedFor") or ()
            if claim is not None and any(user["uid"] == meta["uid"] for user in users):
                yield claim

    def _ends(self, claim: Object) -> Iterator[datetime]:
        """When the pods that use the claim must go, for each device that tells them to."""
        for result in _results(claim):
            for taint in self._taints(result):
                end = _end(taint, result.get("tolerations") or ())
                if end is not None:
                    yield end

    def _taints(self, result: Object) -> list[Object]:
        slices = self._slices.by_index(BY_POOL, f"{result['driver']}/{result['pool']}")
        newest = max((_generation(one) for one in slices), default=0)
        return [
            taint
            for one in slices
            if _generation(one) == newest
            for device in one["spec"].get("devices") or ()
            if device["name"] == result["device"]
            for taint in device.get("taints") or ()
            if taint["effect"] == "NoExecute"
        ]

    def _slice_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if not any(_tainted(one) for one in (new, old) if one is not None):
            return
        for pool in _pool_of(new):
            for claim in self._claims.by_index(BY_DEVICE_POOL, pool):
                self._claim_changed("MODIFIED", claim, None)

    def _claim_changed(self, kind: str, new: Object, old: Object | None) -> None:
        for one in (new, old):
            for user in ((one or {}).get("status") or {}).get("reservedFor") or ():
                if user.get("resource") == "pods":
                    self.queue.add(f"{new['metadata']['namespace']}/{user['name']}")

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if new["spec"].get("resourceClaims") and (kind != "MODIFIED" or _moved(new, old)):
            self.queue.add(key_of(new))


def _end(taint: Object, tolerations: Iterable[Object]) -> datetime | None:
    """When the taint ends the use of its device; None when that is tolerated for good."""
    since = parse_rfc3339(taint["timeAdded"])
    matching = [one for one in tolerations if tolerates(one, taint)]
    if not matching:
        return since
    limits = [one["tolerationSeconds"] for one in matching if one.get("tolerationSeconds") is not None]
    return since + timedelta(seconds=max(0, min(limits))) if limits else None


def _results(claim: Object) -> Iterable[Object]:
    allocation = (claim.get("status") or {}).get("allocation") or {}
    found: Iterable[Object] = (allocation.get("devices") or {}).get("results") or ()
    return found


def _device_pools(claim: Object) -> Iterable[str]:
    return {f"{result['driver']}/{result['pool']}" for result in _results(claim)}


def _pool_of(one: Object) -> Iterable[str]:
    return [f"{one['spec']['driver']}/{one['spec']['pool']['name']}"]


def _generation(one: Object) -> int:
    return int(one["spec"]["pool"].get("generation") or 0)


def _tainted(one: Object) -> bool:
    return any(device.get("taints") for device in one["spec"].get("devices") or ())


def _moved(new: Object, old: Object | None) -> bool:
    """Whether the pod was bound, or was told the names of its claims."""
    return (
        old is None
        or new["spec"].get("nodeName") != old["spec"].get("nodeName")
        or claim_names(new) != claim_names(old)
    )
