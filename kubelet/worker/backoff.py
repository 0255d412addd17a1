"""Restart back-off per container. Source: client-go flowcontrol.Backoff as the kubelet uses it."""

from __future__ import annotations

INITIAL = 10.0
MAXIMUM = 300.0
EPSILON = 0.001
"""Less than this is nothing: sums of times do not add up exactly."""


class Backoff:
    """The first restart is immediate; each further one waits twice as long, counted from the end of the
    container."""

    def __init__(self, initial: float = INITIAL, maximum: float = MAXIMUM) -> None:
        self._initial = initial
        self._maximum = maximum
        self._updated = 0.0
        self.delay = 0.0

    def remaining(self, since: float, now: float) -> float:
        """Seconds still to wait after an end at `since`; 0 when it may start."""
        if not self.delay or since - self._updated > 2 * self._maximum:
            return 0.0
        left = self.delay - (now - since)
        return left if left > EPSILON else 0.0

    def advance(self, since: float, now: float) -> None:
        """Notes a restart after an end at `since`; ten quiet minutes forget the past."""
        expired = since - self._updated > 2 * self._maximum
        self.delay = self._initial if not self.delay or expired else min(self.delay * 2, self._maximum)
        self._updated = now
