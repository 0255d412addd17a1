"""A node and what its pods use of it, kept up to date with every pod that comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..apimachinery.taints import NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE, taints
from . import quantities
from .pod import HostPort, PodInfo

if TYPE_CHECKING:
    from .contract import Verdict

Object = dict[str, Any]

VERDICTS = 512


class NodeInfo:
    """`known` is false for a node that pods name but that does not exist (yet)."""

    __slots__ = (
        "cpu",
        "features",
        "images",
        "known",
        "labels",
        "max_pods",
        "memory",
        "name",
        "other",
        "pods",
        "ports",
        "scored_cpu",
        "scored_memory",
        "soft_taints",
        "storage",
        "taints",
        "unschedulable",
        "used_cpu",
        "used_memory",
        "used_other",
        "used_storage",
        "verdicts",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.known = False
        self.labels: dict[str, str] = {}
        self.unschedulable = False
        self.taints: tuple[Any, ...] = ()
        self.soft_taints: tuple[Any, ...] = ()
        self.images: dict[str, int] = {}
        self.features: frozenset[str] = frozenset()
        """What its kubelet says that it can do."""
        self.cpu = self.memory = self.storage = self.max_pods = 0
        self.other: dict[str, int] = {}
        self.used_cpu = self.used_memory = self.used_storage = 0
        self.used_other: dict[str, int] = {}
        self.scored_cpu = self.scored_memory = 0
        self.pods: dict[str, PodInfo] = {}
        self.ports: dict[HostPort, int] = {}
        self.verdicts: dict[bytes, Verdict] = {}
        """What the framework found for a template; emptied whenever the node changes."""

    def set_object(self, obj: Object) -> None:
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        self.known = True
        self.labels = obj["metadata"].get("labels") or {}
        self.unschedulable = bool(spec.get("unschedulable"))
        given = taints(spec.get("taints"))
        self.taints = tuple(t for t in given if t.effect in (NO_SCHEDULE, NO_EXECUTE))
        self.soft_taints = tuple(t for t in given if t.effect == PREFER_NO_SCHEDULE)
        has = quantities.amounts(status.get("allocatable"))
        self.cpu = has.pop(quantities.CPU, 0)
        self.memory = has.pop(quantities.MEMORY, 0)
        self.storage = has.pop(quantities.STORAGE, 0)
        self.max_pods = has.pop(quantities.PODS, 0)
        self.other = has
        self.features = frozenset(status.get("declaredFeatures") or ())
        self.images = {
            name: image.get("sizeBytes") or 0
            for image in status.get("images") or ()
            for name in image.get("names") or ()
        }
        self.verdicts.clear()

    def forget_object(self) -> None:
        self.known = False
        self.verdicts.clear()

    def add(self, pod: PodInfo) -> None:
        self.pods[pod.key] = pod
        self._count(pod, 1)

    def remove(self, key: str) -> PodInfo | None:
        pod = self.pods.pop(key, None)
        if pod is not None:
            self._count(pod, -1)
        return pod

    def judged(self, key: bytes, verdict: Verdict) -> Verdict:
        """Remembers a verdict until the node changes."""
        if len(self.verdicts) >= VERDICTS:
            self.verdicts.clear()
        self.verdicts[key] = verdict
        return verdict

    def _count(self, pod: PodInfo, sign: int) -> None:
        asked = pod.template.requests
        self.used_cpu += sign * asked.cpu
        self.used_memory += sign * asked.memory
        self.used_storage += sign * asked.storage
        self.scored_cpu += sign * asked.scored_cpu
        self.scored_memory += sign * asked.scored_memory
        for name, amount in asked.other.items():
            self.used_other[name] = self.used_other.get(name, 0) + sign * amount
        for port in pod.template.ports:
            left = self.ports.get(port, 0) + sign
            if left:
                self.ports[port] = left
            else:
                self.ports.pop(port, None)
        self.verdicts.clear()
