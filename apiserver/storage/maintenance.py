"""What a store needs done in the background: leases that end, and history that is forgotten.

Both use nothing but the contract, so every backend shares them.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterable, Sequence

from ...apimachinery.clock import Clock
from .contract import Event, KeyMissing, KeyValue, RevisionConflict, Store

HISTORY = 300.0
"""Wall seconds of history that are kept at least, kube-apiserver's `--etcd-compaction-interval`."""

_TICK = 1.0


class Expiry:
    """Deletes keys whose lease is over, to the second."""

    def __init__(self, store: Store, clock: Clock, heads: Iterable[KeyValue]) -> None:
        self._store = store
        self._clock = clock
        self._due = [(kv.lease, kv.key, kv.mod_revision) for kv in heads if kv.lease]
        heapq.heapify(self._due)
        self._some = asyncio.Event()

    async def run(self) -> None:
        stop = self._store.subscribe(self._note)
        try:
            while True:
                if not self._due:
                    self._some.clear()
                    await self._some.wait()
                await self._clock.sleep(_TICK)
                await self._expire(self._clock.now().timestamp())
        finally:
            stop()

    def _note(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.kv.lease:
                heapq.heappush(self._due, (event.kv.lease, event.kv.key, event.kv.mod_revision))
                self._some.set()

    async def _expire(self, now: float) -> None:
        async with asyncio.TaskGroup() as group:
            while self._due and self._due[0][0] <= now:
                _, key, revision = heapq.heappop(self._due)
                group.create_task(self._delete(key, revision), name=f"expire {key}")

    async def _delete(self, key: str, revision: int) -> None:
        try:
            await self._store.delete(key, expected=revision)
        except (KeyMissing, RevisionConflict):
            return  # deleted or written again in the meantime; the new version has its own lease


async def compact_periodically(store: Store, clock: Clock, window: float = HISTORY) -> None:
    """Every `window` wall seconds forgets what was superseded before the window's start. Clients work in wall
    time, so a faster cluster clock does not shorten the history they can still read."""
    while True:
        revision = store.revision
        await clock.sleep(window / clock.real(1.0))
        await store.compact(revision)
