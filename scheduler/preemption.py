"""Preemption: finds the node where the least harm makes room for a pod of higher priority.

Source of the rules: kube-scheduler's DefaultPreemption (which nodes are tried, who is spared, how the node
is picked, what is said when there is none).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from random import Random
from typing import Any, NamedTuple

from ..apimachinery import labels
from .cache import Cache
from .config.args import DefaultPreemptionArgs
from .contract import Broken, Reject, Unfinished
from .diagnosis import Diagnosis, histogram
from .extender import Victims
from .extenders import NO_EXTENDERS, Replanned
from .framework import Framework
from .node import NodeInfo
from .pod import PodInfo
from .steps import Steps

Object = dict[str, Any]

NAME = "DefaultPreemption"
UNHELPFUL = Reject(NAME, ("Preemption is not helpful for scheduling",))
NO_VICTIMS = Reject(NAME, ("No preemption victims found for incoming pod",))


class Candidate(NamedTuple):
    node: str
    victims: list[PodInfo]
    violations: int
    """Victims whose disruption budget does not allow it."""

    def harm(self) -> tuple[Any, ...]:
        """Sorts the least harmful first."""
        top = max(v.priority for v in self.victims)
        latest = min(v.started for v in self.victims if v.priority == top)
        total = sum(v.priority + (1 << 31) for v in self.victims)
        return (self.violations, top, total, len(self.victims), _backwards(latest))


class Unhelpful(NamedTuple):
    """Why preemption is no help, as the end of the pod's message. `denominates`: no node is kept for it."""

    message: str
    denominates: bool = False


NEVER = Unhelpful("preemption: not eligible due to preemptionPolicy=Never.")
WAITING = Unhelpful("preemption: not eligible due to a terminating pod on the nominated node.")
NOWHERE = Unhelpful("preemption: no candidate node for preemption")


