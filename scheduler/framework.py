"""The scheduling framework: plug-ins filter nodes, score those left, and the best one wins.

What plug-ins are is said in `contract.py`. Source of the rules: the default profile of kube-scheduler (order,
weights, messages).
"""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any, cast

from .cache import Cache
from .contract import (
    NEVER_ASKED,
    NOTHING_TO_FREE,
    Broken,
    Freeing,
    Lasting,
    Profile,
    Refused,
    Reject,
    Reservation,
    Reserving,
    Unblocking,
    Unfinished,
    Verdict,
    normalised,
)
from .diagnosis import Attempt, Diagnosis, States
from .extenders import NO_EXTENDERS, Extenders, Left
from .hints import Hints
from .node import NodeInfo
from .pod import PodInfo, Template
from .steps import Steps, in_turns
from .stopwatch import UNSCHEDULABLE, Stopwatch, Timer
from .trace import Trace

MIN_NODES = 100
"""Fewer feasible nodes than this are never enough to stop looking (when there are more nodes)."""
TRIES = 3
"""How often a node is looked for when those found are changed while somebody is asked."""


class Framework:
    """Decides; changes nothing but the memory of verdicts and where the next search starts."""

    def __init__(
        self,
        cache: Cache,
        profile: Profile,
        rng: Random,
        extenders: Extenders = NO_EXTENDERS,
        timer: Timer = lambda: 0.0,
    ) -> None:
        """`timer` tells real seconds."""
        self.cache = cache
        self.profile = profile
        self.extenders = extenders
        self.watch = Stopwatch(profile, cache, timer)
        self.hints = Hints(profile, cache, self.verdict)
        reserving = frozenset(p.name for p in profile.cluster if isinstance(p, Reserving))
        self._reserving = reserving & profile.reserving
        self._freeing = next(
            (p for p in profile.cluster if isinstance(p, Unblocking) and p.name in profile.freeing), None
        )
        self._lasting = frozenset(p.name for p in profile.cluster if isinstance(p, Lasting))
        self.now = Attempt(Trace(profile, Diagnosis(0)))
        """The attempt in hand, or the last one."""
        self._rng = rng
        self._start = 0
        self._failed: tuple[int, bytes, Diagnosis] = (-1, b"", Diagnosis(0))
        """The cache's version and the template when all nodes refused a pod, and why."""

    @property
    def trace(self) -> Trace:
        """Of the pod that was placed last."""
        return self.now.trace

    def asks(self, pod: PodInfo) -> bool:
        """Whether an attempt for the pod has to wait for an extender."""
        if not self.extenders:
            return False
        asked = self.extenders.interested(pod)
        return asked.filtering or asked.scoring or asked.preempting

    def attempt(self, pod: PodInfo) -> Steps[NodeInfo | Diagnosis]:
        """The node to put the pod on, or why there is none."""
        asked = self.extenders.interested(pod) if self.extenders else NO_EXTENDERS
        for _ in range(TRIES):
            found = yield from self._attempt(pod, asked)
            if isinstance(found, Diagnosis) or not self.now.waited or (yield from self._stands(pod, found)):
                return found
        diagnosis = Diagnosis(len(self.cache.order))
        diagnosis.error = "the nodes that were found changed while the pod was being scheduled"
        self.now = Attempt(Trace(self.profile, diagnosis))
        return diagnosis

    def _attempt(self, pod: PodInfo, asked: Extenders) -> Steps[NodeInfo | Diagnosis]:
        total = len(self.cache.order)
        diagnosis = Diagnosis(total)
        trace = Trace(self.profile, diagnosis)
        now = self.now = Attempt(trace)
        if not total:
            return diagnosis
        names = pod.template.wish.names() if self.profile.by_name else None
        if names is not None and not names:
            return self._refused(total, "NodeAffinity", "pod affinity terms conflict")
        began = self.watch.start()
        try:
            states = now.states = self.pre_filter(pod)
        except Refused as refusal:
            self.watch.stop("PreFilter", began, UNSCHEDULABLE)
            return self._refused(total, refusal.plugin, str(refusal))
        self.watch.stop("PreFilter", began)
        try:
            known = self._known_failure(pod, states)
            if known is not None:
                trace.diagnosis = known
                return known
            feasible = yield from self._on_nominated(pod, states, asked)
            if not feasible:
                began = self.watch.start()
                feasible = yield from self._search(pod, names, states, diagnosis, asked)
                self.watch.stop("Filter", began)
                feasible = yield from self._asked(pod, feasible, diagnosis, asked)
            if len(feasible) > 1:
                feasible = yield from self._scored_outside(pod, feasible, asked)
        except Broken as error:
            diagnosis.error = str(error)
            return diagnosis
        if not feasible:
            if not (states or self.cache.nominated or now.waited):
                self._failed = (self.cache.version, pod.template.key, diagnosis)
            return diagnosis
        trace.feasible = feasible
        if len(feasible) == 1:
            return feasible[0]
        began = self.watch.start()
        best = self._best(pod, feasible, states)
        self.watch.stop("Score", began)
        return best

    def _asked(
        self, pod: PodInfo, nodes: list[NodeInfo], diagnosis: Diagnosis, asked: Extenders
    ) -> Steps[list[NodeInfo]]:
        """What the extenders leave of the nodes; none when one that counts has failed."""
        if not asked.filtering or not nodes:
            return nodes
        found: Left = yield partial(asked.filter, pod, nodes)
        self.now.waited = True
        diagnosis.leave_out(found)
        if found.error:
            return []
        return [node for node in nodes if node.known and node.name not in found.rejects]

    def _scored_outside(self, pod: PodInfo, nodes: list[NodeInfo], asked: Extenders) -> Steps[list[NodeInfo]]:
        """Takes the extenders' scores down. The nodes are those that are there still."""
        if not asked.scoring:
            return nodes
        scores = yield partial(asked.scores, pod, nodes)
        self.now.waited = True
        left = [node for node in nodes if node.known]
        self.now.trace.cluster = [
            (name, weight, [given.get(node.name, 0) for node in left]) for name, weight, given in scores
        ]
        return left

    def _stands(self, pod: PodInfo, node: NodeInfo) -> Steps[bool]:
        """Whether the pod still fits on the node, now that others have had their turn."""
        for _ in range(TRIES):
            now = self.now
            now.waited = False
            known = [(p, s) for p, s in now.states if not (isinstance(p, Lasting) and p.outdated(s))]
            try:
                now.states = self.pre_filter(pod, known)
                reject = yield from self._settled(pod, node, now.states)
            except (Refused, Broken):
                return False
            if not now.waited:
                return node.known and reject is None
        return False

    def _settled(self, pod: PodInfo, node: NodeInfo, states: States) -> Steps[Reject | None]:
        """`check` to its end."""
        while isinstance(reject := self.check(pod, node, states), Unfinished):
            yield None
            self.now.waited = True
        return reject

    def _known_failure(self, pod: PodInfo, states: States) -> Diagnosis | None:
        """What the same pods were told just before. One pod that goes lets thousands of them try again."""
        version, key, diagnosis = self._failed
        if version != self.cache.version or states or self.cache.nominated or key != pod.template.key:
            return None
        return diagnosis

    def _refused(self, total: int, plugin: str, message: str) -> Diagnosis:
        diagnosis = Diagnosis(total, message=message, plugin=plugin)
        self.now.trace = Trace(self.profile, diagnosis)
        return diagnosis

    async def rehearse(self, pod: PodInfo) -> Trace:
        """What an attempt would find now. Leaves everything as it was, the dice included."""
        return await in_turns(self._rehearsed(self.attempt(pod)), self)

    def _rehearsed(self, steps: Steps[Any]) -> Steps[Trace]:
        """The steps, between which everything is as it was."""
        answer: Any = None
        mine = self.now
        while True:
            now, start, dice = self.now, self._start, self._rng.getstate()
            self.now = mine
            try:
                wish = steps.send(answer)
            except StopIteration:
                return self.now.trace
            finally:
                mine = self.now
                self.now, self._start = now, start
                self._rng.setstate(dice)
            answer = yield wish

    def reserve(self, node: NodeInfo) -> list[Reservation]:
        """What the pod that was placed last needs on its node, held for it."""
        found: list[Reservation] = []
        for plugin, state in self.now.states:
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
        for plugin, state in self.now.states:
            if plugin is freeing:
                return freeing.free(state)
        return Freeing(NOTHING_TO_FREE)

    def pre_filter(self, pod: PodInfo, known: States | None = None) -> States:
        """What the plug-ins see in the cluster as it is. Of states `known` before, those are kept that were
        made with much work."""
        if not known or not self._lasting:
            found = [(plugin, plugin.pre_filter(pod, self.cache)) for plugin in self.profile.cluster]
        else:
            kept = {p.name: state for p, state in known if p.name in self._lasting}
            found = [(p, kept.get(p.name) or p.pre_filter(pod, self.cache)) for p in self.profile.cluster]
        return [one for one in found if one[1] is not None]

    def verdict(self, template: Template, node: NodeInfo) -> Verdict:
        """What the node plug-ins say, from memory if the node has not changed."""
        known = node.verdicts.get(template.key)
        return known if known is not None else node.judged(template.key, self._judge(template, node))

    def check(self, pod: PodInfo, node: NodeInfo, states: States) -> Reject | None:
        """Whether the pod fits on the node, now and beside the pods that wait for room there."""
        if self.cache.nominated:
            rivals = self.cache.nominated.get(node.name, {})
            more = [r for r in rivals.values() if r.priority >= pod.priority and r.key != pod.key]
            if more:
                with self.cache.together_with(more, node.name):
                    reject = self._check(pod, node, self.pre_filter(pod, states))
                if reject is not None:
                    return reject
        return self._check(pod, node, states)

    def _check(self, pod: PodInfo, node: NodeInfo, states: States) -> Reject | None:
        reject = self.verdict(pod.template, node).reject
        return reject if reject is not None else _first_refusal(states, node)

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

    def _on_nominated(self, pod: PodInfo, states: States, asked: Extenders) -> Steps[list[NodeInfo]]:
        node = self.cache.nodes.get(pod.nominated) if pod.nominated else None
        if node is None or not node.known:
            return []
        if (yield from self._settled(pod, node, states)) is not None:
            return []
        return (yield from self._asked(pod, [node], Diagnosis(1), asked))

    def _search(
        self,
        pod: PodInfo,
        names: frozenset[str] | None,
        states: States,
        diagnosis: Diagnosis,
        asked: Extenders,
    ) -> Steps[list[NodeInfo]]:
        if names is not None:
            nodes = [node for node in self.cache.order if node.name in names]
            missing = Reject("NodeAffinity", ("node(s) didn't satisfy plugin(s) [NodeAffinity]",))
            for node in self.cache.order:
                if node.name not in names:
                    diagnosis.rejects[node.name] = missing
        else:
            start = self._start % len(self.cache.order)
            nodes = self.cache.order[start:] + self.cache.order[:start]
        choosy = self.profile.scored or asked.filtering or asked.scoring
        enough = enough_nodes(len(nodes), self.profile.percentage) if choosy else 1
        feasible: list[NodeInfo] = []
        key, nominated, rejects = pod.template.key, self.cache.nominated, diagnosis.rejects
        seen = 0
        for node in nodes:
            seen += 1
            verdict = node.verdicts.get(key) or self.verdict(pod.template, node)
            reject = verdict.reject
            if reject is None and (states or nominated):
                reject = self.check(pod, node, states) if nominated else _first_refusal(states, node)
                if reject is not None and isinstance(reject, Unfinished):
                    reject = yield from self._settled(pod, node, states)
            if reject is not None:
                rejects[node.name] = reject
                continue
            feasible.append(node)
            if len(feasible) >= enough:
                break
        if names is None:
            self._start = (self._start + seen) % len(nodes)
        return feasible

    def _best(self, pod: PodInfo, nodes: list[NodeInfo], states: States) -> NodeInfo:
        key = pod.template.key
        verdicts = [node.verdicts.get(key) or self.verdict(pod.template, node) for node in nodes]
        totals = [verdict.score for verdict in verdicts]
        trace = self.trace
        trace.verdicts, trace.totals = verdicts, totals
        outside, trace.cluster = trace.cluster, []
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
        for name, weight, scores in outside:
            trace.cluster.append((name, weight, scores))
            _add(totals, scores, weight)
        best = max(totals)
        if totals.count(best) == 1:
            return nodes[totals.index(best)]
        return nodes[self._rng.choice([i for i, total in enumerate(totals) if total == best])]


def _first_refusal(states: States, node: NodeInfo) -> Reject | None:
    for plugin, state in states:
        reject = plugin.filter(state, node)
        if reject is not None:
            return reject
    return None


def _add(totals: list[int], scores: list[int], weight: int) -> None:
    totals[:] = [total + weight * score for total, score in zip(totals, scores, strict=True)]


def enough_nodes(total: int, percentage: int = 0) -> int:
    """How many feasible nodes are enough: all of up to 100, of more that share of them but at least 100.

    Without a percentage (0) the share falls as clusters grow, down to 5 %.
    """
    if total < MIN_NODES:
        return total
    share = percentage or max(50 - total // 125, 5)
    return total if share >= 100 else max(total * share // 100, MIN_NODES)
