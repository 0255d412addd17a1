"""The scheduling framework: plug-ins filter nodes, score those left, and the best one wins.

What plug-ins are is said in `contract.py`. Source of the rules: the default profile of kube-scheduler (order,
weights, messages).
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Collection
from random import Random
from typing import Any, cast

from .cache import Cache
from .changes import POD, Change, Interest
from .contract import (
    NEVER_ASKED,
    NOTHING_TO_FREE,
    Broken,
    ClusterPlugin,
    Freeing,
    NodeFilter,
    Profile,
    Refused,
    Reject,
    Reservation,
    Reserving,
    Unblocking,
    Verdict,
    normalised,
)
from .node import NodeInfo
from .pod import PodInfo, Template
from .trace import Trace

MIN_NODES = 100
"""Fewer feasible nodes than this are never enough to stop looking (when there are more nodes)."""


class Diagnosis:
    """Why a pod fits nowhere."""

    def __init__(self, total: int, *, message: str = "", plugin: str = "") -> None:
        self.total = total
        self.message = message
        """Set when the pod itself is the reason, not the nodes."""
        self.error = ""
        """Set when a plug-in could not do its work."""
        self.rejects: dict[str, Reject] = {}
        self.no_victims: dict[int, str] = {}
        """What was said when preemption was no help, by priority."""
        self._text = ""
        self.plugins: set[str] = {plugin} if plugin else set()

    def add(self, node: str, reject: Reject) -> None:
        self.rejects[node] = reject
        self.plugins.add(reject.plugin)

    def __str__(self) -> str:
        if self.error:
            return self.error
        if not self.total:
            return "no nodes available to schedule pods"
        head = f"0/{self.total} nodes are available:"
        if self.message:
            return f"{head} {self.message}."
        if not self._text:
            self._text = f"{head} {histogram(self.rejects.values())}." if self.rejects else head
        return self._text


def histogram(rejects: Any) -> str:
    """`1 Insufficient cpu, 2 node(s) were unschedulable`."""
    tally = Tally(reason for reject in rejects for reason in reject.reasons)
    return ", ".join(sorted(f"{count} {reason}" for reason, count in tally.items()))


class Framework:
    """Decides; changes nothing but the memory of verdicts and where the next search starts."""

    def __init__(self, cache: Cache, profile: Profile, rng: Random) -> None:
        self.cache = cache
        self.profile = profile
        self._cluster_names = frozenset(p.name for p in profile.cluster)
        self._interests = _by_plugin(profile)
        reserving = frozenset(p.name for p in profile.cluster if isinstance(p, Reserving))
        self._reserving = reserving & profile.reserving
        self._freeing = next(
            (p for p in profile.cluster if isinstance(p, Unblocking) and p.name in profile.freeing), None
        )
        self._states: list[tuple[ClusterPlugin, Any]] = []
        self.trace = Trace(profile, Diagnosis(0))
        """Of the pod that was placed last."""
        self._rng = rng
        self._start = 0
        self._failed: tuple[int, bytes, Diagnosis] = (-1, b"", Diagnosis(0))
        """The cache's version and the template when all nodes refused a pod, and why."""

    def place(self, pod: PodInfo) -> NodeInfo | Diagnosis:
        """The node to put the pod on, or why there is none."""
        total = len(self.cache.order)
        diagnosis = Diagnosis(total)
        trace = self.trace = Trace(self.profile, diagnosis)
        self._states = []
        if not total:
            return diagnosis
        names = pod.template.wish.names() if self.profile.by_name else None
        if names is not None and not names:
            return self._refused(total, "NodeAffinity", "pod affinity terms conflict")
        try:
            states = self._states = self.pre_filter(pod)
        except Refused as refusal:
            return self._refused(total, refusal.plugin, str(refusal))
        try:
            known = self._known_failure(pod, states)
            if known is not None:
                trace.diagnosis = known
                return known
            feasible = self._on_nominated(pod, states) or self._search(pod, names, states, diagnosis)
        except Broken as error:
            diagnosis.error = str(error)
            return diagnosis
        if not feasible:
            if not states and not self.cache.nominated:
                self._failed = (self.cache.version, pod.template.key, diagnosis)
            return diagnosis
        trace.feasible = feasible
        return feasible[0] if len(feasible) == 1 else self._best(pod, feasible, states)

    def _known_failure(self, pod: PodInfo, states: list[tuple[ClusterPlugin, Any]]) -> Diagnosis | None:
        """What the same pods were told just before. One pod that goes lets thousands of them try again."""
        version, key, diagnosis = self._failed
        if version != self.cache.version or states or self.cache.nominated or key != pod.template.key:
            return None
        return diagnosis

    def _refused(self, total: int, plugin: str, message: str) -> Diagnosis:
        diagnosis = Diagnosis(total, message=message, plugin=plugin)
        self.trace = Trace(self.profile, diagnosis)
        return diagnosis

    def rehearse(self, pod: PodInfo) -> Trace:
        """What `place` would find now. Leaves everything as it was, the dice included."""
        trace, states, start, dice = self.trace, self._states, self._start, self._rng.getstate()
        try:
            self.place(pod)
            return self.trace
        finally:
            self.trace, self._states, self._start = trace, states, start
            self._rng.setstate(dice)

    def helps(self, pod: PodInfo, plugins: Collection[str], change: Change) -> bool:
        """Whether a change may let in a pod that these plug-ins refused; when none did, anything may.

        One thing is asked beyond upstream's hints: a pod that leaves a node is no help to pods which can
        never be there, so that in a divided cluster they are not all tried again for every pod that goes.
        """
        if change.resource == POD and change.new is None and self._useless(pod, plugins, change.old):
            return False
        refused = True
        for name in plugins:
            refused = False
            for interest in self._interests.get((name, change.resource), ()):
                if interest.actions & change.actions and (
                    interest.hint is None or interest.hint(pod, change)
                ):
                    return True
        return refused

    def _useless(self, pod: PodInfo, plugins: Collection[str], gone: PodInfo) -> bool:
        """Whether only node plug-ins refused the pod, and they keep it off that node however empty it is."""
        if not plugins or not self._cluster_names.isdisjoint(plugins):
            return False
        node = self.cache.nodes.get(gone.node_name or gone.nominated)
        if node is None or not node.known:
            return True
        reject = self.verdict(pod.template, node).reject
        return reject is not None and not reject.resolvable

    def reserve(self, node: NodeInfo) -> list[Reservation]:
        """What the pod that was placed last needs on its node, held for it."""
        found: list[Reservation] = []
        for plugin, state in self._states:
            if plugin.name in self._reserving:
                held = cast(Reserving, plugin).reserve(state, node)
                if held is not None:
                    found.append(held)
        return found

    def unblock(self, diagnosis: Diagnosis) -> Freeing:
        """What can be freed for the pod that was to be placed last, beside other pods."""
        freeing = self._freeing
        if freeing is None:
            return Freeing("")
        if diagnosis.message:
            order = [plugin.name for plugin in self.profile.cluster]
            asked = [name for name in order[order.index(freeing.name) :] if name in diagnosis.plugins]
            return Freeing(NOTHING_TO_FREE) if asked else Freeing(NEVER_ASKED, final=True)
        for plugin, state in self._states:
            if plugin is freeing:
                return freeing.free(state)
        return Freeing(NOTHING_TO_FREE)

    def pre_filter(self, pod: PodInfo) -> list[tuple[ClusterPlugin, Any]]:
        found = ((plugin, plugin.pre_filter(pod, self.cache)) for plugin in self.profile.cluster)
        return [(plugin, state) for plugin, state in found if state is not None]

    def verdict(self, template: Template, node: NodeInfo) -> Verdict:
        """What the node plug-ins say, from memory if the node has not changed."""
        known = node.verdicts.get(template.key)
        return known if known is not None else node.judged(template.key, self._judge(template, node))

    def check(self, pod: PodInfo, node: NodeInfo, states: list[tuple[ClusterPlugin, Any]]) -> Reject | None:
        """Whether the pod fits on the node, now and beside the pods that wait for room there."""
        if self.cache.nominated:
            rivals = self.cache.nominated.get(node.name, {})
            more = [r for r in rivals.values() if r.priority >= pod.priority and r.key != pod.key]
            if more:
                with self.cache.together_with(more, node.name):
                    reject = self._check(pod, node, self.pre_filter(pod))
                if reject is not None:
                    return reject
        return self._check(pod, node, states)

    def _check(self, pod: PodInfo, node: NodeInfo, states: list[tuple[ClusterPlugin, Any]]) -> Reject | None:
        reject = self.verdict(pod.template, node).reject
        if reject is not None:
            return reject
        for plugin, state in states:
            reject = plugin.filter(state, node)
            if reject is not None:
                return reject
        return None

    def _judge(self, template: Template, node: NodeInfo) -> Verdict:
        for plugin in self.profile.filters:
            if plugin.applies(template):
                reject = plugin.filter(template, node)
                if reject is not None:
                    return Verdict(reject)
        scores = self.profile.scores
        parts = tuple([p.score(template, node) if p.applies(template) else None for p in scores])
        score = sum([p.weight * part for p, part in zip(scores, parts, strict=True) if part])
        raw = tuple(p.score(template, node) if p.applies(template) else 0 for p in self.profile.normalised)
        return Verdict(None, score, raw if any(raw) else (), parts)

    def _on_nominated(self, pod: PodInfo, states: list[tuple[ClusterPlugin, Any]]) -> list[NodeInfo]:
        node = self.cache.nodes.get(pod.nominated) if pod.nominated else None
        if node is None or not node.known or self.check(pod, node, states) is not None:
            return []
        return [node]

    def _search(
        self,
        pod: PodInfo,
        names: frozenset[str] | None,
        states: list[tuple[ClusterPlugin, Any]],
        diagnosis: Diagnosis,
    ) -> list[NodeInfo]:
        if names is not None:
            nodes = [node for node in self.cache.order if node.name in names]
            missing = Reject("NodeAffinity", ("node(s) didn't satisfy plugin(s) [NodeAffinity]",))
            for node in self.cache.order:
                if node.name not in names:
                    diagnosis.add(node.name, missing)
        else:
            start = self._start % len(self.cache.order)
            nodes = self.cache.order[start:] + self.cache.order[:start]
        enough = enough_nodes(len(nodes), self.profile.percentage) if self.profile.scored else 1
        feasible: list[NodeInfo] = []
        key, simple = pod.template.key, not states and not self.cache.nominated
        seen = 0
        for node in nodes:
            seen += 1
            verdict = node.verdicts.get(key) or self.verdict(pod.template, node)
            reject = verdict.reject
            if reject is None and not simple:
                reject = self.check(pod, node, states)
            if reject is not None:
                diagnosis.add(node.name, reject)
                continue
            feasible.append(node)
            if len(feasible) >= enough:
                break
        if names is None:
            self._start = (self._start + seen) % len(self.cache.order)
        return feasible

    def _best(self, pod: PodInfo, nodes: list[NodeInfo], states: list[tuple[ClusterPlugin, Any]]) -> NodeInfo:
        key = pod.template.key
        verdicts = [node.verdicts.get(key) or self.verdict(pod.template, node) for node in nodes]
        totals = [verdict.score for verdict in verdicts]
        trace = self.trace
        trace.verdicts, trace.totals = verdicts, totals
        if any(verdict.raw for verdict in verdicts):
            for i, plugin in enumerate(self.profile.normalised):
                raw = [verdict.raw[i] if verdict.raw else 0 for verdict in verdicts]
                _add(totals, normalised(raw, plugin.less_is_better), plugin.weight)
        filtered = {plugin.name: state for plugin, state in states}
        for cluster in self.profile.cluster_scores:
            state = cluster.pre_score(pod, self.cache, nodes, filtered.get(cluster.name))
            if state is not None:
                scores = cluster.score(state, nodes)
                trace.cluster.append((cluster.name, cluster.weight, scores))
                _add(totals, scores, cluster.weight)
        best = max(totals)
        if totals.count(best) == 1:
            return nodes[totals.index(best)]
        return nodes[self._rng.choice([i for i, total in enumerate(totals) if total == best])]


def _by_plugin(profile: Profile) -> dict[tuple[str, str], list[Interest]]:
    """By plug-in and what they are interested in."""
    found: dict[tuple[str, str], list[Interest]] = {}
    plugins: list[NodeFilter | ClusterPlugin] = [*profile.filters, *profile.cluster]
    for plugin in plugins:
        for interest in plugin.interests():
            found.setdefault((plugin.name, interest.resource), []).append(interest)
    return found


def _add(totals: list[int], scores: list[int], weight: int) -> None:
    for i, score in enumerate(scores):
        totals[i] += weight * score


def enough_nodes(total: int, percentage: int = 0) -> int:
    """How many feasible nodes are enough: all of up to 100, of more that share of them but at least 100.

    Without a percentage (0) the share falls as clusters grow, down to 5 %.
    """
    if total < MIN_NODES:
        return total
    share = percentage or max(50 - total // 125, 5)
    return total if share >= 100 else max(total * share // 100, MIN_NODES)
