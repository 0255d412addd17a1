"""Removes pods that nobody else will: finished ones beyond a threshold, those of nodes that are gone, and
deleted ones that never had a node."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import Any

from ..apimachinery.errors import StatusError
from ..client.errors import Unreachable
from ..client.resources import NODES, PODS
from . import eviction, metrics
from . import pods as podlib
from .base import Controller
from .context import Context

Object = dict[str, Any]
PERIOD = 20.0
QUARANTINE = 40.0
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
_SWEEP = "sweep"


class PodGarbageCollector(Controller):
    name = "pod-garbage-collector-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = 1
        self._missing: dict[str, float] = {}
        """Node names that pods use and no node has, and since when."""
        self._pods = self.informer(PODS)
        self._nodes = self.informer(NODES)

    def loops(self) -> Iterable[tuple[str, Coroutine[Any, Any, None]]]:
        return (("sweeps", self._tick()),)

    async def _tick(self) -> None:
        while True:
            self.queue.add(_SWEEP)
            await self.clock.sleep(PERIOD)

    async def reconcile(self, key: str) -> None:
        pods = self._pods.list()
        await self._finished(pods)
        for pod in pods:
            unplaced = not pod["spec"].get("nodeName")
            if podlib.is_deleted(pod) and (unplaced or self._out_of_service(pod)):
                await self._remove(pod, "unscheduled" if unplaced else "out-of-service")
        gone = await self._gone_nodes(pods)
        for pod in pods:
            if pod["spec"].get("nodeName") in gone:
                await self._remove(pod, "orphaned", "PodGC: node no longer exists")

    async def _finished(self, pods: list[Object]) -> None:
        threshold = self.ctx.settings.terminated_pod_gc_threshold
        finished = [pod for pod in pods if podlib.is_finished(pod)]
        if threshold <= 0 or len(finished) <= threshold:
            return
        for pod in sorted(finished, key=_worth)[: len(finished) - threshold]:
            await self._remove(pod, "terminated")

    async def _gone_nodes(self, pods: list[Object]) -> set[str]:
        """Nodes that have been missing for a while, each confirmed by asking the API."""
        now = self.clock.monotonic()
        used = {pod["spec"].get("nodeName", "") for pod in pods} - {""}
        missing = {name for name in used if self._nodes.get(name) is None}
        self._missing = {name: self._missing.get(name, now) for name in missing}
        ripe = [name for name, since in self._missing.items() if now - since >= QUARANTINE]
        return {name for name in ripe if await self._is_gone(name)}

    async def _is_gone(self, name: str) -> bool:
        try:
            await self.client.get(NODES, name)
        except StatusError as error:
            return error.code == 404
        except Unreachable:
            return False
        return False

    def _out_of_service(self, pod: Object) -> bool:
        node = self._nodes.get(pod["spec"].get("nodeName", ""))
        if node is None or podlib.is_ready(node):
            return False
        return any(taint.get("key") == OUT_OF_SERVICE for taint in node["spec"].get("taints") or ())

    async def _remove(self, pod: Object, reason: str, why: str = "") -> None:
        """A pod that is removed before it finished has failed; `why` makes it a disruption too."""
        try:
            if not podlib.is_finished(pod):
                status: Object = {"phase": "Failed"}
                if why:
                    now = self.clock.now()
                    status["conditions"] = [eviction.disruption(pod, "DeletionByPodGC", why, now)]
                await eviction.patch_status(self.client, pod, status)
            await eviction.delete(self.client, pod, grace=0)
        except StatusError as error:
            if error.code != 404:
                metrics.COLLECTION_ERRORS.labels(pod["metadata"]["namespace"], reason).inc()
                raise
        else:
            metrics.COLLECTED_PODS.labels(pod["metadata"]["namespace"], reason).inc()


def _worth(pod: Object) -> tuple[bool, str, str]:
    """Evicted pods go first, then the oldest."""
    evicted = pod["status"].get("phase") == "Failed" and pod["status"].get("reason") == "Evicted"
    return not evicted, pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]
