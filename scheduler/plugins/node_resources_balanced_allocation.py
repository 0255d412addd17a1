"""NodeResourcesBalancedAllocation: likes nodes whose CPU and memory would be used to like degrees."""

from __future__ import annotations

from ..framework import MAX_SCORE
from ..node import NodeInfo
from ..pod import Template

NAME = "NodeResourcesBalancedAllocation"


class NodeResourcesBalancedAllocation:
    name = NAME
    weight = 1

    def applies(self, template: Template) -> bool:
        return not template.best_effort

    def score(self, template: Template, node: NodeInfo) -> int:
        """With two resources the standard deviation is half the difference of the shares."""
        if not node.cpu or not node.memory:
            return MAX_SCORE
        asked = template.requests
        cpu = min((node.used_cpu + asked.cpu) / node.cpu, 1.0)
        memory = min((node.used_memory + asked.memory) / node.memory, 1.0)
        return int((1 - abs(cpu - memory) / 2) * MAX_SCORE)
