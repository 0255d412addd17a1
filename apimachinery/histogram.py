"""A histogram as Prometheus reads it, cheap to count with."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TypeVar

Key = TypeVar("Key")


class Histogram:
    """Counts by upper bound."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values it has seen."""
        return sum(self.counts)

    def buckets(self) -> list[tuple[str, int]]:
        """Upper bounds, the infinite one last, and how many values are not above them."""
        return list(zip((*map(str, self.bounds), "+Inf"), accumulate(self.counts), strict=True))

    def lines(self, name: str, labels: str) -> list[str]:
        """The exposition text; `labels` as they stand between the braces."""
        found = [f'{name}_bucket{{{labels},le="{bound}"}} {seen}' for bound, seen in self.buckets()]
        return [*found, f"{name}_sum{{{labels}}} {self.total}", f"{name}_count{{{labels}}} {self.count}"]


def note(table: dict[Key, Histogram], key: Key, bounds: tuple[float, ...], value: float) -> None:
    """Counts in the histogram of that key, made at first use."""
    found = table.get(key)
    if found is None:
        found = table[key] = Histogram(bounds)
    found.observe(value)
