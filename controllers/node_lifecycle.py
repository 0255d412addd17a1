"""Watches the nodes' heartbeats: a silent node becomes Unknown, its pods not ready, and its taints say so.

Source of the rules: upstream's node lifecycle controller. Per zone at most one node in ten seconds is given
the taint that evicts pods; when every node is silent it is we who are cut off, and nobody is evicted.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import Any, NamedTuple

from ..apimachinery import jsonio
from ..apimachinery.clock import parse_rfc3339, rfc3339
from ..apimachinery.errors import StatusError
from ..client.informer import key_of
from ..client.resources import LEASES, NODES, PODS
from . import conditions, eviction
from . import pods as podlib
from .base import Controller
from .context import Context, index
from .taint_eviction import BY_NODE, by_node
from .zones import Zones

Object = dict[str, Any]
WORKERS = 8
"""Upstream's number."""
LEASE_NAMESPACE = "kube-node-lease"
NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
NO_SCHEDULE: dict[tuple[str, str], str] = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
OLDER_LABELS = (
    ("kubernetes.io/os", "beta.kubernetes.io/os"),
    ("kubernetes.io/arch", "beta.kubernetes.io/arch"),
)
_NO_SCHEDULE_KEYS = frozenset([*NO_SCHEDULE.values(), UNSCHEDULABLE])
_NO_EXECUTE_KEYS = frozenset([NOT_READY, UNREACHABLE])


class _Health(NamedTuple):
    """The last sign of life: what it was, and our clock when we saw it change."""

    sign: tuple[str, ...]
    at: float
    told: bool = False
    """Whether an event has said that the node is not ready; our cache may not know yet."""


