"""What one pass makes and deletes so that every node has its pod and no other has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...apimachinery import intstr
from .. import pods as podlib
from . import pods as daemons
from .nodes import Eligibility, Verdict

Object = dict[str, Any]


@dataclass
class Plan:
    """`create`: names of nodes; `delete`: pods; `finished`: those of them that ended by themselves."""

    create: list[str] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)
    finished: list[tuple[str, Object]] = field(default_factory=list)


@dataclass(frozen=True)
class View:
    """What a pass knows. `digest` is the hash of the current revision; `pods` are grouped by their node."""

    owner: Object
    digest: str
    nodes: Sequence[Object]
    pods: Mapping[str, Sequence[Object]]
    now: datetime
    verdicts: Mapping[str, Verdict]

    @classmethod
    def of(
        cls, owner: Object, digest: str, nodes: Sequence[Object], pods: Sequence[Object], now: datetime
    ) -> View:
        eligibility = Eligibility(owner)
        verdicts = {node["metadata"]["name"]: eligibility.of(node) for node in nodes}
        return cls(owner, digest, nodes, daemons.by_node(pods), now, verdicts)

    @property
    def desired(self) -> int:
        return sum(verdict.run for verdict in self.verdicts.values())

    def is_new(self, pod: Object) -> bool:
        return daemons.is_updated(self.owner, pod, self.digest)

    def is_available(self, pod: Object) -> bool:
        min_ready = self.owner["spec"].get("minReadySeconds", 0)
        return podlib.available_in(pod, min_ready, self.now) == 0


def fences(view: View) -> tuple[int, int]:
    """Surge and unavailability in pods. Both zero would never move, so one may then be unavailable."""
    strategy = view.owner["spec"].get("updateStrategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return 0, 0
    surge = intstr.scaled(rolling.get("maxSurge", 0), view.desired, True)
    unavailable = intstr.scaled(rolling.get("maxUnavailable", 1), view.desired, True)
    return surge, 1 if view.desired and not surge and not unavailable else unavailable


def manage(view: View, may_kill: Callable[[str, Object], bool]) -> Plan:
    """`may_kill` says of a node's failed pod whether it may go now; it is asked once of each."""
    plan = Plan()
    surges = _allows_surge(view.owner)
    for name, verdict in view.verdicts.items():
        found = view.pods.get(name, ())
        if verdict.run and not found:
            plan.create.append(name)
        elif verdict.keep:
            _tidy(view, name, verdict, found, may_kill, surges, plan)
        else:
            plan.delete += [pod for pod in found if not podlib.is_deleted(pod)]
    for name, found in view.pods.items():
        if name not in view.verdicts:
            # Nothing will ever start these, and the pod garbage collector deletes only what has a node.
            plan.delete += [p for p in found if not p["spec"].get("nodeName") and not podlib.is_deleted(p)]
    return plan


def _allows_surge(owner: Object) -> bool:
    strategy = owner["spec"].get("updateStrategy") or {}
    surge = (strategy.get("rollingUpdate") or {}).get("maxSurge", 0)
    return strategy.get("type") == "RollingUpdate" and surge not in (0, "0%", None)


def _tidy(
    view: View,
    name: str,
    verdict: Verdict,
    found: Sequence[Object],
    may_kill: Callable[[str, Object], bool],
    surges: bool,
    plan: Plan,
) -> None:
    """One node that may have a pod: what ended goes, and so do too many."""
    running: list[Object] = []
    for pod in found:
        if podlib.is_deleted(pod):
            continue
        if not podlib.is_finished(pod):
            running.append(pod)
        elif podlib.phase(pod) == "Succeeded" or may_kill(name, pod):
            plan.finished.append((name, pod))
            plan.delete.append(pod)
    running = daemons.oldest_first(running)
    if not surges:
        plan.delete += running[1:]
    elif len(running) > 1:
        plan.delete += _superfluous(view, running)
    elif not running and verdict.run:
        plan.create.append(name)


def _superfluous(view: View, running: Sequence[Object]) -> list[Object]:
    """Of one node's pods during a surge: all but the old one that works and the new one that does not yet."""
    new = [pod for pod in running if view.is_new(pod)]
    old = [pod for pod in running if not view.is_new(pod)]
    gone = new[1:] + old[1:]
    if new and old and (not podlib.is_ready(old[0]) or view.is_available(new[0])):
        gone.append(old[0])
    return gone
