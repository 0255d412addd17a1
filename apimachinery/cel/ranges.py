"""Estimated sizes and costs: from a least to a most, which stops at what 64 bits hold.

Source: cel-go checker/cost.go (SizeEstimate, CostEstimate).
"""

from __future__ import annotations

import math
from typing import NamedTuple

MOST = (1 << 64) - 1
"""No limit is known."""


class Range(NamedTuple):
    low: int
    high: int

    def plus(self, other: Range) -> Range:
        return Range(min(self.low + other.low, MOST), min(self.high + other.high, MOST))

    def times(self, other: Range) -> Range:
        return Range(min(self.low * other.low, MOST), min(self.high * other.high, MOST))

    def scaled(self, factor: float) -> Range:
        """Rounded up."""
        return Range(_scale(self.low, factor), _scale(self.high, factor))

    def union(self, other: Range) -> Range:
        return Range(min(self.low, other.low), max(self.high, other.high))


def _scale(value: int, factor: float) -> int:
    scaled = math.ceil(float(value) * factor)
    return MOST if scaled >= MOST else scaled


def fixed(value: int) -> Range:
    return Range(value, value)


NOTHING = Range(0, 0)
ONE = Range(1, 1)
UNKNOWN = Range(0, MOST)
