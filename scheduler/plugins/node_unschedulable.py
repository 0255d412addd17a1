"""NodeUnschedulable: cordoned nodes take no pods but those that tolerate it."""

from __future__ import annotations

from ...apimachinery.taints import UNSCHEDULABLE, untolerated
from ..changes import NODE, WAITING_POD, Action, Change, Interest
from ..contract import Reject
from ..node import NodeInfo
from ..pod import PodInfo, Template

NAME = "NodeUnschedulable"
REJECT = Reject(NAME, ("node(s) were unschedulable",))


class NodeUnschedulable:
    name = NAME

    def applies(self, template: Template) -> bool:
        return True

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(NODE, Action.Add | Action.UpdateNodeTaint, self._after_node),
            Interest(WAITING_POD, Action.UpdatePodToleration, self._after_toleration),
        )

    def _after_node(self, pod: PodInfo, change: Change) -> bool:
        before: NodeInfo | None = change.old
        return not change.new.unschedulable and (before is None or before.unschedulable)

    def _after_toleration(self, pod: PodInfo, change: Change) -> bool:
        return not untolerated((UNSCHEDULABLE,), pod.template.tolerations)

    def filter(self, template: Template, node: NodeInfo) -> Reject | None:
        if node.unschedulable and untolerated((UNSCHEDULABLE,), template.tolerations):
            return REJECT
        return None
