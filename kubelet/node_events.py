"""What a node tells about itself, as `kubectl describe node` lists it.

Source: kubelet's event reasons. Its reference has the node's name as uid, that of controllers the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]
Tell = Callable[[Object, str, str, str], None]
"""Called with an ObjectReference, Normal or Warning, a reason and a message."""

REASONS = {
    ("MemoryPressure", "False"): "NodeHasSufficientMemory",
    ("DiskPressure", "False"): "NodeHasNoDiskPressure",
    ("PIDPressure", "False"): "NodeHasSufficientPID",
    ("Ready", "True"): "NodeReady",
    ("Ready", "False"): "NodeNotReady",
}


class NodeEvents:
    """Of one node. Each thing is told once, when it changes."""

    def __init__(self, name: str, tell: Tell) -> None:
        self._name = name
        self._reference = {"kind": "Node", "name": name, "uid": name}
        self._tell = tell
        self._conditions: dict[str, str] = {}
        self._unschedulable = False

    def starting(self) -> None:
        self._say("Starting", "Starting kubelet.")
        self._say("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods")

    def conditions(self, conditions: list[Object]) -> None:
        for condition in conditions:
            kind, status = condition["type"], condition["status"]
            if self._conditions.get(kind) != status and (kind, status) in REASONS:
                self._status(REASONS[kind, status])
            self._conditions[kind] = status

    def heard(self, node: Object) -> None:
        """Somebody cordoned the node, or the reverse."""
        unschedulable = bool(node["spec"].get("unschedulable"))
        if unschedulable != self._unschedulable:
            self._status("NodeNotSchedulable" if unschedulable else "NodeSchedulable")
        self._unschedulable = unschedulable

    def _status(self, reason: str) -> None:
        self._say(reason, f"Node {self._name} status is now: {reason}")

    def _say(self, reason: str, message: str) -> None:
        self._tell(self._reference, "Normal", reason, message)