class Preemption:
    """`budgets` gives the PodDisruptionBudgets of a namespace."""

    def __init__(
        self,
        framework: Framework,
        cache: Cache,
        budgets: Callable[[str], Iterable[Object]],
        rng: Random,
        args: DefaultPreemptionArgs | None = None,
    ) -> None:
        args = args or DefaultPreemptionArgs.model_construct()
        self._share = args.min_candidate_nodes_percentage
        self._least = args.min_candidate_nodes_absolute
        self._framework = framework
        self._cache = cache
        self._budgets = budgets
        self._rng = rng
        self.considered: list[Candidate] = []
        """Every candidate of the last search."""

    def search(self, pod: PodInfo, diagnosis: Diagnosis) -> Steps[Candidate | Unhelpful]:
        """Where to preempt whom, or why that does not help."""
        self.considered = []
        if pod.obj["spec"].get("preemptionPolicy") == "Never":
            return NEVER
        if self._waiting(pod, diagnosis):
            return WAITING
        known = diagnosis.no_victims.get(pod.priority)
        if known is not None:
            return Unhelpful(known, True)
        rejects = dict.fromkeys(diagnosis.rejects, UNHELPFUL)
        errors: list[str] = []
        candidates = yield from self._candidates(pod, diagnosis, rejects, errors)
        if candidates:
            return (yield from self._choose(pod, candidates))
        if errors:
            return Unhelpful(
                f"preemption: {errors[0] if len(errors) == 1 else '[' + ', '.join(errors) + ']'}"
            )
        listed = [*rejects.values(), *[UNHELPFUL] * (diagnosis.total - len(rejects))]
        text = f"preemption: 0/{diagnosis.total} nodes are available: {histogram(listed)}."
        if not pod.nominated:
            diagnosis.no_victims[pod.priority] = text
        return Unhelpful(text, True)

    def _waiting(self, pod: PodInfo, diagnosis: Diagnosis) -> bool:
        """Whether victims of an earlier preemption are still on their way out of a node that may do then."""
        node = self._cache.nodes.get(pod.nominated) if pod.nominated else None
        reject = diagnosis.rejects.get(pod.nominated)
        if node is None or reject is None or not reject.resolvable:
            return False
        return any(p.priority < pod.priority and p.preempted for p in node.pods.values())

    def _choose(self, pod: PodInfo, candidates: list[Candidate]) -> Steps[Candidate | Unhelpful]:
        """The one that does the least harm of those that the extenders leave."""
        extenders = self._framework.extenders
        asked = extenders.interested(pod) if extenders else NO_EXTENDERS
        if asked.preempting:
            plans = {c.node: Victims(c.victims, c.violations) for c in candidates}
            found: Replanned = yield partial(asked.preempt, pod, plans, self._cache.nodes)
            if found.error:
                return Unhelpful(f"preemption: {found.error}")
            candidates = [Candidate(node, list(v.pods), v.violations) for node, v in found.plans.items()]
        self.considered = candidates
        return min(candidates, key=Candidate.harm) if candidates else NOWHERE

    def _candidates(
        self, pod: PodInfo, diagnosis: Diagnosis, rejects: dict[str, Reject], errors: list[str]
    ) -> Steps[list[Candidate]]:
        """Why other nodes are none goes to `rejects`, what plug-ins cannot answer to `errors`."""
        names = [name for name, reject in diagnosis.rejects.items() if reject.resolvable]
        enough = max(len(names) * self._share // 100, self._least)
        start = self._rng.randrange(len(names)) if names else 0
        found: list[Candidate] = []
        clean = False
        for name in names[start:] + names[:start]:
            try:
                result = yield from self._tried(pod, name)
            except Broken as error:
                errors.extend([] if str(error) in errors else [str(error)])
                continue
            if isinstance(result, Reject):
                rejects[name] = result
                continue
            found.append(result)
            clean = clean or not result.violations
            if clean and len(found) >= enough:
                break
        return found

    def _tried(self, pod: PodInfo, name: str) -> Steps[Candidate | Reject]:
        """`_try` to its end. The node may go meanwhile."""
        while (node := self._cache.nodes.get(name)) is not None and node.known:
            result = self._try(pod, node)
            if not isinstance(result, Unfinished):
                return result
            yield None
        return UNHELPFUL

    def _try(self, pod: PodInfo, node: NodeInfo) -> Candidate | Reject:
        """Takes all pods of lower priority away, then gives back as many as possible, the important first."""
        lower = [p for p in node.pods.values() if p.priority < pod.priority]
        if not lower:
            return NO_VICTIMS
        reject = self._fits_without(pod, node, lower)
        if reject is not None:
            return reject
        lower.sort(key=lambda p: (-p.priority, p.started))
        breaking = self._breaking(lower)
        victims = list(lower)
        violations = 0
        for candidate in sorted(lower, key=lambda p: p.key not in breaking):
            rest = [p for p in victims if p is not candidate]
            reject = self._fits_without(pod, node, rest)
            if isinstance(reject, Unfinished):
                return reject
            if reject is None:
                victims = rest
            elif candidate.key in breaking:
                violations += 1
        return Candidate(node.name, victims, violations) if victims else NO_VICTIMS

    def _fits_without(self, pod: PodInfo, node: NodeInfo, gone: list[PodInfo]) -> Reject | None:
        with self._cache.without(gone):
            states = self._framework.pre_filter(pod, self._framework.now.states)
            return self._framework.check(pod, node, states)

    def _breaking(self, pods: list[PodInfo]) -> set[str]:
        """Keys of the pods that a budget does not allow to go, counting them in order."""
        found: set[str] = set()
        left: dict[str, int] = {}
        for pod in pods:
            for budget in self._budgets(pod.namespace):
                if not pod.labels or not _covers(budget, pod):
                    continue
                uid = budget["metadata"]["uid"]
                status = budget.get("status") or {}
                if pod.name in (status.get("disruptedPods") or {}):
                    continue
                left[uid] = left.get(uid, status.get("disruptionsAllowed", 0)) - 1
                if left[uid] < 0:
                    found.add(pod.key)
        return found


def _covers(budget: Object, pod: PodInfo) -> bool:
    selector = labels.from_label_selector(budget["spec"].get("selector"))
    return not selector.empty and selector.matches(pod.labels)


def _backwards(text: str) -> tuple[int, ...]:
    """Sorts later texts first."""
    return tuple(-ord(c) for c in text)
