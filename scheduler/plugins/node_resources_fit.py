"""NodeResourcesFit: what the pod requests must be free; nodes with more left are better (LeastAllocated)."""

from __future__ import annotations

from ..framework import MAX_SCORE, Reject
from ..node import NodeInfo
from ..pod import Template

NAME = "NodeResourcesFit"


class NodeResourcesFit:
    name = NAME
    weight = 1

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
        return _explain(template, node)

    def score(self, template: Template, node: NodeInfo) -> int:
        asked = template.requests
        shares = [
            0 if used > has else (has - used) * MAX_SCORE // has
            for used, has in (
                (node.scored_cpu + asked.scored_cpu, node.cpu),
                (node.scored_memory + asked.scored_memory, node.memory),
            )
            if has
        ]
        return sum(shares) // len(shares) if shares else 0


def _explain(template: Template, node: NodeInfo) -> Reject | None:
    """Every resource that is short. One that not even the empty node has cannot be had by removing pods."""
    asked = template.requests
    wanted = [
        ("cpu", asked.cpu, node.cpu, node.used_cpu),
        ("memory", asked.memory, node.memory, node.used_memory),
        ("ephemeral-storage", asked.storage, node.storage, node.used_storage),
        *(
            (name, n, node.other.get(name, 0), node.used_other.get(name, 0))
            for name, n in asked.other.items()
        ),
    ]
    reasons = ["Too many pods"] if len(node.pods) >= node.max_pods else []
    resolvable = True
    for name, amount, has, used in wanted:
        if amount and amount > has - used:
            reasons.append(f"Insufficient {name}")
            resolvable = resolvable and amount <= has
    return Reject(NAME, tuple(reasons), resolvable) if reasons else None
