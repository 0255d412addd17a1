"""InterPodAffinity: pods that want to be, or must not be, where certain other pods are.

Pods are counted per value of a node label (the topology key). Source of the rules: kube-scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..cache import Cache
from ..changes import NAMESPACE, NODE, POD, WAITING_POD, Action, Change, Interest
from ..config.args import InterPodAffinityArgs
from ..contract import MAX_SCORE, Reject
from ..counts import Wanted
from ..node import NodeInfo
from ..pod import PodInfo, PodTerm
from ..wishes import Sort, Wish

NAME = "InterPodAffinity"
AFFINITY = Reject(NAME, ("node(s) didn't match pod affinity rules",))
ANTI_AFFINITY = Reject(NAME, ("node(s) didn't match pod anti-affinity rules",), True)
OF_OTHERS = Reject(NAME, ("node(s) didn't satisfy existing pods anti-affinity rules",), True)

Places = tuple[str, Mapping[str, int]]
"""A topology key, and its values → how many pods are there; it follows what is placed."""


class _State(NamedTuple):
    pod: PodInfo
    near: list[Places]
    """Of each required term, where pods are that match all of them at once."""
    far: list[Places]
    refused: list[Places]
    first: bool
    """No pod matches the affinity yet, but this one matches its own: it may start the group anywhere."""


class _Worth(NamedTuple):
    """What being where other pods are is worth, for each of them."""

    key: str
    places: Mapping[str, int]
    weight: int


class InterPodAffinity:
    name = NAME
    weight = 2

    def __init__(self, args: InterPodAffinityArgs | None = None) -> None:
        args = args or InterPodAffinityArgs.model_construct()
        self._hard_weight = args.hard_pod_affinity_weight
        """What a placed pod's required affinity to the new pod is worth in the score."""
        self._own_wishes_only = args.ignore_preferred_terms_of_existing_pods
        """Whether pods without preferences are scored nowhere, whatever placed pods prefer."""
        self._namespaces: dict[str, dict[str, str]] = {}

    def pre_filter(self, pod: PodInfo, cache: Cache) -> _State | None:
        self._namespaces = cache.namespaces
        wants, known = pod.affinity, cache.namespaces
        refused = [_held(wish) for wish in cache.wishes.about(pod, known) if wish.sort is Sort.ANTI]
        if not wants.required and not wants.anti and not refused:
            return None
        near = _near(pod, cache)
        far = [_places(term, cache) for term in wants.anti]
        first = not any(places for _, places in near) and all(t.matches(pod, known) for t in wants.required)
        return _State(pod, near, far, refused, first)

    def filter(self, state: _State, node: NodeInfo) -> Reject | None:
        if state.near and not _satisfied(state, node):
            return AFFINITY
        if state.far and _among(node, state.far):
            return ANTI_AFFINITY
        if state.refused and _among(node, state.refused):
            return OF_OTHERS
        return None

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(POD, Action.Add | Action.Delete | Action.UpdatePodLabel, self._after_pod),
            Interest(WAITING_POD, Action.UpdatePodLabel),
            Interest(NODE, Action.Add | Action.UpdateNodeLabel | Action.UpdateNodeTaint, self._after_node),
            # Upstream waits until the pod has waited five minutes.
            Interest(NAMESPACE, Action.Add | Action.Update),
        )

    def _after_pod(self, pod: PodInfo, change: Change) -> bool:
        """Whether a pod that is wanted near comes, or one that is not goes; labels may mean either."""
        wants, known = pod.affinity, self._namespaces
        come: PodInfo | None = change.new
        gone: PodInfo | None = change.old
        near = wants.required
        if near and come is not None and all(t.matches(come, known) for t in near):
            return gone is None or not all(t.matches(gone, known) for t in near) or self._left(pod, change)
        return self._left(pod, change)

    def _left(self, pod: PodInfo, change: Change) -> bool:
        """Whether a pod that stood in the way is gone, or is no longer of those that do."""
        wants, known = pod.affinity, self._namespaces
        come: PodInfo | None = change.new
        gone: PodInfo | None = change.old
        if gone is None:
            return False
        if any(t.matches(gone, known) and not (come and t.matches(come, known)) for t in wants.anti):
            return True
        return come is None and any(t.matches(pod, known) for t in gone.affinity.anti)

    def _after_node(self, pod: PodInfo, change: Change) -> bool:
        """Whether a node has a label that the pod's terms count by, and had not, or had another value."""
        terms = pod.affinity.required or pod.affinity.anti
        if not terms:
            return True
        before: dict[str, str] = change.old.labels if change.old is not None else {}
        return any(
            t.topology_key in change.new.labels
            and (change.old is None or before.get(t.topology_key) != change.new.labels[t.topology_key])
            for t in terms
        )

    def pre_score(
        self, pod: PodInfo, cache: Cache, nodes: Sequence[NodeInfo], filtered: Any
    ) -> list[_Worth] | None:
        wants = pod.affinity
        if self._own_wishes_only and not wants.preferred and not wants.preferred_anti:
            return None
        found = [
            _Worth(*_places(term, cache), sign * term.weight)
            for terms, sign in ((wants.preferred, 1), (wants.preferred_anti, -1))
            for term in terms
        ]
        for wish in cache.wishes.about(pod, cache.namespaces):
            weight = self._weight(wish)
            if weight:
                found.append(_Worth(*_held(wish), weight))
        return [worth for worth in found if worth.places] or None

    def _weight(self, wish: Wish) -> int:
        """What a placed pod's term is worth."""
        if wish.sort is Sort.REQUIRED:
            return self._hard_weight
        if wish.sort is Sort.ANTI:
            return 0
        return wish.term.weight if wish.sort is Sort.PREFERRED else -wish.term.weight

    def score(self, state: list[_Worth], nodes: Sequence[NodeInfo]) -> list[int]:
        raw = [0] * len(nodes)
        for key, places, weight in state:
            for i, node in enumerate(nodes):
                value = node.labels.get(key)
                if value is not None and value in places:
                    raw[i] += weight * places[value]
        least, most = min(raw), max(raw)
        if least == most:
            return [0] * len(raw)
        return [int(MAX_SCORE * ((r - least) / (most - least))) for r in raw]


def _among(node: NodeInfo, where: list[Places]) -> bool:
    return any(node.labels.get(key) in places for key, places in where)


def _satisfied(state: _State, node: NodeInfo) -> bool:
    exists = True
    for key, places in state.near:
        value = node.labels.get(key)
        if value is None:
            return False
        exists = exists and value in places
    return exists or state.first


def _wanted(term: PodTerm, cache: Cache) -> Wanted:
    return Wanted(term.namespaces(cache.namespaces), term.selector)


def _places(term: PodTerm, cache: Cache) -> Places:
    """Where pods are that the term matches."""
    return term.topology_key, cache.counter((_wanted(term, cache),)).places(term.topology_key)


def _held(wish: Wish) -> Places:
    """Where the pods are that have the term."""
    return wish.term.topology_key, wish.pods.places(wish.term.topology_key)


def _near(pod: PodInfo, cache: Cache) -> list[Places]:
    terms = pod.affinity.required
    if not terms:
        return []
    counter = cache.counter(tuple(_wanted(t, cache) for t in terms))
    return [(t.topology_key, counter.places(t.topology_key)) for t in terms]
