"""What one attempt to place a pod comes to: why nodes are out, and what is worked with on the way."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from typing import Any

from .contract import ClusterPlugin, Reject
from .extenders import EXTENDER, Left
from .trace import Trace

States = list[tuple[ClusterPlugin, Any]]
"""What plug-ins that look at the cluster saw in it for the pod."""


class Diagnosis:
    """Why a pod fits nowhere."""

    def __init__(self, total: int, *, message: str = "", plugin: str = "") -> None:
        self.total = total
        self.message = message
        """Set when the pod itself is the reason, not the nodes."""
        self.error = ""
        """Set when a plug-in could not do its work."""
        self.rejects: dict[str, Reject] = {}
        self.no_victims: dict[int, str] = {}
        """What was said when preemption was no help, by priority."""
        self._text = ""
        self._asked: set[str] = {plugin} if plugin else set()
        self._outside: set[str] = set()
        """Nodes that extenders refused."""

    @property
    def plugins(self) -> set[str]:
        """Who refused. Gathered when asked for: most searches that meet refusals end well."""
        own = {reject.plugin for name, reject in self.rejects.items() if name not in self._outside}
        return self._asked | own | ({EXTENDER} if self._outside else set())

    def leave_out(self, left: Left) -> None:
        """What extenders said."""
        self.error = left.error
        self.rejects |= left.rejects
        self._outside |= left.rejects.keys()

    def __str__(self) -> str:
        if self.error:
            return self.error
        if not self.total:
            return "no nodes available to schedule pods"
        head = f"0/{self.total} nodes are available:"
        if self.message:
            return f"{head} {self.message}."
        if not self._text:
            reasons = histogram(self.rejects.values())
            self._text = f"{head} {reasons}." if reasons else head
        return self._text


def histogram(rejects: Iterable[Reject]) -> str:
    """`1 Insufficient cpu, 2 node(s) were unschedulable`."""
    tally = Tally(reason for reject in rejects for reason in reject.reasons)
    return ", ".join(sorted(f"{count} {reason}" for reason, count in tally.items()))


class Attempt:
    """What belongs to one attempt."""

    __slots__ = ("states", "trace", "waited")

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.states: States = []
        self.waited = False
        """Whether others have had their turn since it began."""
