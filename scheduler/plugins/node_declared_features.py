"""NodeDeclaredFeatures: what a pod needs of a kubelet, its node must say that it has.

Source: component-helpers `nodedeclaredfeatures` 1.36, as far as a pod that waits can need a feature.
"""

from __future__ import annotations

from ..changes import NODE, WAITING_POD, Action, Change, Interest
from ..contract import Reject
from ..node import NodeInfo
from ..pod import PodInfo, Template

NAME = "NodeDeclaredFeatures"
REJECT = Reject(NAME, ("node(s) didn't match Pod's required features",))


class NodeDeclaredFeatures:
    name = NAME

    def applies(self, template: Template) -> bool:
        return bool(template.features)

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(NODE, Action.Add | Action.UpdateNodeDeclaredFeature, self._after_node),
            Interest(WAITING_POD, Action.Update, self._after_own),
        )

    def _after_node(self, pod: PodInfo, change: Change) -> bool:
        return self.filter(pod.template, change.new) is None

    def _after_own(self, pod: PodInfo, change: Change) -> bool:
        before: PodInfo = change.old
        return before.template.features != pod.template.features

    def filter(self, template: Template, node: NodeInfo) -> Reject | None:
        return None if template.features <= node.features else REJECT
