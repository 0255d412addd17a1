"""How fast and how far a wish for replicas is followed: stabilization windows, rates, the least and the most.

Source of the rules: upstream's HorizontalPodAutoscaler controller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Object = dict[str, Any]
Moment = tuple[float, int]
"""When (monotonic seconds), and how many replicas."""
UP_FACTOR, UP_LEAST = 2.0, 4
_RATES: dict[str, list[Object]] = {
    "scaleUp": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
    "scaleDown": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}
"""Of a behavior that names no policies."""

READY = ("ReadyForNewScale", "recommended size matches current size")
UP_STABILIZED = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
DOWN_STABILIZED = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)
UP_LIMIT = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
DOWN_LIMIT = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
IN_RANGE = ("DesiredWithinRange", "the desired count is within the acceptable range")


@dataclass
class History:
    """What was wished for and done lately, of one autoscaler."""

    wishes: list[Moment] = field(default_factory=list)
    ups: list[Moment] = field(default_factory=list)
    downs: list[Moment] = field(default_factory=list)

    def scaled(self, before: int, after: int, now: float) -> None:
        if after > before:
            self.ups.append((now, after - before))
        else:
            self.downs.append((now, before - after))


class Followed(NamedTuple):
    """The replicas to have, and reason and message of the conditions AbleToScale and ScalingLimited."""

    replicas: int
    able: tuple[str, str]
    limited: tuple[str, str]


def follow(
    spec: Object, history: History, current: int, wish: int, now: float, down_window: float
) -> Followed:
    """`down_window` counts where the spec names no stabilization window for scaling down."""
    behavior = spec.get("behavior")
    bounds = spec.get("minReplicas", 1), spec["maxReplicas"]
    if behavior is None:
        _, stable = _recent(history, wish, now, 0.0, down_window)
        replicas, limited = _plain(current, stable, bounds)
    else:
        up, down = _rules(behavior, "scaleUp"), _rules(behavior, "scaleDown")
        windows = _window(up, 0.0), _window(down, down_window)
        low, high = _recent(history, wish, now, *windows)
        stable = min(max(current, low), high)
        _forget(history, now, up, down)
        replicas, limited = _rated(history, current, stable, now, bounds, (up, down))
    moved = UP_STABILIZED if wish >= current and behavior is not None else DOWN_STABILIZED
    return Followed(replicas, READY if stable == wish else moved, limited)


def _rules(behavior: Object, direction: str) -> Object:
    rules = behavior.get(direction) or {}
    return {**rules, "policies": rules.get("policies") or _RATES[direction]}


def _window(rules: Object, default: float) -> float:
    seconds = rules.get("stabilizationWindowSeconds")
    return default if seconds is None else float(seconds)


def _recent(history: History, wish: int, now: float, up_window: float, down_window: float) -> tuple[int, int]:
    """The lowest and the highest wish within the windows, this one included, which is remembered."""
    low = min([wish, *(count for at, count in history.wishes if at > now - up_window)])
    high = max([wish, *(count for at, count in history.wishes if at > now - down_window)])
    kept = now - max(up_window, down_window)
    history.wishes = [(at, count) for at, count in history.wishes if at >= kept]
    history.wishes.append((now, wish))
    return low, high


def _plain(current: int, wish: int, bounds: tuple[int, int]) -> tuple[int, tuple[str, str]]:
    least, most = bounds
    limit = int(max(UP_FACTOR * current, UP_LEAST))
    if wish < least:
        return least, TOO_FEW
    if wish > min(most, limit):
        return min(most, limit), UP_LIMIT if most > limit else TOO_MANY
    return wish, IN_RANGE


def _rated(
    history: History,
    current: int,
    wish: int,
    now: float,
    bounds: tuple[int, int],
    rules: tuple[Object, Object],
) -> tuple[int, tuple[str, str]]:
    least, most = bounds
    if wish > current:
        limit = max(current, _limit(history, current, now, rules[0], 1))
        if wish > min(most, limit):
            return min(most, limit), UP_LIMIT if most > limit else TOO_MANY
    elif wish < current:
        limit = min(current, _limit(history, current, now, rules[1], -1))
        if wish < max(least, limit):
            return max(least, limit), DOWN_LIMIT if least < limit else TOO_FEW
    return wish, IN_RANGE


def _limit(history: History, current: int, now: float, rules: Object, sign: int) -> int:
    """How far the policies let the count go; `sign` is 1 for up and -1 for down."""
    choice = rules.get("selectPolicy", "Max")
    if choice == "Disabled":
        return current
    limits: list[int] = []
    for policy in rules["policies"]:
        since = now - policy["periodSeconds"]
        start = current - _moved(history.ups, since) + _moved(history.downs, since)
        if policy["type"] == "Pods":
            limits.append(start + sign * policy["value"])
        else:
            share = start * (1 + sign * policy["value"] / 100)
            limits.append(math.ceil(share) if sign > 0 else int(share))
    return (max if (choice == "Max") == (sign > 0) else min)(limits)


def _moved(moments: list[Moment], since: float) -> int:
    return sum(count for at, count in moments if at > since)


def _forget(history: History, now: float, *rules: Object) -> None:
    longest = max(policy["periodSeconds"] for each in rules for policy in each["policies"])
    history.ups = [moment for moment in history.ups if moment[0] > now - longest]
    history.downs = [moment for moment in history.downs if moment[0] > now - longest]
