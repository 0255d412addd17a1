"""Watchers are served after the writers, in order, and a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from wherry.apiserver.storage.change import Change, WatchEvent
from wherry.apiserver.storage.deliveries import GROUP
from wherry.apiserver.storage.entry import Entry
from wherry.apiserver.storage.storage import Storage
from wherry.apiserver.storage.watcher import Sink, Watcher

from tests.apiserver.storage.stores import config_map, opened
from tests.support import run


async def add(storage: Storage, name: str = "a") -> None:
    await storage.cache("", "configmaps").create("default", name, config_map(name))


async def waiting(storage: Storage, sink: Sink | None = None) -> tuple[Watcher, asyncio.Task[None]]:
    """A watcher whose connection waits for it."""
    cache = storage.cache("", "configmaps")
    watcher = await cache.watch(cache.revision)
    watcher.sink = sink
    task = asyncio.create_task(watcher.wait(), name="connection")
    await asyncio.sleep(0)
    return watcher, task


def test_the_first_of_many_does_not_wait_for_the_last() -> None:
    async def scenario() -> None:
        steps, served = 0, list[int]()

        def sink(events: Sequence[WatchEvent]) -> bool:
            served.append(steps)
            return True

        async with opened("memory", Path()) as storage:
            tasks = [(await waiting(storage, sink))[1] for _ in range(3 * GROUP)]
            await add(storage)
            while len(served) < len(tasks):
                steps += 1
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
        assert [served.count(step) for step in dict.fromkeys(served)] == [GROUP] * 3

    run(scenario())


def test_what_a_sink_takes_wakes_nobody() -> None:
    async def scenario() -> None:
        told: list[str] = []

        def sink(events: Sequence[WatchEvent]) -> bool:
            told.extend(event.entry.obj["metadata"]["name"] for event in events)
            return True

        async with opened("memory", Path()) as storage:
            watcher, task = await waiting(storage, sink)
            for name in ("a", "b"):
                await add(storage, name)
                await asyncio.sleep(0)
            assert (told, watcher.drain(), task.done()) == (["a", "b"], [], False)
            task.cancel()

    run(scenario())


def test_what_a_sink_refuses_waits_for_the_connection() -> None:
    async def scenario() -> None:
        async with opened("memory", Path()) as storage:
            watcher, task = await waiting(storage, lambda events: False)
            await add(storage)
            await task
            assert [event.type for event in watcher.drain()] == ["ADDED"]

    run(scenario())


def test_a_watch_that_cannot_be_served_ends_and_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        told: list[str] = []

        def broken(events: Sequence[WatchEvent]) -> bool:
            raise ValueError("no such form")

        def sink(events: Sequence[WatchEvent]) -> bool:
            told.extend(event.type for event in events)
            return True

        async with opened("memory", Path()) as storage:
            first, ended = await waiting(storage, broken)
            _, task = await waiting(storage, sink)
            await add(storage)
            await ended
            assert (first.closed, told) == (True, ["ADDED"])
            task.cancel()
        assert "no such form" in caplog.text

    run(scenario())


def test_a_watcher_is_served_once_however_much_there_is() -> None:
    async def scenario() -> None:
        told: list[int] = []

        def sink(events: Sequence[WatchEvent]) -> bool:
            told.append(len(events))
            return True

        async with opened("memory", Path()) as storage:
            watcher, task = await waiting(storage, sink)
            for name in "abc":
                change = Change(f"/registry/configmaps/default/{name}", 9, Entry(name, {}, b"", 9), None)
                watcher.offer(change)
            await asyncio.sleep(0)
            assert told == [3]
            task.cancel()

    run(scenario())


def test_writers_go_on_before_watchers_are_served() -> None:
    async def scenario() -> None:
        order: list[str] = []

        def sink(events: Sequence[WatchEvent]) -> bool:
            order.append("watcher")
            return True

        async def write() -> None:
            await add(storage)
            order.append("writer")

        async with opened("memory", Path()) as storage:
            _, task = await waiting(storage, sink)
            await asyncio.gather(asyncio.create_task(write(), name="writer"))
            await asyncio.sleep(0)
            task.cancel()
        assert order == ["writer", "watcher"]

    run(scenario())
