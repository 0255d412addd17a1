"""PodTopologySpread: keeps the pods that a constraint counts even over zones, hosts or any other node label.

Source of the rules: kube-scheduler's plug-in of the name, with its system defaults for replicas (hosts with a
skew of 3, zones with one of 5, both soft).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from operator import add
from typing import Any, NamedTuple

from ...apimachinery import labels
from ...apimachinery.taints import untolerated
from ..cache import Cache, Labelled
from ..changes import NODE, POD, WAITING_POD, Action, Change, Interest
from ..config.args import SYSTEM, PodTopologySpreadArgs
from ..contract import MAX_SCORE, Reject
from ..counts import Tally, Wanted
from ..node import NodeInfo
from ..pod import PodInfo

Object = dict[str, Any]

NAME = "PodTopologySpread"
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
HARD, SOFT = "DoNotSchedule", "ScheduleAnyway"
SYSTEM_DEFAULTS: list[Object] = [
    {"topologyKey": HOSTNAME, "maxSkew": 3, "whenUnsatisfiable": SOFT},
    {"topologyKey": ZONE, "maxSkew": 5, "whenUnsatisfiable": SOFT},
]
SKEWED = Reject(NAME, ("node(s) didn't match pod topology spread constraints",), True)
NOBODY = Tally()
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
    domains: Mapping[str, int]
    least: int
    own: int


class _Soft(NamedTuple):
    constraint: Constraint
    domains: dict[str, int]
    per_node: dict[str, int]
    weight: float
    everywhere: bool
    """Whether every node has the label."""

    def shares(self, nodes: Sequence[NodeInfo]) -> list[float]:
        """What the constraint adds to the crowding of each node."""
        key, weight, more = self.constraint.key, self.weight, self.constraint.max_skew - 1
        if key != HOSTNAME:
            of_domain = {value: count * weight + more for value, count in self.domains.items()}
            return [of_domain.get(node.labels.get(key), 0.0) for node in nodes]  # type: ignore[arg-type]
        on, all_of = self.per_node.get, self.everywhere
        return [on(n.name, 0) * weight + more if all_of or key in n.labels else 0.0 for n in nodes]


class _SoftState(NamedTuple):
    constraints: list[_Soft]
    ignored: frozenset[str]


class PodTopologySpread:
    name = NAME
    weight = 2

    def __init__(
        self, replicas: Callable[[PodInfo], labels.Selector], args: PodTopologySpreadArgs | None = None
    ) -> None:
        """`replicas` gives the selector of a pod's fellow replicas, empty when it has none."""
        args = args or PodTopologySpreadArgs.model_construct()
        self._replicas = replicas
        self._system = args.defaulting_type == SYSTEM
        self._defaults = SYSTEM_DEFAULTS if self._system else args.constraints

    def pre_filter(self, pod: PodInfo, cache: Cache) -> list[_Hard] | None:
        constraints = self._constraints(pod, HARD)
        if not constraints:
            return None
        nodes = cache.labelled(*[c.key for c in constraints])
        return [_hard(c, pod, cache, nodes) for c in constraints]

    def filter(self, state: list[_Hard], node: NodeInfo) -> Reject | None:
        for constraint, domains, least, own in state:
            value = node.labels.get(constraint.key)
            if value is None:
                return UNLABELLED
            if domains.get(value, 0) + own - least > constraint.max_skew:
                return SKEWED
        return None

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(POD, Action.Add | Action.Delete | Action.UpdatePodLabel, self._after_pod),
            Interest(WAITING_POD, Action.UpdatePodLabel, self._after_own_labels),
            Interest(
                NODE,
                Action.Add | Action.Delete | Action.UpdateNodeLabel | Action.UpdateNodeTaint,
                self._after_node,
            ),
        )

    def _after_pod(self, pod: PodInfo, change: Change) -> bool:
        """Whether a constraint counts the pod now and did not before, or the other way round."""
        if (change.new or change.old).namespace != pod.namespace:
            return False
        return any(_counted(c, change.old) != _counted(c, change.new) for c in self._constraints(pod, HARD))

    def _after_own_labels(self, pod: PodInfo, change: Change) -> bool:
        before = [_counted(c, change.old) for c in self._constraints(change.old, HARD)]
        return before != [_counted(c, pod) for c in self._constraints(pod, HARD)]

    def _after_node(self, pod: PodInfo, change: Change) -> bool:
        """Whether a node with all the labels comes or goes, or moves to other domains or other taints."""
        constraints = self._constraints(pod, HARD)
        before, now = _place(constraints, change.old), _place(constraints, change.new)
        if before != now:
            return True
        return now is not None and Action.UpdateNodeTaint in change.actions

    def pre_score(
        self, pod: PodInfo, cache: Cache, nodes: Sequence[NodeInfo], filtered: Any
    ) -> _SoftState | None:
        constraints = self._constraints(pod, SOFT)
        if not constraints:
            return None
        if not pod.spread and self._system:
            return _SoftState(_softs(constraints, pod, cache, nodes, None), frozenset())
        keys = [c.key for c in constraints]
        taking_part = [n for n in nodes if all(key in n.labels for key in keys)]
        ignored = frozenset(n.name for n in nodes) - {n.name for n in taking_part}
        return _SoftState(_softs(constraints, pod, cache, taking_part, cache.labelled(*keys)), ignored)

    def score(self, state: _SoftState, nodes: Sequence[NodeInfo]) -> list[int]:
        raw = _crowding(state.constraints, nodes)
        known = (
            [r for r, n in zip(raw, nodes, strict=True) if n.name not in state.ignored]
            if state.ignored
            else raw
        )
        if not known:
            return [0] * len(nodes)
        least, most = min(known), max(known)
        of = {r: MAX_SCORE * (most + least - r) // most if most else MAX_SCORE for r in set(raw)}
        scores = [of[r] for r in raw]
        if state.ignored:
            return [0 if n.name in state.ignored else s for s, n in zip(scores, nodes, strict=True)]
        return scores

    def _constraints(self, pod: PodInfo, when: str) -> list[Constraint]:
        """The pod's own, or for one that has none the profile's, over its fellow replicas."""
        if pod.spread:
            return [_constraint(c, _selector(c, pod)) for c in pod.spread if c["whenUnsatisfiable"] == when]
        defaults = [c for c in self._defaults if c["whenUnsatisfiable"] == when]
        if not defaults:
            return []
        selector = self._replicas(pod)
        return [] if selector.empty else [_constraint(c, selector) for c in defaults]


def _counted(constraint: Constraint, pod: PodInfo | None) -> bool:
    return pod is not None and constraint.selector.matches(pod.labels)


def _place(constraints: list[Constraint], node: NodeInfo | None) -> tuple[str, ...] | None:
    """The domains that the node is in; None when it lacks one of the labels."""
    if node is None or not all(c.key in node.labels for c in constraints):
        return None
    return tuple(node.labels[c.key] for c in constraints)


def _constraint(constraint: Object, selector: labels.Selector) -> Constraint:
    return Constraint(
        constraint["topologyKey"],
        constraint["maxSkew"],
        constraint.get("minDomains") or 1,
        selector,
        constraint.get("nodeAffinityPolicy", "Honor") == "Honor",
        constraint.get("nodeTaintsPolicy", "Ignore") == "Honor",
    )


def _selector(constraint: Object, pod: PodInfo) -> labels.Selector:
    """With `matchLabelKeys`: only pods that have this pod's values of those labels."""
    selector = labels.from_label_selector(constraint.get("labelSelector"))
    keys = [key for key in constraint.get("matchLabelKeys") or () if key in pod.labels]
    if not keys or selector.nothing:
        return selector
    more = [labels.Requirement(key, labels.IN, (pod.labels[key],)) for key in keys]
    return labels.Selector([*selector.requirements, *more])


def _counter(constraint: Constraint, pod: PodInfo, cache: Cache) -> Tally:
    """A selector without requirements counts nobody, here."""
    if constraint.selector.empty:
        return NOBODY
    wanted = Wanted(frozenset((pod.namespace,)), constraint.selector)
    return cache.counter((wanted,), living=True)


class _Domains(NamedTuple):
    """Value of the topology label → pods there, over the nodes that take part; domains without pods may be
    absent. `number` counts them all."""

    pods: Mapping[str, int]
    number: int


def _domains(constraint: Constraint, pod: PodInfo, cache: Cache, labelled: Labelled) -> _Domains:
    counter, key = _counter(constraint, pod, cache), constraint.key
    everywhere = pod.template.wish.any_node and not constraint.honor_taints
    if everywhere and len(labelled.nodes) == len(cache.labelled(key).nodes):
        return _Domains(counter.places(key), len(labelled.domains[key]))
    found: dict[str, int] = {}
    for node in labelled.nodes:
        if everywhere or constraint.counts(pod, node):
            value = node.labels[key]
            found[value] = found.get(value, 0) + counter.nodes.get(node.name, 0)
    return _Domains(found, len(found))


def _hard(constraint: Constraint, pod: PodInfo, cache: Cache, labelled: Labelled) -> _Hard:
    domains, number = _domains(constraint, pod, cache, labelled)
    filled = len(domains) == number and number >= constraint.min_domains
    least = min(domains.values(), default=0) if filled else 0
    return _Hard(constraint, domains, least, int(constraint.selector.matches(pod.labels)))


def _softs(
    constraints: list[Constraint],
    pod: PodInfo,
    cache: Cache,
    nodes: Sequence[NodeInfo],
    counted: Labelled | None,
) -> list[_Soft]:
    """Without `counted`, each constraint counts the nodes that have its own label."""
    found = (_soft(c, pod, cache, nodes, counted or cache.labelled(c.key)) for c in constraints)
    return [soft for soft in found if soft is not None]


def _soft(
    constraint: Constraint,
    pod: PodInfo,
    cache: Cache,
    nodes: Sequence[NodeInfo],
    counted: Labelled,
) -> _Soft | None:
    """Only domains of candidates count; more domains weigh more. None when no candidate has the label."""
    key = constraint.key
    labelled = len(cache.labelled(key).nodes)
    if not labelled:
        return None
    per_node, everywhere = _counter(constraint, pod, cache).nodes, labelled == len(cache.order)
    if key == HOSTNAME:
        return _Soft(constraint, {}, per_node, math.log(len(nodes) + 2), everywhere)
    values = {n.labels.get(key) for n in nodes}
    if values <= {None}:
        return None
    found = _domains(constraint, pod, cache, counted).pods
    domains = {value: found.get(value, 0) for value in values if value is not None}
    return _Soft(constraint, domains, per_node, math.log(len(values) + 2), everywhere)


def _crowding(constraints: list[_Soft], nodes: Sequence[NodeInfo]) -> list[int]:
    """How many matching pods are around each node; every constraint adds its share."""
    totals = [0.0] * len(nodes)
    for constraint in constraints:
        totals = list(map(add, totals, constraint.shares(nodes)))
    return [int(total + 0.5) for total in totals]
