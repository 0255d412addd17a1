"""NodeResourcesBalancedAllocation: likes nodes whose resources the pod brings closer to being used alike."""

from __future__ import annotations

from ..config.args import NodeResourcesBalancedAllocationArgs
from ..contract import MAX_SCORE
from ..node import NodeInfo
from ..pod import Template
from ..quantities import CPU, MEMORY, STORAGE
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
        return any(_asked(name, template) for name in self._resources)

    def score(self, template: Template, node: NodeInfo) -> int:
        """50 to 100: 75 for a node whose balance stays as it is."""
        if not self._plain:
            return self._general(template, node)
        if not node.cpu or not node.memory:
            return _gain(MAX_SCORE, MAX_SCORE)
        asked = template.requests
        before = _of_two(node.used_cpu / node.cpu, node.used_memory / node.memory)
        cpu = (node.used_cpu + asked.cpu) / node.cpu
        return _gain(before, _of_two(cpu, (node.used_memory + asked.memory) / node.memory))

    def _general(self, template: Template, node: NodeInfo) -> int:
        pairs = [usage(name, template, node, assumed=False) for name in self._resources]
        counted = [(used, has, name) for (used, has), name in zip(pairs, self._resources, strict=True) if has]
        after = [used / has for used, has, _ in counted]
        before = [(used - _asked(name, template)) / has for used, has, name in counted]
        return _gain(_balance(before), _balance(after))


def _gain(before: int, after: int) -> int:
    return MAX_SCORE // 2 + (MAX_SCORE // 2 + after - before) // 2


def _of_two(cpu: float, memory: float) -> int:
    """With two resources the standard deviation is half the difference of the shares."""
    return int((1 - abs(min(cpu, 1.0) - min(memory, 1.0)) / 2) * MAX_SCORE)


def _balance(shares: list[float]) -> int:
    """100 when all resources are used to the same degree."""
    if len(shares) < 2:
        return MAX_SCORE
    if len(shares) == 2:
        return _of_two(*shares)
    shares = [min(share, 1.0) for share in shares]
    mean = sum(shares) / len(shares)
    deviation = (sum((share - mean) ** 2 for share in shares) / len(shares)) ** 0.5
    return int((1 - deviation) * MAX_SCORE)


def _asked(name: str, template: Template) -> int:
    asked = template.requests
    own = {CPU: asked.cpu, MEMORY: asked.memory, STORAGE: asked.storage}
    return own[name] if name in own else asked.other.get(name, 0)
