"""What a benchmark answers: rows of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """One figure. `kube` is kube-apiserver's (None where it has none to compare), `goal` what Wherry wants to
    reach (None: nothing is promised); `more` says that more is better. `note` is free text, such as who used
    the processor."""

    what: str
    value: float
    unit: str
    kube: float | None
    goal: float | None
    more: bool
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than kube-apiserver."""
        if self.kube is None:
            return None
        return self.value / self.kube if self.more else self.kube / self.value

    @property
    def met(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.more else self.value <= self.goal


def best(times: int, measure: Callable[[], float], more: bool = True) -> float:
    """The best of several runs: what else runs on the machine only ever makes a run worse."""
    found = [measure() for _ in range(times)]
    return max(found) if more else min(found)


def shown(row: Row) -> str:
    """The row as Markdown."""
    number = f"{row.value:,.0f}" if row.value >= 100 else f"{row.value:.2f}"
    kube = "" if row.kube is None else f"{row.kube:,g} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.1f}×"
    goal = "" if row.goal is None else f"{'≥' if row.more else '≤'} {row.goal:,.5g}"
    verdict = "" if row.goal is None else "met" if row.met else "missed"
    return f"| {row.what} | {number} {row.unit} | {kube} | {ratio} | {goal} | {verdict} | {row.note} |"
