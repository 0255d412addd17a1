"""A pod as the scheduler sees it: what equal pods share is worked out once (`Template`)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import orjson

from ..apimachinery import labels
from ..apimachinery.clock import parse_rfc3339
from ..apimachinery.node_affinity import NodeWish
from ..apimachinery.taints import tolerations
from ..apimachinery.volumes import claims_of
from . import quantities

Object = dict[str, Any]

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
TEMPLATES = 4096
DEFAULT_SCHEDULER = "default-scheduler"
RESTART_ALL = "RestartAllContainersOnContainerExits"
NO_FEATURES: frozenset[str] = frozenset()

HostPort = tuple[str, str, int]
"""Address (`0.0.0.0` for all), protocol, port."""


class Template:
    """Everything that the plug-ins which look at one node at a time need to know of a pod.

    `key` is equal exactly for pods that such plug-ins cannot tell apart, and that the same profile schedules.
    """

    __slots__ = (
        "best_effort",
        "containers",
        "features",
        "images",
        "key",
        "ports",
        "requests",
        "tolerations",
        "wish",
    )

    def __init__(self, key: bytes, spec: Object) -> None:
        self.key = key
        self.requests = quantities.of_pod(spec)
        self.best_effort = not self.requests.cpu and not self.requests.memory
        self.wish = NodeWish(spec)
        self.tolerations = tolerations(spec.get("tolerations"))
        containers = [*(spec.get("initContainers") or ()), *spec["containers"]]
        self.containers = len(containers)
        """How many."""
        self.images = tuple(map(_image, (*(c.get("image", "") for c in containers), *_mounted_images(spec))))
        """Of containers and of volumes."""
        self.ports = tuple(_host_ports(spec))
        self.features = _features(containers)


class PodTerm:
    """One PodAffinityTerm: pods in some namespaces, counted per value of a node label."""

    __slots__ = ("_every", "_listed", "_of_namespace", "selector", "topology_key", "weight")

    def __init__(self, term: Object, namespace: str, weight: int = 0) -> None:
        self.selector = labels.from_label_selector(term.get("labelSelector"))
        self.topology_key: str = term["topologyKey"]
        self.weight = weight
        wanted = term.get("namespaceSelector")
        self._of_namespace = labels.from_label_selector(wanted) if wanted is not None else None
        listed = term.get("namespaces") or ()
        self._listed = frozenset(listed if listed or wanted is not None else (namespace,))
        self._every = self._of_namespace is not None and self._of_namespace.empty

    def namespaces(self, known: dict[str, dict[str, str]]) -> frozenset[str] | None:
        """Where to look, given every namespace's labels; None for everywhere."""
        if self._every:
            return None
        if self._of_namespace is None:
            return self._listed
        found = (name for name, its in known.items() if self._of_namespace.matches(its))
        return self._listed.union(found)

    def matches(self, pod: PodInfo, known: dict[str, dict[str, str]]) -> bool:
        where = self.namespaces(known)
        return (where is None or pod.namespace in where) and self.selector.matches(pod.labels)


class Affinity(NamedTuple):
    """The terms between pods; weights of preferred anti-affinity are positive here."""

    required: tuple[PodTerm, ...] = ()
    anti: tuple[PodTerm, ...] = ()
    preferred: tuple[PodTerm, ...] = ()
    preferred_anti: tuple[PodTerm, ...] = ()
    key: bytes = b""
    """Equal for equal terms in the same namespace; empty without terms."""


NO_AFFINITY = Affinity()


class PodInfo:
    """One pod. `obj` is the informer's and is not changed here."""

    __slots__ = (
        "affinity",
        "claims",
        "created",
        "key",
        "labels",
        "name",
        "namespace",
        "node_name",
        "nominated",
        "obj",
        "priority",
        "scheduler",
        "spread",
        "template",
        "terminating",
        "uid",
    )

    def __init__(self, obj: Object, template: Template, affinity: Affinity) -> None:
        meta, spec = obj["metadata"], obj["spec"]
        self.obj = obj
        self.namespace: str = meta["namespace"]
        self.name: str = meta["name"]
        self.uid: str = meta["uid"]
        self.key = f"{self.namespace}/{self.name}"
        self.labels: dict[str, str] = meta.get("labels") or {}
        self.created: str = meta.get("creationTimestamp") or ""
        self.terminating = "deletionTimestamp" in meta
        self.priority: int = spec.get("priority") or 0
        self.node_name: str = spec.get("nodeName", "")
        self.scheduler: str = spec.get("schedulerName", DEFAULT_SCHEDULER)
        self.nominated: str = (obj.get("status") or {}).get("nominatedNodeName", "")
        self.template = template
        self.affinity = affinity
        self.claims = tuple(f"{self.namespace}/{name}" for name in claims_of(obj))
        """Keys of the volume claims it mounts."""
        self.spread: list[Object] = spec.get("topologySpreadConstraints") or []

    @property
    def gated(self) -> bool:
        return bool(self.obj["spec"].get("schedulingGates"))

    @property
    def started(self) -> str:
        """When it began to run, as text that sorts; pods that have not begun come last."""
        return (self.obj.get("status") or {}).get("startTime") or "9999"

    @property
    def preempted(self) -> bool:
        """Whether it is on its way out to make room for another."""
        return self.terminating and any(
            c["type"] == "DisruptionTarget" and c.get("reason") == "PreemptionByScheduler"
            for c in (self.obj.get("status") or {}).get("conditions") or ()
        )

    @property
    def generation(self) -> int:
        return self.obj["metadata"].get("generation") or 0

    @property
    def age_key(self) -> float:
        return parse_rfc3339(self.created).timestamp() if self.created else 0.0


