"""NodeResourcesFit: what the pod requests must be free; how full a node is gives its score."""

from __future__ import annotations

from collections.abc import Callable, Container

from ..config.args import NodeResourcesFitArgs
from ..framework import Reject
from ..node import NodeInfo
from ..pod import Template
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
