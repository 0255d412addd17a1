"""What watchers see: every change of what they select, once, in order, without a gap."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from wherry.apiserver.storage.contract import Compacted, FutureRevision
from wherry.apiserver.storage.storage import Storage
from wherry.apiserver.storage.watch_cache import WatchCache
from wherry.apiserver.storage.watcher import Watcher

from tests.apiserver.storage.stores import config_map, opened
from tests.support import run


def maps(storage: Storage) -> WatchCache:
    return storage.cache("", "configmaps")


def seen(watcher: Watcher) -> list[tuple[str, str, int]]:
    return [(e.type, e.entry.obj["metadata"]["name"], e.entry.revision) for e in watcher.drain()]


def is_blue(obj: dict[str, Any]) -> bool:
    return bool(obj["metadata"]["labels"].get("color") == "blue")


async def add(cache: WatchCache, name: str, namespace: str = "default", **labels: str) -> int:
    return (await cache.create(namespace, name, config_map(name, namespace, **labels))).revision


async def relabel(cache: WatchCache, name: str, **labels: str) -> int:
    entry = cache.get("default", name)
    assert entry is not None
    return (await cache.update("default", name, config_map(name, **labels), expected=entry.revision)).revision


def test_a_watch_sees_creation_change_and_deletion(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = maps(storage)
            watcher = await cache.watch(cache.revision)
            await add(cache, "a")
            await relabel(cache, "a", color="blue")
            await cache.delete("default", "a")
            assert seen(watcher) == [("ADDED", "a", 2), ("MODIFIED", "a", 3), ("DELETED", "a", 4)]

    run(scenario())


def test_a_line_is_json_with_the_revision_of_the_event(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = maps(storage)
            watcher = await cache.watch(1)
            await add(cache, "a", color="blue")
            await cache.delete("default", "a")
            lines = [event.line for event in watcher.drain()]
            assert lines[0].startswith(b'{"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1",')
            deleted = orjson.loads(lines[1])
            expected = {**config_map("a", color="blue")["metadata"], "resourceVersion": "3"}
            assert lines[1].endswith(b"}\n")
            assert (deleted["type"], deleted["object"]["metadata"]) == ("DELETED", expected)

    run(scenario())


def test_watchers_share_the_encoded_line(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = maps(storage)
            one, two = await cache.watch(1), await cache.watch(1, predicate=lambda _: True)
            await add(cache, "a")
            assert one.drain()[0].line is two.drain()[0].line

    run(scenario())


def test_a_selected_object_comes_and_goes_with_its_labels(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = maps(storage)
            watcher = await cache.watch(1, predicate=is_blue)
            await add(cache, "a", color="red")
            await relabel(cache, "a", color="blue")
            await relabel(cache, "a", color="blue", size="big")
            await relabel(cache, "a", color="red")
            await cache.delete("default", "a")
            events = watcher.drain()
            expected = [("ADDED", 3), ("MODIFIED", 4), ("DELETED", 5)]
            assert [(event.type, event.entry.revision) for event in events] == expected
            left = orjson.loads(events[-1].line)["object"]["metadata"]
            assert (left["labels"], left["resourceVersion"]) == ({"color": "blue", "size": "big"}, "5")

    run(scenario())


def test_a_watch_is_limited_to_its_namespace_or_name(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = maps(storage)
            namespace = await cache.watch(1, namespace="default")
            name = await cache.watch(1, namespace="default", name="b")
            for where, what in [("default", "a"), ("default-2", "a"), ("default", "b"), ("other", "b")]:
                await add(cache, what, where)
            assert seen(namespace) == [("ADDED", "a", 2), ("ADDED", "b", 4)]
            assert seen(name) == [("ADDED", "b", 4)]

    run(scenario())


def test_objects_without_namespace_are_watched_by_name(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = storage.cache("", "nodes")
            watcher = await cache.watch(1, name="n2")
            for name in ("n1", "n2"):
                await cache.create("", name, {"metadata": {"name": name}})
            assert seen(watcher) == [("ADDED", "n2", 3)]

    run(scenario())


@pytest.mark.parametrize("ring", [1, 3, 100])
def test_a_watch_continues_from_any_revision(backend: str, folder: Path, ring: int) -> None:
    """Whether the changes are still in the ring or only in the store makes no difference."""

    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps", ring=ring)
            for number in range(4):
                await add(cache, f"m{number}", color="blue" if number % 2 else "red")
            await relabel(cache, "m1", color="red")
            await cache.delete("default", "m3")
            complete = [("ADDED", "m1", 3), ("ADDED", "m3", 5), ("DELETED", "m1", 6), ("DELETED", "m3", 7)]
            for after in range(1, 8):
                watcher = await cache.watch(after, predicate=is_blue)
                assert seen(watcher) == [event for event in complete if event[2] > after]

    run(scenario())


def test_no_gap_between_history_and_live_events(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps", ring=2)
            writing = asyncio.create_task(_write(cache, 60))
            watchers = []
            for _ in range(20):
                watchers.append(await cache.watch(1))
                await asyncio.sleep(0)
            await writing
            for watcher in watchers:
                assert [revision for _, _, revision in seen(watcher)] == list(range(2, 62))

    run(scenario())


async def _write(cache: WatchCache, count: int) -> None:
    await asyncio.gather(*(add(cache, f"m{number}") for number in range(count)))


def test_a_forgotten_or_future_revision_is_refused(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps", ring=1)
            await _write(cache, 4)
            await storage.store.compact(4)
            with pytest.raises(Compacted) as gone:
                await cache.watch(3)
            with pytest.raises(FutureRevision):
                await cache.watch(6)
            assert gone.value.oldest == 4
            assert seen(await cache.watch(4)) == [("ADDED", "m3", 5)]

    run(scenario())


def test_a_slow_watcher_is_closed_and_nobody_waits_for_it(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = maps(storage)
            slow, quick = await cache.watch(1, limit=2), await cache.watch(1, limit=2)
            for number in range(3):
                await add(cache, f"m{number}")
                if number == 1:
                    quick.drain()
            assert (slow.closed, slow.overflowed, slow.drain()) == (True, True, [])
            assert (quick.closed, seen(quick)) == (False, [("ADDED", "m2", 4)])

    run(scenario())


def test_progress_is_what_was_drained(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = maps(storage)
            watcher = await cache.watch(1, predicate=is_blue)
            await add(cache, "a", color="red")
            assert watcher.progress_revision == 2
            await add(cache, "b", color="blue")
            await storage.cache("", "nodes").create("", "n", {"metadata": {"name": "n"}})
            assert watcher.progress_revision == 2
            watcher.drain()
            assert watcher.progress_revision == 4

    run(scenario())


def test_a_waiting_watcher_wakes_for_events_timers_and_the_end(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            watcher = await maps(storage).watch(1)
            waits = asyncio.create_task(watcher.wait())
            await add(maps(storage), "a")
            await waits
            assert seen(watcher) == [("ADDED", "a", 2)]
            waits = asyncio.create_task(watcher.wait())
            await asyncio.sleep(0)
            watcher.wake()
            await waits
            waits = asyncio.create_task(watcher.wait())
            await asyncio.sleep(0)
        await waits
        assert watcher.closed

    run(scenario())


def test_watches_can_be_ended_while_writing_goes_on(folder: Path) -> None:
    async def scenario() -> None:
        async with opened("memory", folder) as storage:
            cache = maps(storage)
            watcher = await cache.watch(1)
            await add(cache, "a")
            storage.end_watches()
            await add(cache, "b")
            assert watcher.closed
            assert seen(watcher) == [("ADDED", "a", 2)]

    run(scenario())


def test_a_writer_is_answered_before_watchers_are_served(backend: str, folder: Path) -> None:
    async def scenario() -> None:
        async with opened(backend, folder) as storage:
            cache = maps(storage)
            order: list[str] = []

            async def write() -> None:
                await add(cache, "a")
                order.append("writer")

            async def look(watcher: Watcher) -> None:
                await watcher.wait()
                order.append("watcher")

            looking = asyncio.create_task(look(await cache.watch(cache.revision)))
            await asyncio.sleep(0)
            await write()
            await looking
            assert order == ["writer", "watcher"]

    run(scenario())
