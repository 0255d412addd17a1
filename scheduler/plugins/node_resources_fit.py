"""NodeResourcesFit: what the pod requests must be free; how full a node is gives its score."""

from __future__ import annotations

from collections.abc import Callable, Container

from ..changes import DEVICE_CLASS, NODE, POD, WAITING_POD, Action, Change, Interest
from ..config.args import NodeResourcesFitArgs
from ..contract import Reject
from ..node import NodeInfo
from ..pod import PodInfo, Template
from .resource_scores import scorer

NAME = "NodeResourcesFit"


class NodeResourcesFit:
    name = NAME
    weight = 1

    def __init__(
        self,
        args: NodeResourcesFitArgs | None = None,
        served: Callable[[], Container[str]] = lambda: (),
    ) -> None:
        """`served` gives the resources that device classes stand behind on nodes which have none."""
        args = args or NodeResourcesFitArgs.model_construct()
        self.score = scorer(args.scoring_strategy)
        """0 to 100."""
        self._served = served
        self._ignored = frozenset(args.ignored_resources)
        self._ignored_groups = frozenset(args.ignored_resource_groups)

    def applies(self, template: Template) -> bool:
        return True

    def filter(self, template: Template, node: NodeInfo) -> Reject | None:
        asked = template.requests
        if (
            len(node.pods) < node.max_pods
            and (not asked.cpu or asked.cpu <= node.cpu - node.used_cpu)
            and (not asked.memory or asked.memory <= node.memory - node.used_memory)
            and not asked.storage
            and not asked.other
        ):
            return None
        return self._explain(template, node)

    def interests(self) -> tuple[Interest, ...]:
        return (
            Interest(POD, Action.Delete | Action.UpdatePodScaleDown, self._after_pod),
            Interest(WAITING_POD, Action.UpdatePodScaleDown),
            Interest(NODE, Action.Add | Action.UpdateNodeAllocatable, self._after_node),
            Interest(DEVICE_CLASS, Action.Add | Action.Update, self._after_class),
        )

    def _after_class(self, pod: PodInfo, change: Change) -> bool:
        """A class that stands behind a resource the pod asks for."""
        served = self._served()
        return any(name in served for name in pod.template.requests.other)

    def _after_pod(self, pod: PodInfo, change: Change) -> bool:
        """A pod that is gone gave its place back; one that shrank, some of what it had."""
        before: PodInfo = change.old
        if change.new is None:
            return bool(before.node_name or before.nominated)
        had, has, asked = before.template.requests, change.new.template.requests, pod.template.requests
        return (
            bool(asked.cpu and has.cpu < had.cpu)
            or bool(asked.memory and has.memory < had.memory)
            or bool(asked.storage and has.storage < had.storage)
            or any(has.other.get(name, 0) < had.other.get(name, 0) for name in asked.other)
        )

    def _after_node(self, pod: PodInfo, change: Change) -> bool:
        """Whether the node has room for the pod when empty, and more of what it wants than before."""
        now: NodeInfo = change.new
        before: NodeInfo | None = change.old
        if self.filter(pod.template, now) is not None:
            return False
        asked = pod.template.requests
        return (
            before is None
            or now.max_pods > before.max_pods
            or bool(asked.cpu and now.cpu > before.cpu)
            or bool(asked.memory and now.memory > before.memory)
            or bool(asked.storage and now.storage > before.storage)
            or any(now.other.get(name, 0) > before.other.get(name, 0) for name in asked.other)
        )

    def ignores(self, resource: str) -> bool:
        """Whether an extended resource is somebody else's business."""
        if resource in self._ignored:
            return True
        group, slash, _ = resource.partition("/")
        return bool(slash) and group in self._ignored_groups

    def _explain(self, template: Template, node: NodeInfo) -> Reject | None:
        """Every resource that is short. What not even the empty node has cannot be made free."""
        asked, served = template.requests, self._served()
        wanted = [
            ("cpu", asked.cpu, node.cpu, node.used_cpu),
            ("memory", asked.memory, node.memory, node.used_memory),
            ("ephemeral-storage", asked.storage, node.storage, node.used_storage),
            *(
                (name, n, node.other.get(name, 0), node.used_other.get(name, 0))
                for name, n in asked.other.items()
                if not self.ignores(name) and (name not in served or node.other.get(name))
            ),
        ]
        reasons = ["Too many pods"] if len(node.pods) >= node.max_pods else []
        resolvable = True
        for name, amount, has, used in wanted:
            if amount and amount > has - used:
                reasons.append(f"Insufficient {name}")
                resolvable = resolvable and amount <= has
        return Reject(NAME, tuple(reasons), resolvable) if reasons else None
