"""One watch: a bounded buffer between the commits and a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from .change import Change, Predicate, WatchEvent

Sink = Callable[[Sequence[WatchEvent]], bool]
"""Sends events at once; False when it cannot, and whoever waits for them has to."""


class Watcher:
    """Collects the events of one watch until its connection takes them with `drain`.

    Writers never wait for it: one that falls more than `limit` events behind is closed (`overflowed`), and
    its client comes back with the last resourceVersion it saw.
    """

    def __init__(
        self,
        scope: str,
        predicate: Predicate | None,
        *,
        revision: Callable[[], int],
        serve: Callable[[Watcher], None],
        stop: Callable[[Watcher], None],
        limit: int,
    ) -> None:
        self.scope = scope
        """The key prefix watched, or one whole key."""
        self.closed = False
        self.overflowed = False
        self.sink: Sink | None = None
        """Offered the events before `wait` returns for them."""
        self._predicate = predicate
        self._revision = revision
        self._serve = serve
        self._stop = stop
        self._limit = limit
        self._pending: list[WatchEvent] = []
        self._backlog = 0
        self._waiter: asyncio.Future[None] | None = None

    @property
    def progress_revision(self) -> int:
        """Every event up to this revision has been drained: what a bookmark may say now."""
        return self._pending[0].entry.revision - 1 if self._pending else self._revision()

    def drain(self) -> list[WatchEvent]:
        """Everything that came since the last call, in order; empty when there is nothing."""
        events, self._pending = self._pending, []
        self._backlog = 0
        return events

    async def wait(self) -> None:
        """Returns when there is something to drain, the watch was closed, or `wake` was called."""
        if not self._pending and not self.closed:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def wake(self) -> None:
        """Makes `wait` return, for a bookmark or the end of the time allowed."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """Ends the watch; what is pending can still be drained. Calling it again does nothing."""
        if not self.closed:
            self.closed = True
            self._stop(self)
            self.wake()

    # -- for the watch cache

    def prime(self, events: Sequence[WatchEvent]) -> None:
        """Puts what happened before the watch was opened in front; this does not count against the limit."""
        self._pending[:0] = events
        self._backlog = len(self._pending)
        if events:
            self.wake()

    def offer(self, change: Change) -> None:
        """Takes in one committed change of an object in scope."""
        event = change.seen_by(self._predicate)
        if event is None:
            return
        self._pending.append(event)
        if len(self._pending) > self._limit + self._backlog:
            self.overflowed = True
            self._pending.clear()
            self.close()
        elif self._rests:
            self._serve(self)

    # -- for the deliveries

    def deliver(self) -> None:
        """Gives its sink what has come, or wakes who waits. A connection that is busy comes by itself."""
        if not self._rests or not self._pending:
            return
        if self.sink is not None and self.sink(self._pending):
            self.drain()
        else:
            self.wake()

    @property
    def _rests(self) -> bool:
        """Whether its connection waits for something to happen."""
        return self._waiter is not None and not self._waiter.done()
