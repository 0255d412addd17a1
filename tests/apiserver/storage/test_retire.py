"""Caches of resources that come and go: what is served no more takes no memory and loses nothing."""

from __future__ import annotations

from pathlib import Path

from tests.apiserver.storage.stores import config_map, opened
from tests.support import run


def test_an_empty_cache_goes_and_its_watches_end(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps")
            watcher = await cache.watch(cache.revision)
            storage.retire("", "configmaps")
            assert watcher.closed
            assert storage.cache("", "configmaps") is not cache
            storage.retire("", "never seen")

    run(scenario())


def test_what_is_stored_stays_at_hand(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps")
            await cache.create("default", "a", config_map("a"))
            watcher = await cache.watch(cache.revision)
            storage.retire("", "configmaps")
            assert watcher.closed
            assert storage.cache("", "configmaps") is cache

    run(scenario())


def test_a_late_writer_is_answered_and_a_late_watch_ends(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            late = storage.cache("", "configmaps")
            storage.retire("", "configmaps")
            made = await late.create("default", "a", config_map("a"))
            assert storage.drafts == {}
            assert (await late.watch(made.revision)).closed
            found = storage.cache("", "configmaps").get("default", "a")
            assert found is not None
            assert found.obj == made.obj

    run(scenario())


def test_a_cache_that_comes_back_tells_what_happened_before(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            first = storage.cache("", "configmaps")
            made = await first.create("default", "a", config_map("a"))
            gone = await first.delete("default", "a")
            storage.retire("", "configmaps")
            watcher = await storage.cache("", "configmaps").watch(made.revision)
            assert [event.entry.revision for event in watcher.drain()] == [gone.revision]

    run(scenario())
