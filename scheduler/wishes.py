"""What placed pods think of having other pods near: equal pods are counted together, and found by label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

from .counts import Tally
from .node import NodeInfo
from .pod import PodInfo, PodTerm


class Sort(Enum):
    REQUIRED = auto()
    ANTI = auto()
    PREFERRED = auto()
    PREFERRED_ANTI = auto()


class Wish(NamedTuple):
    """A term, and where the pods are that have it."""

    sort: Sort
    term: PodTerm
    pods: Tally


Label = tuple[str, str]


class Wishes:
    """The terms between pods of all placed pods. It is asked for every pod, so what it costs must not grow
    with the number of pods that think alike."""

    def __init__(self, cluster: Mapping[str, NodeInfo]) -> None:
        self._cluster = cluster
        self._tallies: dict[bytes, Tally] = {}
        self._by_label: dict[Label, dict[tuple[bytes, int], Wish]] = {}
        """By one label that a pod must have, or ("", "")."""

    def note(self, pod: PodInfo, sign: int) -> None:
        """A pod was placed (1) or is gone (-1)."""
        key = pod.affinity.key
        if not key:
            return
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally(self._cluster)
            for number, wish in enumerate(_wishes(pod, tally)):
                self._by_label.setdefault(_label(wish), {})[key, number] = wish
        tally.add(pod.node_name, sign)
        if not tally.nodes:
            del self._tallies[key]
            for number, wish in enumerate(_wishes(pod, tally)):
                self._drop(_label(wish), (key, number))

    def forget_places(self) -> None:
        """The labels of a node with pods have changed."""
        for tally in self._tallies.values():
            tally.forget_places()

    def about(self, pod: PodInfo, namespaces: dict[str, dict[str, str]]) -> Iterator[Wish]:
        """The wishes that concern a pod, given every namespace's labels."""
        if not self._tallies:
            return
        for label in (("", ""), *pod.labels.items()):
            for wish in self._by_label.get(label, _NONE).values():
                if wish.term.matches(pod, namespaces):
                    yield wish

    def _drop(self, label: Label, entry: tuple[bytes, int]) -> None:
        entries = self._by_label[label]
        del entries[entry]
        if not entries:
            del self._by_label[label]


_NONE: dict[tuple[bytes, int], Wish] = {}


def _wishes(pod: PodInfo, tally: Tally) -> Iterator[Wish]:
    wants = pod.affinity
    for sort, terms in (
        (Sort.REQUIRED, wants.required),
        (Sort.ANTI, wants.anti),
        (Sort.PREFERRED, wants.preferred),
        (Sort.PREFERRED_ANTI, wants.preferred_anti),
    ):
        for term in terms:
            yield Wish(sort, term, tally)


def _label(wish: Wish) -> Label:
    return next(iter(wish.term.selector.exact.items()), ("", ""))
