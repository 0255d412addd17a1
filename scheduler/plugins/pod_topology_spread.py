"""PodTopologySpread: keeps the pods that a constraint counts even over zones, hosts or any other node label.

Source of the rules: kube-scheduler's plug-in of the name, with its system defaults for replicas (hosts with a
skew of 3, zones with one of 5, both soft).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ...apimachinery import labels
from ..cache import Cache
from ..counts import Counter, Wanted
from ..framework import MAX_SCORE, Reject
from ..node import NodeInfo
from ..pod import PodInfo
from ..taints import untolerated

Object = dict[str, Any]

NAME = "PodTopologySpread"
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
SKEWED = Reject(NAME, ("node(s) didn't match pod topology spread constraints",), True)
UNLABELLED = Reject(NAME, ("node(s) didn't match pod topology spread constraints (missing required label)",))


class Constraint(NamedTuple):
    key: str
    max_skew: int
    min_domains: int
    selector: labels.Selector
    honor_affinity: bool
    honor_taints: bool

    def counts(self, pod: PodInfo, node: NodeInfo) -> bool:
        """Whether the node takes part, by the constraint's inclusion policies."""
        if self.honor_affinity and not pod.template.wish.matches(node.name, node.labels):
            return False
        return not (self.honor_taints and untolerated(node.taints, pod.template.tolerations))


class _Hard(NamedTuple):
    constraint: Constraint
    domains: dict[str, int]
    least: int
    own: int


class _Soft(NamedTuple):
    constraint: Constraint
    domains: dict[str, int]
    per_node: dict[str, int]
    weight: float


class _SoftState(NamedTuple):
    constraints: list[_Soft]
    ignored: frozenset[str]


class PodTopologySpread:
    name = NAME
    weight = 2

    def __init__(self, replicas: Callable[[PodInfo], labels.Selector]) -> None:
        """`replicas` gives the selector of a pod's fellow replicas, empty when it has none."""
        self._replicas = replicas

    def pre_filter(self, pod: PodInfo, cache: Cache) -> list[_Hard] | None:
        if not pod.spread:
            return None
        constraints = _constraints(pod, "DoNotSchedule")
        if not constraints:
            return None
        nodes = [n for n in cache.order if all(c.key in n.labels for c in constraints)]
        return [_hard(c, pod, cache, nodes) for c in constraints]

    def filter(self, state: list[_Hard], node: NodeInfo) -> Reject | None:
        for constraint, domains, least, own in state:
            value = node.labels.get(constraint.key)
            if value is None:
                return UNLABELLED
            if domains.get(value, 0) + own - least > constraint.max_skew:
                return SKEWED
        return None

    def pre_score(self, pod: PodInfo, cache: Cache, nodes: Sequence[NodeInfo]) -> _SoftState | None:
        every_key = bool(pod.spread)
        constraints = _constraints(pod, "ScheduleAnyway") if pod.spread else self._defaults(pod)
        if not constraints:
            return None
        keys = [c.key for c in constraints]
        ignored = frozenset(n.name for n in nodes if every_key and not all(key in n.labels for key in keys))
        taking_part = [n for n in nodes if n.name not in ignored]
        counted = [n for n in cache.order if not every_key or all(key in n.labels for key in keys)]
        return _SoftState([_soft(c, pod, cache, taking_part, counted) for c in constraints], ignored)

    def score(self, state: _SoftState, nodes: Sequence[NodeInfo]) -> list[int]:
        raw = [None if n.name in state.ignored else _crowding(state, n) for n in nodes]
        known = [r for r in raw if r is not None]
        if not known:
            return [0] * len(nodes)
        least, most = min(known), max(known)
        if not most:
            return [0 if r is None else MAX_SCORE for r in raw]
        return [0 if r is None else MAX_SCORE * (most + least - r) // most for r in raw]

    def _defaults(self, pod: PodInfo) -> list[Constraint]:
        selector = self._replicas(pod)
        if selector.empty:
            return []
        return [Constraint(key, skew, 1, selector, True, False) for key, skew in ((HOSTNAME, 3), (ZONE, 5))]


def _constraints(pod: PodInfo, when: str) -> list[Constraint]:
    return [
        Constraint(
            c["topologyKey"],
            c["maxSkew"],
            c.get("minDomains") or 1,
            _selector(c, pod),
            c.get("nodeAffinityPolicy", "Honor") == "Honor",
            c.get("nodeTaintsPolicy", "Ignore") == "Honor",
        )
        for c in pod.spread
        if c["whenUnsatisfiable"] == when
    ]


def _selector(constraint: Object, pod: PodInfo) -> labels.Selector:
    """With `matchLabelKeys`: only pods that have this pod's values of those labels."""
    selector = labels.from_label_selector(constraint.get("labelSelector"))
    keys = [key for key in constraint.get("matchLabelKeys") or () if key in pod.labels]
    if not keys or selector.nothing:
        return selector
    more = [labels.Requirement(key, labels.IN, (pod.labels[key],)) for key in keys]
    return labels.Selector([*selector.requirements, *more])


def _counter(constraint: Constraint, pod: PodInfo, cache: Cache) -> Counter:
    wanted = Wanted(frozenset((pod.namespace,)), constraint.selector)
    return cache.counter((wanted,), living=True)


def _domains(
    constraint: Constraint, pod: PodInfo, per_node: dict[str, int], nodes: Iterable[NodeInfo]
) -> dict[str, int]:
    """Value of the topology label → pods there, over the nodes that take part."""
    found: dict[str, int] = {}
    everywhere = pod.template.wish.any_node and not constraint.honor_taints
    for node in nodes:
        if everywhere or constraint.counts(pod, node):
            value = node.labels.get(constraint.key, "")
            found[value] = found.get(value, 0) + per_node.get(node.name, 0)
    return found


def _hard(constraint: Constraint, pod: PodInfo, cache: Cache, nodes: list[NodeInfo]) -> _Hard:
    domains = _domains(constraint, pod, _counter(constraint, pod, cache).nodes, nodes)
    least = min(domains.values()) if domains and len(domains) >= constraint.min_domains else 0
    return _Hard(constraint, domains, least, int(constraint.selector.matches(pod.labels)))


def _soft(
    constraint: Constraint, pod: PodInfo, cache: Cache, nodes: list[NodeInfo], counted: list[NodeInfo]
) -> _Soft:
    """Only domains of nodes that are still candidates count; more domains weigh more."""
    per_node = _counter(constraint, pod, cache).nodes
    if constraint.key == HOSTNAME:
        return _Soft(constraint, {}, per_node, math.log(len(nodes) + 2))
    values = {n.labels.get(constraint.key, "") for n in nodes}
    found = _domains(constraint, pod, per_node, counted)
    domains = {value: found.get(value, 0) for value in values}
    return _Soft(constraint, domains, per_node, math.log(len(values) + 2))


def _crowding(state: _SoftState, node: NodeInfo) -> int:
    score = 0.0
    for constraint, domains, per_node, weight in state.constraints:
        value = node.labels.get(constraint.key)
        if value is not None:
            count = per_node.get(node.name, 0) if constraint.key == HOSTNAME else domains.get(value, 0)
            score += count * weight + (constraint.max_skew - 1)
    return math.floor(score + 0.5)
