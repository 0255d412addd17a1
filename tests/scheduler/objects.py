"""Pods, nodes and a scheduler's decision-making over them, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

from wherry.apimachinery import labels
from wherry.apimachinery.clock import FakeClock
from wherry.client.informer import key_of
from wherry.client.latest import Latest
from wherry.scheduler.cache import Cache
from wherry.scheduler.config.resolved import Resolved
from wherry.scheduler.devices import Devices
from wherry.scheduler.diagnosis import Diagnosis
from wherry.scheduler.framework import Framework
from wherry.scheduler.plugins.default import DEFAULT, Tools, profile
from wherry.scheduler.pod import PodInfo, Templates
from wherry.scheduler.steps import Steps
from wherry.scheduler.storage import Storage

Object = dict[str, Any]
T = TypeVar("T")

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


def node(
    name: str, *, cpu: str = "4", zone: str = "", memory: str = "8Gi", pods: str = "110", **more: Any
) -> Object:
    """`more`: labels, taints, unschedulable, images, allocatable."""
    tags = {HOST: name, **({ZONE: zone} if zone else {}), **more.get("labels", {})}
    spec = {key: more[key] for key in ("taints", "unschedulable") if key in more}
    has = {"cpu": cpu, "memory": memory, "pods": pods, **more.get("allocatable", {})}
    return {
        "metadata": {"name": name, "labels": tags},
        "spec": spec,
        "status": {"allocatable": has, "images": more.get("images", [])},
    }


def pod(
    name: str, *, cpu: str = "", memory: str = "", on: str = "", labels: Object | None = None, **spec: Any
) -> Object:
    """`on` places it; `namespace`, `deleted`, `owner`, `status` and any field of the spec may be given."""
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    meta: Object = {
        "name": name,
        "namespace": spec.pop("namespace", "default"),
        "uid": f"uid-{name}",
        "labels": labels or {},
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "generation": spec.pop("generation", 1),
    }
    if spec.pop("deleted", False):
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    status = spec.pop("status", {"phase": "Pending"})
    containers = spec.pop("containers", None) or [
        {"name": "c", "image": "x:1", "resources": {"requests": requests}}
    ]
    full = {"containers": containers, "schedulerName": "default-scheduler", **spec}
    if on:
        full["nodeName"] = on
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": full, "status": status}


class Shelf:
    """Stands in for an informer: what was put on it."""

    def __init__(self, kind: str, objects: Sequence[Object] = ()) -> None:
        self.objects = {key_of(obj): obj for obj in objects if obj.get("kind") == kind}

    def get(self, key: str) -> Object | None:
        return self.objects.get(key)

    def list(self) -> list[Object]:
        return list(self.objects.values())


def storage(*objects: Object, client: Any = None) -> Storage:
    """Claims, volumes, classes and CSINodes, by their kind."""
    claims: Any = Shelf("PersistentVolumeClaim", objects)
    volumes: Any = Shelf("PersistentVolume", objects)
    classes, csi_nodes = Shelf("StorageClass", objects), Shelf("CSINode", objects)
    drivers, capacities = Shelf("CSIDriver", objects), Shelf("CSIStorageCapacity", objects)
    attachments = Shelf("VolumeAttachment", objects)
    caches = Latest(claims), Latest(volumes), classes.get, csi_nodes.get, drivers.get
    return Storage(client, *caches, capacities.list, attachments.list)


def devices(*objects: Object, client: Any = None) -> Devices:
    """ResourceClaims, ResourceSlices and DeviceClasses, by their kind."""
    claims: Any = Shelf("ResourceClaim", objects)
    slices, classes = Shelf("ResourceSlice", objects), Shelf("DeviceClass", objects)
    return Devices(client, Latest(claims), slices.list, classes)


def at_once(steps: Steps[T]) -> T:
    """Work that waits for nobody, to its end."""
    try:
        while True:
            assert next(steps) is None
    except StopIteration as end:
        result: T = end.value
        return result


class World:
    """A cache with nodes and placed pods, and a profile over it."""

    def __init__(
        self,
        *objects: Object,
        replicas: labels.Selector = labels.EVERYTHING,
        stored: Storage | None = None,
        offered: Devices | None = None,
        config: Resolved = DEFAULT,
    ) -> None:
        self.cache = Cache()
        self.cache.namespaces = {"default": {"team": "a"}, "other": {"team": "b"}}
        self.templates = Templates()
        self.tools = Tools(
            self.cache, lambda pod: replicas, stored or storage(), offered or devices(), FakeClock(), config
        )
        self.framework = Framework(self.cache, profile(self.tools), Random(1))
        for obj in objects:
            if "containers" in obj["spec"]:
                self.cache.add_pod(self.templates.info(obj))
            else:
                self.cache.set_node(obj)

    def info(self, obj: Object) -> PodInfo:
        return self.templates.info(obj)

    def place(self, obj: Object) -> str:
        """The node's name, or the message why there is none."""
        found = at_once(self.framework.attempt(self.info(obj)))
        return str(found) if isinstance(found, Diagnosis) else found.name

    def settle(self, *objects: Object) -> list[str]:
        """Places pods one after the other, each counted before the next."""
        placed = []
        for obj in objects:
            placed.append(self.place(obj))
            self.cache.assume(self.info(obj), placed[-1])
        return placed


def spread(key: str, *, app: str = "web", skew: int = 1, soft: bool = False, **more: Any) -> Object:
    return {
        "topologyKey": key,
        "maxSkew": skew,
        "whenUnsatisfiable": "ScheduleAnyway" if soft else "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": app}},
        **more,
    }


def term(app: str, key: str = HOST, **more: Any) -> Object:
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key, **more}


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def near(*terms: Object) -> Object:
    return {"podAffinity": {REQUIRED: list(terms)}}


def far(*terms: Object) -> Object:
    return {"podAntiAffinity": {REQUIRED: list(terms)}}


def liked(kind: str, *weighted: tuple[int, Object]) -> Object:
    """`kind` is podAffinity or podAntiAffinity."""
    return {kind: {PREFERRED: [{"weight": w, "podAffinityTerm": t} for w, t in weighted]}}
