"""The store's semantics, shared by all journals: revisions, compare-and-swap, reads, subscribers.

A write is checked against the newest version its key *will* have (committed or on its way), gets its revision
at once and is handed to the journal; it becomes visible, is published and answered when the journal reports
it committed. A call refused because of a write still on its way waits for that commit, so nobody ever
learns of a version that a crash could take back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ...apimachinery.clock import Clock
from .contract import (
    Compacted,
    Event,
    FutureRevision,
    KeyExists,
    KeyMissing,
    KeyValue,
    OnCommit,
    Range,
    RevisionConflict,
    StoreClosed,
    Value,
)
from .index import Index
from .journal import Journal, Write


class JournaledStore:
    """`contract.Store` on top of a journal. All calls come from one event loop."""

    def __init__(self, journal: Journal, index: Index, clock: Clock) -> None:
        self._journal = journal
        self._index = index
        self._clock = clock
        self._next = index.revision + 1
        self._pending: dict[str, Write] = {}
        self._subscribers: list[OnCommit] = []
        self.refusal = ""
        """Why writes are refused from now on; empty while they are taken."""

    @property
    def revision(self) -> int:
        return self._index.revision

    @property
    def compacted(self) -> int:
        return self._index.compacted

    @property
    def size(self) -> int:
        return self._journal.size

    # -- writes

    async def create(self, key: str, value: Value, *, ttl: float | None = None) -> KeyValue:
        head = self._newest(key)
        if head is not None:
            await self._settled(key)
            raise KeyExists(key)
        revision = self._next
        kv = KeyValue(key, _bytes(value, revision), revision, revision, 1, self._lease(ttl))
        return await self._submit(Event("PUT", kv, None), kv)

    async def update(self, key: str, value: Value, *, expected: int, ttl: float | None = None) -> KeyValue:
        head = await self._expect(key, expected)
        revision = self._next
        data = _bytes(value, revision)
        kv = KeyValue(key, data, head.create_revision, revision, head.version + 1, self._lease(ttl))
        return await self._submit(Event("PUT", kv, head), kv)

    async def delete(self, key: str, *, expected: int | None = None) -> KeyValue:
        head = await self._expect(key, expected)
        gone = KeyValue(key, b"", head.create_revision, self._next, head.version + 1)
        return await self._submit(Event("DELETE", gone, head), head._replace(mod_revision=self._next))

    def _newest(self, key: str) -> KeyValue | None:
        """The version that is or will be the newest one."""
        if self.refusal:
            raise StoreClosed(self.refusal)
        pending = self._pending.get(key)
        if pending is None:
            return self._index.heads.get(key)
        return pending.event.kv if pending.event.type == "PUT" else None

    async def _expect(self, key: str, expected: int | None) -> KeyValue:
        head = self._newest(key)
        if head is None:
            await self._settled(key)
            raise KeyMissing(key)
        if expected is not None and head.mod_revision != expected:
            await self._settled(key)
            raise RevisionConflict(head)
        return head

    async def _settled(self, key: str) -> None:
        """Returns once the write on its way for `key`, if any, is committed; StoreClosed when it was lost."""
        pending = self._pending.get(key)
        if pending is not None:
            follower: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            pending.followers.append(follower)
            await follower

    async def _submit(self, event: Event, answer: KeyValue) -> KeyValue:
        # No await between the check of the head and this: the revision is taken in the same step.
        self._next += 1
        write = Write(event, answer, asyncio.get_running_loop().create_future())
        self._pending[event.kv.key] = write
        self._journal.submit(write, self)
        await write.done
        return answer

    def _lease(self, ttl: float | None) -> float:
        return 0.0 if ttl is None else self._clock.now().timestamp() + ttl

    # -- what the journal reports

    def committed(self, writes: Sequence[Write]) -> None:
        pending = self._pending
        for write in writes:
            event = write.event
            self._index.apply(event)
            if pending.get(event.kv.key) is write:
                del pending[event.kv.key]
        # Writers first: they go on after this step, when all is published, but before the watchers, whose
        # events would else be encrypted and sent while the writers wait.
        for write in writes:
            for future in (write.done, *write.followers):
                if not future.done():
                    future.set_result(None)
        events = [write.event for write in writes]
        for on_commit in tuple(self._subscribers):
            on_commit(events)

    def failed(self, writes: Sequence[Write], reason: str) -> None:
        self.refusal = self.refusal or reason
        for write in writes:
            self._pending.pop(write.event.kv.key, None)
            for future in (write.done, *write.followers):
                if not future.done():
                    future.set_exception(StoreClosed(reason))

    # -- reads

    async def get(self, key: str, *, revision: int = 0) -> KeyValue | None:
        if not revision:
            return self._index.heads.get(key)
        self._check(revision)
        at = self._index.find(key, revision)
        found = await self._versions([(key, at)]) if at else []
        return found[0] if found else None

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Range:
        revision = revision or self._index.revision
        self._check(revision)
        if revision == self._index.revision:
            keys = list(self._index.keys(prefix, start))
            page = [self._index.heads[key] for key in keys[: limit or None]]
            return Range(page, revision, len(page) < len(keys), len(keys))
        found = self._index.found_at(prefix, start, revision)
        page = await self._versions(found[: limit or None])
        return Range(page, revision, len(page) < len(found), len(found))

    async def events(self, prefix: str, *, after: int) -> list[Event]:
        self._check(after)
        found = await self._journal.events(prefix, after=after, until=self._index.revision)
        self._check(after)  # a compaction may have overtaken the read
        return found

    async def _versions(self, found: Sequence[tuple[str, int]]) -> list[KeyValue]:
        heads = self._index.heads
        past = [at for key, at in found if key not in heads or heads[key].mod_revision != at]
        live = {key: heads[key] for key, at in found if key in heads and heads[key].mod_revision == at}
        read = {kv.key: kv for kv in await self._journal.read(past)}
        if len(read) != len(past):
            # A compaction overtook the read.
            raise Compacted(self._index.compacted)
        return [live.get(key) or read[key] for key, _ in found]

    def _check(self, revision: int) -> None:
        if revision < self._index.compacted:
            raise Compacted(self._index.compacted)
        if revision > self._index.revision:
            raise FutureRevision(self._index.revision)

    # -- the rest

    def subscribe(self, on_commit: OnCommit) -> Callable[[], None]:
        self._subscribers.append(on_commit)
        return lambda: self._subscribers.remove(on_commit)

    async def compact(self, revision: int) -> None:
        if revision <= self._index.compacted:
            return
        if revision > self._index.revision:
            raise FutureRevision(self._index.revision)
        await self._journal.forget((), compacted=revision)
        for dropped in self._index.compact(revision):
            if dropped:
                await self._journal.forget(dropped, compacted=revision)

    async def close(self) -> None:
        self.refusal = self.refusal or "the store is closed"
        await self._journal.close()


def _bytes(value: Value, revision: int) -> bytes:
    return value if isinstance(value, bytes) else value(revision)
