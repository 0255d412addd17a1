"""NodeAffinity: `nodeSelector` and required node affinity filter, preferred node affinity scores.

A profile may add an affinity that each of its pods has besides its own.
"""

from __future__ import annotations

from typing import Any

from ...apimachinery.node_affinity import NodeWish
from ..changes import NODE, Action, Change, Interest
from ..contract import Reject
from ..node import NodeInfo
from ..pod import PodInfo, Template

NAME = "NodeAffinity"
REJECT = Reject(NAME, ("node(s) didn't match Pod's node affinity/selector",))
ENFORCED = Reject(NAME, ("node(s) didn't match scheduler-enforced node affinity",))


class NodeAffinity:
    name = NAME

    def __init__(self, added: dict[str, Any] | None = None) -> None:
        """`added` is a core/v1 NodeAffinity."""
        self._added = _wish(added)

    def applies(self, template: Template) -> bool:
        return not (template.wish.any_node and self._added.any_node)

    def interests(self) -> tuple[Interest, ...]:
        return (Interest(NODE, Action.Add | Action.UpdateNodeLabel, self._after_node),)

    def _after_node(self, pod: PodInfo, change: Change) -> bool:
        """Whether the node is wanted now and was not before."""
        if self.filter(pod.template, change.new) is not None:
            return False
        return change.old is None or self.filter(pod.template, change.old) is not None

    def filter(self, template: Template, node: NodeInfo) -> Reject | None:
        if not self._added.matches(node.name, node.labels):
            return ENFORCED
        return None if template.wish.matches(node.name, node.labels) else REJECT


class PreferredNodeAffinity:
    name = NAME
    weight = 2
    less_is_better = False

    def __init__(self, added: dict[str, Any] | None = None) -> None:
        self._added = _wish(added).preferred

    def applies(self, template: Template) -> bool:
        return bool(template.wish.preferred or self._added)

    def score(self, template: Template, node: NodeInfo) -> int:
        """The weights of the terms that match."""
        wanted = (*self._added, *template.wish.preferred) if self._added else template.wish.preferred
        return sum(w for w, term in wanted if term.matches(node.name, node.labels))


def _wish(added: dict[str, Any] | None) -> NodeWish:
    return NodeWish({"affinity": {"nodeAffinity": added}} if added else {})
