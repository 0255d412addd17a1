"""When a watch sends: as soon as there is something, but in its turn among the watches of its client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from ....apimachinery import errors
from ...storage.change import WatchEvent
from ...storage.entry import Entry
from ...storage.watcher import Watcher
from ..bell import Bell
from ..exchange import Request
from ..rounds import Rounds
from ..server import Server
from .watch_lines import Shaper, Stream, framed

BOOKMARK_SECONDS = 60.0


class Opened(NamedTuple):
    """A watch in its place. `initial` is sent first; nothing is told up to the revision `after`, which may be
    one that does not exist yet."""

    watcher: Watcher
    initial: Sequence[Entry]
    after: int


async def send(request: Request, data: bytes) -> None:
    """A further part of the answer, as soon as the client takes it."""
    await request.send({"type": "http.response.body", "body": data, "more_body": True})


class Pump:
    """Sends what a watcher collects.

    Lines that all watches share leave in the step in which the watcher is served, without waking a task for
    each of hundreds of watches: that was a third of what an event cost. Whatever takes longer (a view to be
    made, a client that reads slowly, a turn to be waited for) is done by the task that runs `run`.
    """

    def __init__(
        self, server: Server, request: Request, stream: Stream, opened: Opened, shaper: Shaper
    ) -> None:
        self._server = server
        self._request = request
        self._stream = stream
        self._shaper = shaper
        self._watcher = opened.watcher
        self._after = opened.after
        self._rounds = _rounds(server, request)
        self._due = 0.0
        plain = stream.views is None and opened.after <= stream.scope.cache.revision
        self._lines = shaper.shared if plain else None
        self._push = request.push

    async def run(self, deadline: float) -> None:
        """Until the watcher is closed or the loop's time is `deadline`; one timer wakes it for bookmarks and
        the end."""
        watcher, server = self._watcher, self._server
        loop = asyncio.get_running_loop()
        interval = server.clock.real(BOOKMARK_SECONDS)
        bell = Bell(loop, watcher.wake, end=deadline, interval=interval)
        watcher.sink = self._at_once
        try:
            while await self._round(bell):
                pass
        finally:
            watcher.sink = None
            self._rounds.late.discard(self)
            bell.stop()

    async def _round(self, bell: Bell) -> bool:
        """Waits, and sends what there is to send; whether there may be more."""
        watcher, late = self._watcher, self._rounds.late
        await watcher.wait()
        late.add(self)
        self._due = await self._rounds.turn(self._due)
        try:
            events = await self._shown(watcher.drain())
        except errors.StatusError as error:
            await send(self._request, framed(self._stream.out, "ERROR", error.status()))
            return False
        if events:
            await send(self._request, self._shaper.lines(events, self._server.clock.now()))
        late.discard(self)
        if watcher.closed or bell.ended:
            return False
        if bell.rang:
            if self._stream.bookmarks:
                await send(self._request, self._shaper.bookmark(watcher.progress_revision))
            bell.wind()
        return True

    async def _shown(self, events: Sequence[WatchEvent]) -> Sequence[WatchEvent]:
        """The events that the client is told of. StatusError when an object cannot be converted."""
        if events and self._stream.views is not None:
            events = await self._stream.views.events(events)
        return [event for event in events if event.entry.revision > self._after]

    def _at_once(self, events: Sequence[WatchEvent]) -> bool:
        """Sends in this very step; False when that cannot be, and the task has to."""
        if self._lines is not None:
            due = self._rounds.at_once(self._due)
            if due is not None and self._push(self._lines(events)):
                self._due = due
                return True
        self._rounds.late.add(self)
        return False


def _rounds(server: Server, request: Request) -> Rounds:
    """Those of all watches of one client, as far as a client can be told from others."""
    return server.rounds.setdefault((request.user.name, request.headers.get(b"user-agent", b"")), Rounds())
