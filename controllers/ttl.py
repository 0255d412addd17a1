"""Tells kubelets, in an annotation of their node, for how long they may keep Secrets and ConfigMaps.

The larger the cluster, the longer. Source of the steps: upstream's TTL controller.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..client.resources import NODES
from .base import Controller
from .context import Context

Object = dict[str, Any]
ANNOTATION = "node.alpha.kubernetes.io/ttl"


class Step(NamedTuple):
    """`seconds` between `low` and `high` nodes; steps overlap so that they are not left to and fro."""

    low: int
    high: int
    seconds: int


STEPS = (
    Step(0, 100, 0),
    Step(90, 500, 15),
    Step(450, 1000, 30),
    Step(900, 2000, 60),
    Step(1800, 2**31, 300),
)


def step_of(nodes: int, before: int) -> int:
    """The step for so many nodes, coming from another."""
    while nodes > STEPS[before].high:
        before += 1
    while nodes < STEPS[before].low:
        before -= 1
    return before


class TTLController(Controller):
    name = "ttl-controller"
    queue_name = "ttlcontroller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._step = 0
        self._nodes = self.informer(NODES, self._changed)

    async def reconcile(self, key: str) -> None:
        node = self._nodes.get(key)
        wanted = str(STEPS[self._step].seconds)
        if node is not None and (node["metadata"].get("annotations") or {}).get(ANNOTATION) != wanted:
            await self.client.patch(NODES, key, {"metadata": {"annotations": {ANNOTATION: wanted}}})

    def _changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind != "DELETED":
            self.enqueue(new)
        if kind == "MODIFIED":
            return
        step = step_of(len(self._nodes.list()), self._step)
        if step != self._step:
            self._step = step
            for node in self._nodes.list():
                self.enqueue(node)
