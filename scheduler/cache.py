"""What is where: nodes, the pods on them, and pods that were placed but whose binding is not seen yet.

Everything happens on one event loop and scheduling a pod never waits in the middle, so the cache itself is
the snapshot that a pod is scheduled against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from .counts import Counter, Counters, Wanted
from .metrics import CACHE_SIZE
from .node import NodeInfo
from .pod import PodInfo
from .quantities import standing
from .wishes import Wishes

Object = dict[str, Any]


class Labelled(NamedTuple):
    """Nodes with certain labels, in the fixed order, and each label's values."""

    nodes: list[NodeInfo]
    domains: dict[str, set[str]]


class Cache:
    """Pods are held by key (`namespace/name`)."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeInfo] = {}
        """Every node that exists or that a pod names."""
        self.order: list[NodeInfo] = []
        """The nodes that exist, in a fixed order."""
        self.namespaces: dict[str, dict[str, str]] = {}
        """Labels of every namespace."""
        self.image_nodes: dict[str, int] = {}
        """On how many nodes an image is."""
        self.image_sizes: dict[str, int] = {}
        """Bytes, as the node says that had it first: builds for several machines share a name."""
        self.nominated: dict[str, dict[str, PodInfo]] = {}
        """Node name → pods that wait for room which preemption makes there."""
        self.claim_users: dict[str, int] = {}
        """Volume claim → how many placed pods mount it."""
        self._placed: dict[str, PodInfo] = {}
        self.version = 0
        """Grows with everything that may change where a pod fits."""
        self._assumed: set[str] = set()
        self.wishes = Wishes(self.nodes)
        """What placed pods think of other pods."""
        self._counters = Counters(self.nodes)
        self._labelled: dict[tuple[str, ...], Labelled] = {}

    # nodes

    def set_node(self, obj: Object) -> NodeInfo:
        self.version += 1
        name = obj["metadata"]["name"]
        node = self._node(name)
        before, had = node.images, node.labels
        fresh = not node.known
        node.set_object(obj)
        if fresh or had != node.labels:
            self._labels_changed(node)
        if fresh:
            self.order.append(node)
        if fresh or before != node.images:
            self._images_changed(before if not fresh else {}, node.images)
        return node

    def remove_node(self, name: str) -> None:
        self.version += 1
        node = self.nodes.get(name)
        if node is None or not node.known:
            return
        self.order.remove(node)
        self._images_changed(node.images, {})
        node.forget_object()
        self._labels_changed(node)
        if not node.pods:
            del self.nodes[name]

    def _node(self, name: str) -> NodeInfo:
        node = self.nodes.get(name)
        if node is None:
            node = self.nodes[name] = NodeInfo(name)
        return node

    def _images_changed(self, before: Iterable[str], after: Mapping[str, int]) -> None:
        """Image scores depend on how many of all nodes have an image, so every verdict is void."""
        for image in before:
            self.image_nodes[image] -= 1
            if not self.image_nodes[image]:
                del self.image_nodes[image], self.image_sizes[image]
        for image, size in after.items():
            self.image_nodes[image] = self.image_nodes.get(image, 0) + 1
            self.image_sizes.setdefault(image, size)
        self.void_verdicts()

    def _labels_changed(self, node: NodeInfo) -> None:
        self._labelled = {}
        if node.pods:
            self._counters.forget_places()
            self.wishes.forget_places()

    def labelled(self, *keys: str) -> Labelled:
        """The nodes that have all of these labels."""
        found = self._labelled.get(keys)
        if found is None:
            nodes = [node for node in self.order if all(key in node.labels for key in keys)]
            domains = {key: {node.labels[key] for node in nodes} for key in keys}
            found = self._labelled[keys] = Labelled(nodes, domains)
        return found

    def void_verdicts(self) -> None:
        """Forgets what plug-ins said of every node: something that concerns them all has changed."""
        self.version += 1
        for node in self.order:
            node.verdicts.clear()

    # pods

    def pod(self, key: str) -> PodInfo | None:
        return self._placed.get(key)

    def placed(self) -> Iterable[PodInfo]:
        return self._placed.values()

    def report(self) -> None:
        """Sets the gauges."""
        sizes = {"nodes": len(self.order), "pods": len(self._placed), "assumed_pods": len(self._assumed)}
        for what, size in sizes.items():
            CACHE_SIZE.labels(what).set(size)

    def is_assumed(self, key: str) -> bool:
        return key in self._assumed

    def assume(self, pod: PodInfo, node: str) -> None:
        """Counts the pod on the node before the API knows."""
        pod.node_name = node
        self._assumed.add(pod.key)
        self.add_pod(pod)

    def forget(self, key: str) -> None:
        """Takes an assumed pod back; nothing when its binding has been seen."""
        if key in self._assumed:
            self.remove_pod(key)

    def confirm(self, pod: PodInfo) -> None:
        """A placed pod as the API has it, new or changed."""
        self._assumed.discard(pod.key)
        known = self._placed.get(pod.key)
        if known is None:
            self.add_pod(pod)
        elif not _same(known, pod):
            self.remove_pod(pod.key)
            self.add_pod(pod)
        else:
            known.obj = pod.obj
            if known.labels != pod.labels or known.terminating != pod.terminating:
                self._counters.note(known, -1)
                known.labels, known.terminating = pod.labels, pod.terminating
                self._counters.note(known, 1)

    def touch(self, obj: Object) -> bool:
        """Whether the object is one of a placed pod that changed in nothing that scheduling looks at."""
        meta = obj["metadata"]
        known = self._placed.get(f"{meta['namespace']}/{meta['name']}")
        if (
            known is None
            or known.node_name != obj["spec"].get("nodeName")
            or known.uid != meta["uid"]
            or known.generation != meta.get("generation")
            or (known.generation > 1 and standing(known.obj) != standing(obj))
            or known.terminating != ("deletionTimestamp" in meta)
            or known.labels != (meta.get("labels") or {})
        ):
            return False
        known.obj = obj
        self._assumed.discard(known.key)
        return True

    def add_pod(self, pod: PodInfo) -> None:
        self.version += 1
        self._placed[pod.key] = pod
        node = self._node(pod.node_name)
        node.add(pod)
        self.wishes.note(pod, 1)
        self._use_claims(pod, 1)
        self._counters.note(pod, 1)

    def remove_pod(self, key: str) -> PodInfo | None:
        self.version += 1
        self._assumed.discard(key)
        pod = self._placed.pop(key, None)
        if pod is None:
            return None
        node = self.nodes[pod.node_name]
        node.remove(key)
        self.wishes.note(pod, -1)
        self._use_claims(pod, -1)
        self._counters.note(pod, -1)
        if not node.known and not node.pods:
            del self.nodes[node.name]
        return pod

    def counter(self, wanted: tuple[Wanted, ...], *, living: bool = False) -> Counter:
        """Placed pods that match all of `wanted`, per node; `living` leaves out those being deleted."""
        return self._counters.get(wanted, living, self._placed.values())

    @contextmanager
    def without(self, pods: Iterable[PodInfo]) -> Iterator[None]:
        """As if the pods were gone. Nothing may wait inside."""
        gone = [pod for pod in pods if pod.key in self._placed]
        assumed = {pod.key for pod in gone} & self._assumed
        for pod in gone:
            self.remove_pod(pod.key)
        try:
            yield
        finally:
            for pod in gone:
                self.add_pod(pod)
            self._assumed |= assumed

    @contextmanager
    def together_with(self, pods: Iterable[PodInfo], node: str) -> Iterator[None]:
        """As if the pods had been placed on the node. Nothing may wait inside."""
        come = [pod for pod in pods if pod.key not in self._placed]
        for pod in come:
            pod.node_name = node
            self.add_pod(pod)
        try:
            yield
        finally:
            for pod in come:
                self.remove_pod(pod.key)
                pod.node_name = ""

    # nominations

    def nominate(self, pod: PodInfo, node: str) -> None:
        self.clear_nomination(pod)
        if node:
            pod.nominated = node
            self.nominated.setdefault(node, {})[pod.key] = pod

    def clear_nomination(self, pod: PodInfo) -> None:
        entries = self.nominated.get(pod.nominated)
        if entries is not None and entries.pop(pod.key, None) is not None and not entries:
            del self.nominated[pod.nominated]
        pod.nominated = ""

    def _use_claims(self, pod: PodInfo, sign: int) -> None:
        for key in pod.claims:
            left = self.claim_users.get(key, 0) + sign
            if left:
                self.claim_users[key] = left
            else:
                self.claim_users.pop(key, None)


def _same(known: PodInfo, pod: PodInfo) -> bool:
    """Whether the pod takes the same from the same node as before."""
    return (
        known.node_name == pod.node_name and known.template.key == pod.template.key and known.uid == pod.uid
    )
