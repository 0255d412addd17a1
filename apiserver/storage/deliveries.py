"""Serves the watchers of what was committed, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from itertools import islice

from .watcher import Watcher

log = logging.getLogger("wherry.apiserver")

GROUP = 8
"""Watchers served in one step of the loop. What they write leaves after each step, so the first of
many hears of an event long before the last, and requests are answered in between."""


class Deliveries:
    """Watchers that have something to tell, in the order in which it came about, across all resources.

    Nothing is told in the step of the commit itself: the writers, who were woken before, go on first.
    """

    def __init__(self) -> None:
        self._waiting: dict[Watcher, None] = {}
        self._called = False

    def add(self, watcher: Watcher) -> None:
        self._waiting[watcher] = None
        if not self._called:
            self._called = True
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        waiting = self._waiting
        group = list(islice(waiting, GROUP))
        for watcher in group:
            del waiting[watcher]
        self._called = bool(waiting)
        if waiting:
            asyncio.get_running_loop().call_soon(self._serve)
        for watcher in group:
            try:
                watcher.deliver()
            except Exception:
                log.exception("a watch cannot be served and ends")
                watcher.close()
