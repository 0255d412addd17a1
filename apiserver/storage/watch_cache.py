"""The objects of one resource, always current, and its watches."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from ...apimachinery import jsonio
from ...apimachinery.sharing import Settling
from .change import Change, Predicate
from .chronicle import ORIGIN, SILENT, Chronicle
from .contract import Compacted, Event, FutureRevision, KeyValue, Store
from .deliveries import Deliveries
from .entry import Entry, Object, decode
from .listing import IndexFunction, Listing, Page
from .watcher import Watcher

RING = 1024
_BEHIND = 4096


class Draft:
    """An object on its way to the store. It gets its resourceVersion, is encoded, and is remembered under its
    revision until the commit makes an entry of it, so that nothing the server wrote itself is ever parsed."""

    __slots__ = ("drafts", "entry", "obj")

    def __init__(self, obj: Object, drafts: dict[int, Draft]) -> None:
        self.obj = obj
        self.drafts = drafts
        self.entry: Entry | None = None

    def encode(self, revision: int) -> bytes:
        self.obj["metadata"]["resourceVersion"] = str(revision)
        data = jsonio.kept(self.obj)
        self.drafts[revision] = self
        return data


class Home(Protocol):
    """What a cache needs of the storage it belongs to."""

    @property
    def store(self) -> Store: ...

    @property
    def revision(self) -> int: ...

    @property
    def drafts(self) -> dict[int, Draft]: ...

    @property
    def chronicle(self) -> Chronicle: ...

    @property
    def settling(self) -> Settling: ...

    @property
    def deliveries(self) -> Deliveries: ...


class WatchCache:
    """Reads, lists, watches and writes of one resource, under `prefix` (`/registry/deployments.apps/`).

    Reads are plain calls that see every committed write. Objects handed to `create` and `update` belong to
    the cache from then on. Store errors (`contract`) pass through.
    """

    def __init__(self, prefix: str, home: Home, entries: Iterable[Entry], *, ring: int = RING) -> None:
        self.prefix = prefix
        self._home = home
        self._chronicle = None if prefix in SILENT else home.chronicle
        self._listing = Listing(prefix, entries)
        self._ring: deque[Change] = deque(maxlen=ring)
        self._floor = home.revision
        """Every change after this revision is in the ring."""
        self.version = home.revision
        """The revision of the newest change of this resource (its start-up revision before any)."""
        self._watchers: dict[str, dict[Watcher, None]] = {}
        self._snapshot: tuple[int, Listing] | None = None
        self._listeners: tuple[Callable[[Change], None], ...] = ()
        self._retired = False

    # -- reads

    @property
    def revision(self) -> int:
        """The store's revision that reads of this cache reflect: a list's resourceVersion."""
        return self._home.revision

    @property
    def count(self) -> int:
        """How many objects there are."""
        return len(self._listing)

    def key(self, namespace: str, name: str) -> str:
        return f"{self.prefix}{namespace}/{name}" if namespace else self.prefix + name

    def get(self, namespace: str, name: str) -> Entry | None:
        return self._listing.get(self.key(namespace, name))

    def entries(self, namespace: str = "") -> list[Entry]:
        """All entries (of a namespace), in key order."""
        return self._listing.entries(namespace)

    def page(self, namespace: str = "", *, after: str = "", limit: int = 0) -> Page:
        """Up to `limit` (0: all) entries whose keys follow the key `after`; its cost does not grow with the
        listing."""
        return self._listing.page(namespace, after=after, limit=limit)

    def select(
        self,
        namespace: str = "",
        *,
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Entry]:
        """Candidates for exact requirements, in key order; the caller still applies the whole selector."""
        return self._listing.select(namespace, labels=labels, fields=fields)

    def add_index(self, name: str, function: IndexFunction) -> None:
        """Makes `select(fields={name: …})` fast; `function` gives an object's value, "" for none."""
        self._listing.add_index(name, function)

    async def snapshot(self, revision: int) -> Listing:
        """The listing as of `revision`. It may be the live one: read it before the next await.
        Compacted, FutureRevision."""
        if revision > self.revision:
            raise FutureRevision(self.revision)
        if revision < self._home.store.compacted:
            raise Compacted(self._home.store.compacted)
        return self._rewound(revision) if self._ring_has(revision) else await self._stored(revision)

    async def _stored(self, revision: int) -> Listing:
        if self._snapshot is None or self._snapshot[0] != revision:
            found = await self._home.store.range(self.prefix, revision=revision)
            listing = Listing(self.prefix, map(decode, found.items))
            self._snapshot = (revision, listing)
            return listing
        return self._snapshot[1]

    def _ring_has(self, revision: int) -> bool:
        """Whether every change after `revision` is in the ring."""
        return revision >= self._floor

    def _rewound(self, revision: int) -> Listing:
        if not self._ring or self._ring[-1].revision <= revision:
            return self._listing
        if self._snapshot is None or self._snapshot[0] != revision:
            listing = self._listing.copy()
            for change in reversed(self._ring):
                if change.revision <= revision:
                    break
                listing.put(change.key, change.previous)
            self._snapshot = (revision, listing)
        return self._snapshot[1]

    # -- writes

    async def create(self, namespace: str, name: str, obj: Object, *, ttl: float | None = None) -> Entry:
        """KeyExists."""
        draft = Draft(obj, self._home.drafts)
        await self._home.store.create(self.key(namespace, name), draft.encode, ttl=ttl)
        return self._noted(_committed(draft))

    async def update(
        self, namespace: str, name: str, obj: Object, *, expected: int, ttl: float | None = None
    ) -> Entry:
        """Replaces the version `expected`. KeyMissing, RevisionConflict."""
        draft = Draft(obj, self._home.drafts)
        key = self.key(namespace, name)
        await self._home.store.update(key, draft.encode, expected=expected, ttl=ttl)
        return self._noted(_committed(draft))

    async def delete(self, namespace: str, name: str, *, expected: int | None = None) -> Entry:
        """The last state, with the delete's own revision. KeyMissing, RevisionConflict."""
        key = self.key(namespace, name)
        return self._noted(decode(await self._home.store.delete(key, expected=expected)))

    def _noted(self, entry: Entry) -> Entry:
        """What the running task has written, for the chronicle."""
        if self._chronicle is not None:
            uid = entry.obj["metadata"].get("uid", "")
            self._chronicle.append((entry.revision, entry.key, uid, ORIGIN.get()))
        return entry

    def change(self, revision: int) -> Change | None:
        """A recent write; None when it is too long ago or another resource's."""
        found = bisect_left(self._ring, revision, key=lambda change: change.revision)
        if found < len(self._ring) and self._ring[found].revision == revision:
            return self._ring[found]
        return None

    # -- watches

    async def watch(
        self,
        after: int,
        *,
        namespace: str = "",
        name: str = "",
        predicate: Predicate | None = None,
        limit: int = _BEHIND,
    ) -> Watcher:
        """Events of the objects chosen, after a revision, in order, without a gap. When `after` is
        the cache's own `revision`, nothing else runs before this returns. Of a cache that the storage has let
        go of, the watch has ended before it begins. Compacted, FutureRevision."""
        if after > self.revision:
            raise FutureRevision(self.revision)
        scope = self._scope(namespace, name)
        watcher = Watcher(
            scope,
            predicate,
            revision=lambda: self.revision,
            serve=self._home.deliveries.add,
            stop=self._forget,
            limit=limit,
        )
        self._watchers.setdefault(scope, {})[watcher] = None
        try:
            changes = await self._changes(scope, after)
        except BaseException:
            watcher.close()
            raise
        watcher.prime([event for change in changes if (event := change.seen_by(predicate))])
        if self._retired:
            watcher.close()
        return watcher

    def _scope(self, namespace: str, name: str) -> str:
        if name:
            return self.key(namespace, name)
        return f"{self.prefix}{namespace}/" if namespace else self.prefix

    async def _changes(self, scope: str, after: int) -> list[Change]:
        """What happened between `after` and now; what happens from now on already reaches the watcher."""
        if self._ring_has(after):
            changes: Iterable[Change] = self._recent(after)
        else:
            changes = _replayed(await self._home.store.events(self.prefix, after=after))
        if scope.endswith("/"):
            return [change for change in changes if change.key.startswith(scope)]
        return [change for change in changes if change.key == scope]

    def _recent(self, after: int) -> list[Change]:
        recent: list[Change] = []
        for change in reversed(self._ring):
            if change.revision <= after:
                break
            recent.append(change)
        return recent[::-1]

    def _forget(self, watcher: Watcher) -> None:
        same = self._watchers.get(watcher.scope, {})
        same.pop(watcher, None)
        if not same:
            self._watchers.pop(watcher.scope, None)

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Calls `listener` with every change from now on, as part of its commit and before its writer is
        answered: it must be quick and must not fail."""
        self._listeners += (listener,)

    # -- for the storage

    def take(self, event: Event) -> None:
        """Makes one committed event visible and hands it to the watchers."""
        kv = event.kv
        entry: Entry | None = None
        if event.type == "PUT":
            entry = settled(kv, self._home.drafts) or decode(kv)
        change = Change(kv.key, kv.mod_revision, entry, self._listing.put(kv.key, entry))
        if entry is None:
            self._home.settling.drop(kv.key)
        elif self._chronicle is not None:
            self._home.settling.add(kv.key, entry.obj)
        if len(self._ring) == self._ring.maxlen:
            self._floor = self._ring[0].revision
        self._ring.append(change)
        self.version = kv.mod_revision
        for listener in self._listeners:
            listener(change)
        if self._watchers:
            namespace = kv.key[: kv.key.rindex("/") + 1]
            for scope in dict.fromkeys((self.prefix, namespace, kv.key)):
                for watcher in tuple(self._watchers.get(scope, ())):
                    watcher.offer(change)

    def retire(self) -> None:
        """The storage lets go of it: who still has it reads and writes what there is, and watches nothing."""
        self._retired = True
        self.end_watches()

    def end_watches(self) -> None:
        for same in list(self._watchers.values()):
            for watcher in list(same):
                watcher.close()


def settled(kv: KeyValue, drafts: dict[int, Draft]) -> Entry | None:
    """The entry of what this server wrote itself, of which its writer is told, too; None of other writes."""
    draft = drafts.pop(kv.mod_revision, None)
    if draft is None:
        return None
    draft.entry = Entry(kv.key, draft.obj, kv.value, kv.mod_revision)
    return draft.entry


def _committed(draft: Draft) -> Entry:
    assert draft.entry is not None, "the commit is published before its writer is answered"
    return draft.entry


def _replayed(events: Iterable[Event]) -> Iterable[Change]:
    """Changes from the store's history; every version is parsed once."""
    latest: dict[str, Entry] = {}
    for event in events:
        key = event.kv.key
        previous = latest.pop(key, None) or (decode(event.previous) if event.previous else None)
        entry = decode(event.kv) if event.type == "PUT" else None
        if entry:
            latest[key] = entry
        yield Change(key, event.kv.mod_revision, entry, previous)
