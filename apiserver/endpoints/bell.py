"""The timer of a watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Bell:
    """Rings `wake` every `interval` seconds until it is wound no more, and for the last time at the loop time
    `end`. That it rang is noted, not worked out from the time: uvloop's timers go off up to a millisecond
    early, and who then finds that it is not time yet would wait for ever."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, wake: Callable[[], None], *, end: float, interval: float
    ) -> None:
        self._loop = loop
        self._wake = wake
        self._end = end
        self._interval = interval
        self.wind()

    @property
    def ended(self) -> bool:
        """Whether it rang for the last time."""
        return self.rang and self._last

    def wind(self) -> None:
        """For the next time."""
        self.rang = False
        at = self._loop.time() + self._interval
        self._last = at >= self._end
        self._timer = self._loop.call_at(min(at, self._end), self._ring)

    def stop(self) -> None:
        self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        self._wake()
