"""How many pods match a selector, per node: counted once, then kept up to date.

This is what lets spreading and pod affinity be decided without looking at every pod for every pod.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from ..apimachinery.labels import Selector
from .pod import PodInfo

LIMIT = 2048


class Wanted(NamedTuple):
    """Pods in some namespaces (None: all) with some labels."""

    namespaces: frozenset[str] | None
    selector: Selector

    def matches(self, pod: PodInfo) -> bool:
        where = self.namespaces
        return (where is None or pod.namespace in where) and self.selector.matches(pod.labels)


class Counter:
    """`nodes`: node name → number of pods that all of `wanted` match. Nodes without one are absent."""

    __slots__ = ("living", "nodes", "wanted")

    def __init__(self, wanted: tuple[Wanted, ...], living: bool) -> None:
        self.wanted = wanted
        self.living = living
        """Count only pods that are not being deleted."""
        self.nodes: dict[str, int] = {}

    def note(self, pod: PodInfo, sign: int) -> None:
        if (self.living and pod.terminating) or not all(w.matches(pod) for w in self.wanted):
            return
        count = self.nodes.get(pod.node_name, 0) + sign
        if count:
            self.nodes[pod.node_name] = count
        else:
            del self.nodes[pod.node_name]


Key = tuple[bool, tuple[tuple[frozenset[str] | None, str, bool], ...]]
Slot = tuple[str, str, str]


class Counters:
    """The counters in use; the least recently asked for are dropped."""

    def __init__(self, limit: int = LIMIT) -> None:
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
        made = self._known[key] = Counter(wanted, living)
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
