"""Time as a value that is passed in: the system's, a faster one (`--time-scale`), or a test's.

No component calls `time` or `asyncio.sleep` directly, so a cluster can run at another speed and tests never
wait for wall time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Cluster time. All durations are seconds of cluster time."""

    def now(self) -> datetime:
        """The current moment, in UTC."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds`; at once (but after other tasks ran) when not positive."""

    def real(self, seconds: float) -> float:
        """Wall seconds that `seconds` of cluster time take, for time-outs of real I/O."""


class SystemClock:
    """Wall time, `scale` times as fast from its creation on."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._start = datetime.now(UTC)
        self._mono = time.monotonic()

    def now(self) -> datetime:
        if self.scale == 1.0:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=(time.monotonic() - self._mono) * self.scale)

    def monotonic(self) -> float:
        return (time.monotonic() - self._mono) * self.scale

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0) / self.scale)

    def real(self, seconds: float) -> float:
        return seconds / self.scale


class FakeClock:
    """A clock that stands still until `advance`; sleepers wake in order of their deadlines."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), future))
        await future

    def real(self, seconds: float) -> float:
        return seconds

    async def advance(self, seconds: float) -> None:
        """Moves time on, letting everything that becomes due run before later deadlines."""
        target = self._elapsed + seconds
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, future = heapq.heappop(self._sleepers)
            self._elapsed = max(self._elapsed, due)
            if not future.done():
                future.set_result(None)
            await self.settle()
        self._elapsed = target
        await self.settle()

    async def settle(self, rounds: int = 50) -> None:
        """Lets ready tasks run."""
        for _ in range(rounds):
            await asyncio.sleep(0)


def rfc3339(moment: datetime) -> str:
    """`2026-01-02T03:04:05Z`: meta/v1 Time."""
    return moment.isoformat()[:19] + "Z"


def rfc3339_micro(moment: datetime) -> str:
    """`2026-01-02T03:04:05.000006Z`: meta/v1 MicroTime."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def parse_rfc3339(text: str) -> datetime:
    """The moment of a Time or MicroTime, in UTC; ValueError when it is neither."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
