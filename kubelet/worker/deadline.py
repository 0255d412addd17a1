"""A pod's `activeDeadlineSeconds`."""

from __future__ import annotations

from typing import Any

from ...apimachinery.clock import Clock, parse_rfc3339

Object = dict[str, Any]
MESSAGE = "Pod was active on the node longer than the specified deadline"


def left(pod: Object, start_time: str, clock: Clock) -> float | None:
    """Seconds that remain, 0 or less once it is over; None without a deadline."""
    seconds = pod["spec"].get("activeDeadlineSeconds")
    if seconds is None:
        return None
    return float(seconds - (clock.now() - parse_rfc3339(start_time)).total_seconds())
