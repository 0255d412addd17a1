"""Everything that is stored: one store, one watch cache per resource, and the store's upkeep."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from ...apimachinery.clock import Clock
from ...apimachinery.sharing import Settling
from .chronicle import chronicle
from .contract import Event, KeyValue, Store
from .deliveries import Deliveries
from .entry import decode
from .maintenance import Expiry, compact_periodically
from .watch_cache import RING, Draft, WatchCache, settled

ROOT = "/registry/"


class Storage:
    """Opens with `await Storage.open(store, clock)`; owns the store from then on.

    Keys are `/registry/RESOURCE[.GROUP]/[NAMESPACE/]NAME`. Caches are made at first use; until then a
    resource's objects stay unparsed.
    """

    def __init__(self, store: Store, clock: Clock, heads: Sequence[KeyValue]) -> None:
        self.store = store
        self.drafts: dict[int, Draft] = {}
        self.chronicle = chronicle()
        self.settling = Settling()
        self.deliveries = Deliveries()
        self.revision = store.revision
        """The newest revision that the caches reflect."""
        self._caches: dict[str, WatchCache] = {}
        self._unopened: dict[str, dict[str, KeyValue]] = {}
        for kv in heads:
            self._unopened.setdefault(_prefix(kv.key), {})[kv.key] = kv
        self._unsubscribe = store.subscribe(self._take)
        self._tasks = [
            _task("store expiry", Expiry(store, clock, heads).run()),
            _task("store compaction", compact_periodically(store, clock)),
        ]

    @classmethod
    async def open(cls, store: Store, clock: Clock) -> Storage:
        """Loads what the store holds and starts its upkeep."""
        return cls(store, clock, (await store.range(ROOT)).items)

    def cache(self, group: str, resource: str, *, ring: int = RING) -> WatchCache:
        """The cache of `resource` in `group` ("" for core); the same one until it is `retire`d. `ring` is how
        many recent changes it keeps in memory when it is made."""
        prefix = _root(group, resource)
        cache = self._caches.get(prefix)
        if cache is None:
            stored = self._unopened.pop(prefix, {})
            entries = map(decode, stored.values())
            cache = self._caches[prefix] = WatchCache(prefix, self, entries, ring=ring)
        return cache

    def retire(self, group: str, resource: str) -> None:
        """Ends the watches of a resource that is served no more, and lets go of its cache if it is empty:
        kinds may come and go for ever."""
        prefix = _root(group, resource)
        cache = self._caches.get(prefix)
        if cache is None:
            return
        if cache.count:
            cache.end_watches()
        else:
            del self._caches[prefix]
            cache.retire()

    def end_watches(self) -> None:
        """Closes every watch, so that their connections can end; reads and writes go on."""
        for cache in self._caches.values():
            cache.end_watches()

    async def close(self) -> None:
        """Ends the watches and the upkeep, commits what is waiting and closes the store."""
        self.end_watches()
        self.settling.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.store.close()
        self._unsubscribe()

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            key = event.kv.key
            prefix = _prefix(key)
            self.revision = event.kv.mod_revision
            cache = self._caches.get(prefix)
            if cache is not None:
                cache.take(event)
            elif event.type == "PUT":
                settled(event.kv, self.drafts)
                self._unopened.setdefault(prefix, {})[key] = event.kv
            elif (stored := self._unopened.get(prefix)) is not None:
                stored.pop(key, None)
                if not stored:
                    del self._unopened[prefix]


def _root(group: str, resource: str) -> str:
    return f"{ROOT}{resource}.{group}/" if group else f"{ROOT}{resource}/"


def _prefix(key: str) -> str:
    """`/registry/RESOURCE[.GROUP]/`; empty, and so nobody's, for a key of another shape."""
    return key[: key.find("/", len(ROOT)) + 1]


def _task(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.create_task(work, name=name)
