"""The step of a rolling update: old pods that may go and nodes that may have a second one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .. import pods as podlib
from .plan import Plan, View, fences

Object = dict[str, Any]


def step(view: View) -> Plan:
    surge, unavailable = fences(view)
    return _with_surge(view, surge) if surge else _without_surge(view, unavailable)


def _pairs(view: View) -> Iterable[tuple[str, list[Object], list[Object]]]:
    """Of each node with a pod or a right to one: its new and its old pods."""
    names = [*view.pods, *(n for n, v in view.verdicts.items() if v.run and n not in view.pods)]
    for name in names:
        found: Sequence[Object] = [p for p in view.pods.get(name, ()) if not podlib.is_deleted(p)]
        yield name, [p for p in found if view.is_new(p)], [p for p in found if not view.is_new(p)]


def _without_surge(view: View, limit: int) -> Plan:
    down = 0
    broken: list[Object] = []
    candidates: list[Object] = []
    for _, new, old in _pairs(view):
        if len(new) + len(old) != 1:
            down += 1
        elif new:
            down += not view.is_available(new[0])
        elif view.is_available(old[0]):
            candidates.append(old[0])
        else:
            broken.append(old[0])
    # The broken ones count, or a second change of the template during a rollout would take too many.
    return Plan(delete=broken + candidates[: max(0, limit - down - len(broken))])


def _with_surge(view: View, limit: int) -> Plan:
    surged = available = 0
    plan = Plan()
    candidates: list[str] = []
    misplaced: list[Object] = []
    for name, new, old in _pairs(view):
        if len(new) > 1 or len(old) > 1:
            surged += 1
            continue
        works = any(map(view.is_available, old or new))
        available += works
        if old and new:
            if view.is_available(new[0]):
                plan.delete.append(old[0])
            else:
                surged += 1
        elif old and name in view.verdicts:
            wanted = view.verdicts[name].run
            if works:
                candidates += [name] if wanted else []
                misplaced += [] if wanted else old
            elif wanted:
                plan.create.append(name)
            else:
                plan.delete.append(old[0])
    plan.create += candidates[: max(0, limit - surged)]
    # A pod that works where none is wanted any more stays until as many as are wanted work elsewhere.
    plan.delete += misplaced[: max(0, available - view.desired)]
    return plan
