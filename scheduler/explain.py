"""Puts what the scheduler decided into words: the status of a `Placement` (wherry.dev/v1).

Only reads; whatever was normalised or weighted during the search is worked out again here, from what the
trace kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from .changes import Action
from .contract import ClusterPlugin, NodeFilter, NodeScore, Profile, normalised
from .decisions import Decision, Making, Plan
from .extenders import EXTENDER
from .pod import PodInfo
from .queue import BACKOFF, ERROR, Entry
from .trace import Trace

Object = dict[str, Any]
Moment = Callable[[float], str]
"""A monotonic time of the scheduler's clock as RFC 3339."""

ROWS = 1000
"""Nodes told of one by one; of more only how many there were."""


def attempt(decision: Decision, moment: Moment) -> Object:
    """One past attempt."""
    error = decision.trace.diagnosis.error and not decision.node
    result = "Scheduled" if decision.node else "Error" if error else "Unschedulable"
    told: Object = {
        "time": moment(decision.at),
        "attempt": decision.attempt,
        "result": "BindingFailed" if decision.problem else result,
        **_search(decision.trace, decision.node),
    }
    told |= _given(node=decision.node, message=decision.message or decision.problem)
    if decision.making is not None and (decision.making.plans or decision.making.refusal):
        told["preemption"] = _preemption(decision.making)
    return told


def rehearsal(trace: Trace) -> Object:
    """What would come of an attempt now. Among equally good nodes one is as likely as another."""
    if not trace.feasible:
        return {"result": "Unschedulable", "message": str(trace.diagnosis), **_search(trace, "")}
    best = max(trace.totals, default=0)
    rated = zip(trace.feasible, trace.totals or [0] * len(trace.feasible), strict=True)
    names = [node.name for node, total in rated if total == best]
    return {"result": "Scheduled", "best": names[:ROWS], **_search(trace, names[0])}


def waiting(entry: Entry, profile: Profile, moment: Moment) -> Object:
    """A pod in the queue, and what would let it be tried again."""
    told: Object = {"state": entry.state, "attempts": entry.attempts, "since": moment(entry.added)}
    if entry.attempts:
        told["lastAttempt"] = moment(entry.failed_at)
    if entry.state in (BACKOFF, ERROR):
        told["backoffUntil"] = moment(entry.failed_at + entry.backoff)
    refusing = sorted(entry.plugins)
    return told | _given(
        refusedBy=refusing, mayHelp=_helping(profile, refusing), nominatedNode=entry.pod.nominated
    )


def _helping(profile: Profile, plugins: Collection[str]) -> list[Object]:
    """The changes that the plug-ins which refused a pod wait for."""
    if EXTENDER in plugins:
        return [{"resource": "*", "actions": ["All"]}]
    found: dict[str, Action] = {}
    every: list[NodeFilter | ClusterPlugin] = [*profile.filters, *profile.cluster]
    for plugin in every:
        if plugin.name in plugins:
            for interest in plugin.interests():
                found[interest.resource] = found.get(interest.resource, Action(0)) | interest.actions
    return [
        {"resource": resource, "actions": [action.name for action in actions]}
        for resource, actions in sorted(found.items())
    ]


def gates(pod: PodInfo) -> list[str]:
    return [gate["name"] for gate in pod.obj["spec"].get("schedulingGates") or ()]


def _search(trace: Trace, chosen: str) -> Object:
    diagnosis = trace.diagnosis
    found = [*_feasible(trace, chosen), *_rejected(trace)]
    seen = len(trace.feasible) + len(diagnosis.rejects)
    counts = {
        "total": diagnosis.total,
        "feasible": len(trace.feasible),
        "rejected": len(diagnosis.rejects),
        "notLookedAt": max(diagnosis.total - seen, 0) if not diagnosis.message else diagnosis.total,
        "notShown": max(len(found) - ROWS, 0),
    }
    told: Object = {"nodes": {key: value for key, value in counts.items() if value}, "table": found[:ROWS]}
    if diagnosis.message:
        told["refusal"] = {"plugins": sorted(diagnosis.plugins), "message": diagnosis.message}
    return told


def _rejected(trace: Trace) -> list[Object]:
    return [
        {
            "node": name,
            "rejected": {
                "plugin": reject.plugin,
                "reasons": list(reject.reasons),
                "preemptionMayHelp": reject.resolvable,
            },
        }
        for name, reject in trace.diagnosis.rejects.items()
    ]


def _feasible(trace: Trace, chosen: str) -> list[Object]:
    """Best first; the chosen one leads its equals."""
    if not trace.totals:
        return [{"node": node.name} for node in trace.feasible]
    columns = _columns(trace)
    rows = [
        {"node": node.name, "total": total, "scores": [column[i] for column in columns if column[i]]}
        for i, (node, total) in enumerate(zip(trace.feasible, trace.totals, strict=True))
    ]
    return sorted(rows, key=lambda row: (-row["total"], row["node"] != chosen))


def _columns(trace: Trace) -> list[list[Object]]:
    """For each plug-in a score per feasible node; an empty one where it had nothing to look at."""
    profile, verdicts = trace.profile, trace.verdicts
    found = [
        [_score(p, v.parts[i]) if v.parts and v.parts[i] is not None else {} for v in verdicts]
        for i, p in enumerate(profile.scores)
    ]
    for i, plugin in enumerate(profile.normalised):
        raw = [v.raw[i] if v.raw else 0 for v in verdicts]
        if any(verdict.raw for verdict in verdicts):
            final = normalised(list(raw), plugin.less_is_better)
            found.append([_score(plugin, s, r) for s, r in zip(final, raw, strict=True)])
    for name, weight, scores in trace.cluster:
        found.append([_scored(name, weight, score) for score in scores])
    return found


def _score(plugin: NodeScore, score: int | None, raw: int | None = None) -> Object:
    return _scored(plugin.name, plugin.weight, score or 0) | ({} if raw is None else {"raw": raw})


def _scored(name: str, weight: int, score: int) -> Object:
    return {"plugin": name, "score": score, "weight": weight, "weighted": score * weight}


def _preemption(making: Making) -> Object:
    if not making.plans:
        return {"refusal": making.refusal}
    chosen, *others = making.plans
    return {**_plan(chosen), "alternatives": [_plan(plan) for plan in others[:ROWS]]}


def _plan(plan: Plan) -> Object:
    victims = [
        {"namespace": v.namespace, "name": v.name, "uid": v.uid, "priority": v.priority} for v in plan.victims
    ]
    return {"node": plan.node, "victims": victims, "budgetViolations": plan.violations}


def _given(**fields: Any) -> Object:
    return {key: value for key, value in fields.items() if value}
