"""NodeUnschedulable: cordoned nodes take no pods but those that tolerate it."""

from __future__ import annotations

from ..framework import Reject
from ..node import NodeInfo
from ..pod import Template
from ..taints import UNSCHEDULABLE, untolerated

NAME = "NodeUnschedulable"
REJECT = Reject(NAME, ("node(s) were unschedulable",))


class NodeUnschedulable:
    name = NAME

    def applies(self, template: Template) -> bool:
        return True

    def filter(self, template: Template, node: NodeInfo) -> Reject | None:
        if node.unschedulable and untolerated((UNSCHEDULABLE,), template.tolerations):
            return REJECT
        return None
