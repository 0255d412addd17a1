"""Deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer."""

from __future__ import annotations

from typing import Any

from ..apimachinery.taints import tolerates
from ..client.informer import key_of, split_key
from ..client.resources import NODES, PODS
from . import eviction, metrics
from . import pods as podlib
from .base import Controller
from .context import Context, index

Object = dict[str, Any]
BY_NODE = "node"
REASON = "DeletionByTaintManager"
MESSAGE = "Taint manager: deleting due to NoExecute taint"


def by_node(pod: Object) -> list[str]:
    """Index values: the name of the pod's node."""
    node = pod["spec"].get("nodeName")
    return [node] if node else []


def no_execute(node: Object) -> list[Object]:
    return [t for t in node.get("spec", {}).get("taints") or () if t.get("effect") == "NoExecute"]


def _stance(pod: Object) -> tuple[Any, Any]:
    """What of a pod decides whether it may stay; how it gets on does not."""
    return pod["spec"].get("nodeName"), pod["spec"].get("tolerations") or []


def stay(pod: Object, taints: list[Object]) -> float | None:
    """Seconds the pod may stay, negative when it does not tolerate a taint, None for as long as it likes. Of
    each taint the first toleration that fits decides."""
    limits: list[float] = []
    for taint in taints:
        first = next((t for t in pod["spec"].get("tolerations") or () if tolerates(t, taint)), None)
        if first is None:
            return -1.0
        if first.get("tolerationSeconds") is not None:
            limits.append(max(0.0, float(first["tolerationSeconds"])))
    return min(limits, default=None)


class TaintEvictionController(Controller):
    name = "taint-eviction-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("taint-eviction-controller")
        self._due: dict[str, tuple[str, float]] = {}
        """Pods whose time is running: uid and when it is up."""
        self._nodes = self.informer(NODES)
        self._pods = self.informer(PODS)
        index(self._pods, BY_NODE, by_node)
        self._nodes.on_event(self._node_changed)
        self._pods.on_event(self._pod_changed)

    async def reconcile(self, key: str) -> None:
        pod = self._pods.get(key)
        node = self._nodes.get(pod["spec"].get("nodeName", "")) if pod is not None else None
        if pod is None or node is None or podlib.is_deleted(pod):
            return
        taints = no_execute(node)
        seconds = stay(pod, taints) if taints else None
        uid, now = pod["metadata"]["uid"], self.clock.monotonic()
        known = self._due.get(key)
        if known is not None and (seconds is None or seconds < 0 or known[0] != uid):
            self._cancel(key)
            known = None
        if seconds is None:
            return
        # A time that runs goes on as it began, whatever taints come.
        due = known[1] if known is not None else now + max(seconds, 0.0)
        if now < due:
            self._due[key] = (uid, due)
            self.queue.add_after(key, due - now)
            return
        # Before it goes, that its end be no cancellation.
        self._due.pop(key, None)
        try:
            await self._evict(key, pod)
        except Exception:
            self._due[key] = (uid, due)
            raise
        metrics.EVICTED.inc()
        metrics.EVICTION_SECONDS.observe(now - due)

    async def _evict(self, key: str, pod: Object) -> None:
        self._tell(key, f"Marking for deletion Pod {key}")
        await eviction.evict(self.client, pod, REASON, MESSAGE, self.clock.now())

    def _cancel(self, key: str) -> None:
        if self._due.pop(key, None) is not None:
            self._tell(key, f"Cancelling deletion of Pod {key}")

    def _tell(self, key: str, text: str) -> None:
        """Upstream's events of evictions name the pod only."""
        namespace, name = split_key(key)
        ref = {"kind": "Pod", "apiVersion": "v1", "namespace": namespace, "name": name}
        self._recorder.event(ref, "Normal", "TaintManagerEviction", text)

    def _node_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if no_execute(new) != (no_execute(old) if old is not None and kind == "MODIFIED" else []):
            for pod in self._pods.by_index(BY_NODE, new["metadata"]["name"]):
                self.enqueue(pod)

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED":
            self._cancel(key_of(new))
            return
        if old is not None and _stance(old) == _stance(new):
            return
        node = self._nodes.get(new["spec"].get("nodeName", ""))
        if node is not None and no_execute(node):
            self.enqueue(new)
