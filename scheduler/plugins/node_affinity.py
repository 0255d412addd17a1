"""NodeAffinity: `nodeSelector` and required node affinity filter, preferred node affinity scores."""

from __future__ import annotations

from ..framework import Reject
from ..node import NodeInfo
from ..pod import Template

NAME = "NodeAffinity"
REJECT = Reject(NAME, ("node(s) didn't match Pod's node affinity/selector",))


class NodeAffinity:
    name = NAME

    def applies(self, template: Template) -> bool:
        return not template.wish.any_node

    def filter(self, template: Template, node: NodeInfo) -> Reject | None:
        return None if template.wish.matches(node.name, node.labels) else REJECT


class PreferredNodeAffinity:
    name = NAME
    weight = 2
    less_is_better = False

    def applies(self, template: Template) -> bool:
        return bool(template.wish.preferred)

    def score(self, template: Template, node: NodeInfo) -> int:
        """The weights of the terms that match."""
        return sum(w for w, term in template.wish.preferred if term.matches(node.name, node.labels))
