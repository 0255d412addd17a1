"""What of a Placement its reader may not see: pods of others by name, and nodes by name.

Who may read a pod is told why it is where it is, as its events tell it; who else lives in the cluster is no
part of that. Only the pod's own node, which the pod names itself, is everybody's.
"""

from __future__ import annotations

from collections.abc import Callable

from ..registry.strategy import Object


class Discretion:
    """`nodes`: whether the reader may list nodes; `pod`: whether they may get the pod of this namespace and
    name."""

    def __init__(self, nodes: bool, pod: Callable[[str, str], bool]) -> None:
        self._nodes = nodes
        self._pod = pod

    def status(self, status: Object) -> Object:
        """A Placement's status without what the reader may not see."""
        told = {**status}
        if "attempts" in told:
            told["attempts"] = [self._search(attempt) for attempt in told["attempts"]]
        if "now" in told:
            told["now"] = self._search(told["now"])
        return told

    def _search(self, search: Object) -> Object:
        told = {**search}
        if not self._nodes:
            told.pop("best", None)
            own = told.get("node")
            told["table"] = [row if row["node"] == own else _nameless(row) for row in told.get("table", ())]
        plan = told.get("preemption")
        if plan is not None and "victims" in plan:
            others = [self._plan(other) for other in plan.get("alternatives", ())]
            if not self._nodes:
                others = [_nameless(other) for other in others]
            told["preemption"] = {**self._plan(plan), "alternatives": others}
        return told

    def _plan(self, plan: Object) -> Object:
        victims = [v if self._pod(v["namespace"], v["name"]) else {"hidden": True} for v in plan["victims"]]
        return {**plan, "victims": victims}


def _nameless(row: Object) -> Object:
    return {**{key: value for key, value in row.items() if key != "node"}, "hidden": True}
