"""When the watches of one client send."""

from __future__ import annotations

import asyncio

GATHER_SECONDS = 0.002
"""Between two rounds of events to one watch: what comes meanwhile leaves in one record, and costs both sides
hardly more than one event does."""
BURST = 8
"""Rounds that go at once after a pause: a client that makes one object after the other hears of each as soon
as it is there."""


class Rounds:
    """Lets events gather without turning them round between a client's watches.

    A client that watches namespaces and jobs expects to have heard of a namespace before the first job in it.
    So whenever one of its watches sends, those that were gathering send what they have before.
    """

    def __init__(self) -> None:
        self.late: set[object] = set()
        """The watches that have something to send and whose turn has not come."""
        self._time = asyncio.get_running_loop().time
        self._gathering: dict[asyncio.Future[bool], None] = {}

    def at_once(self, due: float) -> float | None:
        """The `due` of its next call, for a watch that may send in this step; None when it has to await its
        turn, because it sent much of late or others were there before it."""
        now = self._time()
        return None if self.late or now < due - BURST * GATHER_SECONDS else _next(due, now)

    async def turn(self, due: float) -> float:
        """Returns when it is the turn of a watch that has something to send: the `due` of its next call. It
        is 0 in the first; it lies the further ahead of the loop's time the more the watch sent of late."""
        loop = asyncio.get_running_loop()
        left = due - BURST * GATHER_SECONDS - loop.time()
        called = left > 0 and not await self._gather(loop, left)
        if self._gathering and not called:
            others, self._gathering = self._gathering, {}
            for other in others:
                if not other.done():
                    other.set_result(False)
            await asyncio.sleep(0)
        return _next(due, loop.time())

    async def _gather(self, loop: asyncio.AbstractEventLoop, seconds: float) -> bool:
        """Waits until the time is up, or another watch sends; whether it was the time."""
        called: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_later(seconds, _ring, called)
        self._gathering[called] = None
        try:
            return await called
        finally:
            timer.cancel()
            self._gathering.pop(called, None)


def _next(due: float, now: float) -> float:
    if due <= now:
        return now + GATHER_SECONDS
    return min(due, now + BURST * GATHER_SECONDS) + GATHER_SECONDS


def _ring(called: asyncio.Future[bool]) -> None:
    if not called.done():
        called.set_result(True)
