"""What one attempt to place a pod looked at, kept as the framework worked it out.

A trace costs the search next to nothing: it holds the very lists that the search made and is put into words
(`explain.py`) only when somebody asks. Nobody may change these lists once the search is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import Profile, Verdict
    from .diagnosis import Diagnosis
    from .node import NodeInfo

Scores = tuple[str, int, list[int]]
"""A cluster plug-in's name, its weight, and its score for every feasible node."""


class Trace:
    """`feasible` and the lists beside it run in the same order. `totals` is empty when nothing was scored:
    there were fewer than two nodes to choose from."""

    __slots__ = ("cluster", "diagnosis", "feasible", "profile", "totals", "verdicts")

    def __init__(self, profile: Profile, diagnosis: Diagnosis) -> None:
        self.profile = profile
        self.diagnosis = diagnosis
        """The nodes that were refused, even when others were not, and how many nodes there were."""
        self.feasible: list[NodeInfo] = []
        self.verdicts: list[Verdict] = []
        self.totals: list[int] = []
        self.cluster: list[Scores] = []

    @property
    def rows(self) -> int:
        """How many nodes it speaks of: what it costs to keep."""
        return len(self.feasible) + len(self.diagnosis.rejects)
