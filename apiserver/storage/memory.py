"""The store without a disk: for tests and `--ephemeral`."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence

from ...apimachinery.clock import Clock
from .contract import Event, KeyValue
from .engine import JournaledStore
from .index import Index
from .journal import Sink, Write


class MemoryJournal:
    """Keeps versions in a dict by revision; commits everything submitted in one turn of the loop together."""

    def __init__(self) -> None:
        self._log: dict[int, tuple[str, KeyValue, int]] = {}
        """Event type, version, revision of the previous version (0: none), in order of revisions."""
        self._waiting: list[Write] = []

    def submit(self, write: Write, sink: Sink) -> None:
        self._waiting.append(write)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._commit, sink)

    def _commit(self, sink: Sink) -> None:
        writes, self._waiting = self._waiting, []
        for write in writes:
            kind, kv, previous = write.event
            self._log[kv.mod_revision] = (kind, kv, previous.mod_revision if previous else 0)
        sink.committed(writes)

    async def read(self, revisions: Sequence[int]) -> list[KeyValue]:
        return [self._log[revision][1] for revision in revisions if revision in self._log]

    async def events(self, prefix: str, *, after: int, until: int) -> list[Event]:
        revisions = list(self._log)
        recent = revisions[bisect_right(revisions, after) : bisect_right(revisions, until)]
        return [self._event(revision) for revision in recent if self._log[revision][1].key.startswith(prefix)]

    def _event(self, revision: int) -> Event:
        kind, kv, before = self._log[revision]
        return Event(kind, kv, self._log[before][1] if before else None)

    async def forget(self, revisions: Sequence[int], *, compacted: int) -> None:
        for revision in revisions:
            del self._log[revision]
        await asyncio.sleep(0)

    @property
    def size(self) -> int:
        return 0

    async def close(self) -> None:
        await asyncio.sleep(0)  # lets a commit run that is already scheduled


class MemoryStore(JournaledStore):
    """`contract.Store` whose content ends with the process."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(MemoryJournal(), Index(), clock)
