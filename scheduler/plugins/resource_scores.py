"""How full a node is, as a score: the scoring strategies of NodeResourcesFit.

Every resource gives 0 to 100 by what is requested of it, the new pod included; the weighted mean is the
score. CPU and memory are counted with what is assumed for containers that request none. Source of the rules:
kube-scheduler's least_allocated, most_allocated and requested_to_capacity_ratio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..config.args import LEAST, MOST, ResourceSpec, ScoringStrategy, ShapePoint
from ..contract import MAX_SCORE
from ..node import NodeInfo
from ..pod import Template
from ..quantities import CPU, MEMORY, STORAGE

Scorer = Callable[[Template, NodeInfo], int]
OneScore = Callable[[int, int], int]
"""Of requested and capacity."""

TEN = MAX_SCORE // 10
"""Shapes are written with scores of 0 to 10."""


def scorer(strategy: ScoringStrategy) -> Scorer:
    counted = [(resource.name, resource.weight) for resource in strategy.counted]
    if strategy.type == LEAST and counted == [(CPU, 1), (MEMORY, 1)]:
        return least_of_two
    if strategy.type == LEAST:
        return _mean(counted, least)
    if strategy.type == MOST:
        return _mean(counted, most)
    ratio = strategy.requested_to_capacity_ratio
    return _ratio(counted, curve(ratio.shape if ratio else ()))


def least_of_two(template: Template, node: NodeInfo) -> int:
    """The default strategy, written out because it runs for every node."""
    asked = template.requests
    shares = [
        0 if used > has else (has - used) * MAX_SCORE // has
        for used, has in (
            (node.scored_cpu + asked.rated_cpu, node.cpu),
            (node.scored_memory + asked.rated_memory, node.memory),
        )
        if has
    ]
    return sum(shares) // len(shares) if shares else 0


def least(used: int, has: int) -> int:
    return 0 if used > has else (has - used) * MAX_SCORE // has


def most(used: int, has: int) -> int:
    return min(used, has) * MAX_SCORE // has


def curve(shape: Sequence[ShapePoint]) -> Callable[[int], int]:
    """The score at a utilization in percent: straight lines between the points, level beyond them."""
    points = [(point.utilization, point.score * TEN) for point in shape]

    def at(utilization: int) -> int:
        for i, (x, y) in enumerate(points):
            if utilization <= x:
                if not i:
                    return y
                before, low = points[i - 1]
                # Go divides towards zero, which matters where the line falls.
                return low + int((y - low) * (utilization - before) / (x - before))
        return points[-1][1]

    return at


def usage(name: str, template: Template, node: NodeInfo, *, assumed: bool) -> tuple[int, int]:
    """Requested with the pod, and capacity, of one resource; (0, 0) for one that the pod has no use of.

    `assumed` counts containers that request no CPU or memory with what is assumed for them.
    """
    asked = template.requests
    if name == CPU:
        return (node.scored_cpu + asked.rated_cpu if assumed else node.used_cpu + asked.cpu), node.cpu
    if name == MEMORY:
        used = node.scored_memory + asked.rated_memory if assumed else node.used_memory + asked.memory
        return used, node.memory
    if name == STORAGE:
        return node.used_storage + asked.storage, node.storage
    mine = asked.other.get(name, 0)
    return (node.used_other.get(name, 0) + mine, node.other.get(name, 0)) if mine else (0, 0)


def weighed(resources: Iterable[ResourceSpec]) -> list[tuple[str, int]]:
    return [(resource.name, resource.weight) for resource in resources]


def _mean(counted: list[tuple[str, int]], one: OneScore) -> Scorer:
    def score(template: Template, node: NodeInfo) -> int:
        total = weights = 0
        for name, weight in counted:
            used, has = usage(name, template, node, assumed=True)
            if has:
                total += one(used, has) * weight
                weights += weight
        return total // weights if weights else 0

    return score


def _ratio(counted: list[tuple[str, int]], at: Callable[[int], int]) -> Scorer:
    """Resources that score nothing do not count in the mean."""

    def score(template: Template, node: NodeInfo) -> int:
        total = weights = 0
        for name, weight in counted:
            used, has = usage(name, template, node, assumed=True)
            found = at(100 if used > has else used * 100 // has) if has else 0
            if found > 0:
                total += found * weight
                weights += weight
        return int(total / weights + 0.5) if weights else 0

    return score
