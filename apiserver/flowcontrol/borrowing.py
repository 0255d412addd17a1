"""How many seats each level has: its share of the server's, moved to where they are asked for."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

from .level import Level

MOST_PER_REQUEST = 0.15
"""The part of a level's nominal seats that one request may take."""
LARGEST = 10
_ROUNDS = 60


def divide(levels: Collection[Level], total: int) -> None:
    """Nominal, lower and upper limits by the levels' shares of `total` seats."""
    shares = sum(level.shape.shares for level in levels) or 1
    for level in levels:
        shape = level.shape
        nominal = math.ceil(total * shape.shares / shares)
        lent = round(nominal * shape.lendable / 100)
        borrowed = total if shape.borrowing is None else round(nominal * shape.borrowing / 100)
        new = not level.nominal
        level.nominal, level.lower, level.upper = nominal, nominal - lent, nominal + borrowed
        level.largest = _largest(nominal, shape.hand)
        if new:
            level.limit = nominal - lent // 2


def _largest(nominal: int, hand: int) -> int:
    if not hand:
        return LARGEST
    return min(LARGEST, max(1, min(math.ceil(nominal * MOST_PER_REQUEST), nominal // hand)))


class Need(NamedTuple):
    """What a level must get, may get at most, and would like to have."""

    lower: float
    upper: float
    target: float


def adjust(levels: Collection[Level]) -> float:
    """Sets the current limits from the demand that `Demand.settle` has worked out. Gives the part of its
    target that each level gets."""
    total = left = sum(level.nominal for level in levels)
    limited: list[tuple[Level, int]] = []
    for level in levels:
        if level.exempt:
            level.limit = max(level.lower, level.demand.watermark)
            left -= level.limit
        else:
            limited.append((level, max(level.lower, min(level.nominal, level.demand.watermark))))
    lower, current = sum(level.lower for level, _ in limited), sum(least for _, least in limited)
    if left <= lower:
        _set(limited, [float(level.lower) for level, _ in limited])
        return 0.0
    if left <= current:
        part = (left - lower) / (current - lower)
        _set(limited, [level.lower + (least - level.lower) * part for level, least in limited])
        return 0.0
    needs = [Need(least, level.upper, max(least, level.demand.smoothed)) for level, least in limited]
    given, fair = share(total, needs)
    _set(limited, given)
    return fair


def _set(limited: list[tuple[Level, int]], given: list[float]) -> None:
    for (level, _), seats in zip(limited, given, strict=True):
        level.limit = round(seats)


def share(total: float, needs: list[Need]) -> tuple[list[float], float]:
    """Gives everybody the same part of its target, within its bounds, so that the sum is `total` (as near as
    the bounds allow)."""

    def at(part: float) -> list[float]:
        return [max(n.lower, min(n.upper, part * max(n.target, 0.001))) for n in needs]

    low, high = 0.0, 1.0
    while sum(at(high)) < total and high < 1e12:
        high *= 2
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(at(middle)) < total else (low, middle)
    return at(high), high