class Templates:
    """Makes `PodInfo`s. Equal pods share their template and their terms; the least recently used of these
    are forgotten."""

    def __init__(self, limit: int = TEMPLATES) -> None:
        self._known: OrderedDict[bytes, Template] = OrderedDict()
        self._affinities: OrderedDict[bytes, Affinity] = OrderedDict()
        self._limit = limit

    def info(self, obj: Object) -> PodInfo:
        spec = quantities.in_effect(obj)
        key = _key(spec)
        template = self._known.get(key)
        if template is None:
            template = Template(key, spec)
        _keep(self._known, key, template, self._limit)
        return PodInfo(obj, template, self._affinity(spec.get("affinity"), obj["metadata"]["namespace"]))

    def _affinity(self, spec: Object | None, namespace: str) -> Affinity:
        near, far = (spec.get("podAffinity"), spec.get("podAntiAffinity")) if spec else (None, None)
        if not near and not far:
            return NO_AFFINITY
        key = orjson.dumps((namespace, near, far))
        known = self._affinities.get(key)
        if known is None:
            known = _affinity(near or {}, far or {}, namespace, key)
        _keep(self._affinities, key, known, self._limit)
        return known


def _keep(known: OrderedDict[bytes, Any], key: bytes, value: Any, limit: int) -> None:
    """As the one used last; beyond the limit the one used longest ago goes."""
    known[key] = value
    known.move_to_end(key)
    if len(known) > limit:
        known.popitem(last=False)


def _key(spec: Object) -> bytes:
    get = spec.get
    affinity = get("affinity")
    return orjson.dumps(
        (
            [_what_counts(c) for c in spec["containers"]],
            [(*_what_counts(c), c.get("restartPolicy")) for c in get("initContainers") or ()],
            get("nodeSelector"),
            affinity.get("nodeAffinity") if affinity else None,
            get("tolerations"),
            get("resources"),
            get("overhead"),
            get("schedulerName"),
            _mounted_images(spec),
        )
    )


def _what_counts(container: Object) -> tuple[Any, ...]:
    get = container.get
    return get("image"), get("resources"), get("ports"), get("restartPolicyRules")


def _mounted_images(spec: Object) -> list[str]:
    return [v["image"].get("reference", "") for v in spec.get("volumes") or () if "image" in v]


def _features(containers: list[Object]) -> frozenset[str]:
    """What the node's kubelet must be able to do."""
    rules = (rule for c in containers for rule in c.get("restartPolicyRules") or ())
    restarts = any(rule["action"] == "RestartAllContainers" for rule in rules)
    return frozenset((RESTART_ALL,)) if restarts else NO_FEATURES


def _image(name: str) -> str:
    """With a tag, as nodes report it."""
    return name if "@" in name or ":" in name.rpartition("/")[2] else f"{name}:latest"


def _host_ports(spec: Object) -> list[HostPort]:
    sidecars = (c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always")
    return [
        (port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", port["hostPort"])
        for container in (*sidecars, *spec["containers"])
        for port in container.get("ports") or ()
        if port.get("hostPort")
    ]


def _affinity(near: Object, far: Object, namespace: str, key: bytes) -> Affinity:
    def weighted(of: Object) -> tuple[PodTerm, ...]:
        return tuple(PodTerm(p["podAffinityTerm"], namespace, p["weight"]) for p in of.get(PREFERRED) or ())

    return Affinity(
        tuple(PodTerm(t, namespace) for t in near.get(REQUIRED) or ()),
        tuple(PodTerm(t, namespace) for t in far.get(REQUIRED) or ()),
        weighted(near),
        weighted(far),
        key,
    )