class NodeLifecycleController(Controller):
    name = "node-lifecycle-controller"
    queue_name = "node_lifecycle_controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self.workers = WORKERS
        self._recorder = ctx.recorder("node-controller")
        self._health: dict[str, _Health] = {}
        self._unmarked: dict[str, set[str]] = {}
        """Keys of pods by node, to be marked if the node is not ready: all of one that falls silent, and each
        that is new to us on one that may not be ready."""
        self._zones = Zones(ctx.clock, ctx.settings)
        self._nodes = self.informer(NODES, self._node_changed)
        self._leases = self.informer(LEASES)
        self._pods = self.informer(PODS, self._pod_changed)
        index(self._pods, BY_NODE, by_node)

    def loops(self) -> Iterable[tuple[str, Coroutine[Any, Any, None]]]:
        return (("node monitor", self._monitor()),)

    async def _monitor(self) -> None:
        while True:
            nodes = self._nodes.list()
            self._zones.judge({n["metadata"]["name"]: (n, self._ready(n) == "True") for n in nodes})
            for node in nodes:
                self.enqueue(node)
            await self.clock.sleep(self.ctx.settings.node_monitor_period)

    async def reconcile(self, key: str) -> None:
        node = self._nodes.get(key)
        if node is None:
            return
        node = await self._check_heartbeat(key, node)
        await self._set_labels(key, node)
        await self._set_taints(key, node)
        if self._down(node):
            # Once only: a kubelet that still speaks, and says that its node is not ready, knows its pods.
            await self._pods_not_ready(key)
        else:
            self._unmarked.pop(key, None)

    def _node_changed(self, kind: str, new: Object, old: Object | None) -> None:
        name = new["metadata"]["name"]
        if kind == "ADDED":
            message = f"Node {name} event: Registered Node {name} in Controller"
            self._recorder.event(_reference(new), "Normal", "RegisteredNode", message)
        if kind == "DELETED":
            self._health.pop(name, None)
            self._unmarked.pop(name, None)
            message = f"Node {name} event: Removing Node {name} from Controller"
            self._recorder.event(_reference(new), "Normal", "RemovingNode", message)
            return
        if not self._down(new):
            self._unmarked.pop(name, None)
        self.queue.add(name)

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """Looks at pods that are new on their node only."""
        name = new["spec"].get("nodeName")
        if kind == "DELETED" and name in self._unmarked:
            self._unmarked[name].discard(key_of(new))
            if not self._unmarked[name]:
                del self._unmarked[name]
        elif kind != "DELETED" and name and (old is None or old["spec"].get("nodeName") != name):
            node = self._nodes.get(name)
            if node is None or self._down(node):
                self._unmarked.setdefault(name, set()).add(key_of(new))
                self.queue.add(name)

    @staticmethod
    def _ready(node: Object) -> str:
        found = conditions.find(node.get("status", {}).get("conditions"), "Ready")
        return str(found["status"]) if found is not None else ""

    def _down(self, node: Object) -> bool:
        """Whether the node, which has been heard of, is not ready."""
        return self._ready(node) not in ("", "True")

    async def _check_heartbeat(self, key: str, node: Object) -> Object:
        """The node as it is afterwards. Signs of life are a renewed Lease and a changed Ready condition."""
        now = self.clock.monotonic()
        ready = conditions.find(node.get("status", {}).get("conditions"), "Ready") or {}
        lease = self._leases.get(f"{LEASE_NAMESPACE}/{key}")
        renewed = (lease.get("spec") or {}).get("renewTime", "") if lease is not None else ""
        beat = "" if ready.get("status") == "Unknown" else ready.get("lastHeartbeatTime", "")
        sign = (node["metadata"]["uid"], renewed, beat)
        known = self._health.get(key)
        if known is None or known.sign != sign:
            silent = known is None and not ready
            age = (self.clock.now() - parse_rfc3339(node["metadata"]["creationTimestamp"])).total_seconds()
            known = self._health[key] = _Health(sign, now - age if silent else now)
        settings = self.ctx.settings
        grace = settings.node_monitor_grace_period if ready else settings.node_startup_grace_period
        if now - known.at <= grace or ready.get("status") == "Unknown":
            return node
        if ready.get("status") == "True":
            # Before the write: its answer may get lost, and afterwards nothing tells that the node was ready.
            self._unmarked.setdefault(key, set()).update(map(key_of, self._pods.by_index(BY_NODE, key)))
        node = await self._mark_unknown(node)
        if ready.get("status") == "True" and not known.told:
            self._health[key] = known._replace(told=True)
            message = f"Node {key} status is now: NodeNotReady"
            self._recorder.event(_reference(node), "Normal", "NodeNotReady", message)
        return node

    async def _mark_unknown(self, node: Object) -> Object:
        now = rfc3339(self.clock.now())
        changed = jsonio.clone(node)
        found = changed.setdefault("status", {}).setdefault("conditions", [])
        for kind in CONDITIONS:
            condition = conditions.find(found, kind)
            if condition is None:
                found.append(
                    {
                        "type": kind,
                        "status": "Unknown",
                        "lastHeartbeatTime": node["metadata"]["creationTimestamp"],
                        "lastTransitionTime": now,
                        "reason": "NodeStatusNeverUpdated",
                        "message": "Kubelet never posted node status.",
                    }
                )
            elif condition["status"] != "Unknown":
                condition.update(
                    status="Unknown",
                    reason="NodeStatusUnknown",
                    message="Kubelet stopped posting node status.",
                    lastTransitionTime=now,
                )
        return await self.client.update(NODES, changed, subresource="status")

    async def _set_taints(self, key: str, node: Object) -> None:
        """Brings the taints that conditions imply in line; others are not touched."""
        taints = list(node["spec"].get("taints") or ())
        wanted = [(name, "NoSchedule") for name in self._no_schedule(node)]
        wanted += self._no_execute(key, node, taints)
        kept = [t for t in taints if not _is_ours(t) or (t["key"], t["effect"]) in wanted]
        have = {(t["key"], t.get("effect", "")) for t in kept}
        now = rfc3339(self.clock.now())
        added = [
            {"key": name, "effect": effect, "timeAdded": now}
            for name, effect in wanted
            if (name, effect) not in have
        ]
        if not added and len(kept) == len(taints):
            return
        meta = node["metadata"]
        patch = {
            "metadata": {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]},
            "spec": {"taints": kept + added or None},
        }
        await self.client.patch(NODES, key, patch)

    async def _set_labels(self, key: str, node: Object) -> None:
        """The older names of labels say what the newer ones do."""
        labels = node["metadata"].get("labels") or {}
        stale = {
            old: labels[new] for new, old in OLDER_LABELS if new in labels and labels.get(old) != labels[new]
        }
        if stale:
            await self.client.patch(NODES, key, {"metadata": {"labels": stale}})

    def _no_schedule(self, node: Object) -> list[str]:
        """In the order of the conditions."""
        found = node.get("status", {}).get("conditions") or ()
        names = [NO_SCHEDULE.get((c["type"], c["status"]), "") for c in found]
        if node["spec"].get("unschedulable"):
            names.append(UNSCHEDULABLE)
        return [name for name in dict.fromkeys(names) if name]

    def _no_execute(self, key: str, node: Object, taints: list[Object]) -> list[tuple[str, str]]:
        name = {"False": NOT_READY, "Unknown": UNREACHABLE}.get(self._ready(node))
        if name is None or self._zones.cut_off:
            return []
        evicting = any(t["key"] in _NO_EXECUTE_KEYS and t.get("effect") == "NoExecute" for t in taints)
        if not evicting and not self._zones.may_evict(node):
            self.queue.add_after(key, 1.0)
            return []
        return [(name, "NoExecute")]

    async def _pods_not_ready(self, key: str) -> None:
        """Pods on a node that does not report are not ready, whatever they last said."""
        waiting = self._unmarked.get(key, set())
        for pod_key in sorted(waiting):
            pod = self._pods.get(pod_key)
            if pod is not None and podlib.is_ready(pod):
                await self._not_ready(pod)
            waiting.discard(pod_key)

    async def _not_ready(self, pod: Object) -> None:
        now = rfc3339(self.clock.now())
        condition = {"type": "Ready", "status": "False", "lastTransitionTime": now}
        try:
            await eviction.patch_status(self.client, pod, {"conditions": [condition]})
        except StatusError as error:
            if error.code not in (404, 409):
                raise
        self._recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready")


def _is_ours(taint: Object) -> bool:
    if taint.get("effect") == "NoSchedule":
        return taint["key"] in _NO_SCHEDULE_KEYS
    return taint.get("effect") == "NoExecute" and taint["key"] in _NO_EXECUTE_KEYS


def _reference(node: Object) -> Object:
    """Upstream's events about nodes name the node only."""
    name, uid = node["metadata"]["name"], node["metadata"]["uid"]
    return {"kind": "Node", "name": name, "uid": uid, "apiVersion": "v1"}
