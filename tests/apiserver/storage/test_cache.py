"""Reads of the watch cache: entries, pages, indexes, older revisions; and its writes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.storage.contract import (
    Compacted,
    FutureRevision,
    KeyExists,
    KeyMissing,
    RevisionConflict,
)
from wherry.apiserver.storage.entry import Entry
from wherry.apiserver.storage.sqlite import SqliteStore
from wherry.apiserver.storage.storage import Storage
from wherry.apiserver.storage.watch_cache import WatchCache

from tests.apiserver.storage.stores import config_map, opened
from tests.support import run


async def fill(cache: WatchCache, *names: str, namespace: str = "default", **labels: str) -> None:
    for name in names:
        await cache.create(namespace, name, config_map(name, namespace, **labels))


def names(entries: list[Entry]) -> list[str]:
    return [entry.key.removeprefix("/registry/configmaps/") for entry in entries]


def test_an_entry_has_the_dict_and_the_bytes_of_its_revision(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps")
            obj = config_map("a", note='"resourceVersion":""')
            created = await cache.create("default", "a", obj)
            assert created is cache.get("default", "a")
            assert (created.revision, created.obj["metadata"]["resourceVersion"]) == (2, "2")
            assert created.obj is obj
            assert orjson.loads(created.data) == obj

    run(scenario())


def test_writes_pass_the_stores_errors_on(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps")
            await fill(cache, "a")
            with pytest.raises(KeyExists):
                await cache.create("default", "a", config_map("a"))
            with pytest.raises(RevisionConflict):
                await cache.update("default", "a", config_map("a"), expected=1)
            with pytest.raises(KeyMissing):
                await cache.delete("default", "b")
            assert storage.drafts == {}

    run(scenario())


def test_a_deleted_entry_shows_its_last_state_at_the_deletions_revision(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = storage.cache("", "configmaps")
            await fill(cache, "a", color="blue")
            gone = await cache.delete("default", "a", expected=2)
            assert (gone.revision, gone.obj["metadata"]["labels"]) == (3, {"color": "blue"})
            assert orjson.loads(gone.data)["metadata"]["resourceVersion"] == "3"
            assert cache.get("default", "a") is None

    run(scenario())


def test_lists_are_in_key_order_whatever_the_order_of_creation(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = storage.cache("", "configmaps")
            await fill(cache, "c", "a", "b")
            await fill(cache, "z", namespace="default-2")
            await fill(cache, "y", namespace="a")
            inside = ["default/a", "default/b", "default/c"]
            assert names(cache.entries()) == ["a/y", "default-2/z", *inside]
            assert names(cache.entries("default")) == inside
            assert cache.entries("def") == []

    run(scenario())


def test_pages_go_on_after_a_key(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = storage.cache("", "configmaps")
            await fill(cache, "a", "b", "c", "d")
            await fill(cache, "z", namespace="other")
            first = cache.page("default", limit=3)
            assert (names(first.entries), first.remaining) == (["default/a", "default/b", "default/c"], 1)
            await cache.delete("default", "c")
            second = cache.page("default", after=first.entries[-1].key, limit=3)
            assert (names(second.entries), second.remaining) == (["default/d"], 0)
            assert cache.page("default", after=cache.key("other", "z")).entries == []

    run(scenario())


def test_indexes_follow_every_change(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = storage.cache("", "configmaps")
            cache.add_index("data.k", lambda obj: str(obj["data"].get("k", "")))
            await fill(cache, *(f"m{number:02}" for number in range(40)), color="red")
            assert len(cache.select(labels={"color": "red"})) == 40
            await cache.update("default", "m07", config_map("m07", color="blue"), expected=9)
            await cache.delete("default", "m08")
            assert names(cache.select("default", labels={"color": "blue"})) == ["default/m07"]
            assert len(cache.select(labels={"color": "red"})) == 38
            assert cache.select("other", labels={"color": "blue"}) == []
            assert len(cache.select(fields={"data.k": "v"})) == 39
            assert cache.select(fields={"data.k": "w"}, labels={"color": "red"}) == []
            await cache.update("default", "m07", {**config_map("m07"), "data": {}}, expected=42)
            assert names(cache.select(fields={"data.k": ""})) == ["default/m07"]

    run(scenario())


@pytest.mark.parametrize("ring", [1, 100])
def test_a_snapshot_is_the_listing_of_then(backend: str, folder: Path, ring: int) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps", ring=ring)
            await fill(cache, "a", "b")
            await cache.update("default", "a", config_map("a", color="blue"), expected=2)
            await cache.delete("default", "b")
            await fill(cache, "c")
            listings = [(await cache.snapshot(at)).entries() for at in range(1, 7)]
            states = [[(entry.key[-1], entry.revision) for entry in listing] for listing in listings]
            now = [("a", 4), ("c", 6)]
            assert states == [[], [("a", 2)], [("a", 2), ("b", 3)], [("a", 4), ("b", 3)], [("a", 4)], now]

    run(scenario())


def test_a_snapshot_outside_the_history_is_refused(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps")
            await fill(cache, "a", "b", "c")
            await storage.store.compact(3)
            with pytest.raises(Compacted):
                await cache.snapshot(2)
            with pytest.raises(FutureRevision):
                await cache.snapshot(5)
            assert len((await cache.snapshot(3)).entries()) == 2

    run(scenario())


def test_caches_are_separate_and_share_the_revision(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            pods, sets = storage.cache("", "pods"), storage.cache("apps", "replicasets")
            await pods.create("default", "a", config_map("a"))
            await sets.create("default", "a", config_map("a"))
            assert (pods.prefix, sets.prefix) == ("/registry/pods/", "/registry/replicasets.apps/")
            assert (len(pods.entries()), len(sets.entries()), pods.revision) == (1, 1, 3)
            assert storage.cache("", "pods") is pods

    run(scenario())


def test_a_cache_opened_late_knows_what_was_written_before(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            for name in ("a", "b"):
                await storage.store.create(f"/registry/configmaps/default/{name}", b'{"metadata":{}}')
            await storage.store.delete("/registry/configmaps/default/a")
            cache = storage.cache("", "configmaps")
            entry = cache.get("default", "b")
            assert entry is not None and entry.data == b'{"metadata":{"resourceVersion":"3"}}'
            assert names(cache.entries()) == ["default/b"]

    run(scenario())


def test_after_a_restart_the_caches_are_the_same(folder: Path) -> None:
    async def scenario() -> None:
        clock = FakeClock()
        storage = await Storage.open(SqliteStore.open(folder / "s.db", clock), clock)
        await fill(storage.cache("", "configmaps"), "a", "b")
        before = [(e.key, e.data, e.revision) for e in storage.cache("", "configmaps").entries()]
        await storage.close()
        storage = await Storage.open(SqliteStore.open(folder / "s.db", clock), clock)
        cache = storage.cache("", "configmaps")
        assert [(e.key, e.data, e.revision) for e in cache.entries()] == before
        watcher = await cache.watch(2)
        assert [event.entry.data for event in watcher.drain()] == [before[1][1]]
        await storage.close()

    run(scenario())


def test_every_writer_gets_its_own_version_back(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps")
            made = asyncio.create_task(cache.create("default", "a", config_map("a")))
            await asyncio.sleep(0)
            changed = asyncio.create_task(
                cache.update("default", "a", config_map("a", color="blue"), expected=2)
            )
            assert [(await made).revision, (await changed).revision] == [2, 3]
            assert (await made).obj["metadata"]["labels"] == {}

    run(scenario())
