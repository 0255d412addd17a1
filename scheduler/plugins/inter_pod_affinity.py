"""InterPodAffinity: pods that want to be, or must not be, where certain other pods are.

Pods are counted per value of a node label (the topology key). Source of the rules: kube-scheduler.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..cache import Cache
from ..changes import NAMESPACE, NODE, POD, WAITING_POD, Action, Change, Interest
from ..config.args import InterPodAffinityArgs
from ..counts import Wanted
from ..framework import MAX_SCORE, Reject
from ..node import NodeInfo
from ..pod import PodInfo, PodTerm

NAME = "InterPodAffinity"
AFFINITY = Reject(NAME, ("node(s) didn't match pod affinity rules",))
ANTI_AFFINITY = Reject(NAME, ("node(s) didn't match pod anti-affinity rules",), True)
OF_OTHERS = Reject(NAME, ("node(s) didn't satisfy existing pods anti-affinity rules",), True)

Place = tuple[str, str]
"""Topology key and value."""


class _State(NamedTuple):
    pod: PodInfo
    near: dict[Place, int]
    far: set[Place]
    refused: set[Place]
    first: bool
    """No pod matches the affinity yet, but this one matches its own: it may start the group anywhere."""


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
        wants = pod.affinity
        refused = _refused(pod, cache) if cache.anti_nodes else set()
        if not wants.required and not wants.anti and not refused:
            return None
        near = _near(pod, cache)
        far = {place for term in wants.anti for place in _places(term, cache)}
        first = not near and all(t.matches(pod, cache.namespaces) for t in wants.required)
        return _State(pod, near, far, refused, first)

    def filter(self, state: _State, node: NodeInfo) -> Reject | None:
        wants = state.pod.affinity
        if wants.required and not _satisfied(state, node):
            return AFFINITY
        if any((t.topology_key, node.labels.get(t.topology_key)) in state.far for t in wants.anti):
            return ANTI_AFFINITY
        if any(node.labels.get(key) == value for key, value in state.refused):
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
        self, pod: PodInfo, cache: Cache, nodes: Sequence[NodeInfo]
    ) -> dict[str, dict[str, int]] | None:
        """Topology key → value → what being there is worth."""
        wants = pod.affinity
        without_wishes = not wants.preferred and not wants.preferred_anti
        if without_wishes and (self._own_wishes_only or not cache.affine_nodes):
            return None
        worth: dict[str, dict[str, int]] = {}
        for terms, sign in ((wants.preferred, 1), (wants.preferred_anti, -1)):
            for term in terms:
                for place, count in _places(term, cache).items():
                    _credit(worth, place, sign * term.weight * count)
        for node in cache.affine_nodes.values():
            for other in node.affine.values():
                _credit_wishes(worth, other, node, pod, cache, self._hard_weight)
        return worth or None

    def score(self, state: dict[str, dict[str, int]], nodes: Sequence[NodeInfo]) -> list[int]:
        raw = [
            sum(values.get(node.labels[key], 0) for key, values in state.items() if key in node.labels)
            for node in nodes
        ]
        least, most = min(raw), max(raw)
        if least == most:
            return [0] * len(raw)
        return [int(MAX_SCORE * ((r - least) / (most - least))) for r in raw]


def _satisfied(state: _State, node: NodeInfo) -> bool:
    exists = True
    for term in state.pod.affinity.required:
        value = node.labels.get(term.topology_key)
        if value is None:
            return False
        exists = exists and state.near.get((term.topology_key, value), 0) > 0
    return exists or state.first


def _wanted(term: PodTerm, cache: Cache) -> Wanted:
    return Wanted(term.namespaces(cache.namespaces), term.selector)


def _places(term: PodTerm, cache: Cache) -> dict[Place, int]:
    """Where pods are that the term matches."""
    return _by_place(term.topology_key, cache.counter((_wanted(term, cache),)).nodes, cache)


def _near(pod: PodInfo, cache: Cache) -> dict[Place, int]:
    """Where pods are that match all required terms at once."""
    terms = pod.affinity.required
    if not terms:
        return {}
    per_node = cache.counter(tuple(_wanted(t, cache) for t in terms)).nodes
    found: dict[Place, int] = {}
    for key in {t.topology_key for t in terms}:
        found |= _by_place(key, per_node, cache)
    return found


def _by_place(key: str, per_node: dict[str, int], cache: Cache) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for name, count in per_node.items():
        node = cache.nodes[name]
        if node.known and key in node.labels:
            place = (key, node.labels[key])
            found[place] = found.get(place, 0) + count
    return found


def _refused(pod: PodInfo, cache: Cache) -> set[Place]:
    """Where placed pods do not want this one."""
    found = set()
    for node in cache.anti_nodes.values():
        for other in node.anti.values():
            for term in other.affinity.anti:
                value = node.labels.get(term.topology_key)
                if value is not None and term.matches(pod, cache.namespaces):
                    found.add((term.topology_key, value))
    return found


def _credit(worth: dict[str, dict[str, int]], place: Place, amount: int) -> None:
    values = worth.setdefault(place[0], {})
    values[place[1]] = values.get(place[1], 0) + amount


def _credit_wishes(
    worth: dict[str, dict[str, int]],
    other: PodInfo,
    node: NodeInfo,
    pod: PodInfo,
    cache: Cache,
    hard_weight: int,
) -> None:
    """What a placed pod thinks of having this pod near."""
    wishes = other.affinity
    hard = wishes.required if hard_weight else ()
    for terms, sign in ((hard, 0), (wishes.preferred, 1), (wishes.preferred_anti, -1)):
        for term in terms:
            value = node.labels.get(term.topology_key)
            if value is not None and term.matches(pod, cache.namespaces):
                weight = sign * term.weight if sign else hard_weight
                _credit(worth, (term.topology_key, value), weight)
