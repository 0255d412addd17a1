"""What is counted about flows and levels, for the metrics and for borrowing."""

from __future__ import annotations

import math
from collections import Counter

from ...apimachinery.histogram import Histogram

SECONDS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
LENGTHS = (0, 10, 25, 50, 100, 250, 500, 1000)
SMOOTHING = 0.977
"""How much of the smoothed demand stays at each adjustment: half of it after five minutes."""


class FlowCounts:
    """Counts of one FlowSchema."""

    __slots__ = (
        "dispatched",
        "lengths",
        "queued_requests",
        "queued_seats",
        "ran",
        "rejected",
        "waits",
        "watched",
    )

    def __init__(self) -> None:
        self.dispatched = 0
        self.queued_requests = self.queued_seats = 0
        self.rejected: Counter[str] = Counter()
        self.ran = Histogram(SECONDS)
        self.watched = Histogram(SECONDS)
        """How long watches took to begin."""
        self.waits = {True: Histogram(SECONDS), False: Histogram(SECONDS)}
        """By whether the request was executed in the end."""
        self.lengths = Histogram(LENGTHS)

    def queued(self, seats: int, length: int) -> None:
        self.queued_requests += 1
        self.queued_seats += seats
        self.lengths.observe(length)

    def unqueued(self, seats: int) -> None:
        self.queued_requests -= 1
        self.queued_seats -= seats

    def waited(self, seconds: float, *, executed: bool) -> None:
        self.waits[executed].observe(seconds)


class Demand:
    """How many seats a level's requests had or waited for, over the time since the last adjustment."""

    __slots__ = ("_area", "_since", "_squares", "_start", "average", "deviation", "peak", "seats", "smoothed",
                 "watermark")  # fmt: skip

    def __init__(self, now: float) -> None:
        self.seats = self.peak = self.watermark = 0
        self.average = self.deviation = self.smoothed = 0.0
        self._area = self._squares = 0.0
        self._since = self._start = now

    def change(self, seats: int, now: float) -> None:
        had = self.seats
        if now > self._since:
            weight = had * (now - self._since)
            self._area += weight
            self._squares += weight * had
            self._since = now
        self.seats = had + seats
        if self.seats > self.peak:
            self.peak = self.seats

    def settle(self, now: float) -> None:
        """Works out the figures of the time that ends now, and begins anew."""
        self.change(0, now)
        self.watermark = self.peak
        seconds = now - self._start
        if seconds > 0:
            self.average = self._area / seconds
            self.deviation = math.sqrt(max(self._squares / seconds - self.average**2, 0.0))
            envelope = self.average + self.deviation
            self.smoothed = max(envelope, SMOOTHING * self.smoothed + (1 - SMOOTHING) * envelope)
        self.peak, self._area, self._squares, self._start = self.seats, 0.0, 0.0, now
