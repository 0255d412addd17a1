"""How long a failed pod is left alone: a node that refuses a set's pods must not be asked all the time."""

from __future__ import annotations

from dataclasses import dataclass

from ...apimachinery.clock import Clock

FIRST = 1.0
LONGEST = 900.0
FORGOTTEN = 2 * LONGEST


@dataclass
class _Entry:
    at: float
    wait: float


class FailedPods:
    """Waits per key, in seconds, twice as long each time. Source: upstream's failed pods back-off."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}

    def remaining(self, key: str) -> float:
        """Seconds that are still to wait, 0 when the pod may be deleted."""
        entry = self._entries.get(key)
        if entry is None:
            return 0.0
        return max(0.0, entry.at + entry.wait - self._clock.monotonic())

    def note(self, key: str) -> None:
        """A pod is being deleted: the next one waits longer."""
        now = self._clock.monotonic()
        self._entries = {k: e for k, e in self._entries.items() if now - e.at <= FORGOTTEN}
        known = self._entries.get(key)
        self._entries[key] = _Entry(now, FIRST if known is None else min(known.wait * 2, LONGEST))
