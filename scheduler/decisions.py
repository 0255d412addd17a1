"""The scheduler's memory of what it decided and why: the last attempts for each of the last pods."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from ..apimachinery.clock import Clock
from .pod import PodInfo
from .preemption import Candidate, Unhelpful
from .trace import Trace

PODS = 2000
ROWS = 100_000
"""Nodes spoken of in all traces together: some 20 MB."""
ATTEMPTS = 3
"""Kept for one pod."""


class Victim(NamedTuple):
    namespace: str
    name: str
    uid: str
    priority: int
    started: str


class Plan(NamedTuple):
    """A node where room can be made. `violations` counts victims whose disruption budget forbids it."""

    node: str
    victims: tuple[Victim, ...]
    violations: int


class Making(NamedTuple):
    """What preemption came to: the plans it had, the one chosen first; else why there was none."""

    plans: tuple[Plan, ...]
    refusal: str


class Decision:
    """One attempt. `at` is the clock's monotonic time; `node` is empty when none was found; `problem` says
    why a binding failed that was decided on."""

    __slots__ = ("at", "attempt", "key", "making", "message", "node", "problem", "profile", "trace", "uid")

    def __init__(self, at: float, pod: PodInfo, attempt: int, trace: Trace) -> None:
        self.at = at
        self.key = pod.key
        self.uid = pod.uid
        self.profile: str = pod.obj["spec"].get("schedulerName", "")
        self.attempt = attempt
        self.trace = trace
        self.node = ""
        self.message = ""
        self.problem = ""
        self.making: Making | None = None


class Decisions:
    """Bounded by pods and by what the traces hold; the pod decided on longest ago is forgotten first."""

    def __init__(self, clock: Clock, *, pods: int = PODS, rows: int = ROWS) -> None:
        self._clock = clock
        self._pods = pods
        self._rows = rows
        self._held = 0
        self._known: OrderedDict[str, list[Decision]] = OrderedDict()

    def of(self, uid: str) -> list[Decision]:
        """The attempts for a pod, the latest last."""
        return list(self._known.get(uid, ()))

    def placed(self, pod: PodInfo, attempt: int, trace: Trace, node: str) -> None:
        self._add(pod, attempt, trace).node = node

    def refused(
        self, pod: PodInfo, attempt: int, trace: Trace, message: str, making: Making | None = None
    ) -> None:
        """A refusal in the words of the one before takes its place, unless that one made room."""
        known = self._known.get(pod.uid)
        if known and known[-1].message == message and not (known[-1].making and known[-1].making.plans):
            self._held -= known.pop().trace.rows
        decision = self._add(pod, attempt, trace)
        decision.message = message
        decision.making = making

    def failed(self, pod: PodInfo, problem: str) -> None:
        """The binding that was decided on last has failed."""
        for decision in self._known.get(pod.uid, ())[-1:]:
            decision.problem = problem

    def _add(self, pod: PodInfo, attempt: int, trace: Trace) -> Decision:
        decision = Decision(self._clock.monotonic(), pod, attempt, trace)
        known = self._known.get(pod.uid)
        if known is None:
            self._known[pod.uid] = [decision]
        else:
            known.append(decision)
            self._known.move_to_end(pod.uid)
            if len(known) > ATTEMPTS:
                self._held -= known.pop(0).trace.rows
        self._held += trace.rows
        while len(self._known) > self._pods or (self._held > self._rows and len(self._known) > 1):
            _, gone = self._known.popitem(last=False)
            self._held -= sum(old.trace.rows for old in gone)
        return decision


def making(chosen: Candidate | Unhelpful, considered: Iterable[Candidate]) -> Making:
    """What a search for victims came to, without the pods themselves."""
    if isinstance(chosen, Unhelpful):
        return Making((), chosen.message)
    others = sorted((c for c in considered if c is not chosen), key=Candidate.harm)
    return Making(tuple(map(_plan, (chosen, *others))), "")


def _plan(candidate: Candidate) -> Plan:
    victims = tuple(Victim(v.namespace, v.name, v.uid, v.priority, v.started) for v in candidate.victims)
    return Plan(candidate.node, victims, candidate.violations)
