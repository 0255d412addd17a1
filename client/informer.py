"""A list and a watch kept as an indexed cache, with handlers that hear of every change once and in order."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError
from ..apimachinery.gvk import GroupVersionResource
from ..apimachinery.sharing import Settling
from . import cause
from .client import Client, Object
from .errors import Unreachable
from .watch import ADDED, BOOKMARK, DELETED, MODIFIED

Handler = Callable[[str, Object, Object | None], None]
Index = Callable[[Object], Iterable[str]]
Objects = list[Object]

FIRST_WAIT = 0.1
LONGEST_WAIT = 5.0
BARE = ("name", "uid", "resourceVersion", "deletionTimestamp", "finalizers", "ownerReferences")
"""What an informer of metadata keeps, with the namespace: who an object is and what its life depends on."""
_log = logging.getLogger(__name__)


def key_of(obj: Object) -> str:
    """`namespace/name`, or the name of a cluster-scoped object."""
    meta = obj["metadata"]
    namespace = meta.get("namespace")
    return f"{namespace}/{meta['name']}" if namespace else str(meta["name"])


def split_key(key: str) -> tuple[str, str]:
    """Namespace (empty for cluster-scoped) and name."""
    namespace, slash, name = key.partition("/")
    return (namespace, name) if slash else ("", key)


class Informer:
    """Objects in the cache are shared, and equal parts of theirs are one: copy before changing one
    (`jsonio.clone`). They come without
    managedFields, which take half of the memory, unless these are asked for; with `metadata_only` they are
    nothing but `{"metadata": {…}}` with the fields of `BARE` and the namespace.

    A handler gets (type, new, old): old is None for ADDED; for DELETED new is the last state known. Handlers
    run on the loop and must not block; they normally add a key to a queue.
    """

    def __init__(
        self,
        client: Client,
        r: GroupVersionResource,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        clock: Clock,
        indexes: Mapping[str, Index] | None = None,
        managed_fields: bool = False,
        metadata_only: bool = False,
    ) -> None:
        self.resource = r
        self._managed_fields = managed_fields
        self._bare = metadata_only
        self._client = client
        self._scope = namespace
        self._labels = label_selector
        self._fields = field_selector
        self._clock = clock
        self._indexes: dict[str, Index] = {"namespace": _namespace, **(indexes or {})}
        self._tables: dict[str, dict[str, dict[str, Object]]] = {name: {} for name in self._indexes}
        self._cache: dict[str, Object] = {}
        self._handlers: list[Handler] = []
        self._settling = Settling()
        self._synced = asyncio.Event()
        self._version = ""

    @property
    def has_synced(self) -> bool:
        """Whether the first list is in the cache and its handlers have run."""
        return self._synced.is_set()

    async def synced(self) -> None:
        await self._synced.wait()

    def get(self, key: str) -> Object | None:
        return self._cache.get(key)

    def list(self, namespace: str = "") -> Objects:
        return self.by_index("namespace", namespace) if namespace else list(self._cache.values())

    def by_index(self, index: str, value: str) -> Objects:
        return list(self._tables[index].get(value, _EMPTY).values())

    def count(self, index: str, value: str) -> int:
        """How many `by_index` would give."""
        return len(self._tables[index].get(value, _EMPTY))

    def add_index(self, name: str, index: Index) -> None:
        """One more index, over what is in the cache already and what comes."""
        self._indexes[name] = index
        table = self._tables[name] = {}
        for key, obj in self._cache.items():
            _enter(table, index(obj), key, obj)

    def has_index(self, name: str) -> bool:
        return name in self._indexes

    def on_event(self, handler: Handler) -> None:
        """Adds a handler; it hears of what the cache already holds as ADDED."""
        self._handlers.append(handler)
        for obj in list(self._cache.values()):
            self._tell(handler, ADDED, obj, None)

    async def run(self) -> None:
        """Lists and watches until cancelled; after a failure it waits, twice as long each time up to 5 s."""
        try:
            await self._keep_up()
        finally:
            self._settling.stop()

    async def _keep_up(self) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                if not self._version:
                    await self._relist()
                    wait = FIRST_WAIT
                if await self._follow():
                    wait = FIRST_WAIT
                    continue
            except StatusError as error:
                self._version = ""
                if error.code == 410:
                    continue
                _log.warning("%s: %s", self.resource.resource, error)
            except Unreachable as error:
                level = logging.INFO if wait == FIRST_WAIT else logging.DEBUG
                _log.log(level, "%s: %s", self.resource.resource, error)
            await self._clock.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _relist(self) -> None:
        found = await self._client.list(
            self.resource,
            self._scope,
            label_selector=self._labels,
            field_selector=self._fields,
            metadata_only=self._bare,
        )
        fresh = {key_of(item): item for item in found["items"]}
        for key in [key for key in self._cache if key not in fresh]:
            self._apply(DELETED, self._cache[key])
        for count, (key, obj) in enumerate(fresh.items()):
            old = self._cache.get(key)
            if old is None or old["metadata"]["resourceVersion"] != obj["metadata"]["resourceVersion"]:
                self._apply(MODIFIED, obj)
            if count % 500 == 499:
                await self._clock.sleep(0)
        self._version = found["metadata"].get("resourceVersion", "")
        self._synced.set()

    async def _follow(self) -> bool:
        """Watches until the server ends it. False when that was at once, so that asking again must wait."""
        start, useful = self._clock.monotonic(), False
        events = self._client.watch(
            self.resource,
            self._scope,
            resource_version=self._version,
            label_selector=self._labels,
            field_selector=self._fields,
            metadata_only=self._bare,
        )
        async for event in events:
            if event.type != BOOKMARK:
                self._apply(event.type, event.object)
            self._version = event.object["metadata"]["resourceVersion"]
            useful = True
        return useful or self._clock.monotonic() - start >= 1.0

    def _apply(self, kind: str, obj: Object) -> None:
        key = key_of(obj)
        old = self._cache.get(key)
        if self._bare:
            obj = bare(obj)
        elif not self._managed_fields:
            obj["metadata"].pop("managedFields", None)
        if kind == DELETED:
            if old is None:
                return
            del self._cache[key]
            self._settling.drop(key)
        else:
            kind = ADDED if old is None else MODIFIED
            # A deletion and a new object of the same name can meet in one event after a list.
            if old is not None and old["metadata"].get("uid") != obj["metadata"].get("uid"):
                self._apply(DELETED, old)
                self._apply(ADDED, obj)
                return
            self._cache[key] = obj
            if not self._bare:
                self._settling.add(key, obj)
        self._reindex(key, old, None if kind == DELETED else obj)
        cause.hearing(obj["metadata"].get("resourceVersion", ""))
        for handler in self._handlers:
            self._tell(handler, kind, obj, old)
        cause.hearing("")

    def _reindex(self, key: str, old: Object | None, new: Object | None) -> None:
        for name, index in self._indexes.items():
            table = self._tables[name]
            if old is not None:
                _leave(table, index(old), key)
            if new is not None:
                _enter(table, index(new), key, new)

    def _tell(self, handler: Handler, kind: str, obj: Object, old: Object | None) -> None:
        try:
            handler(kind, obj, old)
        except Exception:
            _log.exception("%s: a handler failed on %s of %s", self.resource.resource, kind, key_of(obj))


_EMPTY: dict[str, Any] = {}


def bare(obj: Object) -> Object:
    """What an informer of metadata keeps of an object."""
    meta = obj["metadata"]
    kept = {name: meta[name] for name in BARE if name in meta}
    if "namespace" in meta:
        kept["namespace"] = sys.intern(meta["namespace"])
    return {"metadata": kept}


def _namespace(obj: Object) -> Iterable[str]:
    return (obj["metadata"].get("namespace", ""),)


def _enter(table: dict[str, dict[str, Object]], values: Iterable[str], key: str, obj: Object) -> None:
    for value in values:
        table.setdefault(value, {})[key] = obj


def _leave(table: dict[str, dict[str, Object]], values: Iterable[str], key: str) -> None:
    for value in values:
        entries = table.get(value)
        if entries is not None:
            entries.pop(key, None)
            if not entries:
                del table[value]
