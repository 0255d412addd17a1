"""A client that lists and watches always ends with what a fresh list shows, whatever happens in between."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wherry.apiserver.storage.contract import StoreError
from wherry.apiserver.storage.watch_cache import WatchCache
from wherry.apiserver.storage.watcher import Watcher

from tests.apiserver.storage.stores import BACKENDS, config_map, opened
from tests.support import run

NAMES = ["a", "b", "c"]
COLORS = ["blue", "red"]
STEPS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(COLORS)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("watch"), st.integers(0, 6), st.sampled_from(COLORS)),
)


class Client:
    """What an informer knows: revisions by name."""

    def __init__(self, watcher: Watcher, color: str, known: dict[str, int]) -> None:
        self.watcher = watcher
        self.color = color
        self.known = known
        self.last = 0

    def catch_up(self) -> None:
        for event in self.watcher.drain():
            name = event.entry.obj["metadata"]["name"]
            assert event.entry.revision > self.last
            assert (name in self.known) is (event.type != "ADDED")
            self.last = event.entry.revision
            if event.type == "DELETED":
                del self.known[name]
            else:
                self.known[name] = event.entry.revision


def is_color(color: str) -> Any:
    return lambda obj: obj["metadata"]["labels"]["color"] == color


def listed(entries: Sequence[Any], color: str) -> dict[str, int]:
    chosen = is_color(color)
    return {entry.obj["metadata"]["name"]: entry.revision for entry in entries if chosen(entry.obj)}


async def write(cache: WatchCache, name: str, color: str) -> None:
    obj, entry = config_map(name, color=color), cache.get("default", name)
    if entry is None:
        await cache.create("default", name, obj)
    else:
        await cache.update("default", name, obj, expected=entry.revision)


async def delete(cache: WatchCache, name: str) -> None:
    if cache.get("default", name) is not None:
        await cache.delete("default", name)


async def connect(cache: WatchCache, back: int, color: str) -> Client:
    """Lists at an older revision and watches from there."""
    revision = max(cache.revision - back, 1)
    known = listed((await cache.snapshot(revision)).entries(), color)
    return Client(await cache.watch(revision, predicate=is_color(color)), color, known)


async def play(cache: WatchCache, steps: Sequence[tuple[str, Any, str]]) -> list[Client]:
    clients, running = [], []
    for kind, what, color in steps:
        if kind == "watch":
            clients.append(await connect(cache, what, color))
        elif kind == "write":
            running.append(asyncio.create_task(write(cache, what, color)))
        else:
            running.append(asyncio.create_task(delete(cache, what)))
        await asyncio.sleep(0)
    for answer in await asyncio.gather(*running, return_exceptions=True):
        assert answer is None or isinstance(answer, StoreError)
    return clients


@pytest.mark.parametrize("backend", BACKENDS)
@given(steps=st.lists(STEPS, max_size=30), ring=st.sampled_from([1, 3, 100]))
@settings(max_examples=60, deadline=None)
def test_clients_converge(backend: str, steps: list[tuple[str, Any, str]], ring: int) -> None:
    async def scenario(folder: Path) -> None:
        async with opened(backend, folder) as storage:
            cache = storage.cache("", "configmaps", ring=ring)
            for client in await play(cache, steps):
                client.catch_up()
                assert client.known == listed(cache.entries(), client.color)

    with tempfile.TemporaryDirectory() as folder:
        run(scenario(Path(folder)))
