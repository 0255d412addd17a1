"""How many pods match a selector, per node and per zone: counted once, then kept up to date.

This is what lets spreading and pod affinity be decided without looking at every pod for every pod.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..apimachinery.labels import Selector
from .node import NodeInfo
from .pod import PodInfo

LIMIT = 2048
_NOWHERE: Mapping[str, NodeInfo] = {}


class Tally:
    """`nodes`: node name → how many of the pods counted here are on it. Nodes without one are absent."""

    __slots__ = ("_cluster", "_places", "nodes")

    def __init__(self, cluster: Mapping[str, NodeInfo] = _NOWHERE) -> None:
        """`cluster` is every node by name."""
        self._cluster = cluster
        self.nodes: dict[str, int] = {}
        self._places: dict[str, dict[str, int]] = {}

    def places(self, key: str) -> Mapping[str, int]:
        """Value of a node label → how many pods are on nodes with it. It follows every change."""
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = {}
            for name, count in self.nodes.items():
                self._at(found, key, name, count)
        return found

    def forget_places(self) -> None:
        """The labels of a node have changed."""
        self._places = {}

    def add(self, node: str, count: int) -> None:
        _add(self.nodes, node, count)
        for key, found in self._places.items():
            self._at(found, key, node, count)

    def _at(self, found: dict[str, int], key: str, name: str, count: int) -> None:
        node = self._cluster[name]
        value = node.labels.get(key) if node.known else None
        if value is not None:
            _add(found, value, count)


def _add(counts: dict[str, int], name: str, count: int) -> None:
    left = counts.get(name, 0) + count
    if left:
        counts[name] = left
    else:
        counts.pop(name, None)


class Wanted(NamedTuple):
    """Pods in some namespaces (None: all) with some labels."""

    namespaces: frozenset[str] | None
    selector: Selector

    def matches(self, pod: PodInfo) -> bool:
        where = self.namespaces
        return (where is None or pod.namespace in where) and self.selector.matches(pod.labels)


class Counter(Tally):
    """Of the pods that all of `wanted` match."""

    __slots__ = ("living", "wanted")

    def __init__(self, wanted: tuple[Wanted, ...], living: bool, cluster: Mapping[str, NodeInfo]) -> None:
        super().__init__(cluster)
        self.wanted = wanted
        self.living = living
        """Count only pods that are not being deleted."""

    def note(self, pod: PodInfo, sign: int) -> None:
        if not (self.living and pod.terminating) and all(w.matches(pod) for w in self.wanted):
            self.add(pod.node_name, sign)


Key = tuple[bool, tuple[tuple[frozenset[str] | None, str, bool], ...]]
Slot = tuple[str, str, str]


class Counters:
    """The counters in use; the least recently asked for are dropped."""

    def __init__(self, cluster: Mapping[str, NodeInfo] = _NOWHERE, limit: int = LIMIT) -> None:
        self._cluster = cluster
        self._known: OrderedDict[Key, Counter] = OrderedDict()
        self._slots: dict[Slot, dict[int, Counter]] = {}
        self._limit = limit

    def get(self, wanted: tuple[Wanted, ...], living: bool, pods: Iterable[PodInfo]) -> Counter:
        """The counter of pods that match all of `wanted`; `pods` are all placed ones, read when it is new."""
        key = (living, tuple((w.namespaces, str(w.selector), w.selector.nothing) for w in wanted))
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
            return found
        made = self._known[key] = Counter(wanted, living, self._cluster)
        for pod in pods:
            made.note(pod, 1)
        for slot in _slots(wanted[0]):
            self._slots.setdefault(slot, {})[id(made)] = made
        if len(self._known) > self._limit:
            self._drop(self._known.popitem(last=False)[1])
        return made

    def note(self, pod: PodInfo, sign: int) -> None:
        """A pod was placed (1) or is gone (-1)."""
        if not self._slots:
            return
        for space in (pod.namespace, ""):
            for key, value in (("", ""), *pod.labels.items()):
                for counter in self._slots.get((space, key, value), _NONE).values():
                    counter.note(pod, sign)

    def forget_places(self) -> None:
        """The labels of a node with pods have changed."""
        for counter in self._known.values():
            counter.forget_places()

    def _drop(self, counter: Counter) -> None:
        for slot in _slots(counter.wanted[0]):
            entries = self._slots[slot]
            del entries[id(counter)]
            if not entries:
                del self._slots[slot]


_NONE: dict[int, Counter] = {}


def _slots(wanted: Wanted) -> list[Slot]:
    """Where a pod that matches is looked up: (namespace or empty for all, one label it must have)."""
    key, value = next(iter(wanted.selector.exact.items()), ("", ""))
    return [(space, key, value) for space in ([""] if wanted.namespaces is None else wanted.namespaces)]
