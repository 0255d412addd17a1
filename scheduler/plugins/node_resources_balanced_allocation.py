"""NodeResourcesBalancedAllocation: likes nodes whose resources would be used to like degrees."""

from __future__ import annotations

from ..config.args import NodeResourcesBalancedAllocationArgs
from ..contract import MAX_SCORE
from ..node import NodeInfo
from ..pod import Template
from ..quantities import CPU, MEMORY
from .resource_scores import usage

NAME = "NodeResourcesBalancedAllocation"


class NodeResourcesBalancedAllocation:
    name = NAME
    weight = 1

    def __init__(self, args: NodeResourcesBalancedAllocationArgs | None = None) -> None:
        counted = (args or NodeResourcesBalancedAllocationArgs.model_construct()).counted
        self._resources = [resource.name for resource in counted]
        self._plain = set(self._resources) == {CPU, MEMORY}

    def applies(self, template: Template) -> bool:
        if self._plain:
            return not template.best_effort
        asked = template.requests
        return any(
            asked.cpu if name == CPU else asked.memory if name == MEMORY else asked.other.get(name, 0)
            for name in self._resources
        )

    def score(self, template: Template, node: NodeInfo) -> int:
        """With two resources the standard deviation is half the difference of the shares."""
        if not self._plain:
            return self._general(template, node)
        if not node.cpu or not node.memory:
            return MAX_SCORE
        asked = template.requests
        cpu = min((node.used_cpu + asked.cpu) / node.cpu, 1.0)
        memory = min((node.used_memory + asked.memory) / node.memory, 1.0)
        return int((1 - abs(cpu - memory) / 2) * MAX_SCORE)

    def _general(self, template: Template, node: NodeInfo) -> int:
        found = (usage(name, template, node, assumed=False) for name in self._resources)
        shares = [min(used / has, 1.0) for used, has in found if has]
        if len(shares) < 2:
            return MAX_SCORE
        if len(shares) == 2:
            return int((1 - abs(shares[0] - shares[1]) / 2) * MAX_SCORE)
        mean = sum(shares) / len(shares)
        deviation = (sum((share - mean) ** 2 for share in shares) / len(shares)) ** 0.5
        return int((1 - deviation) * MAX_SCORE)
