"""Leases end on time, and history is forgotten after its window."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.storage.contract import Compacted, Event
from wherry.apiserver.storage.memory import MemoryStore
from wherry.apiserver.storage.sqlite import SqliteStore
from wherry.apiserver.storage.storage import Storage

from tests.apiserver.storage.stores import config_map, opened
from tests.support import run


def test_an_expired_object_is_deleted_and_watchers_hear_of_it(folder: Path) -> None:
    async def scenario() -> None:
        clock = FakeClock()
        async with opened("memory", folder, clock) as storage:
            events = storage.cache("", "events")
            await events.create("default", "short", config_map("short"), ttl=5)
            await events.create("default", "long", config_map("long"), ttl=3600)
            watcher = await events.watch(events.revision)
            await clock.advance(4)
            assert len(events.entries()) == 2
            await clock.advance(2)
            assert [entry.obj["metadata"]["name"] for entry in events.entries()] == ["long"]
            assert [event.type for event in watcher.drain()] == ["DELETED"]

    run(scenario())


def test_writing_again_renews_or_ends_a_lease(folder: Path) -> None:
    async def scenario() -> None:
        clock = FakeClock()
        async with opened("memory", folder, clock) as storage:
            events = storage.cache("", "events")
            for name, ttl in (("renewed", 60.0), ("freed", None)):
                entry = await events.create("default", name, config_map(name), ttl=5)
                await events.update("default", name, config_map(name), expected=entry.revision, ttl=ttl)
            await clock.advance(10)
            assert len(events.entries()) == 2
            await clock.advance(60)
            assert [entry.obj["metadata"]["name"] for entry in events.entries()] == ["freed"]

    run(scenario())


def test_a_lease_goes_on_after_a_restart(folder: Path) -> None:
    async def scenario() -> None:
        clock = FakeClock()
        storage = await Storage.open(SqliteStore.open(folder / "s.db", clock), clock)
        await storage.cache("", "events").create("default", "a", config_map("a"), ttl=5)
        await storage.close()
        store = SqliteStore.open(folder / "s.db", clock)
        storage = await Storage.open(store, clock)
        gone: list[Event] = []
        store.subscribe(gone.extend)
        await clock.settle()
        await clock.advance(6)
        await store.create("/registry/after", b"{}")
        assert [event.type for event in gone] == ["DELETE", "PUT"]
        await storage.close()

    run(scenario())


def test_history_is_kept_for_its_window(folder: Path) -> None:
    async def scenario() -> None:
        clock = FakeClock()
        store = MemoryStore(clock)
        storage = await Storage.open(store, clock)
        await clock.settle()
        for _ in range(3):
            await store.create("/registry/a/x", b"{}")
            await store.delete("/registry/a/x")
            await clock.advance(300)
        assert (store.revision, store.compacted) == (7, 5)
        assert len(await store.events("", after=5)) == 2
        with pytest.raises(Compacted):
            await store.events("", after=4)
        await storage.close()

    run(scenario())
