"""TaintToleration: NoSchedule and NoExecute taints keep pods off; PreferNoSchedule ones cost score."""

from __future__ import annotations

from ...apimachinery.taints import PREFER_NO_SCHEDULE, untolerated
from ..changes import NODE, WAITING_POD, Action, Change, Interest
from ..contract import Reject
from ..node import NodeInfo
from ..pod import PodInfo, Template

NAME = "TaintToleration"
REJECT = Reject(NAME, ("node(s) had untolerated taint(s)",))


class TaintToleration:
    name = NAME
    weight = 3
    less_is_better = True

    def applies(self, template: Template) -> bool:
        return True

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(NODE, Action.Add | Action.UpdateNodeTaint, self._after_node),
            Interest(WAITING_POD, Action.UpdatePodToleration),
        )

    def _after_node(self, pod: PodInfo, change: Change) -> bool:
        """Whether the taints kept the pod off before and no longer do."""
        if self.filter(pod.template, change.new) is not None:
            return False
        return change.old is None or self.filter(pod.template, change.old) is not None

    def filter(self, template: Template, node: NodeInfo) -> Reject | None:
        if node.taints and untolerated(node.taints, template.tolerations):
            return REJECT
        return None

    def score(self, template: Template, node: NodeInfo) -> int:
        """How many preferences against the node the pod does not tolerate."""
        if not node.soft_taints:
            return 0
        soft = tuple(t for t in template.tolerations if t.effect in ("", PREFER_NO_SCHEDULE))
        return untolerated(node.soft_taints, soft)
